"""Deployments, ReplicaSets, StatefulSets and ControllerRevisions in the API's form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.cluster.wire.metadata import condition, metadata, said, timestamp
from statesim.cluster.wire.pod_specs import template
from statesim.cluster.wire.storage import claim_spec
from statesim.scenario.manifests.defaults import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.objects import ControllerRevision, Deployment, ReplicaSet, StatefulSet
    from statesim.cluster.wire.metadata import Document, Frame
    from statesim.scenario.specs import IntOrPercent, LabelSelector

_DEPLOYMENT = "deployment.kubernetes.io/"
_PROGRESS = {
    "NewReplicaSetAvailable": ("True", 'ReplicaSet "{rs}" has successfully progressed.'),
    "ReplicaSetUpdated": ("True", 'ReplicaSet "{rs}" is progressing.'),
    "NewReplicaSetCreated": ("True", 'Created new replica set "{rs}"'),
    "FoundNewReplicaSet": ("True", 'Found new replica set "{rs}"'),
    "ProgressDeadlineExceeded": ("False", 'ReplicaSet "{rs}" has timed out progressing.'),
    "DeploymentPaused": ("Unknown", "Deployment is paused"),
    "DeploymentResumed": ("Unknown", "Deployment is resumed"),
    "ReplicaSetCreateError": ("False", 'Failed to create new replica set "{rs}"'),
}


def selector(chosen: LabelSelector) -> Document:
    """Return a label selector."""
    made: Document = {}
    if chosen.match_expressions:
        made["matchExpressions"] = [
            {"key": row.key, "operator": row.operator, **({"values": list(row.values)} if row.values else {})}
            for row in chosen.match_expressions
        ]
    if chosen.match_labels:
        made["matchLabels"] = dict(chosen.match_labels)
    return made


def int_or_percent(amount: IntOrPercent) -> int | str:
    """Return an ``IntOrString``."""
    return f"{amount.value}%" if amount.percent else amount.value


def deployment(obj: Deployment, _frame: Frame) -> Document:
    """Return a Deployment (defaults: pkg/apis/apps/v1/defaults.go)."""
    spec = obj.spec
    made = {
        **canonical(said(obj)),
        "progressDeadlineSeconds": spec.progress_deadline_us // 1_000_000,
        "replicas": spec.replicas,
        "revisionHistoryLimit": spec.revision_history_limit,
        "selector": selector(spec.selector),
        "strategy": {"type": spec.strategy},
        "template": template(spec.template),
    }
    if spec.strategy == "RollingUpdate":
        made["strategy"]["rollingUpdate"] = {
            "maxSurge": int_or_percent(spec.max_surge),
            "maxUnavailable": int_or_percent(spec.max_unavailable),
        }
    revision = obj.revision
    annotations = {f"{_DEPLOYMENT}revision": str(revision)} if revision else {}
    meta = metadata(obj, annotations=annotations)
    return {"metadata": meta, "spec": made, "status": _deployment_status(obj)}


def _deployment_status(obj: Deployment) -> Document:
    counts = obj.status
    status = _counts(
        counts, "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"
    )
    if obj.status.get("observedGeneration"):
        status["observedGeneration"] = obj.status["observedGeneration"]
    conditions = []
    if obj.available is not None:
        available, since = obj.available
        reason, message = (
            ("MinimumReplicasAvailable", "Deployment has minimum availability.")
            if available
            else ("MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        )
        row = condition("Available", available, since, reason=reason, message=message)
        conditions.append({**row, "lastUpdateTime": timestamp(since)})
    progress = counts.get("progressing")
    if progress:
        truth, words = _PROGRESS.get(progress, ("True", progress))
        since = obj.progress_since_us or 0
        message = words.format(rs=obj.new_set)
        row = condition("Progressing", truth, since, reason=progress, message=message)
        conditions.append({**row, "lastUpdateTime": timestamp(since)})
    failure = _replica_failure(counts)
    if failure is not None:
        conditions.append({**failure, "lastUpdateTime": failure["lastTransitionTime"]})
    if counts.get("collisionCount"):
        status["collisionCount"] = counts["collisionCount"]
    if conditions:
        status["conditions"] = conditions
    return status


def _replica_failure(counts: Mapping[str, Any]) -> Document | None:
    """Return the condition ReplicaFailure, which a ReplicaSet has and its Deployment mirrors."""
    if "replicaFailure" not in counts:
        return None
    reason, _, message = str(counts["replicaFailure"]).partition(": ")
    return condition("ReplicaFailure", True, counts["failed_us"], reason=reason, message=message)


def _counts(counts: Mapping[str, Any], *names: str) -> Document:
    """Return the counts that are not 0: the API leaves those out (omitempty)."""
    return {name: counts[name] for name in names if counts.get(name)}


def replica_set(obj: ReplicaSet, _frame: Frame) -> Document:
    """Return a ReplicaSet."""
    made: Document = {
        "replicas": obj.replicas,
        "selector": selector(obj.selector),
        "template": template(obj.template),
    }
    if obj.min_ready_us:
        made["minReadySeconds"] = obj.min_ready_us // 1_000_000
    notes = {}
    if obj.owner is not None or obj.desired:
        notes = {
            f"{_DEPLOYMENT}desired-replicas": str(obj.desired),
            f"{_DEPLOYMENT}max-replicas": str(obj.max_replicas),
            f"{_DEPLOYMENT}revision": str(obj.revision),
        }
    status: Document = {"replicas": obj.status.get("replicas", 0)}
    status |= _counts(obj.status, "fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    if status["replicas"]:
        status.setdefault("fullyLabeledReplicas", status["replicas"])
    if obj.status.get("observedGeneration"):
        status["observedGeneration"] = obj.status["observedGeneration"]
    failure = _replica_failure(obj.status)
    if failure is not None:
        status["conditions"] = [failure]
    meta = metadata(obj, annotations=notes)
    return {"metadata": meta, "spec": made, "status": status}


def stateful_set(obj: StatefulSet, frame: Frame) -> Document:
    """Return a StatefulSet."""
    spec = obj.spec
    made: Document = {
        **canonical(said(obj)),
        "podManagementPolicy": spec.pod_management,
        "replicas": spec.replicas,
        "revisionHistoryLimit": spec.revision_history_limit,
        "selector": selector(spec.selector),
        "serviceName": spec.service_name,
        "template": template(spec.template),
        "updateStrategy": {"type": spec.update_strategy},
    }
    if spec.update_strategy == "RollingUpdate":
        written = said(obj).get("updateStrategy") or {}
        rolling = {"partition": spec.partition}
        if "maxUnavailable" in (written.get("rollingUpdate") or {}):
            rolling["maxUnavailable"] = int_or_percent(spec.max_unavailable)  # type: ignore[assignment]
        made["updateStrategy"]["rollingUpdate"] = rolling
    if frame.features.on("StatefulSetAutoDeletePVC"):
        made["persistentVolumeClaimRetentionPolicy"] = {
            "whenDeleted": "Retain" if spec.retain_when_deleted else "Delete",
            "whenScaled": "Retain" if spec.retain_when_scaled else "Delete",
        }
    if spec.claim_templates:
        made["volumeClaimTemplates"] = [
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": row.name, **({"labels": dict(row.labels)} if row.labels else {})},
                "spec": claim_spec(row.spec),
                "status": {"phase": "Pending"},
            }
            for row in spec.claim_templates
        ]
    return {"metadata": metadata(obj), "spec": made, "status": _set_status(obj)}


def _set_status(obj: StatefulSet) -> Document:
    counts = obj.status
    status: Document = {"availableReplicas": counts.get("availableReplicas", 0)}
    status["replicas"] = counts.get("replicas", 0)
    status |= _counts(counts, "readyReplicas", "currentReplicas", "updatedReplicas")
    if obj.status.get("observedGeneration"):
        status |= {"collisionCount": counts.get("collisionCount", 0)}
        status["observedGeneration"] = obj.status["observedGeneration"]
    for key, revision in (("currentRevision", obj.current_revision), ("updateRevision", obj.update_revision)):
        if revision:
            status[key] = revision
    return status


def controller_revision(obj: ControllerRevision, _frame: Frame) -> Document:
    """Return a ControllerRevision: its data is a patch that puts the template back.

    Source: pkg/controller/statefulset/stateful_set_utils.go: getPatch.
    """
    data = {"spec": {"template": {"$patch": "replace", **template(obj.template)}}}
    return {"data": data, "metadata": metadata(obj), "revision": obj.revision}

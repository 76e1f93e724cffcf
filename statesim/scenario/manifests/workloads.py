"""Deployments, StatefulSets, and ReplicaSets of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.scenario.manifests import fields
from statesim.scenario.manifests.pods import pod_template
from statesim.scenario.manifests.selectors import selector
from statesim.scenario.manifests.storage import claim_spec
from statesim.scenario.specs import ClaimTemplate, DeploymentSpec, IntOrPercent, StatefulSetSpec
from statesim.scenario.workload_specs import ReplicaSetSpec

if TYPE_CHECKING:
    from statesim.scenario.manifests.reader import Reader
    from statesim.scenario.specs import LabelSelector, PodTemplate
    from statesim.scenario.where import Path

_QUARTER = IntOrPercent(25, percent=True)


def _agree(spec: Reader, chosen: LabelSelector, template: PodTemplate) -> None:
    """Note a selector that does not select the template's own pods."""
    labels: Path = (*spec.path, "template", "metadata", "labels")
    if not spec.notes.sound((*spec.path, "selector"), labels):
        return
    if (chosen.match_labels or chosen.match_expressions) and not chosen.matches(template.labels):
        spec.error("selector", "does not match spec.template.metadata.labels")


def deployment(obj: Reader) -> DeploymentSpec:
    """Return the spec of a Deployment."""
    spec = obj.inner("spec", fields.DEPLOYMENT)
    chosen = selector(spec, "selector", required=True)
    template = pod_template(spec)
    _agree(spec, chosen, template)
    strategy = spec.inner("strategy", fields.STRATEGY)
    kind: Any = strategy.word("type", ("RollingUpdate", "Recreate"), "RollingUpdate")
    rolling = strategy.inner("rollingUpdate", fields.ROLLING_DEPLOYMENT)
    if kind == "Recreate" and strategy.has("rollingUpdate"):
        strategy.error("rollingUpdate", "does not go with type: Recreate")
    surge = rolling.count_or_percent("maxSurge")
    unavailable = rolling.count_or_percent("maxUnavailable")
    surge = _QUARTER if surge is None else surge
    unavailable = _QUARTER if unavailable is None else unavailable
    if surge.value == 0 and unavailable.value == 0:
        strategy.error(
            "rollingUpdate", "maxSurge and maxUnavailable cannot both be 0: no pod could be replaced"
        )
    if unavailable.percent and unavailable.value > 100:
        rolling.error("maxUnavailable", f"must be at most 100%, found {unavailable.value}%")
    ready, deadline = spec.seconds("minReadySeconds", 0), spec.seconds("progressDeadlineSeconds", 600)
    if deadline <= ready:
        spec.error("progressDeadlineSeconds", "must be more than minReadySeconds")
    return DeploymentSpec(
        selector=chosen,
        template=template,
        replicas=spec.count("replicas", 1),
        strategy=kind,
        max_surge=surge,
        max_unavailable=unavailable,
        min_ready_us=ready,
        progress_deadline_us=deadline,
        revision_history_limit=spec.count("revisionHistoryLimit", 10),
        paused=spec.flag("paused"),
    )


def replica_set(obj: Reader) -> ReplicaSetSpec:
    """Return the spec of a ReplicaSet."""
    spec = obj.inner("spec", fields.REPLICA_SET)
    chosen = selector(spec, "selector", required=True)
    template = pod_template(spec)
    _agree(spec, chosen, template)
    return ReplicaSetSpec(
        selector=chosen,
        template=template,
        replicas=spec.count("replicas", 1),
        min_ready_us=spec.seconds("minReadySeconds", 0),
    )


def stateful_set(obj: Reader) -> StatefulSetSpec:
    """Return the spec of a StatefulSet."""
    spec = obj.inner("spec", fields.STATEFUL_SET)
    chosen = selector(spec, "selector", required=True)
    claims = _claim_templates(spec)
    template = pod_template(spec, frozenset(claim.name for claim in claims))
    _agree(spec, chosen, template)
    strategy = spec.inner("updateStrategy", fields.STRATEGY)
    kind: Any = strategy.word("type", ("RollingUpdate", "OnDelete"), "RollingUpdate")
    rolling = strategy.inner("rollingUpdate", fields.ROLLING_SET)
    if kind == "OnDelete" and strategy.has("rollingUpdate"):
        strategy.error("rollingUpdate", "does not go with type: OnDelete")
    unavailable = rolling.count_or_percent("maxUnavailable")
    if unavailable is not None and unavailable.value == 0:
        rolling.error("maxUnavailable", "must be at least 1")
    management: Any = spec.word("podManagementPolicy", ("OrderedReady", "Parallel"), "OrderedReady")
    retention = spec.inner("persistentVolumeClaimRetentionPolicy", fields.RETENTION)
    return StatefulSetSpec(
        selector=chosen,
        template=template,
        replicas=spec.count("replicas", 1),
        service_name=spec.text("serviceName"),
        claim_templates=claims,
        pod_management=management,
        update_strategy=kind,
        partition=rolling.count("partition", 0),
        max_unavailable=unavailable or IntOrPercent(1),
        min_ready_us=spec.seconds("minReadySeconds", 0),
        revision_history_limit=spec.count("revisionHistoryLimit", 10),
        start_ordinal=spec.inner("ordinals", fields.ORDINALS).count("start", 0),
        retain_when_deleted=retention.word("whenDeleted", ("Retain", "Delete"), "Retain") == "Retain",
        retain_when_scaled=retention.word("whenScaled", ("Retain", "Delete"), "Retain") == "Retain",
    )


def _claim_templates(spec: Reader) -> tuple[ClaimTemplate, ...]:
    found: list[ClaimTemplate] = []
    for row in spec.each("volumeClaimTemplates", fields.CLAIM_TEMPLATE):
        meta = row.inner("metadata", fields.META)
        if meta.has("finalizers"):
            meta.notes.not_simulated((*meta.path, "finalizers"))
        name = meta.dns_name("name")
        if name and name in {other.name for other in found}:
            meta.error("name", f"a second claim template is called {name}")
        found.append(ClaimTemplate(name, claim_spec(row), meta.labels("labels")))
    return tuple(found)

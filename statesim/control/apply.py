"""`kubectl apply`, `patch`, `scale`, `set image`, `rollout restart`: what people ask of the API server.

A change is made to the manifest as written and parsed again, so that an action can do exactly what an edited
file could do, and is refused where the API server would refuse it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from statesim.cluster import objects as kinds
from statesim.cluster.identity import template_hash
from statesim.cluster.wire.metadata import timestamp
from statesim.control.admission import admit, admitted
from statesim.control.immutable import immutable
from statesim.control.storage_edits import (
    change_claim,
    change_volume,
    document,
    finalizers_of,
    new_volume,
    patch_finalizers,
    protected,
)
from statesim.control.volumes import CLAIM_FINALIZER
from statesim.errors import ModelError
from statesim.scenario.manifests import reparse
from statesim.scenario.patching import strategic_patch
from statesim.scenario.specs import (
    ClaimSpec,
    DeploymentSpec,
    DisruptionBudgetSpec,
    NodeSpec,
    PodSpec,
    PriorityClassSpec,
    ServiceSpec,
    StatefulSetSpec,
    StorageClassSpec,
)
from statesim.scenario.storage_specs import VolumeSpec
from statesim.scenario.versions import Features
from statesim.scenario.workload_specs import ReplicaSetSpec, ResourceQuotaSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.objects import Object
    from statesim.cluster.store import Store
    from statesim.scenario.specs import Manifest

AS_BY_DEFAULT = Features.for_version()
# pkg/controller/deployment/util: RevisionAnnotation
_REVISION = "deployment.kubernetes.io/revision"


def new_object(manifest: Manifest, toleration_us: int) -> Object:
    """Return the object that a manifest describes, as it enters the API server."""
    meta: dict[str, Any] = {
        "name": manifest.name,
        "labels": dict(manifest.labels),
        "annotations": dict(manifest.annotations),
        "manifest": manifest,
        "finalizers": manifest.finalizers,
    }
    match manifest.spec:
        case DeploymentSpec() as spec:
            return kinds.Deployment(spec=spec, **meta)
        case StatefulSetSpec() as spec:
            return kinds.StatefulSet(spec=spec, **meta)
        case ReplicaSetSpec() as spec:
            number = meta["annotations"].get(_REVISION, "")
            return kinds.ReplicaSet(
                revision=int(number) if number.isdigit() else 0, **_replica_set(spec), **meta
            )
        case ResourceQuotaSpec() as spec:
            return kinds.ResourceQuota(spec=spec, **meta)
        case ServiceSpec() as spec:
            return kinds.Service(spec=spec, **meta)
        case ClaimSpec() as spec:
            return kinds.PersistentVolumeClaim(spec=spec, **protected(meta, CLAIM_FINALIZER))
        case VolumeSpec() as spec:
            return new_volume(spec, meta)
        case StorageClassSpec() as spec:
            return kinds.StorageClass(spec=spec, **meta)
        case DisruptionBudgetSpec() as spec:
            return kinds.PodDisruptionBudget(spec=spec, **meta)
        case PriorityClassSpec() as spec:
            return kinds.PriorityClass(spec=spec, **meta)
        case NodeSpec() as spec:
            return kinds.Node(spec=spec, taints=spec.taints, unschedulable=spec.unschedulable, **meta)
        case PodSpec() as spec:
            admitted = admit(spec, toleration_us)
            hostname = spec.hostname or manifest.name
            return kinds.Pod(spec=admitted, hostname=hostname, subdomain=spec.subdomain or "", **meta)


def apply_manifest(
    store: Store, manifest: Manifest, toleration_us: int, features: Features = AS_BY_DEFAULT
) -> None:
    """Create the object, or bring an existing one's spec up to the manifest.

    Raises
    ------
    ModelError
        If the change touches a field that the API server holds immutable.
    Forbidden
        If a quota does not allow another one.
    """
    old = store.find(manifest.key)
    if old is None:
        obj = admitted(store, new_object(manifest, toleration_us))
        store.create(obj, **_described(obj))
        return
    if isinstance(old, kinds.Pod):
        _change_pod(store, old, manifest)
        return
    if isinstance(old, kinds.PersistentVolumeClaim):
        change_claim(store, old, manifest)
        return
    if isinstance(old, kinds.PersistentVolume):
        change_volume(store, old, manifest, applied=True)
        return
    before: Any = old if isinstance(old, kinds.ReplicaSet) else old.spec  # type: ignore[attr-defined]
    refused = immutable(before, manifest, features)
    if refused is not None:
        raise ModelError(f"{manifest.key}: {refused}")
    spec = manifest.spec
    changes: dict[str, Any] = {
        **(_replica_set(spec) if isinstance(spec, ReplicaSetSpec) else {"spec": spec}),
        "manifest": manifest,
        "labels": dict(manifest.labels),
        "annotations": dict(manifest.annotations),
        "finalizers": finalizers_of(old, manifest),
    }
    replicas = getattr(manifest.spec, "replicas", None)
    scaled = replicas is not None and replicas != before.replicas
    store.write(old, "Scaled" if scaled else "Changed", changes, replicas=replicas if scaled else None)
    if old.terminating and not old.finalizers:
        store.remove(old, why="nothing holds it any more")


def _replica_set(spec: ReplicaSetSpec) -> dict[str, Any]:
    return {
        "selector": spec.selector,
        "template": spec.template,
        "replicas": spec.replicas,
        "min_ready_us": spec.min_ready_us,
        "hash": template_hash(spec.template),
    }


def scale(
    store: Store, key: str, replicas: int, toleration_us: int, features: Features = AS_BY_DEFAULT
) -> None:
    """Write the scale subresource: the replicas and nothing else (`kubectl scale`).

    Source: pkg/registry/apps/statefulset/storage: ScaleREST.Update, and its like for the other kinds.

    Raises
    ------
    ModelError
        If there is no such object, or it has no scale.
    """
    obj = store.find(key)
    match obj:
        case kinds.ReplicaSet(manifest=None):
            store.write(obj, "Scaled", {"replicas": replicas}, replicas=replicas)
        case kinds.ReplicaSet() | kinds.Deployment() | kinds.StatefulSet():
            patch(store, key, {"spec": {"replicas": replicas}}, toleration_us, features)
        case _:
            raise ModelError(f"there is no {key} that can be scaled")


def patch(
    store: Store,
    key: str,
    changes: Mapping[str, Any],
    toleration_us: int,
    features: Features = AS_BY_DEFAULT,
) -> None:
    """Patch an object as `kubectl patch` does (strategic merge).

    Raises
    ------
    ModelError
        If there is no such object, or it was not made from a manifest, or the change is refused.
    ScenarioError
        If the patched manifest is not valid.
    """
    obj = store.find(key)
    if obj is None:
        raise ModelError(f"there is no {key} to patch")
    if isinstance(obj, kinds.Pod) and "status" in changes:
        _set_conditions(store, obj, changes["status"])
        changes = {name: value for name, value in changes.items() if name != "status"}
        if not changes:
            return
    if isinstance(obj, kinds.Pod) and obj.manifest is None:
        _patch_labels(store, obj, changes)
        return
    if isinstance(obj, (kinds.PersistentVolumeClaim, kinds.PersistentVolume)):
        changes = patch_finalizers(store, obj, changes)
        if changes:
            _edit(store, obj, reparse(strategic_patch(document(obj), changes)))
        return
    if obj.manifest is None:
        raise ModelError(f"{key} was made by a controller: patch its owner instead")
    if not isinstance(obj, kinds.Pod) and "metadata" in changes:
        changes = patch_finalizers(store, obj, changes)
        if not changes:
            return
    apply_manifest(store, reparse(strategic_patch(obj.manifest.raw, changes)), toleration_us, features)


def _edit(
    store: Store, obj: kinds.PersistentVolumeClaim | kinds.PersistentVolume, manifest: Manifest
) -> None:
    if isinstance(obj, kinds.PersistentVolume):
        change_volume(store, obj, manifest)
    else:
        change_claim(store, obj, manifest)


def set_image(
    store: Store,
    key: str,
    container: str | None,
    image: str,
    toleration_us: int,
    features: Features = AS_BY_DEFAULT,
) -> None:
    """Change a container's image, the first one's if none is named (`kubectl set image`).

    Raises
    ------
    ModelError
        If there is no such object.
    """
    obj = store.find(key)
    if obj is None or obj.manifest is None:
        raise ModelError(f"there is no {key} with a pod template to change")
    spec: Any = obj.manifest.spec
    name = container or spec.template.spec.containers[0].name
    changes = {"spec": {"template": {"spec": {"containers": [{"name": name, "image": image}]}}}}
    patch(store, key, changes, toleration_us, features)


def restart(store: Store, key: str, toleration_us: int, features: Features = AS_BY_DEFAULT) -> None:
    """Annotate a pod template with the time, so that every pod is replaced (`kubectl rollout restart`).

    Source: kubectl pkg/polymorphichelpers/objectrestarter.go.

    Raises
    ------
    ModelError
        If there is no such workload, or it is a Deployment that is paused.
    """
    obj = store.find(key)
    if not isinstance(obj, kinds.Deployment | kinds.StatefulSet) or obj.manifest is None:
        raise ModelError(f"there is no {key} to restart")
    if isinstance(obj, kinds.Deployment) and obj.spec.paused:
        raise ModelError(f"can't restart paused {key}; resume it first")
    now = {"kubectl.kubernetes.io/restartedAt": timestamp(store.clock.now)}
    changes = {"spec": {"template": {"metadata": {"annotations": now}}}}
    patch(store, key, changes, toleration_us, features)


def _patch_labels(store: Store, pod: kinds.Pod, changes: Mapping[str, Any]) -> None:
    if set(changes) == {"spec"} and set(changes["spec"]) == {"schedulingGates"}:
        left = changes["spec"]["schedulingGates"] or ()
        _ungate(store, pod, tuple(row["name"] for row in left))
        return
    wanted = changes.get("metadata", {})
    if not wanted or set(changes) - {"metadata"} or set(wanted) - {"labels", "annotations"}:
        raise ModelError(
            f"{pod.key}: of a running pod only metadata.labels and metadata.annotations can be patched here"
        )
    merged = {
        key: {name: value for name, value in {**old, **wanted.get(key, {})}.items() if value is not None}
        for key, old in (("labels", pod.labels), ("annotations", pod.annotations))
    }
    store.write(pod, "Labelled", merged, labels=merged["labels"])


def _set_conditions(store: Store, pod: kinds.Pod, status: Any) -> None:
    """Set conditions of a pod, as who opens readiness gates does (`kubectl patch --subresource=status`)."""
    rows = status.get("conditions") if isinstance(status, dict) and set(status) == {"conditions"} else None
    if not isinstance(rows, list) or not all(
        isinstance(r, dict) and {"type", "status"} <= set(r) for r in rows
    ):
        raise ModelError(
            f"{pod.key}: of a pod's status only conditions can be patched, each type with its status"
        )
    asked = {str(row["type"]): str(row["status"]) for row in rows}
    ours = [name for name in asked if "/" not in name and name not in pod.spec.readiness_gates]
    if ours:
        raise ModelError(
            f"{pod.key}: the condition {ours[0]} is Kubernetes' own; its next report would undo that"
        )
    store.write(pod, "ConditionsSet", {"conditions": {**pod.conditions, **asked}}, conditions=asked)


def _change_pod(store: Store, pod: kinds.Pod, manifest: Manifest) -> None:
    before, after = pod.manifest.spec if pod.manifest is not None else pod.spec, manifest.spec
    if isinstance(before, PodSpec) and isinstance(after, PodSpec) and before != after:
        if _gated(before, after.scheduling_gates) != _gated(after, after.scheduling_gates):
            raise ModelError(f"{pod.key}: a pod's spec cannot be changed; delete the pod and create another")
        _ungate(store, pod, after.scheduling_gates)
    labels = dict(manifest.labels)
    store.write(pod, "Labelled", {"labels": labels, "manifest": manifest}, labels=labels)


def _gated(spec: PodSpec, gates: tuple[str, ...]) -> PodSpec:
    """Return a spec with other scheduling gates."""
    raw = {key: value for key, value in spec.raw.items() if key != "schedulingGates"}
    if gates:
        raw["schedulingGates"] = [{"name": name} for name in gates]
    return replace(spec, scheduling_gates=gates, raw=raw)


def _ungate(store: Store, pod: kinds.Pod, left: tuple[str, ...]) -> None:
    """Remove scheduling gates; none can be added (pkg/apis/core/validation: ValidatePodUpdate)."""
    gates = pod.spec.scheduling_gates
    if not set(left) <= set(gates):
        raise ModelError(f"{pod.key}: scheduling gates can only be removed")
    if left != gates:
        event = "Ungated" if not left else "Changed"
        store.write(pod, event, {"spec": _gated(pod.spec, left)}, gates=list(left))


def _described(obj: Object) -> dict[str, Any]:
    match obj:
        case kinds.Node():
            spec = obj.spec
            return {
                "zone": spec.zone or None,
                "cpu_milli": spec.cpu_milli,
                "memory_bytes": spec.memory_bytes,
                "pods": spec.pods,
                "unschedulable": obj.unschedulable or None,
            }
        case kinds.Deployment() | kinds.StatefulSet():
            return {"replicas": obj.spec.replicas}
        case kinds.ReplicaSet():
            return {"replicas": obj.replicas, "revision": obj.hash}
        case kinds.ResourceQuota():
            return {"hard": dict(obj.spec.hard)}
        case kinds.Pod():
            gates = list(obj.spec.scheduling_gates) or None
            return {"image": obj.spec.containers[0].image, "gates": gates}
        case _:
            return {}

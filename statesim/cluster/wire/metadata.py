"""What every document has: names, uids, versions and times in the API's form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.kernel.streams import digest
from statesim.scenario.versions import Features

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.objects import Object, OwnerRef

Document = dict[str, Any]

# the simulation's time 0, for all runs: what happens at 84 s happens at 00:01:24
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
NAMESPACE = "default"


class Resource(NamedTuple):
    """A kind's place in the API."""

    api_version: str
    plural: str
    namespaced: bool = True


RESOURCES: dict[str, Resource] = {
    "Pod": Resource("v1", "pods"),
    "Service": Resource("v1", "services"),
    "PersistentVolumeClaim": Resource("v1", "persistentvolumeclaims"),
    "PersistentVolume": Resource("v1", "persistentvolumes", namespaced=False),
    "Node": Resource("v1", "nodes", namespaced=False),
    "Event": Resource("v1", "events"),
    "ResourceQuota": Resource("v1", "resourcequotas"),
    "Deployment": Resource("apps/v1", "deployments"),
    "ReplicaSet": Resource("apps/v1", "replicasets"),
    "StatefulSet": Resource("apps/v1", "statefulsets"),
    "ControllerRevision": Resource("apps/v1", "controllerrevisions"),
    "StorageClass": Resource("storage.k8s.io/v1", "storageclasses", namespaced=False),
    "VolumeAttachment": Resource("storage.k8s.io/v1", "volumeattachments", namespaced=False),
    "EndpointSlice": Resource("discovery.k8s.io/v1", "endpointslices"),
    "PodDisruptionBudget": Resource("policy/v1", "poddisruptionbudgets"),
    "PriorityClass": Resource("scheduling.k8s.io/v1", "priorityclasses", namespaced=False),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What a document depends on apart from its object: the cluster's version."""

    kubernetes: str = "1.32"

    @property
    def features(self) -> Features:
        """Return what the version has."""
        return _features(self.kubernetes)


_features = lru_cache(maxsize=16)(Features.for_version)


@lru_cache(maxsize=4096)
def timestamp(us: int) -> str:
    """Return a time as the API writes it: RFC 3339, whole seconds (metav1.Time)."""
    return (EPOCH + timedelta(seconds=us // 1_000_000)).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_timestamp(us: int) -> str:
    """Return a time with microseconds (metav1.MicroTime)."""
    return (EPOCH + timedelta(microseconds=us)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def microseconds(text: str) -> int:
    """Return the simulation's time of a timestamp."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment - EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=65536)
def uuid(uid: str) -> str:
    """Return an object's uid in UUID form; it begins with the uid that the trace has."""
    rest = digest("uuid", uid, size=12).hex()
    return f"{uid[:8]:0>8}-{rest[:4]}-4{rest[5:8]}-{'89ab'[int(rest[8], 16) % 4]}{rest[9:12]}-{rest[12:]}"


def metadata(
    obj: Object,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Document:
    """Return an object's metadata, its labels and annotations with those of the API's making added."""
    resource = RESOURCES[obj.KIND]
    meta: Document = {
        "creationTimestamp": timestamp(obj.created_us),
        "name": obj.name,
        "resourceVersion": str(obj.version),
        "uid": uuid(obj.uid),
    }
    if resource.namespaced:
        meta["namespace"] = NAMESPACE
    if obj.generation:
        meta["generation"] = obj.generation
    if obj.deleted_us is not None:
        meta |= _deletion(obj, obj.deleted_us)
    for key, own, added in (("labels", obj.labels, labels), ("annotations", obj.annotations, annotations)):
        merged = {**own, **(added or {})}
        if merged:
            meta[key] = {name: merged[name] for name in sorted(merged)}
    if obj.owner is not None:
        meta["ownerReferences"] = [owner_reference(obj.owner)]
    if obj.finalizers:
        meta["finalizers"] = list(obj.finalizers)
    return meta


def _deletion(obj: Object, deleted_us: int) -> Document:
    """Return when it is to be gone: the request plus the grace period (apiserver rest.BeforeDelete)."""
    grace_us = getattr(obj, "grace_us", None) or 0
    return {
        "deletionTimestamp": timestamp(deleted_us + grace_us),
        "deletionGracePeriodSeconds": grace_us // 1_000_000,
    }


def owner_reference(owner: OwnerRef) -> Document:
    """Return a reference to the controller that owns an object (metav1.NewControllerRef)."""
    return {
        "apiVersion": RESOURCES[owner.kind].api_version,
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": owner.kind,
        "name": owner.name,
        "uid": uuid(owner.uid),
    }


def condition(kind: str, status: bool | str, since_us: int, **more: str | None) -> Document:
    """Return one condition; a reason or message that is empty is left out."""
    said = status if isinstance(status, str) else str(status)
    kept = {key: value for key, value in more.items() if value}
    return {"lastTransitionTime": timestamp(since_us), "status": said, "type": kind, **kept}


def said(obj: Object, key: str = "spec") -> Document:
    """Return a part of the manifest that an object was made from; empty if a controller made it."""
    part = obj.manifest.raw.get(key) if obj.manifest is not None else None
    return part if isinstance(part, dict) else {}

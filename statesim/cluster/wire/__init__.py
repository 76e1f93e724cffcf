"""Objects in genuine Kubernetes form: pure functions from an object in the store to the API's document.

A document holds what the API server would answer: `apiVersion`, `kind`, `metadata`, the spec as written with
the server's defaults, and the status as controllers and kubelets have last reported it. Documents share parts
with each other and with the manifests: whoever wants to change one copies it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import Pod
from statesim.cluster.wire import network, nodes, pods, policy, storage, workloads
from statesim.cluster.wire.metadata import (
    EPOCH,
    NAMESPACE,
    RESOURCES,
    Document,
    Frame,
    Resource,
    micro_timestamp,
    microseconds,
    timestamp,
    uuid,
)
from statesim.scenario.served import preferred

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from statesim.cluster.objects import Object

__all__ = [
    "EPOCH",
    "NAMESPACE",
    "RESOURCES",
    "Document",
    "Frame",
    "Resource",
    "document",
    "micro_timestamp",
    "microseconds",
    "timestamp",
    "uuid",
]

_RENDER: dict[str, Callable[[Any, Frame], Document]] = {
    "Node": nodes.node,
    "StorageClass": storage.storage_class,
    "PersistentVolume": storage.volume,
    "PersistentVolumeClaim": storage.claim,
    "VolumeAttachment": storage.attachment,
    "Service": network.service,
    "EndpointSlice": network.endpoint_slice,
    "PodDisruptionBudget": policy.disruption_budget,
    "Deployment": workloads.deployment,
    "ReplicaSet": workloads.replica_set,
    "ControllerRevision": workloads.controller_revision,
    "StatefulSet": workloads.stateful_set,
    "Pod": pods.pod,
}


def document(
    obj: Object, frame: Frame, before: Document | None = None, changed: Collection[str] = ()
) -> Document:
    """Return an object as the API server would answer it.

    Parameters
    ----------
    before, changed
        The document before a write, and the attributes that it changed: parts that hang on none of them are
        taken over.
    """
    if isinstance(obj, Pod) and before is not None and pods.SPEC.isdisjoint(changed):
        return {"apiVersion": "v1", "kind": "Pod", **pods.pod(obj, frame, before)}
    made = _RENDER.get(obj.KIND, policy.as_written)(obj, frame)
    return {"apiVersion": preferred(obj.KIND, frame.features.minor), "kind": obj.KIND, **made}

"""How the API server deletes: gracefully where a kubelet or a finalizer must act first, else at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import Object, Pod

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.store import Store

# apimachinery meta/v1: FinalizerDeleteDependents
FOREGROUND = "foregroundDeletion"


def delete(
    store: Store,
    obj: Object,
    *,
    grace_us: int | None = None,
    event: str = "Deleted",
    fields: Mapping[str, Any] | None = None,
    why: str = "",
) -> None:
    """Delete an object as a request to the API server does.

    A bound pod becomes Terminating and stays until its kubelet removes it; one that is bound nowhere, or
    whose grace is 0, goes at once (pkg/registry/core/pod/strategy.go: CheckGracefulDelete). Other kinds wait
    for their finalizers.

    Raises
    ------
    Conflict
        If the object is gone.
    """
    if isinstance(obj, Pod):
        _delete_pod(store, obj, grace_us, why)
    elif obj.finalizers:
        if obj.deleted_us is None:
            store.write(obj, "Terminating", {"deleted_us": store.clock.now}, why=why or None)
    else:
        store.remove(obj, event, **(fields or {}), why=why or None)


def delete_in_foreground(store: Store, obj: Object, why: str = "") -> None:
    """Mark an object to go once all that it owns is gone: the garbage collector sees to that.

    Source: apiserver pkg/registry/generic/registry/store.go: deletionFinalizersForGarbageCollection.

    Raises
    ------
    Conflict
        If the object is gone.
    """
    if FOREGROUND in obj.finalizers:
        return
    changes: dict[str, Any] = {"finalizers": (*obj.finalizers, FOREGROUND)}
    if obj.deleted_us is None:
        changes["deleted_us"] = store.clock.now
    store.write(obj, "Terminating", changes, cascade="foreground", why=why or None)


def _delete_pod(store: Store, pod: Pod, grace_us: int | None, why: str) -> None:
    grace = pod.spec.grace_us if grace_us is None else grace_us
    if pod.node is None or pod.finished:
        grace = 0
    if pod.deleted_us is None or (pod.grace_us is not None and grace < pod.grace_us):
        changes = {"grace_us": grace}
        if pod.deleted_us is None:
            changes["deleted_us"] = store.clock.now
        store.write(
            pod,
            "Terminating",
            changes,
            uid=pod.uid,
            node=pod.node,
            grace_s=grace / 1_000_000,
            why=why or None,
        )
    if grace == 0:
        store.remove(pod, uid=pod.uid, node=pod.node)

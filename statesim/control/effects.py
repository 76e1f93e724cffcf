"""How the API server takes an action: admission, then the store's write gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import KINDS, Object, PersistentVolumeClaim, Pod
from statesim.control.actions import Create, Delete, Write
from statesim.control.admission import admitted
from statesim.control.deletion import delete, delete_in_foreground
from statesim.errors import Conflict, Forbidden

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.objects import OwnerRef
    from statesim.cluster.store import Store


def apply(store: Store, action: Create | Write | Delete, why: str = "") -> None:
    """Apply one action through the store's write gate.

    Raises
    ------
    Conflict
        If the object that the action is about is no longer there, or is there already.
    Forbidden
        If admission or validation refuses it.
    """
    match action:
        case Create(obj, event, fields):
            obj = admitted(store, obj)
            store.create(obj, event, **{**_described(obj), **fields}, why=action.why or why or None)
        case Write(obj, event, changes, fields):
            if changes:
                _check_owner(store, obj, changes.get("owner"))
                _check_pod(obj, changes)
                store.write(obj, event, changes, **fields, why=action.why or why or None)
            elif event:
                store.note(obj, event, **fields, why=action.why or why or None)
            if action.details:
                store.report(obj, action.details)
        case Delete(obj, grace_us, cascade, event, fields):
            if cascade == "orphan":
                _orphan(store, obj)
            if cascade == "foreground" and not isinstance(obj, Pod):
                delete_in_foreground(store, obj, why=action.why or why)
                return
            delete(store, obj, grace_us=grace_us, event=event, fields=fields, why=action.why or why)


def _check_owner(store: Store, obj: Object, ref: OwnerRef | None) -> None:
    """See to it that who adopts is still there and not on its way out, whatever the adopter last saw.

    Source: pkg/controller/controller_ref_manager.go: RecheckDeletionTimestamp.
    """
    if ref is None:
        return
    owner = store.find(ref.key)
    gone = owner is None or owner.uid != ref.uid
    if gone or (owner is not None and owner.terminating and not isinstance(obj, PersistentVolumeClaim)):
        raise Conflict(f"{ref.key} cannot adopt {obj.key}: it is going or gone")


def _check_pod(obj: Object, changes: Mapping[str, Any]) -> None:
    """See to it that a pod keeps its volumes (pkg/apis/core/validation: ValidatePodUpdate)."""
    if isinstance(obj, Pod) and "spec" in changes and changes["spec"].volumes != obj.spec.volumes:
        raise Forbidden(
            f'Pod "{obj.name}" is invalid: spec: Forbidden: pod updates may not change fields other than '
            "`spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, "
            "`spec.tolerations` (only additions to existing tolerations) or "
            "`spec.terminationGracePeriodSeconds`"
        )


def _described(obj: Object) -> dict[str, Any]:
    if not isinstance(obj, Pod):
        return {}
    image = obj.spec.containers[0].image if obj.spec.containers else None
    return {
        "owner": obj.owner.key if obj.owner else None,
        "revision": obj.revision or None,
        "image": image,
        "gates": list(obj.spec.scheduling_gates) or None,
    }


def _orphan(store: Store, owner: Object) -> None:
    for kind in KINDS:
        for dependant in store.by(kind, "owner", owner.uid):
            store.write(dependant, "OwnerChanged", {"owner": None})

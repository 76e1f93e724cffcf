"""Claims in use are protected: a deleted claim stays until no pod mounts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import PersistentVolumeClaim, Pod
from statesim.control.actions import Decision, let_go
from statesim.control.volumes import CLAIM_FINALIZER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store


@dataclass(frozen=True, slots=True)
class View:
    """A claim that is being deleted, and who mounts it."""

    claim: PersistentVolumeClaim
    users: tuple[Pod, ...]


def decide(view: View) -> Decision:
    """Let a terminating claim go when nobody uses it.

    A pod that no node has yet does not use it; one that has finished does, as long as its object is there
    (pkg/controller/volume/pvcprotection: pvc_protection_controller.go: podUsesPVC).
    """
    users = [pod.name for pod in view.users if pod.node is not None]
    if users:
        return Decision(why=f"{', '.join(users)} still mounts it")
    return Decision(let_go(view.claim, CLAIM_FINALIZER), why="no pod mounts it")


class PVCProtection:
    """One key a claim."""

    name = "pvc-protection"
    watches = (PersistentVolumeClaim, Pod)

    def __init__(self, store: Store) -> None:
        self._store = store

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`."""
        obj = change.object
        if isinstance(obj, PersistentVolumeClaim):
            return (obj.key,) if obj.terminating and change.verb != "DELETED" else ()
        if change.verb == "DELETED":
            return [f"PersistentVolumeClaim/{name}" for name in obj.spec.claims]
        return ()

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        claim = self._store.find(key)
        if not isinstance(claim, PersistentVolumeClaim) or not claim.terminating:
            return None
        return View(claim, self._store.by(Pod, "claim", claim.name))

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)

"""The garbage collector: what belongs to an object that is gone goes too, or goes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import (
    KINDS,
    ControllerRevision,
    Deployment,
    Object,
    PersistentVolumeClaim,
    Pod,
    ReplicaSet,
    Service,
    StatefulSet,
)
from statesim.control.actions import Decision, Delete, let_go
from statesim.control.deletion import FOREGROUND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.objects import OwnerRef
    from statesim.cluster.store import Change, Store


@dataclass(frozen=True, slots=True)
class View:
    """An owner that is gone, and what still names it; one that is to go after its dependants is `waiting`."""

    owner: str
    dependants: tuple[Object, ...]
    waiting: Object | None = None


def decide(view: View) -> Decision:
    """Delete the dependants; an owner that waits for them goes when the last is gone.

    A foreground deletion goes down the tree: dependants with dependants of their own wait for those in turn
    (pkg/controller/garbagecollector/garbagecollector.go: attemptToDeleteItem, processDeletingDependentsItem).
    """
    owner = view.waiting
    if owner is None:
        actions = tuple(Delete(obj) for obj in view.dependants if not obj.terminating)
        return Decision(actions, why=f"their owner {view.owner} is gone")
    if view.dependants:
        below = tuple(
            Delete(obj, cascade="foreground" if isinstance(obj, ReplicaSet) else "background")
            for obj in view.dependants
            if not obj.terminating
        )
        return Decision(below, why=f"their owner {view.owner} is being deleted and waits for them")
    return Decision(let_go(owner, FOREGROUND, "Changed"), why="nothing belongs to it any more")


class OwnerGC:
    """One key an owner that was deleted or waits to be: ``Kind/name/uid``, since a namesake may live."""

    name = "owner-gc"
    watches = (Deployment, ReplicaSet, StatefulSet, Service, Pod, ControllerRevision, PersistentVolumeClaim)

    def __init__(self, store: Store) -> None:
        self._store = store

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: what is made for an owner that is gone already goes as well."""
        obj: Object = change.object
        if change.verb == "DELETED":
            gone = (f"{obj.key}/{obj.uid}",)
            return (*gone, _key(obj.owner)) if obj.owner is not None and self._waits(obj.owner) else gone
        if change.event == "Terminating" and FOREGROUND in obj.finalizers:
            return (f"{obj.key}/{obj.uid}",)
        if obj.owner is None or (change.verb != "ADDED" and change.event != "OwnerChanged"):
            return ()
        owner = self._store.find(obj.owner.key)
        return () if owner is not None and owner.uid == obj.owner.uid else (_key(obj.owner),)

    def _waits(self, ref: OwnerRef) -> bool:
        owner = self._store.find(ref.key)
        return owner is not None and owner.uid == ref.uid and FOREGROUND in owner.finalizers

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        name, _, uid = key.rpartition("/")
        owner = self._store.find(name)
        waiting = owner if owner is not None and owner.uid == uid else None
        if waiting is not None and FOREGROUND not in waiting.finalizers:
            return None
        found = tuple(obj for kind in KINDS for obj in self._store.by(kind, "owner", uid))
        return View(name, found, waiting) if found or waiting is not None else None

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)


def _key(ref: OwnerRef) -> str:
    return f"{ref.key}/{ref.uid}"

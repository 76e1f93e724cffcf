"""The garbage collector: what belongs to an object that is gone goes too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import KINDS, Deployment, Object, Pod, ReplicaSet, Service, StatefulSet
from statesim.control.actions import Decision, Delete

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store


@dataclass(frozen=True, slots=True)
class View:
    """An owner that is gone, and what still names it."""

    owner: str
    dependants: tuple[Object, ...]


def decide(view: View) -> Decision:
    """Delete the dependants in the background (pkg/controller/garbagecollector)."""
    actions = tuple(Delete(obj) for obj in view.dependants if not obj.terminating)
    return Decision(actions, why=f"their owner {view.owner} is gone")


class OwnerGC:
    """One key an owner that was deleted: ``Kind/name/uid``, since a namesake may live."""

    name = "owner-gc"
    watches = (Deployment, ReplicaSet, StatefulSet, Service, Pod)

    def __init__(self, store: Store) -> None:
        self._store = store

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`."""
        return (f"{change.object.key}/{change.object.uid}",) if change.verb == "DELETED" else ()

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        owner, _, uid = key.rpartition("/")
        found = tuple(obj for kind in KINDS for obj in self._store.by(kind, "owner", uid))
        return View(owner, found) if found else None

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)

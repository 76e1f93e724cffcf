"""The rosters of all StatefulSets of a store, each brought up to what has changed when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.objects import PersistentVolumeClaim, Pod, StatefulSet
from statesim.control.statefulset_pods import ordinal_of
from statesim.control.statefulset_roster import Roster

if TYPE_CHECKING:
    from statesim.cluster.store import Change, Store
    from statesim.scenario.specs import StatefulSetSpec


class _Kept(NamedTuple):
    """A set's roster and what it was made for, its pods that it does not select, and who has changed."""

    uid: str
    spec: StatefulSetSpec
    roster: Roster
    strays: dict[str, Pod]
    changed: dict[str, None]


class Rosters:
    """The rosters, by key of the set. As an informer they watch the store, and tell nobody."""

    __slots__ = ("_claimed", "_kept", "_store")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[str, _Kept] = {}
        self._claimed: dict[str, dict[str, None]] = {}
        store.watch((StatefulSet, PersistentVolumeClaim, Pod), self._note)

    def forget(self) -> None:
        """Know nothing any more, as a process that has just started."""
        self._kept.clear()
        self._claimed.clear()

    def _note(self, change: Change) -> None:
        """Note whose slot a change concerns."""
        obj = change.object
        if isinstance(obj, Pod):
            owner = obj.owner.key if obj.owner is not None else ""
            if owner in self._kept:
                self._kept[owner].changed[obj.name] = None
            if change.event == "OwnerChanged":
                for kept in self._kept.values():
                    kept.changed[obj.name] = None
        elif isinstance(obj, PersistentVolumeClaim):
            of, _, ordinal = obj.name.rpartition("-")
            for key in self._claimed.get(of, ()):
                self._kept[key].changed[f"{key.partition('/')[2]}-{ordinal}"] = None
        elif isinstance(obj, StatefulSet) and change.verb == "DELETED":
            self._drop(obj.key)

    def of(self, owner: StatefulSet, spec: StatefulSetSpec) -> tuple[Roster, tuple[Pod, ...]]:
        """Return a set's roster as it is now, and the pods that it owns though its selector does not match.

        `spec` is the set's, as its version understands it.
        """
        kept = self._kept.get(owner.key)
        if kept is None or kept.uid != owner.uid or kept.spec is not owner.spec:
            kept = self._made(owner, spec)
        for name in kept.changed:
            self._bring_up(kept, owner, name)
        kept.changed.clear()
        kept.roster.grow_older(self._store.clock.now)
        owned = self._store.by(Pod, "owner", owner.uid) if kept.strays else ()
        return kept.roster, tuple(pod for pod in owned if pod.name in kept.strays)

    def _made(self, owner: StatefulSet, spec: StatefulSetSpec) -> _Kept:
        self._drop(owner.key)
        pods = {pod.name: None for pod in self._store.by(Pod, "owner", owner.uid)}
        made = _Kept(owner.uid, owner.spec, Roster(spec, (), 0), {}, pods)
        self._kept[owner.key] = made
        for template in owner.spec.claim_templates:
            self._claimed.setdefault(f"{template.name}-{owner.name}", {})[owner.key] = None
        return made

    def _drop(self, key: str) -> None:
        known = self._kept.pop(key, None)
        for template in known.spec.claim_templates if known is not None else ():
            self._claimed[f"{template.name}-{key.partition('/')[2]}"].pop(key, None)

    def _bring_up(self, kept: _Kept, owner: StatefulSet, name: str) -> None:
        pod = self._store.get(Pod, name)
        mine = pod is not None and pod.owner is not None and pod.owner.uid == owner.uid
        matches = pod is not None and owner.spec.selector.matches(pod.labels)
        if pod is not None and mine and not matches:
            kept.strays[name] = pod
        else:
            kept.strays.pop(name, None)
        ordinal = ordinal_of(owner.name, name)
        if ordinal is not None:
            kept.roster.note(ordinal, pod if mine and matches else None, self._store.clock.now)

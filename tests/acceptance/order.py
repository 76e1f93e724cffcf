"""What must hold at every write while a StatefulSet is at work: Kubernetes' own invariants of its tests.

Source: pkg/controller/statefulset/stateful_set_control_test.go: assertMonotonicInvariants,
assertBurstInvariants, assertUpdateInvariants, scaleDownStatefulSetControl. They look at the pods after each
pass; here each single creation and deletion is looked at, with what was there just then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import POD_NAME_LABEL, ControllerRevision, Pod, StatefulSet
from statesim.control.statefulset import healthy
from statesim.control.statefulset_pods import ordinal_of
from tests.control.workbench import Cluster, stateful

if TYPE_CHECKING:
    from statesim.cluster.store import Change
    from statesim.scenario.versions import Features


class Invariants:
    """Watches the pods of one set.

    What a person deletes (`Cluster.delete`) is nobody's order; what the controller deletes has one.

    Attributes
    ----------
    made, gone
        The pods whose creation or deletion was looked at, in order: a test that watched nothing has held nothing.
    """

    def __init__(self, cluster: Cluster, owner: StatefulSet, *, updates: bool = False) -> None:
        self.cluster, self.owner, self.updates = cluster, owner, updates
        self.made: list[str] = []
        self.gone: list[str] = []
        cluster.store.watch((Pod,), self._changed)

    @property
    def ordered(self) -> bool:
        return self.owner.spec.pod_management == "OrderedReady"

    @property
    def slots(self) -> range:
        """The ordinals that are wanted."""
        start = self.owner.spec.start_ordinal
        return range(start, start + self.owner.spec.replicas)

    def pods(self) -> dict[int, Pod]:
        """Return the set's pods by ordinal."""
        found = self.cluster.store.by(Pod, "owner", self.owner.uid)
        return {ordinal: p for p in found if (ordinal := ordinal_of(self.owner.name, p.name)) is not None}

    def _changed(self, change: Change) -> None:
        pod = change.object
        if pod.owner != self.owner.ref():
            return
        if change.event == "Created":
            self.made.append(pod.name)
            self._identity(pod)
            self._created(self.pods(), pod.ordinal)
        elif change.event == "Terminating" and not self.cluster.by_hand and self._at_work():
            self.gone.append(pod.name)
            if not pod.finished:
                self._deleted(self.pods(), pod)

    def _at_work(self) -> bool:
        return self.cluster.store.find(self.owner.key) is self.owner and not self.owner.terminating

    def _identity(self, pod: Pod) -> None:
        """INV-B: names, labels and claims are those of the ordinal."""
        name = f"{self.owner.name}-{pod.ordinal}"
        assert (pod.name, pod.hostname, pod.labels[POD_NAME_LABEL]) == (name, name, name)
        claims = tuple(f"{t.name}-{name}" for t in self.owner.spec.claim_templates)
        assert pod.spec.claims == claims
        assert all(self.cluster.store.find(f"PersistentVolumeClaim/{claim}") for claim in claims)

    def _created(self, pods: dict[int, Pod], ordinal: int) -> None:
        """INV-M: whoever comes before is there, Running and Ready. INV-U."""
        assert ordinal in self.slots
        for before in range(self.owner.spec.start_ordinal, ordinal) if self.ordered else ():
            assert before in pods, f"db-{ordinal} was made before db-{before}"
            assert healthy(pods[before]), f"db-{ordinal} was made while db-{before} was not well"
        if self.updates:
            self._newer_above(pods)

    def _deleted(self, pods: dict[int, Pod], pod: Pod) -> None:
        """The highest goes first: of those beyond the wanted, and then of those of an older revision.

        With OrderedReady nobody else is going meanwhile, nor is anybody not well but for the one that goes.
        """
        surplus = {o: p for o, p in pods.items() if o not in self.slots}
        waits = {o: p for o, p in pods.items() if p is not pod and not p.terminating}
        if self.ordered:
            going = [p.name for p in pods.values() if p.terminating and p is not pod]
            assert not going, f"{pod.name} is told to go while {going} are still there"
            unwell = [p.name for o, p in waits.items() if o in self.slots and not healthy(p)]
            assert not unwell, f"{pod.name} is told to go while {unwell} are not well"
        if pod.ordinal in surplus:
            higher = [p.name for o, p in waits.items() if o in surplus and o > pod.ordinal]
            assert not higher, f"{pod.name} is told to go before {higher}"
            return
        assert self.owner.spec.update_strategy != "OnDelete", f"{pod.name} is left to a person"
        assert not [o for o in waits if o in surplus], f"{pod.name} is updated before the set has its size"
        assert pod.ordinal >= self.owner.spec.start_ordinal + self.owner.spec.partition
        higher = [o for o in self.slots if o > pod.ordinal]
        number = self._numbers()
        newest = max(number, key=number.__getitem__)
        old = [o for o in higher if o not in pods or pods[o].revision != newest or not healthy(pods[o])]
        assert not old, f"{pod.name} is updated before {old}"

    def _numbers(self) -> dict[str, int]:
        found = self.cluster.store.by(ControllerRevision, "owner", self.owner.uid)
        return {r.name: r.revision for r in found}

    def _newer_above(self, pods: dict[int, Pod]) -> None:
        """INV-U: a newer revision only at ordinals above those of an older one."""
        number = self._numbers()
        numbers = [number[pods[o].revision] for o in sorted(pods) if not pods[o].terminating]
        assert numbers == sorted(numbers), numbers


def begun(features: Features | None = None, **spec: Any) -> tuple[Cluster, StatefulSet, Invariants]:
    """Return a cluster with a set that has just been created and is watched."""
    cluster, db = Cluster(features), stateful(**spec)
    cluster.create(db)
    return cluster, db, Invariants(cluster, db)

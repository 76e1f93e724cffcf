"""What must hold after every write while a StatefulSet is at work: Kubernetes' own invariants of its tests.

Source: pkg/controller/statefulset/stateful_set_control_test.go: assertMonotonicInvariants,
assertBurstInvariants, assertUpdateInvariants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.objects import POD_NAME_LABEL, ControllerRevision, Pod, StatefulSet
from statesim.control.statefulset import healthy
from statesim.control.statefulset_pods import ordinal_of

if TYPE_CHECKING:
    from statesim.cluster.store import Change
    from tests.control.workbench import Cluster


class Invariants:
    """Watches the pods of one set.

    Attributes
    ----------
    made
        How many creations were looked at: a test that watched nothing has held nothing.
    """

    def __init__(self, cluster: Cluster, owner: StatefulSet, *, updates: bool = False) -> None:
        self.cluster, self.owner, self.updates = cluster, owner, updates
        self.made = 0
        cluster.store.watch((Pod,), self._changed)

    def pods(self) -> dict[int, Pod]:
        """Return the set's pods by ordinal."""
        found = self.cluster.store.by(Pod, "owner", self.owner.uid)
        return {ordinal: p for p in found if (ordinal := ordinal_of(self.owner.name, p.name)) is not None}

    def _changed(self, change: Change) -> None:
        if change.event != "Created" or change.object.owner != self.owner.ref():
            return
        self.made += 1
        pods, ordinal = self.pods(), change.object.ordinal
        self._identity(change.object)
        if self.owner.spec.pod_management == "OrderedReady":
            self._ordered(pods, ordinal)
        if self.updates:
            self._newer_above(pods)

    def _identity(self, pod: Pod) -> None:
        """INV-B: names, labels and claims are those of the ordinal."""
        name = f"{self.owner.name}-{pod.ordinal}"
        assert (pod.name, pod.hostname, pod.labels[POD_NAME_LABEL]) == (name, name, name)
        claims = tuple(f"{t.name}-{name}" for t in self.owner.spec.claim_templates)
        assert pod.spec.claims == claims
        assert all(self.cluster.store.find(f"PersistentVolumeClaim/{claim}") for claim in claims)

    def _ordered(self, pods: dict[int, Pod], ordinal: int) -> None:
        """INV-M: whoever comes before is there, Running and Ready."""
        for before in range(self.owner.spec.start_ordinal, ordinal):
            assert before in pods, f"db-{ordinal} was made before db-{before}"
            assert healthy(pods[before]), f"db-{ordinal} was made while db-{before} was not well"

    def _newer_above(self, pods: dict[int, Pod]) -> None:
        """INV-U: a newer revision only at ordinals above those of an older one."""
        newest = {
            r.name: r.revision for r in self.cluster.store.by(ControllerRevision, "owner", self.owner.uid)
        }
        numbers = [newest[pods[o].revision] for o in sorted(pods) if not pods[o].terminating]
        assert numbers == sorted(numbers), numbers

"""From every state of a small StatefulSet, with any write lost, it comes to rest at the goal, in order."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statesim.cluster.objects import Phase, Pod, StatefulSet
from statesim.cluster.store import Store
from statesim.control.actions import Create, Decision, Delete
from statesim.control.effects import apply
from statesim.control.revisions import resolve
from statesim.control.statefulset import StatefulSetController, healthy
from statesim.control.statefulset_pods import ordinal_of, pod_for
from statesim.errors import Conflict
from statesim.kernel.clock import Clock
from statesim.kernel.trace import Trace
from tests.control.workbench import TOLERATION, flat, shown, stateful, template

SLOTS = 3
STATES = ("absent", "old", "new", "old starting", "new starting", "old going", "new failed")


class Small:
    """A set of three slots and one ordinal too many, put into a state, stepped by hand."""

    def __init__(self, policy: str, states: tuple[str, ...]) -> None:
        clock = Clock()
        self.store = Store(clock, Trace(clock))
        self.controller = StatefulSetController(self.store, toleration_us=TOLERATION)
        self.db: StatefulSet = self.store.create(stateful(replicas=SLOTS, pod_management=policy))
        self.old = self.store.create(resolve(self.db, ()).update)
        self.store.write(self.db, "Changed", {"current_revision": self.old.name})
        changed = stateful(image="v2", replicas=SLOTS, pod_management=policy).spec
        self.store.write(self.db, "Changed", {"spec": changed})
        self.new = self.store.create(resolve(self.db, (self.old,)).update)
        for ordinal, state in enumerate(states):
            if state != "absent":
                self._put(ordinal, state)

    def _put(self, ordinal: int, state: str) -> None:
        revision = self.old if state.startswith("old") else self.new
        made = self.store.create(pod_for(self.db, ordinal, revision, TOLERATION))
        changes: dict[str, Any] = {"node": "n1"}
        if not state.endswith("starting"):
            changes |= {"phase": Phase.RUNNING, "ready": True, "ready_since_us": 0}
        if state.endswith("going"):
            changes["deleted_us"] = 0
        if state.endswith("failed"):
            changes |= {"phase": Phase.FAILED, "ready": False}
        self.store.write(made, "Put", changes)

    def pods(self) -> dict[int, Pod]:
        return {ordinal_of("db", p.name) or 0: p for p in self.store.all(Pod)}

    def decide(self) -> Decision:
        view = self.controller.look(self.db.key)
        assert view is not None
        return self.controller.decide(view)

    def let_a_second_pass(self) -> None:
        for each in list(self.store.all(Pod)):
            if each.terminating:
                self.store.remove(each)
            elif not each.finished and not each.ready:
                changes = {"node": "n1", "phase": Phase.RUNNING, "ready": True, "ready_since_us": 0}
                self.store.write(each, "Ready", changes)

    def settle(self, lost: set[int]) -> None:
        """Step until nothing is decided any more; the writes numbered in `lost` do not arrive."""
        writes = 0
        for _ in range(40):
            decision = self.decide()
            if self.db.spec.pod_management == "OrderedReady":
                in_order(self, decision)
            for action in flat(decision):
                if writes not in lost:
                    apply(self.store, action, decision.why)
                writes += 1
            before = [(p.uid, p.ready, p.terminating) for p in self.store.all(Pod)]
            self.let_a_second_pass()
            after = [(p.uid, p.ready, p.terminating) for p in self.store.all(Pod)]
            if not decision.actions and before == after:
                return
        pytest.fail("it does not come to rest")

    def at_the_goal(self) -> bool:
        pods = self.pods()
        status = self.db.status
        return (
            sorted(pods) == list(range(SLOTS))
            and all(healthy(p) and p.revision == self.new.name for p in pods.values())
            and status["replicas"] == status["readyReplicas"] == status["updatedReplicas"] == SLOTS
            and status["currentRevision"] == status["updateRevision"] == self.new.name
        )


def in_order(small: Small, decision: Decision) -> None:
    """Check INV-M: one pod at a time, none made or taken while an earlier one is not well."""
    pods = small.pods()
    made = [ordinal_of("db", a.object.name) for a in flat(decision) if isinstance(a, Create)]
    gone = [ordinal_of("db", a.object.name) for a in flat(decision) if isinstance(a, Delete)]
    assert len(made) + len(gone) <= 1
    for ordinal in made:
        assert ordinal is not None
        assert all(i in pods and healthy(pods[i]) for i in range(ordinal))
    for ordinal in gone:
        assert ordinal is not None
        if not pods[ordinal].finished:
            assert all(i in pods and healthy(pods[i]) for i in range(SLOTS) if i != ordinal)


@pytest.mark.parametrize("lost", [None, 0, 1, 3])
@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
def test_converges_from_every_state_with_any_write_lost(policy: str, lost: int | None) -> None:
    for states in product(STATES, repeat=SLOTS):
        small = Small(policy, (*states, "absent" if states[0] == "new" else "old"))
        small.settle(set() if lost is None else {lost})
        assert small.at_the_goal(), states


@settings(max_examples=150, deadline=None)
@given(
    policy=st.sampled_from(["OrderedReady", "Parallel"]),
    states=st.tuples(*[st.sampled_from(STATES)] * SLOTS, *[st.sampled_from(STATES[:-1])] * 2),
    lost=st.sets(st.integers(0, 30), max_size=12),
)
def test_converges_whichever_writes_are_lost(policy: str, states: tuple[str, ...], lost: set[int]) -> None:
    small = Small(policy, states)
    small.settle(lost)
    assert small.at_the_goal()


def test_two_failed_surplus_pods_block_each_other() -> None:
    """As upstream: of the condemned only the *first* unhealthy pod may go unhealthy, and it is not the last."""
    small = Small("OrderedReady", ("new", "new", "new", "new failed", "new failed"))
    small.settle(set())
    assert sorted(small.pods()) == [0, 1, 2, 3, 4]
    assert small.decide().why == "db-4 is not Ready and neither is db-3"


def test_a_decision_changes_nothing() -> None:
    small = Small("OrderedReady", ("old", "absent", "new", "old"))
    events = len(small.store.trace.events)
    assert shown_twice(small)
    assert len(small.store.trace.events) == events
    assert small.db.spec.template == template("v2")


def shown_twice(small: Small) -> bool:
    first, second = small.decide(), small.decide()
    return shown(first) == shown(second) and first.why == second.why


def test_a_namesake_is_never_written_to() -> None:
    small = Small("OrderedReady", ("old", "old", "old"))
    decision = small.decide()
    (victim,) = [a.object for a in flat(decision) if isinstance(a, Delete)]
    small.store.remove(victim)
    small.store.create(pod_for(small.db, 2, small.new, TOLERATION))
    with pytest.raises(Conflict):
        apply(small.store, next(a for a in flat(decision) if isinstance(a, Delete)))

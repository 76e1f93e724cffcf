"""StatefulSets: from every state of a few slots they come to rest at the goal, in order, one pod a name.

INV-M, INV-B and INV-U are the invariants that the tests of stateful_set_control.go assert after every sync.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import islice, product
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statesim.cluster.objects import PersistentVolumeClaim, Phase, Pod, StatefulSet
from statesim.control.actions import Create, Decision, Delete, one_by_one
from statesim.control.revisions import resolve
from statesim.control.runtime import apply
from statesim.control.statefulset import StatefulSetController, healthy
from statesim.control.statefulset_pods import ordinal_of, pod_for
from statesim.errors import Conflict
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import IntOrPercent
from statesim.scenario.versions import Features
from tests.control.workbench import TOLERATION, new_store, stateful, template
from tests.exhaustive.conftest import Tell  # noqa: TC001
from tests.exhaustive.explorer import (
    HOWS,
    NONE,
    Explorer,
    Judge,
    Trouble,
    kubelets,
    named,
    ready_at,
    rotated,
)

FEATURES = Features.for_version("1.34", {"MaxUnavailableStatefulSet": True})
SLOTS = 3
STATES = ("absent", "old", "new", "old starting", "new starting", "old going", "new failed")
SURPLUS = ("absent", "old", "new starting")


class Way(NamedTuple):
    """How a set is run."""

    policy: str
    strategy: str = "RollingUpdate"
    partition: int = 0
    max_unavailable: int = 1
    start: int = 0
    min_ready_s: int = 0
    retain: bool = True

    @property
    def ordered(self) -> bool:
        return self.policy == "OrderedReady"


WAYS = [
    Way(policy, *rest)
    for policy in ("OrderedReady", "Parallel")
    for rest in (("RollingUpdate", 0), ("RollingUpdate", 2), ("OnDelete", 0))
]


class Town:
    """A set that is in the middle of an update from one revision to another, its slots in given states."""

    def __init__(self, way: Way, states: tuple[str, ...], replicas: int = SLOTS) -> None:
        self.way, self.states, self.replicas, self.trouble = way, states, replicas, NONE
        self.store = new_store()
        spec = {"replicas": replicas, "pod_management": way.policy, "update_strategy": way.strategy}
        spec |= {"partition": way.partition, "claims": True, "start_ordinal": way.start}
        spec |= {
            "max_unavailable": IntOrPercent(way.max_unavailable),
            "min_ready_us": way.min_ready_s * SECOND,
        }
        spec |= {"retain_when_scaled": way.retain, "retain_when_deleted": way.retain}
        self.db: StatefulSet = self.store.create(stateful(**spec))
        self.old = self.store.create(resolve(self.db, ()).update)
        self.store.write(self.db, "Changed", {"current_revision": self.old.name})
        self.store.write(self.db, "Changed", {"spec": stateful(image="v2", **spec).spec})
        self.new = self.store.create(resolve(self.db, (self.old,)).update)
        for ordinal, state in enumerate(states):
            if state != "absent":
                self._put(way.start + ordinal, state)

    def _put(self, ordinal: int, state: str) -> None:
        revision = self.old if state.startswith("old") else self.new
        made = self.store.create(pod_for(self.db, ordinal, revision, TOLERATION))
        changes: dict[str, Any] = {"node": "n1"}
        if not state.endswith("starting"):
            changes |= ready_at(0)
        if state.endswith("going"):
            changes["deleted_us"] = 0
        if state.endswith("failed"):
            changes |= {"phase": Phase.FAILED, "ready": False}
        self.store.write(made, "Put", changes)

    def settle(self, trouble: Trouble = NONE, after: Callable[[], None] = lambda: None) -> int:
        self.trouble = trouble
        explorer = Explorer(
            self.store,
            lambda store: [StatefulSetController(store, toleration_us=TOLERATION, features=FEATURES)],
            kubelets(),
            trouble,
            Judge(self.one_at_a_time, self.in_order, after),
        )
        return explorer.settle()

    @property
    def pods(self) -> dict[int, Pod]:
        return {ordinal_of("db", p.name) or 0: p for p in self.store.all(Pod)}

    @property
    def ordinals(self) -> range:
        return range(self.way.start, self.way.start + self.replicas)

    def well(self, ordinal: int) -> bool:
        """Tell whether a slot's pod is healthy, and has been Ready for as long as the set asks."""
        pod = self.pods.get(ordinal)
        wait = self.way.min_ready_s * SECOND
        return pod is not None and healthy(pod) and pod.available(self.store.clock.now, wait)

    # -- what must hold on the way -----------------------------------------------------------------------

    def one_at_a_time(self, decision: Decision) -> None:
        singles = [single for action in decision.actions for single in one_by_one(action)]
        pods = [s for s in singles if isinstance(s, (Create, Delete)) and isinstance(s.object, Pod)]
        if self.way.ordered:
            assert len(pods) <= self.way.max_unavailable, "OrderedReady makes or deletes one pod at a time"

    def in_order(self, action: Any) -> None:
        """Check INV-M (ordered) and INV-B before a pod is made or taken."""
        pod = action.object
        if not isinstance(pod, Pod):
            return
        ordinal = ordinal_of("db", pod.name)
        assert ordinal is not None
        if isinstance(action, Create):
            assert self.store.get(Pod, pod.name) is None, "the name is taken"
            assert ordinal in self.ordinals
            assert pod.spec.claims == (f"data-db-{ordinal}",), "its claim is that of its ordinal"
            if self.trouble.how != "lost":
                assert self.store.get(PersistentVolumeClaim, f"data-db-{ordinal}") is not None, "no claim"
            if self.way.ordered:
                assert all(map(self.well, range(self.way.start, ordinal))), "a predecessor is not well"
        elif isinstance(action, Delete) and self.way.ordered and not pod.finished:
            unwell = [i for i in self.ordinals if i != ordinal and not self.well(i)]
            assert len(unwell) < self.way.max_unavailable, "others are not well"

    # -- where it ends -----------------------------------------------------------------------------------

    def check_goal(self) -> None:
        pods = self.pods
        assert sorted(pods) == list(self.ordinals)
        assert all(map(self.well, pods))
        for ordinal in self.ordinals:
            claim = self.store.get(PersistentVolumeClaim, f"data-db-{ordinal}")
            if claim is not None and not self.way.retain:
                assert claim.owner is None or claim.owner.kind == "StatefulSet", "it goes with its pod"
        for ordinal, pod in pods.items():
            assert pod.revision in self._revisions(ordinal)
        status = self.db.status
        assert status["replicas"] == status["readyReplicas"] == self.replicas
        complete = all(pod.revision == self.new.name for pod in pods.values())
        if complete and self.way.strategy == "RollingUpdate":
            assert status["currentRevision"] == status["updateRevision"] == self.new.name

    def _revisions(self, ordinal: int) -> tuple[str, ...]:
        """Return the revisions that a slot may end with."""
        place = ordinal - self.way.start
        was = self.states[place] if place < len(self.states) else "absent"
        stays = was in ("old", "old starting")
        if self.way.strategy == "OnDelete":
            return (self.old.name,) if stays else (self.new.name,)
        if place >= self.way.partition:  # isCurrentRevisionNeeded: it counts from the start ordinal
            return (self.new.name,)
        if was in ("new", "new starting"):
            return (self.new.name,)
        return (self.old.name, self.new.name) if self._taken_for_complete() else (self.old.name,)

    def _taken_for_complete(self) -> bool:
        """Tell whether the update may have been taken for complete before the gaps were filled.

        The status is written even if a pod could not be created; if all pods that there are have the new
        revision it becomes the current one, which gaps are then filled with (stateful_set_control.go:
        performUpdate; stateful_set_utils.go: completeRollingUpdate).
        """
        gaps = ("absent", "going", "failed")
        stay = {state for state in self.states if not state.endswith(gaps)}
        return self.trouble != NONE and stay <= {"new", "new starting"}


# what else a set may ask for, alone and together
SETTINGS = [
    way._replace(**more)
    for way in WAYS
    for more in (
        {"max_unavailable": 2},
        {"start": 5},
        {"min_ready_s": 3},
        {"retain": False},
        {"max_unavailable": 2, "start": 1, "min_ready_s": 2, "retain": False},
    )
]


TROUBLES = [NONE, *(Trouble(write, how) for write in range(5) for how in HOWS)]
# EXHAUSTIVE=1 tries the whole product (two minutes), otherwise each run tries this part of it
EVERY = 1 if os.environ.get("EXHAUSTIVE") else 24


def settle(states: tuple[str, ...], way: Way, trouble: Trouble, replicas: int = SLOTS) -> None:
    town = Town(way, states, replicas)
    with named(f"{states} {way} {trouble}"):
        town.settle(trouble)
        town.check_goal()


def test_from_every_state_with_any_of_the_first_writes_gone_wrong(tell: Tell) -> None:
    starts = [(*slots, surplus) for slots in product(STATES, repeat=SLOTS) for surplus in SURPLUS[:2]]
    cases = 0
    for states, way, trouble in rotated(starts, WAYS, writes=4, quiet=2):
        settle(states, way, trouble)
        cases += 1
    tell("StatefulSet, every state", cases, 4_000)


def test_from_every_state_of_four_slots(tell: Tell) -> None:
    cases = 0
    for number, states in enumerate(product(STATES, repeat=4)):
        trouble = TROUBLES[number % len(TROUBLES)]
        settle(states, WAYS[number // len(TROUBLES) % len(WAYS)], trouble, replicas=4)
        cases += 1
    tell("StatefulSet, four slots", cases, 2_401)


def test_from_every_state_whatever_else_the_set_asks_for(tell: Tell) -> None:
    starts = list(product(STATES, repeat=SLOTS))
    cases = 0
    for states, way, trouble in rotated(starts, SETTINGS, writes=4, quiet=2):
        settle(states, way, trouble)
        cases += 1
    tell("StatefulSet, other settings", cases, 2_000)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_trouble_from_every_state_in_every_way(way: Way, tell: Tell) -> None:
    cases = 0
    rows = product(product(STATES, repeat=SLOTS), TROUBLES)
    for states, trouble in islice(rows, WAYS.index(way), None, EVERY + (EVERY > 1)):
        settle(states, way, trouble)
        cases += 1
    tell(f"StatefulSet, {way}", cases, 5_400 // (EVERY + 1))


@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
@pytest.mark.parametrize(("before", "after"), [(b, a) for b in range(5) for a in range(5)])
def test_scaling_from_any_size_to_any_other_keeps_the_order(before: int, after: int, policy: str) -> None:
    for write in range(6):
        for how in HOWS:
            town = Town(Way(policy), ("new",) * before, replicas=after)
            with named(f"{how} {write}"):
                town.settle(Trouble(write, how))
                town.check_goal()


def test_inv_u_the_newer_revision_is_only_above_the_older_one_while_an_update_runs(tell: Tell) -> None:
    """From every point of an update without losses, whatever write goes wrong."""
    cases = 0
    for policy, partition, replicas in product(("OrderedReady", "Parallel"), range(4), range(1, 5)):
        for done in range(replicas + 1):
            states = ("old",) * (replicas - done) + ("new",) * done
            for trouble in [NONE, *(Trouble(write, how) for write in range(4) for how in HOWS)]:
                town = Town(Way(policy, "RollingUpdate", partition), states, replicas)
                town.settle(trouble, after=lambda town=town: newer_above(town))
                assert [town.pods[o].revision == town.new.name for o in range(replicas)] == [
                    o >= min(partition, replicas - done) for o in range(replicas)
                ]
                cases += 1
    tell("StatefulSet, updates", cases, 1_400)


def newer_above(town: Town) -> None:
    new = [ordinal for ordinal, pod in town.pods.items() if pod.revision == town.new.name]
    old = [ordinal for ordinal, pod in town.pods.items() if pod.revision == town.old.name]
    assert max(old, default=-1) < min(new, default=99), (old, new)


@settings(max_examples=150, deadline=None)
@given(
    way=st.sampled_from(WAYS),
    states=st.tuples(*[st.sampled_from(STATES)] * SLOTS, *[st.sampled_from(STATES[:-1])] * 2),
    trouble=st.builds(Trouble, st.integers(0, 12), st.sampled_from(HOWS)),
)
def test_from_larger_states_too(way: Way, states: tuple[str, ...], trouble: Trouble) -> None:
    town = Town(way, states)
    town.settle(trouble)
    town.check_goal()


def test_two_failed_surplus_pods_block_each_other() -> None:
    """As upstream: of the condemned only the *first* unhealthy pod may go unhealthy, and it is not the last."""
    town = Town(Way("OrderedReady"), ("new", "new", "new", "new failed", "new failed"))
    town.settle()
    assert sorted(town.pods) == [0, 1, 2, 3, 4]
    controller = StatefulSetController(town.store, toleration_us=TOLERATION)
    view = controller.look(town.db.key)
    assert view is not None
    assert controller.decide(view).why == "db-4 is not Ready and neither is db-3"


def test_a_decision_changes_nothing() -> None:
    town = Town(Way("OrderedReady"), ("old", "absent", "new", "old"))
    controller = StatefulSetController(town.store, toleration_us=TOLERATION)
    events = len(town.store.trace.events)
    shown = []
    for _ in range(2):
        view = controller.look(town.db.key)
        assert view is not None
        decision = controller.decide(view)
        shown.append(([type(action) for action in decision.actions], decision.why))
    assert shown[0] == shown[1]
    assert len(town.store.trace.events) == events
    assert town.db.spec.template == template("v2")


def test_a_namesake_is_never_written_to() -> None:
    town = Town(Way("OrderedReady"), ("old", "old", "old"))
    controller = StatefulSetController(town.store, toleration_us=TOLERATION)
    view = controller.look(town.db.key)
    assert view is not None
    (kill,) = [action for action in controller.decide(view).actions if isinstance(action, Delete)]
    town.store.remove(kill.object)
    town.store.create(pod_for(town.db, 2, town.new, TOLERATION))
    with pytest.raises(Conflict):
        apply(town.store, kill)

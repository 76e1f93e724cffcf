from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statesim.cluster.objects import Node, Pod
from statesim.control.actions import Delete
from statesim.control.taint_eviction import PodView, TaintEviction, decide, tolerated_us
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import Container, NodeSpec, PodSpec, Taint, Toleration
from tests.control.workbench import exists, store_under

if TYPE_CHECKING:
    from statesim.cluster.store import Store

A, B = Taint("a", "NoExecute"), Taint("b", "NoExecute")


@pytest.mark.parametrize(
    ("taints", "tolerations", "seconds"),
    [
        ((A,), (), 0),
        ((A,), (exists("b", 9),), 0),
        ((A,), (exists("a"),), None),
        ((A,), (exists("a", 200),), 200),
        ((A,), (exists("a", -5),), 0),
        ((A, B), (exists("a", 200),), 0),
        ((A, B), (exists("a", 200), exists("b", 100)), 100),
        ((A, B), (exists("a", 200), exists("b")), 200),
        ((A, B), (Toleration(None, "Exists"),), None),
        ((A,), (Toleration("a", "Exists", effect="NoSchedule"),), 0),
        ((Taint("a", "NoExecute", "x"),), (Toleration("a", value="x"),), None),
        ((Taint("a", "NoExecute", "x"),), (Toleration("a", value="y"),), 0),
    ],
)
def test_the_smallest_toleration_that_is_used_counts(
    taints: tuple[Taint, ...], tolerations: tuple[Toleration, ...], seconds: int | None
) -> None:
    assert tolerated_us(taints, tolerations) == (None if seconds is None else seconds * SECOND)


def pod(*tolerations: Toleration) -> Pod:
    return Pod(name="p", node="n1", spec=PodSpec((Container("c", "v1"),), tolerations=tolerations))


def test_pod_is_deleted_when_its_toleration_has_run_out_and_not_before() -> None:
    tolerant = pod(exists("a", 300))
    early = decide(PodView(355 * SECOND, tolerant, (A,), 56 * SECOND))
    assert (early.actions, early.wake_at) == ((), 356 * SECOND)
    late = decide(PodView(356 * SECOND, tolerant, (A,), 56 * SECOND))
    assert late.actions == (Delete(tolerant),)
    assert late.why == "TaintManagerEviction: the pod does not tolerate a for more than 300 s"


@pytest.fixture
def store() -> Store:
    return store_under(TaintEviction)


def taint(store: Store, *taints: Taint) -> None:
    node = store.get(Node, "n1")
    assert node is not None
    times = {**node.taint_times, **{f"{t.key}:{t.effect}": store.clock.now for t in taints}}
    store.write(node, "Tainted", {"taints": taints, "taint_times": times})


def evicted(store: Store) -> list[tuple[str, float]]:
    return [(e.object, e.t) for e in store.trace.events if e.event == "Terminating"]


def test_each_pod_is_judged_by_its_own_tolerations(store: Store) -> None:
    store.create(Node(name="n1", spec=NodeSpec()))
    for name, tolerations in (("now", ()), ("later", (exists("a", 30),)), ("never", (exists("a"),))):
        spec = PodSpec((Container("c", "v1"),), tolerations=tolerations)
        store.create(Pod(name=name, node="n1", spec=spec))
    store.clock.run(5 * SECOND)
    taint(store, A)
    store.clock.run(1000 * SECOND)
    assert evicted(store) == [("Pod/now", 5.0), ("Pod/later", 35.0)]


def test_removing_the_taint_in_time_cancels_the_eviction(store: Store) -> None:
    store.create(Node(name="n1", spec=NodeSpec()))
    store.create(pod(exists("a", 300)))
    taint(store, A)
    store.clock.run(299 * SECOND)
    taint(store)
    store.clock.run(1000 * SECOND)
    assert evicted(store) == []


def test_taint_that_stood_before_the_pod_came_counts_from_its_binding(store: Store) -> None:
    store.create(Node(name="n1", spec=NodeSpec(), taints=(A,)))
    store.clock.run(100 * SECOND)
    late = store.create(Pod(name="p", spec=pod(exists("a", 30)).spec))
    store.write(late, "Scheduled", {"node": "n1", "scheduled_us": store.clock.now})
    store.clock.run(1000 * SECOND)
    assert evicted(store) == [("Pod/p", 130.0)]

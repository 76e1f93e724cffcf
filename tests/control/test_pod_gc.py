from __future__ import annotations

import pytest

from statesim.cluster.objects import OUT_OF_SERVICE, Node, Pod
from statesim.cluster.store import Store
from statesim.control.actions import Delete
from statesim.control.pod_gc import PodGC, PodView, decide
from statesim.control.runtime import Loop
from statesim.control.ticks import Ticks
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.kernel.trace import Trace
from statesim.scenario.specs import Container, NodeSpec, PodSpec, Taint
from statesim.scenario.versions import Features

SPEC = PodSpec((Container("c", "v1"),))
ROUNDS = Ticks(20 * SECOND)


@pytest.mark.parametrize(
    ("case", "pod", "gone_s", "lost", "due_s"),
    [
        ("node is there", Pod(name="p", spec=SPEC, node="n1"), None, False, None),
        ("orphan", Pod(name="p", spec=SPEC, node="n1"), 5, False, 60),
        ("orphan, terminating", Pod(name="p", spec=SPEC, node="n1", deleted_us=0), 5, False, 60),
        ("terminating on a live node", Pod(name="p", spec=SPEC, node="n1", deleted_us=0), None, False, None),
        ("terminating, never scheduled", Pod(name="p", spec=SPEC, deleted_us=0), None, False, 20),
        ("pending", Pod(name="p", spec=SPEC), None, False, None),
        ("out of service", Pod(name="p", spec=SPEC, node="n1", deleted_us=0), None, True, 20),
        ("out of service, not terminating", Pod(name="p", spec=SPEC, node="n1"), None, True, None),
    ],
)
def test_what_is_collected_and_when(
    case: str, pod: Pod, gone_s: int | None, lost: bool, due_s: int | None
) -> None:
    gone = None if gone_s is None else gone_s * SECOND

    def at(now_s: int) -> PodView:
        return PodView(now_s * SECOND, pod, gone, lost, 7 * SECOND, ROUNDS, 40 * SECOND)

    assert decide(at(8)).wake_at == (None if due_s is None else due_s * SECOND), case
    assert decide(at(8)).actions == ()
    deleted = [action for action in decide(at(60)).actions if isinstance(action, Delete)]
    assert deleted == ([Delete(pod, grace_us=0)] if due_s is not None else [])


@pytest.fixture
def store() -> Store:
    clock = Clock()
    store = Store(clock, Trace(clock))
    Loop(
        PodGC(store, features=Features.for_version("1.28"), rounds=ROUNDS, quarantine_us=40 * SECOND),
        clock,
        store,
        0,
    )
    return store


def test_node_that_is_registered_again_in_time_saves_its_pods(store: Store) -> None:
    node = store.create(Node(name="n1", spec=NodeSpec()))
    pod = store.create(Pod(name="p", spec=SPEC, node="n1"))
    store.clock.run(5 * SECOND)
    store.remove(node)
    store.clock.run(50 * SECOND)
    store.create(Node(name="n1", spec=NodeSpec()))
    store.clock.run(500 * SECOND)
    assert store.get(Pod, "p") is pod


def test_pods_of_a_ready_node_are_not_collected_whatever_its_taints(store: Store) -> None:
    taints = (Taint(OUT_OF_SERVICE, "NoExecute"),)
    node = store.create(Node(name="n1", spec=NodeSpec(), taints=taints))
    pod = store.create(Pod(name="p", spec=SPEC, node="n1"))
    store.write(pod, "Terminating", {"deleted_us": 0})
    store.clock.run(100 * SECOND)
    assert store.get(Pod, "p") is pod
    store.write(node, "NotReady", {"ready": None})
    store.clock.run(121 * SECOND)
    assert store.get(Pod, "p") is None

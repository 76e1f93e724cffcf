"""When a pod that fits nowhere is looked at again: as upstream's queue does (scheduling_queue_test.go)."""

from __future__ import annotations

import pytest

from statesim.cluster.objects import Node, Pod
from statesim.cluster.store import Store
from statesim.control.runtime import Loop
from statesim.control.scheduler import Scheduler
from statesim.control.scheduling_queue import Queued, SchedulingQueue
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.kernel.streams import Streams
from statesim.kernel.trace import Trace
from statesim.scenario.constraints import LabelSelector, PodAffinity, PodAffinityTerm, TopologySpread
from statesim.scenario.specs import Container, NodeSpec, PodSpec, Resources, Taint
from statesim.scenario.versions import Features

FIT = frozenset({"NodeResourcesFit"})


class Queue:
    """A scheduler that is told of no change before it is written, and never waits for its client."""

    def __init__(self, version: str = "1.32") -> None:
        self.clock = Clock()
        self.store = Store(self.clock, Trace(self.clock))
        self.scheduler = Scheduler(self.store, Streams(1), features=Features.for_version(version))
        self.loop = Loop(self.scheduler, self.clock, self.store, 0)

    def node(self, **spec: object) -> Node:
        taints: tuple[Taint, ...] = spec.pop("taints", ())  # type: ignore[assignment]
        return self.store.create(Node(name="n", spec=NodeSpec(**spec), taints=taints))  # type: ignore[arg-type]

    def pod(self, name: str = "p", cpu: int = 0, **spec: object) -> Pod:
        containers = (Container("c", "v1", Resources(cpu_milli=cpu)),)
        return self.store.create(Pod(name=name, spec=PodSpec(containers, **spec)))  # type: ignore[arg-type]

    def taint(self, node: Node, value: str | None) -> None:
        taints = () if value is None else (Taint("x", "NoSchedule", value),)
        self.store.write(node, "Tainted", {"taints": taints})

    def run(self, until_s: float) -> None:
        self.clock.run(round(until_s * SECOND))

    def said(self, event: str = "FailedScheduling", pod: str = "p") -> list[float]:
        key = f"Pod/{pod}"
        return [e.t for e in self.store.trace.events if e.event == event and e.object == key]


# -- K04: BackOffFlow ----------------------------------------------------------------------------------------


def test_k04_a_pod_backs_off_for_1_2_4_8_and_then_10_seconds_however_often_something_changes() -> None:
    made = Queue("1.23")
    node, asked = made.node(taints=(Taint("x", "NoSchedule"),)), made.pod()
    for tenth in range(1, 460):
        made.run(tenth / 10)
        made.taint(node, str(tenth))
    assert made.said() == [0, 1, 3, 7, 15, 25, 35, 45]
    made.taint(node, None)
    made.run(60)
    assert asked.scheduled_us == 55 * SECOND


def test_k04_an_idle_scheduler_of_1_33_does_not_wait_for_the_back_off() -> None:
    for version, due_us in (("1.32", SECOND), ("1.33", SECOND // 2)):
        made = Queue(version)
        node, asked = made.node(taints=(Taint("x", "NoSchedule"),)), made.pod()
        made.run(0.5)
        made.taint(node, None)
        made.run(5)
        assert asked.scheduled_us == due_us


def test_k04_without_a_change_that_may_help_a_pod_stays_aside() -> None:
    made = Queue()
    node = made.node(cpu_milli=500)
    made.pod("there", 400)
    waiting = made.pod("p", 400)
    made.run(20)
    events = made.clock.events
    made.store.write(node, "VolumesInUse", {"volumes_in_use": ("v",)})
    made.store.write(made.store.get(Pod, "there") or waiting, "Ready", {"ready": True})
    made.run(10_000)
    assert made.clock.events == events
    assert made.said() == [0]


def test_k04_a_change_after_the_back_off_brings_the_pod_back_at_once() -> None:
    made = Queue()
    made.node(cpu_milli=500)
    there = made.pod("there", 400)
    waiting = made.pod("p", 400)
    made.run(20)
    made.store.remove(there)
    made.run(21)
    assert waiting.scheduled_us == 20 * SECOND


@pytest.mark.parametrize(
    ("version", "what", "moved"),
    [
        ("1.21", "pod-here", True),
        ("1.22", "pod-here", False),
        ("1.22", "pod-gone", True),
        ("1.32", "node", True),
        ("1.32", "volume", False),
        ("1.32", "nothing", False),
        ("1.21", "nothing", False),
    ],
)
def test_k04_an_event_moves_the_pods_whose_filters_registered_for_it(
    version: str, what: str, moved: bool
) -> None:
    queue = SchedulingQueue(Features.for_version(version))
    known = queue.pods["u"] = Queued("Pod/p", 0.0)
    queue.put_aside("u", known, FIT, 0)
    assert list(queue.happened(what)) == ["Pod/p"]
    assert known.moved is moved
    assert (queue.due(known) == SECOND) is moved
    assert moved or queue.due(known) >= 60 * SECOND  # only by age
    assert list(queue.happened(what)) == []


@pytest.mark.parametrize(
    ("version", "waits_for", "comes", "tried"),
    [
        ("1.20", "affinity", {"app": "db"}, True),
        ("1.20", "affinity", {"app": "web"}, False),
        ("1.32", "affinity", {"app": "db"}, True),
        ("1.32", "affinity", {"app": "web"}, False),
        ("1.20", "anti-affinity", {"app": "db"}, False),
        ("1.20", "room", {"app": "db"}, False),
        ("1.30", "spread", {"app": "db"}, False),
        ("1.31", "spread", {"app": "db"}, True),
    ],
)
def test_k04_a_pod_that_comes_moves_only_those_that_want_its_company(
    version: str, waits_for: str, comes: dict[str, str], tried: bool
) -> None:
    made = Queue(version)
    made.node(cpu_milli=500)
    db = LabelSelector({"app": "db"})
    terms = PodAffinity((PodAffinityTerm(db, "zone"),))
    spread = (TopologySpread(1, "zone", "DoNotSchedule", db),)
    wishes: dict[str, dict[str, object]] = {
        "affinity": {"pod_affinity": terms},
        "anti-affinity": {"pod_anti_affinity": terms},
        "room": {},
        "spread": {"topology_spread": spread},
    }
    # the node has no zone: what needs one fits nowhere; the others have no room
    full = 900 if waits_for in ("anti-affinity", "room") else 0
    waiting = made.pod("p", full, preemption_policy="Never", **wishes[waits_for])
    made.run(20)
    made.store.create(Pod(name="q", node="n", labels=comes, spec=PodSpec((Container("c", "v1"),))))
    made.run(40)
    # what an attempt says again is not told again: the queue's memory tells how often it was tried
    assert made.scheduler._queue.pods[waiting.uid].failed == 1 + tried


# -- K04: HighPriorityFlushUnschedulableQLeftover --------------------------------------------------------------


@pytest.mark.parametrize(("version", "due_s"), [("1.20", 90), ("1.23", 90), ("1.24", 330), ("1.32", 330)])
def test_k04_leftovers_are_looked_at_by_age(version: str, due_s: int) -> None:
    made = Queue(version)
    node, asked = made.node(taints=(Taint("x", "NoSchedule"),)), made.pod()
    made.run(10)
    # nobody is told that the taint is gone
    made.store.write(node, "NotReady", {"taints": (), "ready": None})
    made.run(due_s - 0.1)
    assert asked.node is None
    made.run(due_s + 0.1)
    assert asked.scheduled_us == due_s * SECOND


def test_k04_leftovers_of_high_priority_go_first() -> None:
    made = Queue()
    node = made.node(cpu_milli=1_000, taints=(Taint("x", "NoSchedule"),))
    low, mid, high = (
        made.pod(f"p{rank}", 800, priority=rank, preemption_policy="Never") for rank in (1, 5, 9)
    )
    made.run(10)
    made.store.write(node, "NotReady", {"taints": (), "ready": None})
    made.run(400)
    assert (low.node, mid.node, high.node) == (None, None, "n")


def test_k04_pods_are_taken_by_priority_and_then_by_age() -> None:
    made = Queue()
    for name, rank in (("a", 1), ("b", 1), ("c", 9), ("d", 5)):
        made.pod(name, 400, priority=rank, preemption_policy="Never")
    made.run(1)
    made.node(cpu_milli=1_300)
    made.run(60)
    order = [e.object for e in made.store.trace.events if e.event == "Scheduled"]
    assert order == ["Pod/c", "Pod/d", "Pod/a"]


def test_k04_a_scheduler_that_was_down_takes_the_most_important_first() -> None:
    made = Queue()
    made.node(cpu_milli=500)
    made.loop.pause()
    low, high = made.pod("low", 400), made.pod("high", 400, priority=7)
    made.run(30)
    assert (low.node, high.node) == (None, None)
    made.loop.resume()
    made.run(31)
    assert (low.node, high.node) == (None, "n")

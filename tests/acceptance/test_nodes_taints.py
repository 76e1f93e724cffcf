"""Taints and tolerations: who is evicted, and when (rows N06 to N09, N15)."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import NOT_READY, UNREACHABLE, Node, Pod
from statesim.cluster.store import Store
from statesim.control.actions import Delete
from statesim.control.runtime import Loop
from statesim.control.taint_eviction import PodView, TaintEviction, tolerated_us
from statesim.control.taint_eviction import decide as decide_eviction
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.kernel.trace import Trace
from statesim.scenario.specs import Container, NodeSpec, PodSpec, Taint, Toleration
from tests.acceptance.small import ONE, TWO, Small, cut, no_execute, pod
from tests.control.workbench import exists

# -- N06 to N09: taints ----------------------------------------------------------------------------------


def tolerant(name: str, key: str = "k", seconds: int | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {"key": key, "operator": "Exists", "effect": "NoExecute"}
    if seconds is not None:
        row["tolerationSeconds"] = seconds
    return pod(name, tolerations=[row])


TAINT = {"key": "k", "value": "", "effect": "NoExecute"}


def tainted_run(*rows: dict[str, Any], pods: list[dict[str, Any]], duration: str = "300s") -> Small:
    return Small(
        {"at": "30s", "do": "taint", "on": "Node/n1", "taint": TAINT},
        *rows,
        objects=pods,
        cluster=ONE,
        duration=duration,
    ).run()


def test_n06_each_pod_is_evicted_by_its_own_tolerations() -> None:
    run = tainted_run(
        pods=[pod("plain"), tolerant("forever"), tolerant("a-while", seconds=60), tolerant("other", key="x")]
    )
    assert run.times("Terminating", "Pod/plain") == [30.0]
    assert run.times("Terminating", "Pod/other") == [30.0]
    assert run.times("Terminating", "Pod/a-while") == [90.0]
    assert run.events("Terminating", "Pod/forever") == []
    assert run.pod("forever").ready


def test_n07_a_taint_that_is_lifted_in_time_evicts_nobody() -> None:
    lift = {"at": "80s", "do": "untaint", "on": "Node/n1", "taint": TAINT}
    run = tainted_run(lift, pods=[tolerant("a-while", seconds=60)])
    assert run.events("Terminating", "Pod/") == []


def test_n07_a_taint_that_comes_again_counts_anew() -> None:
    lift = {"at": "80s", "do": "untaint", "on": "Node/n1", "taint": TAINT}
    again = {"at": "100s", "do": "taint", "on": "Node/n1", "taint": TAINT}
    run = tainted_run(lift, again, pods=[tolerant("a-while", seconds=60)])
    assert run.times("Terminating", "Pod/a-while") == [160.0]


def test_n08_the_smallest_toleration_that_matches_wins() -> None:
    taints = (Taint("k", "NoExecute"), Taint("l", "NoExecute"))
    long_k = Toleration("k", "Exists", seconds_us=100 * SECOND)
    short_l = Toleration("l", "Exists", seconds_us=40 * SECOND)
    assert tolerated_us(taints, (long_k, short_l)) == 40 * SECOND
    other = {"at": "30s", "do": "taint", "on": "Node/n1", "taint": {**TAINT, "key": "l"}}
    rows = [
        {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds}
        for key, seconds in (("k", 100), ("l", 40))
    ]
    run = tainted_run(other, pods=[pod("both", tolerations=rows)])
    assert run.times("Terminating", "Pod/both") == [70.0]


@pytest.mark.parametrize(
    ("seconds", "after"),
    [(200, 200.0), (None, 300.0), (0, 0.0)],
    ids=["custom kept", "default added", "zero"],
)
def test_n09_toleration_seconds_of_an_unreachable_node(seconds: int | None, after: float) -> None:
    made = tolerant("p", UNREACHABLE, seconds) if seconds is not None else pod("p")
    run = Small(
        cut("p"),
        objects=[made],
        cluster=TWO,
        duration="600s",
    ).run()
    spec = run.pod("p").spec
    assert {t.key for t in spec.tolerations} == {UNREACHABLE, NOT_READY}
    bounds = {t.key: t.seconds_us for t in spec.tolerations}
    assert bounds[NOT_READY] == 300 * SECOND
    assert bounds[UNREACHABLE] == (300 if seconds is None else seconds) * SECOND
    assert run.events("Terminating", "Pod/p")[0].t == pytest.approx(no_execute(run) + after, abs=0.1)


def test_n09_a_node_that_says_itself_that_it_is_not_ready_is_tainted_not_ready() -> None:
    row = {"at": "60s", "do": "node-reboot", "on": {"nodeOf": "Pod/vital"}, "graceful": True}
    vital = pod("vital", priorityClassName="system-cluster-critical", terminationGracePeriodSeconds=60)
    run = Small(
        {**row, "shutdownGracePeriod": "60s", "shutdownGracePeriodCriticalPods": "60s"},
        objects=[vital],
        cluster=TWO,
        images={"*": {"pull": "0s", "start": "1s", "ready": "0s", "stop": "30s"}},
    ).run()
    first = run.events("Tainted")[0]
    assert first.t == pytest.approx(60, abs=0.1)
    assert first.fields["taints"] == [f"{NOT_READY}:NoSchedule"]
    assert run.events("NotReady", "Pod/vital")[0].t <= 65.1  # with the next round of the monitor


# -- N15: every combination of taints and tolerations --------------------------------------------------------


X, Y = Taint("x", "NoExecute"), Taint("y", "NoExecute")


@pytest.mark.parametrize(
    ("taints", "tolerations", "seconds"),
    [
        pytest.param((X,), (), 0, id="not tolerated"),
        pytest.param((X,), (exists("x"),), None, id="for ever"),
        pytest.param((X,), (exists("x", 100),), 100, id="for a while"),
        pytest.param((X,), (exists("x", 0),), 0, id="zero"),
        pytest.param((X,), (exists("x", -1),), 0, id="below zero"),
        pytest.param((X, Y), (exists("x", 100),), 0, id="one of two is not tolerated"),
        pytest.param((X, Y), (exists("x", 100), exists("y", 50)), 50, id="the smaller one"),
        pytest.param((X, Y), (exists("x", 100), exists("y")), 100, id="a bound and none"),
        pytest.param((X, Y), (exists("x"), exists("y")), None, id="no bound at all"),
        pytest.param((X, Y), (Toleration(None, "Exists"),), None, id="everything"),
        pytest.param(
            (X, Y), (Toleration(None, "Exists", seconds_us=7 * SECOND),), 7, id="everything, for a while"
        ),
    ],
)
def test_n15_the_time_that_taints_are_tolerated(
    taints: tuple[Taint, ...], tolerations: tuple[Toleration, ...], seconds: int | None
) -> None:
    assert tolerated_us(taints, tolerations) == (None if seconds is None else seconds * SECOND)
    one = Pod(name="p", node="n", spec=PodSpec((Container("c", "v1"),), tolerations=tolerations))
    decision = decide_eviction(PodView(0, one, taints, 0))
    assert (decision.actions == (Delete(one),)) is (seconds == 0)
    assert decision.wake_at == (seconds * SECOND if seconds else None)


class Manager:
    """The taint manager alone, on one node."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.store = Store(self.clock, Trace(self.clock))
        Loop(TaintEviction(self.store), self.clock, self.store, 0)

    def node(self, *taints: Taint) -> Node:
        return self.store.create(Node(name="n", spec=NodeSpec(), taints=taints))

    def taint(self, node: Node, *taints: Taint) -> None:
        times = {
            **node.taint_times,
            **{f"{t.key}:{t.effect}": self.clock.now for t in taints if t not in node.taints},
        }
        self.store.write(node, "Tainted", {"taints": taints, "taint_times": times})

    def pod(self, *tolerations: Toleration, node: str | None = "n", name: str = "p") -> Pod:
        spec = PodSpec((Container("c", "v1"),), tolerations=tolerations)
        return self.store.create(Pod(name=name, node=node, spec=spec))

    def run(self, seconds: float) -> None:
        self.clock.run(round(seconds * SECOND))

    def evicted(self) -> list[tuple[str, float]]:
        return [(e.object, e.t) for e in self.store.trace.events if e.event == "Terminating"]


def test_n15_a_pod_that_is_created_on_a_tainted_node() -> None:
    manager = Manager()
    manager.node(X)
    manager.run(10)
    manager.pod(exists("x", 5), name="some")
    manager.pod(name="none")
    manager.pod(exists("x"), name="all")
    manager.run(100)
    assert manager.evicted() == [("Pod/none", 10.0), ("Pod/some", 15.0)]


def test_n15_a_pod_that_is_bound_to_a_tainted_node_later() -> None:
    manager = Manager()
    manager.node(X)
    late = manager.pod(node=None)
    manager.run(10)
    manager.store.write(late, "Scheduled", {"node": "n", "scheduled_us": manager.clock.now})
    manager.run(100)
    assert manager.evicted() == [("Pod/p", 10.0)]


def test_n15_a_pod_that_is_deleted_first_is_not_evicted() -> None:
    manager = Manager()
    node = manager.node()
    gone = manager.pod(exists("x", 50))
    manager.taint(node, X)
    manager.run(10)
    manager.store.remove(gone)
    manager.run(100)
    assert manager.evicted() == []


def test_n15_a_node_that_goes_takes_its_evictions_along() -> None:
    manager = Manager()
    node = manager.node()
    manager.pod(exists("x", 50))
    manager.taint(node, X)
    manager.run(10)
    manager.store.remove(node)
    manager.run(100)
    assert manager.evicted() == []


def test_n15_a_second_taint_shortens_the_time_and_is_counted_from_the_first() -> None:
    manager = Manager()
    node = manager.node()
    manager.pod(exists("x", 100), exists("y", 30))
    manager.taint(node, X)
    manager.run(20)
    manager.taint(node, X, Y)
    manager.run(200)
    assert manager.evicted() == [("Pod/p", 30.0)]


def test_n15_lifting_one_of_two_taints_leaves_the_other_in_force() -> None:
    manager = Manager()
    node = manager.node()
    manager.pod(exists("x", 100), exists("y", 30))
    manager.taint(node, X, Y)
    manager.run(20)
    manager.taint(node, X)
    manager.run(200)
    assert manager.evicted() == [("Pod/p", 100.0)]


def test_n15_an_eviction_says_why_where_the_version_has_conditions() -> None:
    run = Small(
        {"at": "30s", "do": "taint", "on": "Node/n1", "taint": TAINT},
        objects=[pod()],
        cluster={"kubernetes": "1.26", "nodes": [{"name": "n1"}]},
    ).run(30.5)
    assert run.pod("p").disruption == "DeletionByTaintManager"

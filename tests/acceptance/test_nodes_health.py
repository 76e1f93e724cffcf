"""How the control plane judges a node: signs of life, what its kubelet says, and the taints (rows N11 to N13)."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import NOT_READY, UNREACHABLE, Node, Pod
from statesim.control.actions import Write
from statesim.control.node_lifecycle import NodeView, decide
from statesim.control.ticks import Ticks
from statesim.control.zones import ZoneView
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import Container, NodeSpec, PodSpec, Taint
from tests.acceptance.node_worlds import Monitor
from tests.acceptance.small import TWO, Small, cut, pod, workload

SPEC = PodSpec((Container("c", "v1"),))


# -- N11 to N13: judging a node ---------------------------------------------------------------------------


def node_view(node: Node, now_s: float, **kwargs: Any) -> NodeView:
    zones = (ZoneView("", 2, 1), ZoneView("b", 2, 2))
    defaults: dict[str, Any] = {
        "now": round(now_s * SECOND),
        "node": node,
        "heard_us": None,
        "reset_us": 0,
        "pods": (),
        "zone": zones[0],
        "zones": zones,
        "monitor": Ticks(5 * SECOND),
        "grace_us": 40 * SECOND,
        "eviction_interval_us": 10 * SECOND,
    }
    return NodeView(**{**defaults, **kwargs})


def written(view: NodeView) -> list[tuple[str, str]]:
    return [(a.event, a.object.name) for a in decide(view).actions if isinstance(a, Write)]


@pytest.mark.parametrize(
    ("lease_s", "status_s", "ready"),
    [
        pytest.param(100, 10, True, id="fresh lease, old status"),
        pytest.param(10, 100, True, id="old lease, fresh status"),
        pytest.param(100, 100, True, id="both fresh"),
        pytest.param(10, 10, False, id="neither"),
    ],
)
def test_n11_a_fresh_lease_or_a_fresh_status_keeps_a_node_ready(
    lease_s: int, status_s: int, ready: bool
) -> None:
    node = Node(name="n", spec=NodeSpec())
    pods = (Pod(name="p", uid="u", spec=SPEC, node="n", ready=True),)
    view = node_view(node, 101, heard_us=lease_s * SECOND, status_us=status_s * SECOND, pods=pods)
    if ready:
        assert written(view) == []
        assert decide(view).wake_at == 140 * SECOND
    else:
        assert written(view)[:2] == [("NotReady", "n"), ("NotReady", "p")]
        first = decide(view).actions[0]
        assert isinstance(first, Write)
        assert first.changes["ready"] is None  # Unknown


def test_n12_pods_are_marked_once_when_their_node_is_lost() -> None:
    node = Node(name="n", spec=NodeSpec())
    ready = Pod(name="p", uid="u", spec=SPEC, node="n", ready=True)
    lost = node_view(node, 60, heard_us=10 * SECOND, pods=(ready,))
    assert ("NotReady", "p") in written(lost)
    gone = Node(name="n", spec=NodeSpec(), ready=None, ready_changed_us=60 * SECOND)
    assert written(node_view(gone, 61, heard_us=10 * SECOND, pods=())) == [("Tainted", "n")]


def test_n12_a_pod_whose_marking_was_refused_is_marked_by_the_next_pass() -> None:
    gone = Node(name="n", spec=NodeSpec(), ready=None, ready_changed_us=60 * SECOND)
    left = Pod(name="p", uid="u", spec=SPEC, node="n", ready=True)
    assert ("NotReady", "p") in written(node_view(gone, 61, heard_us=10 * SECOND, pods=(left,)))


def test_n12_in_a_run_each_pod_is_marked_once() -> None:
    run = Small(cut(), objects=[workload("StatefulSet", replicas=4)], cluster=TWO, duration="300s").run()
    marked = [e.object for e in run.events("NotReady", "Pod/")]
    assert len(marked) == len(set(marked)) == 2


def test_n12_what_an_api_server_did_not_take_is_tried_again_and_done_once() -> None:
    monitor = Monitor({"a": 1, "b": 1})
    for name in ("p", "q"):
        monitor.pod(name, "a0")
    monitor.store.faults = [*[("update", "Node/a0")] * 3, *[("update", "Pod/q")] * 3]
    monitor.silence("a0")
    monitor.run(46)
    assert monitor.store.faults == []
    assert monitor.node("a0").ready is None
    marked = [(e.t, e.object) for e in monitor.store.trace.events if e.event == "NotReady"]
    assert [obj for _, obj in marked] == ["Node/a0", "Pod/p", "Pod/q"]
    # with the back-off of refused passes: 5 ms, doubled each time
    assert 40 < marked[0][0] < marked[2][0] < 40.5


def test_n12_in_a_run_a_pod_that_somebody_changed_meanwhile_is_marked_by_the_retry() -> None:
    """The client sends 20 requests a second: pods at the end of the list can change before their turn."""
    made = workload(
        "StatefulSet",
        replicas=45,
        spec={"podManagementPolicy": "Parallel"},
        nodeSelector={"kubernetes.io/hostname": "n1"},
    )
    two = {"kubernetes": "1.31", "nodes": [{"name": "n1"}, {"name": "n2"}]}

    def marked(*rows: dict[str, Any]) -> dict[str, float]:
        run = Small(cut(), *rows, objects=[made], cluster=two, duration="150s").run()
        events = run.events("NotReady", "Pod/")
        assert len(events) == 45
        return {e.object: e.t for e in events}

    quiet = marked()
    turn = quiet["Pod/a-40"]
    label = {"at": f"{round(turn * 1000) - 10}ms", "do": "patch", "on": "Pod/a-40"}
    times = marked({**label, "patch": {"metadata": {"labels": {"seen": "yes"}}}})
    assert list(times) == list(quiet)
    assert [name for name in times if times[name] != quiet[name]] == [f"Pod/a-{i}" for i in range(40, 45)]
    assert turn < times["Pod/a-40"] < turn + 0.1  # refused as a conflict, and taken in the pass after that


def taint_keys(shown: list[str]) -> list[str]:
    return [t.partition(":")[0] for t in shown if t.endswith(":NoExecute")]


def test_n13_a_node_that_first_says_not_ready_and_then_falls_silent_has_its_taint_swapped() -> None:
    row = {"at": "60s", "do": "node-reboot", "on": "Node/node-a-1", "graceful": True, "away": "200s"}
    run = Small(
        {**row, "shutdownGracePeriod": "60s", "shutdownGracePeriodCriticalPods": "10s"},
        objects=[pod("slow", nodeName="node-a-1", terminationGracePeriodSeconds=60)],
        cluster=TWO,
        images={"*": {"pull": "0s", "start": "1s", "ready": "0s", "stop": "40s"}},
        duration="500s",
    ).run()
    seen = [taint_keys(e.fields["taints"]) for e in run.events("Tainted", "Node/node-a-1")]
    assert all(len(keys) <= 1 for keys in seen)
    assert [NOT_READY] in seen
    assert [UNREACHABLE] in seen
    assert seen[-1] == []  # it has booted


@pytest.mark.parametrize(
    ("ready", "has", "gets"),
    [
        (False, UNREACHABLE, NOT_READY),
        (None, NOT_READY, UNREACHABLE),
        (True, UNREACHABLE, None),
        (True, NOT_READY, None),
    ],
)
def test_n13_exactly_one_of_the_two_taints_at_a_time(ready: bool | None, has: str, gets: str | None) -> None:
    taints = (Taint(has, "NoSchedule"), Taint(has, "NoExecute"))
    node = Node(name="n", spec=NodeSpec(), ready=ready, ready_changed_us=50 * SECOND, taints=taints)
    view = node_view(node, 60, heard_us=None if ready is not None else 5 * SECOND)
    (last,) = [a for a in decide(view).actions if isinstance(a, Write) and a.event == "Tainted"]
    expected = [] if gets is None else [f"{gets}:NoExecute", f"{gets}:NoSchedule"]
    assert last.fields["taints"] == expected


# -- what a kubelet itself says of its node ------------------------------------------------------------------


def says_not_ready(since_s: int, ready_since_s: int, now_s: float) -> NodeView:
    node = Node(name="n", spec=NodeSpec(), ready=False, ready_changed_us=since_s * SECOND)
    up = Pod(name="p", uid="u", spec=SPEC, node="n", ready=True, ready_since_us=ready_since_s * SECOND)
    return node_view(node, now_s, pods=(up,))


def test_pods_of_a_node_that_says_it_is_not_ready_are_marked_in_the_round_that_sees_it() -> None:
    early = says_not_ready(61, 10, 62)
    assert ("NotReady", "p") not in written(early)
    assert decide(early).wake_at == 65 * SECOND
    assert ("NotReady", "p") in written(says_not_ready(61, 10, 65))


def test_a_pod_that_is_reported_ready_after_that_is_left_alone() -> None:
    assert ("NotReady", "p") not in written(says_not_ready(61, 70, 75))


@pytest.mark.parametrize(
    ("pressure", "ready", "taints"),
    [
        pytest.param((), True, [], id="none"),
        pytest.param(("MemoryPressure",), True, ["memory-pressure"], id="memory"),
        pytest.param(
            ("MemoryPressure", "DiskPressure"), True, ["disk-pressure", "memory-pressure"], id="both"
        ),
        pytest.param(
            ("DiskPressure",), None, ["unreachable"], id="what was said before a silence is unknown now"
        ),
    ],
)
def test_a_condition_that_a_kubelet_reports_is_a_taint_at_once(
    pressure: tuple[str, ...], ready: bool | None, taints: list[str]
) -> None:
    node = Node(name="n", spec=NodeSpec(), ready=ready, ready_changed_us=60 * SECOND, pressure=pressure)
    view = node_view(node, 61, heard_us=None if ready else 5 * SECOND)
    shown = [
        a.fields["taints"] for a in decide(view).actions if isinstance(a, Write) and a.event == "Tainted"
    ]
    expected = [f"node.kubernetes.io/{key}:NoSchedule" for key in taints]
    assert (shown[0] if shown else []) == expected


def test_a_pressure_that_is_over_takes_its_taint_along() -> None:
    taint = Taint("node.kubernetes.io/disk-pressure", "NoSchedule")
    (lifted,) = decide(node_view(Node(name="n", spec=NodeSpec(), taints=(taint,)), 61)).actions
    assert isinstance(lifted, Write)
    assert lifted.fields["taints"] == []

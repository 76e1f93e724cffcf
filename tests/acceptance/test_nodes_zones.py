"""Zones that are partly or wholly down, how a node is judged, and the pace of eviction (rows N10 to N14)."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import NOT_READY, UNREACHABLE, Node, Pod
from statesim.cluster.store import Store
from statesim.control.actions import Write
from statesim.control.node_lifecycle import EXCLUDED_LABEL, NodeLifecycle, NodeView, decide
from statesim.control.runtime import Loop
from statesim.control.ticks import Ticks
from statesim.control.zones import ZoneView
from statesim.kernel.clock import SECOND, Clock
from statesim.kernel.trace import Trace
from statesim.scenario.specs import Container, NodeSpec, PodSpec, Taint
from tests.acceptance.small import Small, pod, workload

SPEC = PodSpec((Container("c", "v1"),))
TWO = {"kubernetes": "1.31", "zones": 1, "nodesPerZone": 2}
SILENT = {"do": "network-partition", "from": "control-plane"}


def cut(pod_name: str = "a-0", at: str = "60s", **row: Any) -> dict[str, Any]:
    return {"at": at, **SILENT, "on": {"nodeOf": f"Pod/{pod_name}"}, **row}


def no_execute(run: Small, node: str = "Node/") -> float:
    """Return when a node first got a NoExecute taint for being unreachable."""
    tainted = (e for e in run.events("Tainted", node) if f"{UNREACHABLE}:NoExecute" in e.fields["taints"])
    return next(tainted).t


# -- N10: zones ------------------------------------------------------------------------------------------


class Monitor:
    """The node lifecycle controller alone, with machines that fall silent and come back as the test says."""

    def __init__(self, zones: dict[str, int], labels: dict[str, dict[str, str]] | None = None) -> None:
        self.clock = Clock()
        self.store = Store(self.clock, Trace(self.clock))
        self.silent_since: dict[str, int] = {}
        for zone, count in zones.items():
            for i in range(count):
                name = f"{zone}{i}"
                labelled = (labels or {}).get(name, {})
                self.store.create(Node(name=name, spec=NodeSpec(zone=zone), labels=labelled))
        controller = NodeLifecycle(
            self.store,
            heartbeat=lambda name: self.silent_since.get(name, self.clock.now),
            silent=self.silent_since.__contains__,
            monitor=Ticks(5 * SECOND),
            grace_us=40 * SECOND,
            eviction_interval_us=10 * SECOND,
        )
        self.loop = Loop(controller, self.clock, self.store, 0)

    def silence(self, *names: str) -> None:
        for name in names:
            self.silent_since[name] = self.clock.now
            self.loop.add(f"Node/{name}")

    def revive(self, *names: str) -> None:
        for name in names:
            del self.silent_since[name]
            node = self.node(name)
            if node.ready is not True:
                self.store.write(node, "Ready", {"ready": True, "ready_changed_us": self.clock.now})
            self.loop.add(f"Node/{name}")

    def node(self, name: str) -> Node:
        found = self.store.get(Node, name)
        assert found is not None
        return found

    def run(self, seconds: float) -> None:
        self.clock.run(round(seconds * SECOND))

    def evicting(self) -> list[str]:
        return [n.name for n in self.store.all(Node) if Taint(UNREACHABLE, "NoExecute") in n.taints]

    def times(self) -> dict[str, int]:
        key = f"{UNREACHABLE}:NoExecute"
        return {n.name: n.taint_times[key] // SECOND for n in self.store.all(Node) if key in n.taint_times}


def test_n10_the_only_zone_is_down_nobody_is_evicted() -> None:
    world = Monitor({"a": 2})
    world.silence("a0", "a1")
    world.run(600)
    assert [world.node(n).ready for n in ("a0", "a1")] == [None, None]
    assert world.evicting() == []


def test_n10_all_zones_are_down_nobody_is_evicted() -> None:
    world = Monitor({"a": 2, "b": 2})
    world.silence("a0", "a1", "b0", "b1")
    world.run(600)
    assert world.evicting() == []


def test_n10_one_of_two_zones_is_down_its_nodes_are_evicted_at_the_normal_rate() -> None:
    world = Monitor({"a": 3, "b": 3})
    world.silence("a0", "a1", "a2")
    world.run(600)
    assert world.times() == {"a0": 45, "a1": 55, "a2": 65}


def test_n10_only_the_control_planes_own_node_is_healthy_eviction_stops() -> None:
    excluded = {"a2": {EXCLUDED_LABEL: ""}}
    world = Monitor({"a": 3}, excluded)
    world.silence("a0", "a1")
    world.run(600)
    assert world.evicting() == []
    plain = Monitor({"a": 3})
    plain.silence("a0", "a1")
    plain.run(600)
    assert plain.evicting() == ["a0", "a1"]  # without the label that node vouches for the link


def test_n10_when_one_of_all_zones_returns_the_other_is_evicted_and_timers_begin_anew() -> None:
    world = Monitor({"a": 2, "b": 2})
    world.silence("a0", "a1", "b0", "b1")
    world.run(300)
    world.revive("b0", "b1")
    world.run(600)
    assert world.evicting() == ["a0", "a1"]
    # the taints are new ones, and so are the tolerations that they start; one node in ten seconds again
    assert 300 <= world.times()["a0"] <= 305
    assert world.times()["a1"] == world.times()["a0"] + 10


def test_n10_full_disruption_takes_the_taints_away_again() -> None:
    world = Monitor({"a": 2, "b": 2})
    world.silence("a0", "a1")
    world.run(100)
    assert world.evicting() == ["a0", "a1"]
    world.silence("b0", "b1")
    world.run(200)
    assert world.evicting() == []
    assert all(Taint(UNREACHABLE, "NoSchedule") in n.taints for n in world.store.all(Node))


def test_n10_after_full_disruption_a_silence_that_began_before_counts_from_the_recovery() -> None:
    world = Monitor({"a": 1, "b": 1})
    world.silence("a0", "b0")
    world.run(200)
    world.revive("b0")
    world.run(201)
    world.silence("b0")
    world.run(240)
    assert world.node("b0").ready is True
    world.run(250)
    assert world.node("b0").ready is None


def test_n10_a_large_zone_that_is_mostly_down_is_evicted_ten_times_slower() -> None:
    world = Monitor({"a": 60, "b": 1})
    world.silence(*(f"a{i}" for i in range(40)))
    world.run(400)
    assert sorted(world.times().values()) == [45, 145, 245, 345]


def test_n10_a_zone_of_fifty_nodes_is_not_large_eviction_stops() -> None:
    world = Monitor({"a": 50, "b": 1})
    world.silence(*(f"a{i}" for i in range(30)))
    world.run(400)
    assert world.evicting() == []
    assert sum(n.ready is None for n in world.store.all(Node)) == 30


@pytest.mark.parametrize(
    ("nodes", "down", "rate"),
    [
        pytest.param(3, 2, 10, id="two are never most"),
        pytest.param(5, 3, None, id="60 %"),
        pytest.param(6, 3, 10, id="50 %"),
        pytest.param(20, 11, None, id="55 % exactly"),
        pytest.param(51, 30, 100, id="more than fifty nodes"),
        pytest.param(51, 27, 10, id="53 % of many"),
        pytest.param(51, 51, 10, id="all of one zone among healthy ones"),
    ],
)
def test_n10_the_rate_by_the_state_of_the_zone(nodes: int, down: int, rate: int | None) -> None:
    assert ZoneView("a", nodes, nodes - down).interval_us(10) == rate


def test_n10_in_a_run_an_outage_of_one_zone_of_three_moves_its_pods() -> None:
    run = Small(
        {"at": "60s", "do": "zone-outage", "on": {"zone": "b"}},
        objects=[workload(replicas=3)],
        duration="600s",
    ).run()
    assert sorted(p.node or "" for p in run.world.store.all(Pod) if p.ready) != []
    assert {p.node for p in run.world.store.all(Pod) if p.ready} <= {"node-a-1", "node-c-1"}
    assert len([p for p in run.world.store.all(Pod) if p.ready]) == 3


def test_n10_in_a_run_a_control_plane_that_hears_nobody_evicts_nobody() -> None:
    rows = [{"at": "60s", **SILENT, "on": {"zone": zone}, "for": "600s"} for zone in "abc"]
    run = Small(*rows, objects=[workload(replicas=3)], duration="900s").run()
    assert len(run.events("NotReady", "Node/")) == 3
    assert run.events("Terminating") == []
    assert len([p for p in run.world.store.all(Pod) if p.ready]) == 3


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


# -- N14: pacing -------------------------------------------------------------------------------------------


def test_n14_each_zone_is_paced_by_itself() -> None:
    world = Monitor({"a": 9, "b": 9})
    world.silence("a0", "a1", "a2", "b0", "b1")
    world.run(300)
    assert world.times() == {"a0": 45, "a1": 55, "a2": 65, "b0": 45, "b1": 55}


def test_n14_when_the_rate_changes_those_who_wait_keep_their_place() -> None:
    world = Monitor({"a": 5, "b": 2})
    world.silence("a0", "a1")
    world.run(50)
    assert world.times() == {"a0": 45}
    world.silence("a2", "a3")  # from here on most of the zone is down: eviction stops
    world.run(54)
    world.run(300)
    assert "a3" not in world.times()
    waiting = [n for n in ("a1", "a2", "a3") if n not in world.times()]
    assert waiting
    world.revive("a2", "a3")
    world.run(400)
    assert world.times()["a1"] >= 55
    assert world.evicting() == ["a0", "a1"]


def test_n14_a_node_that_recovers_while_it_waits_is_never_tainted() -> None:
    world = Monitor({"a": 9, "b": 2})
    world.silence("a0", "a1", "a2")
    world.run(50)
    world.revive("a1")
    world.run(300)
    assert world.times() == {"a0": 45, "a2": 55}


def test_n14_a_node_that_is_added_again_after_it_was_tainted_waits_its_turn() -> None:
    world = Monitor({"a": 9, "b": 2})
    world.silence("a0")
    world.run(100)
    world.revive("a0")
    world.run(120)
    assert world.evicting() == []
    world.silence("a0")
    world.run(300)
    assert world.times() == {"a0": 165}

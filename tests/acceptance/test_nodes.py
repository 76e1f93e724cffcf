"""Nodes that fall silent, are tainted, evicted and come back (rows N01 to N15, N18, N19)."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import NOT_READY, OUT_OF_SERVICE, UNREACHABLE, Node, Phase, Pod, StatefulSet
from statesim.cluster.store import Store
from statesim.control.actions import Delete, Write
from statesim.control.node_lifecycle import EXCLUDED_LABEL, NodeLifecycle, NodeView, decide
from statesim.control.runtime import Loop
from statesim.control.taint_eviction import PodView, TaintEviction, tolerated_us
from statesim.control.taint_eviction import decide as decide_eviction
from statesim.control.ticks import Ticks
from statesim.control.zones import ZoneView
from statesim.kernel.clock import SECOND, Clock
from statesim.kernel.trace import Trace
from statesim.scenario.specs import Container, NodeSpec, PodSpec, Taint, Toleration
from tests.acceptance.small import Small, pod, with_claim, workload

SPEC = PodSpec((Container("c", "v1"),))
TWO = {"kubernetes": "1.31", "zones": 1, "nodesPerZone": 2}
SILENT = {"do": "network-partition", "from": "control-plane"}


def cut(pod_name: str = "a-0", at: str = "60s", **row: Any) -> dict[str, Any]:
    return {"at": at, **SILENT, "on": {"nodeOf": f"Pod/{pod_name}"}, **row}


def no_execute(run: Small, node: str = "Node/") -> float:
    """Return when a node first got a NoExecute taint for being unreachable."""
    tainted = (e for e in run.events("Tainted", node) if f"{UNREACHABLE}:NoExecute" in e.fields["taints"])
    return next(tainted).t


# -- N01 to N05: end to end ------------------------------------------------------------------------------


def test_n01_pods_of_an_unreachable_node_are_not_ready_and_ready_again_when_it_heals_in_time() -> None:
    run = Small(
        cut(**{"for": "120s"}), objects=[workload("StatefulSet", replicas=2)], cluster=TWO, duration="400s"
    ).run()
    (node_lost,) = run.times("NotReady", "Node/")
    assert 90 <= node_lost <= 110
    uid = run.pod("a-0").uid
    assert run.times("NotReady", "Pod/a-0") == [node_lost]
    back = run.times("Ready", "Pod/a-0")[1]
    assert 180 <= back <= 183
    assert run.events("Terminating") == []
    assert run.events("Exited") == []
    assert {e.fields["uid"] for e in run.events("Ready", "Pod/a-0")} == {uid}
    assert run.find("Node/node-a-1").taints == run.find("Node/node-a-2").taints == ()


def test_n02_a_replicaset_replaces_the_pod_elsewhere_while_the_old_object_stays() -> None:
    run = Small(objects=[workload(replicas=2)], cluster=TWO, duration="600s").run(50)
    old = next(p for p in run.world.store.all(Pod) if p.node == "node-a-1")
    run.world.topology.cut("test", ["node-a-1"])
    run.run(590)
    assert old.terminating
    assert run.find(old.key) is old  # nobody may take it away
    pods = list(run.world.store.all(Pod))
    assert len(pods) == 3  # replicas + 1
    assert sorted(p.node for p in pods if p.ready) == ["node-a-2", "node-a-2"]
    assert run.events("Exited") == []  # and its program still runs


def test_n03_a_statefulset_comes_back_with_its_identity_and_data_when_its_node_boots() -> None:
    crash = {"at": "60s", "do": "node-crash", "on": {"nodeOf": "Pod/a-1"}, "for": "100s"}
    run = Small(crash, objects=[with_claim(workload("StatefulSet"))], cluster=TWO, duration="400s").run()
    runs = run.events("Running", "Process/a-1")
    assert len(runs) == 2
    first, again = runs
    assert first.fields["data"] == again.fields["data"]
    assert first.fields["data"].startswith("pv/")
    assert first.fields["uid"] == again.fields["uid"]
    db: StatefulSet = run.find("StatefulSet/a")
    assert db.status["readyReplicas"] == 3
    assert [run.pod(f"a-{i}").ready for i in range(3)] == [True] * 3


def test_n04_a_statefulset_does_not_run_a_pod_twice_in_ten_minutes_of_partition() -> None:
    run = Small(
        cut("a-1", **{"for": "600s"}), objects=[workload("StatefulSet")], cluster=TWO, duration="900s"
    ).run(655)
    old = run.pod("a-1")
    assert old.terminating
    assert len(run.events("Created", "Pod/a-1")) == 1
    assert len(run.events("Running", "Process/a-1")) == 1
    run.run()
    # when it is over the kubelet ends that pod, and only then the name is used again
    (gone,) = run.times("Deleted", "Pod/a-1")
    assert 660 < gone < 664
    assert run.times("Created", "Pod/a-1")[1] >= gone
    assert run.events("Violated") == []
    assert run.pod("a-1").ready


def test_n04_a_partition_shorter_than_the_toleration_keeps_the_very_pod() -> None:
    run = Small(
        cut("a-1", **{"for": "250s"}), objects=[workload("StatefulSet")], cluster=TWO, duration="600s"
    ).run()
    assert len(run.events("Created", "Pod/a-1")) == 1
    assert run.pod("a-1").ready


@pytest.mark.parametrize("seed", range(3))
def test_n05_pods_of_an_unreachable_node_are_deleted_after_their_toleration_and_not_before(seed: int) -> None:
    tolerations = [{"key": UNREACHABLE, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 77}]
    here = {"nodeSelector": {"kubernetes.io/hostname": "node-a-1"}}
    run = Small(
        cut(),
        objects=[
            workload("StatefulSet", replicas=1, **here),
            pod("b", tolerations=tolerations, **here),
        ],
        cluster={"kubernetes": "1.31", "zones": 2, "nodesPerZone": 1},
        seed=seed,
        duration="600s",
    ).run()
    tainted = no_execute(run)
    assert run.events("Terminating", "Pod/a-0")[0].t == pytest.approx(tainted + 300, abs=0.1)
    assert run.events("Terminating", "Pod/b")[0].t == pytest.approx(tainted + 77, abs=0.1)


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
        cluster={"kubernetes": "1.31", "nodes": [{"name": "n1"}]},
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
    vital = pod("vital", priority=2_000_000_000, terminationGracePeriodSeconds=60)
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


# -- N15: every combination of taints and tolerations --------------------------------------------------------


def exists(key: str, seconds: int | None = None) -> Toleration:
    return Toleration(key, "Exists", seconds_us=None if seconds is None else seconds * SECOND)


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


# -- N18, N19: non-graceful shutdown ---------------------------------------------------------------------------

OUT = {"key": OUT_OF_SERVICE, "value": "nodeshutdown", "effect": "NoExecute"}


def shut_down(*rows: dict[str, Any], version: str = "1.28", duration: str = "900s") -> Small:
    return Small(
        {"at": "60s", "do": "node-crash", "on": {"nodeOf": "Pod/a-0"}},
        *rows,
        objects=[with_claim(workload("StatefulSet", replicas=1))],
        cluster={"kubernetes": version, "zones": 1, "nodesPerZone": 2},
        duration=duration,
    ).run()


DECLARED = {"at": "150s", "do": "taint", "on": {"nodeOf": "Pod/a-0"}, "taint": OUT}


def test_n18_a_pod_with_a_disk_runs_elsewhere_soon_after_the_out_of_service_taint() -> None:
    run = shut_down(DECLARED)
    nodes = [e.fields["node"] for e in run.events("Scheduled", "Pod/a-0")]
    assert len(set(nodes)) == 2
    again = run.times("Ready", "Pod/a-0")[1]
    assert 150 < again < 200  # well before six minutes
    data = {e.fields["data"] for e in run.events("Running", "Process/a-0")}
    assert len(data) == 1


def test_n18_without_the_taint_nothing_moves() -> None:
    run = shut_down()
    assert run.events("Deleted", "Pod/a-0") == []
    assert len(run.events("Ready", "Pod/a-0")) == 1
    assert run.events("Detached") == []


def test_n18_a_node_that_is_ready_loses_its_pods_gracefully_and_nothing_by_force() -> None:
    """The taint evicts like any NoExecute taint; pod gc and forced detach need a node that is not Ready."""
    run = Small(
        {"at": "60s", "do": "taint", "on": {"nodeOf": "Pod/a-0"}, "taint": OUT},
        objects=[with_claim(workload("StatefulSet", replicas=1))],
        cluster={"kubernetes": "1.28", "zones": 1, "nodesPerZone": 2},
    ).run()
    assert [e.fields["how"] for e in run.events("Exited", "Process/a-0")] == ["stopped"]
    assert run.events("Failed") == []
    assert [e.fields["forced"] for e in run.events("Detached")] == [False]
    assert run.pod("a-0").ready


def test_n19_the_volume_is_detached_from_the_tainted_node_once_the_pod_is_terminal() -> None:
    run = shut_down(DECLARED)
    (failed,) = run.events("Failed", "Pod/a-0")
    detached = run.events("Detached")[0]
    assert detached.fields["forced"] is True
    assert failed.t <= detached.t <= failed.t + 5
    crashed = run.events("Crashed")[0].object.removeprefix("Node/")
    assert detached.fields["node"] == crashed
    attached = [e for e in run.events("Attached") if e.t > detached.t]
    assert len(attached) == 1
    assert run.pod("a-0").phase is Phase.RUNNING

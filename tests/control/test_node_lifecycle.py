from __future__ import annotations

import pytest

from statesim.cluster.objects import NOT_READY, UNREACHABLE, Node, Pod
from statesim.cluster.store import Store
from statesim.control.actions import Decision, Write
from statesim.control.node_lifecycle import NodeLifecycle, NodeView, decide
from statesim.control.runtime import Loop
from statesim.control.ticks import Ticks
from statesim.control.zones import Disruption, ZoneView, all_down
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.kernel.trace import Trace
from statesim.scenario.specs import Container, NodeSpec, PodSpec, Taint

HEALTHY = (ZoneView("a", 3, 2), ZoneView("b", 3, 3))


def view(node: Node, now_s: float, heard_s: float | None = None, **kwargs: object) -> NodeView:
    zones = kwargs.pop("zones", HEALTHY)
    return NodeView(
        now=round(now_s * SECOND),
        node=node,
        heard_us=None if heard_s is None else round(heard_s * SECOND),
        reset_us=int(kwargs.pop("reset_s", 0)) * SECOND,  # type: ignore[call-overload]
        pods=kwargs.pop("pods", ()),  # type: ignore[arg-type]
        zone=zones[0],  # type: ignore[index]
        zones=zones,  # type: ignore[arg-type]
        monitor=Ticks(5 * SECOND, 1 * SECOND),
        grace_us=40 * SECOND,
        eviction_interval_us=10 * SECOND,
    )


def node(*taints: tuple[str, str], ready: bool | None = True, since_s: int = 0, **kwargs: object) -> Node:
    return Node(
        name="n1",
        spec=NodeSpec(zone="a"),
        ready=ready,
        ready_changed_us=since_s * SECOND,
        taints=tuple(Taint(key, effect) for key, effect in taints),  # type: ignore[arg-type]
        **kwargs,  # type: ignore[arg-type]
    )


def events(decision: Decision) -> list[str]:
    return [action.event for action in decision.actions if isinstance(action, Write)]


def taints(decision: Decision) -> list[str]:
    last = decision.actions[-1]
    assert isinstance(last, Write)
    return list(last.fields["taints"])


BOTH = ((UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute"))


def test_node_whose_heartbeats_flow_is_left_alone() -> None:
    assert decide(view(node(), 1000)) == Decision(why="the node is settled")


@pytest.mark.parametrize(
    ("heard_s", "seen_s"),
    [(0.9, 1), (1.0, 1), (1.1, 6), (5.9, 6)],
    ids=["just-before", "at", "after", "late"],
)
def test_grace_period_begins_in_the_round_that_saw_the_last_heartbeat(heard_s: float, seen_s: int) -> None:
    due = seen_s + 40
    early = decide(view(node(), due - 0.1, heard_s))
    assert early.actions == ()
    assert early.wake_at == due * SECOND
    assert events(decide(view(node(), due, heard_s))) == ["NotReady", "Tainted"]


def test_silence_makes_the_node_unknown_and_its_pods_not_ready_at_once() -> None:
    spec = PodSpec(containers=(Container("c", "v1"),))
    pods = tuple(Pod(name=f"db-{i}", uid=f"u{i}", spec=spec, node="n1", ready=True) for i in range(2))
    decision = decide(view(node(), 41, 1, pods=pods))
    assert events(decision) == ["NotReady", "NotReady", "NotReady", "Tainted"]
    first, *rest = decision.actions
    assert isinstance(first, Write)
    assert first.changes == {"ready": None, "ready_changed_us": 41 * SECOND}
    assert [a.object.name for a in rest[:2]] == ["db-0", "db-1"]  # type: ignore[union-attr]
    assert taints(decision) == [f"{UNREACHABLE}:NoSchedule"]
    assert decision.wake_at == round(46.1 * SECOND)
    assert "no heartbeat has been seen for 40 s" in decision.why


def test_no_execute_follows_one_round_later() -> None:
    silent = node((UNREACHABLE, "NoSchedule"), ready=None, since_s=41)
    assert decide(view(silent, 45, 1)).wake_at == round(46.1 * SECOND)
    decision = decide(view(silent, 46.1, 1))
    assert taints(decision) == [f"{UNREACHABLE}:NoExecute", f"{UNREACHABLE}:NoSchedule"]
    last = decision.actions[-1]
    assert isinstance(last, Write)
    assert last.changes["taint_times"] == {f"{UNREACHABLE}:NoExecute": round(46.1 * SECOND)}


def test_a_round_that_finds_every_node_silent_taints_none() -> None:
    """Held by the recording all_nodes_crash: the tainting loop sees what the whole round has found."""
    silent = node((UNREACHABLE, "NoSchedule"), ready=None, since_s=41)
    assert decide(view(silent, 46, 1)).actions == (), "not before the round is over"
    gone = (ZoneView("a", 3, 0), ZoneView("b", 3, 0))
    assert decide(view(silent, 46.1, 1, zones=gone)).actions == ()


def test_all_waits_begin_anew_when_the_first_zone_is_back() -> None:
    silent = node((UNREACHABLE, "NoSchedule"), ready=None, since_s=41)
    zones = (ZoneView("a", 3, 1), ZoneView("b", 3, 0))
    back = view(silent, 122, 1, zones=zones, reset_s=122)
    assert (decide(back).actions, decide(back).wake_at) == ((), round(126.1 * SECOND))


def test_one_node_of_a_zone_is_tainted_in_ten_seconds() -> None:
    silent = node((UNREACHABLE, "NoSchedule"), ready=None, since_s=41)
    zones = (ZoneView("a", 9, 7, evicted_us=45 * SECOND), ZoneView("b", 3, 3))
    early = decide(view(silent, 46, 1, zones=zones))
    assert (early.actions, early.wake_at) == ((), 55 * SECOND)
    assert events(decide(view(silent, 55, 1, zones=zones))) == ["Tainted"]


@pytest.mark.parametrize(
    ("case", "zones", "tainted"),
    [
        ("the only zone is down", (ZoneView("a", 2, 0),), False),
        ("all zones are down", (ZoneView("a", 2, 0), ZoneView("b", 2, 0)), False),
        ("one of two zones is down", (ZoneView("a", 2, 0), ZoneView("b", 2, 2)), True),
        ("one of all zones is back", (ZoneView("a", 2, 0), ZoneView("b", 2, 1)), True),
        ("a small zone is mostly down", (ZoneView("a", 5, 2), ZoneView("b", 2, 2)), False),
        ("two of three nodes are down", (ZoneView("a", 3, 1), ZoneView("b", 2, 2)), True),
    ],
)
def test_disruption_decides_whether_pods_are_evicted(
    case: str, zones: tuple[ZoneView, ...], tainted: bool
) -> None:
    silent = node((UNREACHABLE, "NoSchedule"), ready=None, since_s=41)
    assert bool(decide(view(silent, 60, 1, zones=zones)).actions) is tainted, case


def test_large_zone_that_is_mostly_down_is_evicted_ten_times_slower() -> None:
    assert ZoneView("a", 60, 20).interval_us(10) == 100
    assert ZoneView("a", 60, 40).interval_us(10) == 10
    assert ZoneView("a", 50, 20).interval_us(10) is None


def test_zone_states() -> None:
    assert ZoneView("a", 3, 3).disruption is Disruption.NORMAL
    assert ZoneView("a", 10, 5).disruption is Disruption.NORMAL
    assert ZoneView("a", 9, 4).disruption is Disruption.PARTIAL
    assert ZoneView("a", 1, 0).disruption is Disruption.FULL
    assert not all_down(())


def test_total_disruption_takes_the_eviction_back() -> None:
    silent = node(*BOTH, ready=None, since_s=41)
    decision = decide(view(silent, 70, 1, zones=(ZoneView("a", 2, 0), ZoneView("b", 2, 0))))
    assert taints(decision) == [f"{UNREACHABLE}:NoSchedule"]


def test_after_a_total_disruption_every_silence_counts_anew() -> None:
    assert decide(view(node(), 100, 1, reset_s=90)).wake_at == 131 * SECOND


def test_node_that_is_back_loses_no_schedule_at_once_and_no_execute_with_the_next_round() -> None:
    back = node(*BOTH, ready=True, since_s=102)
    first = decide(view(back, 102))
    assert taints(first) == [f"{UNREACHABLE}:NoExecute"]
    assert first.wake_at == 106 * SECOND
    later = node((UNREACHABLE, "NoExecute"), ready=True, since_s=102)
    assert taints(decide(view(later, 106))) == []


def test_unknown_and_false_swap_their_taints_and_keep_the_clock_of_the_eviction() -> None:
    times = {f"{UNREACHABLE}:NoExecute": 46 * SECOND, f"{UNREACHABLE}:NoSchedule": 41 * SECOND}
    reporting = node(*BOTH, ready=False, since_s=100, taint_times=times)
    decision = decide(view(reporting, 101))
    assert taints(decision) == [f"{NOT_READY}:NoExecute", f"{NOT_READY}:NoSchedule"]
    last = decision.actions[-1]
    assert isinstance(last, Write)
    assert last.changes["taint_times"][f"{NOT_READY}:NoExecute"] == 46 * SECOND


def test_cordon_is_a_taint_too_and_other_peoples_taints_stay() -> None:
    cordoned = node(("dedicated", "NoExecute"), unschedulable=True)
    assert taints(decide(view(cordoned, 5))) == [
        "dedicated:NoExecute",
        "node.kubernetes.io/unschedulable:NoSchedule",
    ]


def test_several_dead_nodes_are_tainted_one_by_one_within_their_zone() -> None:
    clock = Clock()
    store = Store(clock, Trace(clock))
    nodes = [store.create(Node(name=f"n{i}", spec=NodeSpec(zone="ab"[i % 2]))) for i in range(12)]
    dead = {"n0", "n1", "n2"}
    controller = NodeLifecycle(
        store,
        heartbeat=lambda _: 0,
        silent=dead.__contains__,
        monitor=Ticks(5 * SECOND),
        grace_us=40 * SECOND,
        eviction_interval_us=10 * SECOND,
    )
    loop = Loop(controller, clock, store, 0)
    for each in nodes:
        loop.add(each.key)
    clock.run(300 * SECOND)
    times = {n.name: n.taint_times[f"{UNREACHABLE}:NoExecute"] / SECOND for n in nodes if n.taints}
    assert times == {"n0": 45.1, "n1": 45.1, "n2": 55.1}


@pytest.mark.parametrize(("t", "at_or_after", "after"), [(0, 3, 3), (3, 3, 13), (4, 13, 13), (13, 13, 23)])
def test_rounds(t: int, at_or_after: int, after: int) -> None:
    rounds = Ticks(10, 3)
    assert (rounds.at_or_after(t), rounds.after(t)) == (at_or_after, after)

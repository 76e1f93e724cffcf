"""Zones that are partly or wholly down, and the pace of eviction (rows N10 and N14)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from statesim.cluster.objects import UNREACHABLE, Node, Pod
from statesim.control.node_lifecycle import EXCLUDED_LABEL
from statesim.control.zones import ZoneView
from statesim.scenario.specs import Taint
from tests.acceptance.node_worlds import Monitor
from tests.acceptance.small import Small, workload

SILENT = {"do": "network-partition", "from": "control-plane"}


# -- N10: zones ------------------------------------------------------------------------------------------


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
    assert {n.name for n in run.world.store.all(Node) if n.taints} == {"node-b-1"}
    assert {p.node for p in run.world.store.all(Pod) if p.ready} == {"node-a-1", "node-c-1"}
    assert len([p for p in run.world.store.all(Pod) if p.ready]) == 3


def test_n10_in_a_run_a_control_plane_that_hears_nobody_evicts_nobody() -> None:
    rows = [{"at": "60s", **SILENT, "on": {"zone": zone}, "for": "600s"} for zone in "abc"]
    run = Small(*rows, objects=[workload(replicas=3)], duration="900s").run()
    assert len(run.events("NotReady", "Node/")) == 3
    assert run.events("Terminating") == []
    assert len([p for p in run.world.store.all(Pod) if p.ready]) == 3


# what one zone of many nodes says in a run, at the rate of a controller's client as it is by default
def _evicted(cluster: dict[str, Any], *rows: dict[str, Any], pods: int, minutes: int) -> list[float]:
    timeline = [{"at": "60s", **row} for row in rows]
    objects = [workload(replicas=pods)]
    run = Small(*timeline, objects=objects, cluster=cluster, duration=f"{minutes}m").run()
    tainted = (e for e in run.events("Tainted", "Node/") if f"{UNREACHABLE}:NoExecute" in e.fields["taints"])
    return [e.t for e in tainted]


def test_n14_in_a_run_writes_that_wait_for_the_client_do_not_spend_a_token_twice() -> None:
    cluster = {"kubernetes": "1.32", "zones": 3, "nodesPerZone": 40}
    times = _evicted(cluster, {"do": "zone-outage", "on": {"zone": "a"}}, pods=120, minutes=4)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) > 10
    assert gaps == pytest.approx([10] * len(gaps), abs=0.3)


def test_n10_in_a_run_a_large_zone_that_is_mostly_down_is_evicted_ten_times_slower() -> None:
    cluster = {"kubernetes": "1.32", "nodes": [{"name": "n", "count": 56, "zones": ["a"]}]}
    down = [{"do": "node-crash", "on": f"Node/n-a-{i}"} for i in range(1, 33)]
    times = _evicted(cluster, *down, pods=2, minutes=7)
    assert times == pytest.approx([times[0], times[0] + 100, times[0] + 200, times[0] + 300], abs=0.3)


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


def test_n14_a_zone_that_was_stopped_goes_on_in_the_order_of_before() -> None:
    world = Monitor({"a": 9, "b": 2})
    world.silence("a0", "a1", "a2", "a3")
    world.run(15)
    world.silence("a4", "a5")  # six of nine: a zone this small is left alone
    world.run(200)
    assert world.times() == {"a0": 45}
    world.revive("a4", "a5")
    world.run(400)
    times = world.times()
    assert sorted(times) == ["a0", "a1", "a2", "a3"]
    assert 200 <= times["a1"] < times["a2"] < times["a3"]


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

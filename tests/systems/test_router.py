"""Routers that share an address: who is master, and which flows go on."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.kernel.spans import SECOND
from statesim.node.process import Exit
from statesim.systems.catalogue import problems
from tests.systems.harness import Lab

SKEW_1 = (256 - 99) / 256  # of pod 1, whose priority is 99


class Flow:
    """A client's connection through the routers."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    def reset(self, how: str) -> None:
        self.said.append(how)

    def move(self, process: Any, *, known: bool) -> None:
        self.said.append((process.pod, known))


def pair(**parameters: Any) -> Lab:
    """Return two routers, a minute old: the first is master, with one flow."""
    lab = Lab("router", **parameters)
    for number in range(2):
        lab.start(f"gw-{number}", ordinal=number)
    lab.run(60)
    assert masters(lab) == ["gw-0"]
    lab.processes["gw-0"].connections[1] = Flow()
    return lab


def masters(lab: Lab) -> list[str]:
    return [pod for pod in sorted(lab.processes) if lab.processes[pod].alive and lab.accepting(pod)]


def flow(lab: Lab) -> Flow:
    """Return the flow, wherever it is; one that is reset is nowhere."""
    (found,) = [each for process in lab.processes.values() for each in process.connections.values()]
    return found  # type: ignore[return-value]


def became(lab: Lab, pod: str) -> list[float]:
    return [e.t_us / SECOND for e in lab.events("Role", f"Member/{pod}") if e.fields["role"] == "primary"]


def test_the_higher_priority_is_master_after_three_advertisements_and_a_skew() -> None:
    lab = pair()
    assert became(lab, "gw-0") == [pytest.approx(3 + (256 - 100) / 256, abs=0.001)]
    assert became(lab, "gw-1") == []
    assert lab.ask("gw-0", "request").type == "ok"
    assert lab.system.accept(lab.processes["gw-1"], read_write=False) is not None, "a backup forwards nothing"
    assert lab.write("gw-0").type == "fail"
    assert lab.system.surviving()[1].keys() == []


def test_healthy_routers_cost_nothing() -> None:
    lab = pair()
    before = lab.clock.events
    lab.run(3600)
    assert lab.clock.events == before


@pytest.mark.parametrize("how", [Exit.KILLED, Exit.POWER_CUT])
def test_a_master_that_dies_is_missed_after_three_advertisements(how: Exit) -> None:
    waits = []
    for seed in range(12):
        lab = Lab("router", seed)
        for number in range(2):
            lab.start(f"gw-{number}", ordinal=number)
        lab.run(60)
        lab.kill("gw-0", how)
        lab.run(10)
        waits.append(became(lab, "gw-1")[0] - 60)
    assert 2 + SKEW_1 <= min(waits) < 2.5 + SKEW_1
    assert 2.5 + SKEW_1 < max(waits) <= 3 + SKEW_1


def test_a_master_that_says_goodbye_is_followed_after_the_skew() -> None:
    lab = pair()
    lab.stop("gw-0")
    lab.run(5)
    assert became(lab, "gw-1") == [pytest.approx(60 + SKEW_1, abs=0.001)]


def test_a_backup_that_goes_changes_nothing() -> None:
    lab = pair()
    lab.kill("gw-1")
    lab.run(60)
    assert masters(lab) == ["gw-0"]
    assert flow(lab).said == []


@pytest.mark.parametrize("sync", [True, False])
def test_flows_go_on_only_at_a_router_that_knows_them(sync: bool) -> None:
    lab = pair(flow_sync=sync)
    moved = flow(lab)
    lab.kill("gw-0")
    assert moved.said == [], "nobody resets what only went through"
    lab.run(10)
    assert moved.said == [("gw-1", sync)]
    assert (moved in lab.processes["gw-1"].connections.values()) is sync
    (told,) = lab.events("FlowsMoved" if sync else "FlowsLost")
    assert (told.object, told.fields["count"], told.fields["of"]) == ("Member/gw-1", 1, "gw-0")


def back(**parameters: Any) -> tuple[Lab, Flow]:
    """Let the first router die, and be there again after a minute."""
    lab = pair(flow_sync=True, **parameters)
    moved = flow(lab)
    lab.kill("gw-0")
    lab.run(60)
    lab.start("gw-0", ordinal=0)
    lab.run(60)
    return lab, moved


def test_who_preempts_before_it_has_learned_breaks_the_flows() -> None:
    lab, moved = back()
    assert masters(lab) == ["gw-0"]
    assert moved.said == [("gw-1", True), ("gw-0", False)]
    assert lab.dual_primary_s() == 0


def test_a_delay_longer_than_the_learning_saves_them() -> None:
    lab, moved = back(preempt_delay="15s")
    assert moved.said == [("gw-1", True), ("gw-0", True)]
    assert became(lab, "gw-0")[-1] == 120 + 15


def test_who_does_not_preempt_stays_the_backup() -> None:
    lab, moved = back(preempt=False)
    assert masters(lab) == ["gw-1"]
    assert moved.said == [("gw-1", True)]


def test_a_delayed_router_does_not_wait_when_the_master_goes() -> None:
    lab = pair(preempt_delay="10m")
    lab.kill("gw-0")
    lab.run(60)
    lab.start("gw-0", ordinal=0)
    lab.run(60)
    assert masters(lab) == ["gw-1"]
    lab.kill("gw-1")
    lab.run(4)
    assert masters(lab) == ["gw-0"]


def test_routers_of_equal_priority_do_not_preempt() -> None:
    lab = Lab("router")
    for number in range(2):
        lab.start(f"gw-{number}")
    lab.run(60)
    (first,) = masters(lab)
    lab.kill(first)
    lab.run(60)
    lab.start(first)
    lab.run(60)
    assert masters(lab) == [f"gw-{1 - int(first[-1])}"]


def test_a_cut_makes_two_masters_until_it_heals() -> None:
    lab = pair(flow_sync=True)
    moved = flow(lab)
    lab.cut("gw-0", "gw-1")
    lab.run(60)
    assert masters(lab) == ["gw-0", "gw-1"]
    assert lab.primary == "gw-1", "who says so last is believed"
    lab.heal()
    lab.run(1)
    assert masters(lab) == ["gw-0"]
    assert lab.primary == "gw-0"
    assert 56 < lab.dual_primary_s() < 58
    assert moved.said == [("gw-1", True), ("gw-0", True)]


def test_a_frozen_master_comes_back_as_master_and_the_lesser_steps_down() -> None:
    lab = pair(flow_sync=True)
    lab.freeze("gw-0")
    lab.run(30)
    assert lab.primary == "gw-1"
    lab.thaw("gw-0")
    lab.run(1)
    assert masters(lab) == ["gw-0"]
    lab.freeze("gw-1")
    lab.run(30)
    lab.thaw("gw-1")
    lab.run(30)
    assert masters(lab) == ["gw-0"], "nothing has happened to a backup"


def test_peers_by_address_do_not_know_a_new_pod() -> None:
    for known in (True, False):
        lab = pair(unicast_peer=known)
        uid = lab.processes["gw-1"].uid
        lab.kill("gw-1")
        lab.start("gw-1", ordinal=1, uid=uid)
        lab.run(60)
        assert masters(lab) == ["gw-0"], "a container that is restarted keeps its pod's address"
        lab.kill("gw-1")
        lab.start("gw-1", ordinal=1)
        lab.run(60)
        assert masters(lab) == (["gw-0", "gw-1"] if known else ["gw-0"])


@pytest.mark.parametrize(("name", "masters_then"), [("gw-1", ["gw-0"]), ("gw-x", ["gw-0", "gw-x"])])
def test_peers_by_name_know_a_new_pod_of_the_old_name(name: str, masters_then: list[str]) -> None:
    lab = pair(unicast_peer=True, peer_names=True)
    lab.kill("gw-1", Exit.POWER_CUT)
    lab.start(name, ordinal=1)
    lab.run(20)
    assert masters(lab) == masters_then
    assert "peer_names" in problems("router", {"peer_names": True})[0]

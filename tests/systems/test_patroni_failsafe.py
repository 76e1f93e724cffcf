"""Failsafe mode and the watchdog: who goes on without the store, and who is stopped from outside."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.kernel.spans import SECOND
from statesim.systems.catalogue import problems
from tests.systems.harness import STEP, STORE, Lab, patroni

PODS = ("pg-0", "pg-1", "pg-2")
LOADED = {"watchdog_mode": "required", "watchdog_device": True}


def outage(lab: Lab) -> None:
    """Let nobody reach the store."""
    for pod in PODS:
        lab.cut(pod, STORE)


# -- failsafe mode -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("failsafe", [False, True])
def test_without_the_store_a_leader_goes_on_only_in_failsafe_mode(failsafe: bool) -> None:
    lab = patroni(4, failsafe_mode=failsafe)
    outage(lab)
    lab.run(90)
    assert lab.accepting("pg-0") is failsafe
    lab.heal()
    lab.run(40)
    assert lab.primary is not None
    assert (lab.primary == "pg-0") or not failsafe
    assert len(lab.system.replicas()) == 2
    assert bool(lab.events("Demoted")) is not failsafe


def test_in_failsafe_mode_one_member_that_does_not_answer_ends_it() -> None:
    lab = patroni(4, failsafe_mode=True)
    outage(lab)
    lab.run(30)
    assert lab.accepting("pg-0")
    lab.kill("pg-2")
    lab.run(10.1)
    assert not lab.accepting("pg-0"), "it has asked again, within a loop"
    lab.run(60)
    assert lab.primary is None, "read-only until the store is back"
    lab.heal()
    lab.run(60)
    assert lab.primary is not None


def test_a_failsafe_that_holds_costs_nothing() -> None:
    def events(seconds: int) -> int:
        lab = patroni(4, failsafe_mode=True)
        outage(lab)
        lab.run(seconds)
        assert lab.accepting("pg-0")
        return lab.clock.events

    assert events(600) == events(86_400)


def test_replicas_that_a_leader_asks_do_not_race_although_its_lease_has_ended() -> None:
    for failsafe in (False, True):
        lab = patroni(4, failsafe_mode=failsafe)
        lab.cut("pg-0", STORE)
        lab.run(120)
        assert lab.events("LeaseExpired")
        assert (lab.primary == "pg-0") is failsafe
        assert lab.dual_primary_s() == 0
        lab.heal()
        lab.run(30)
        assert len(lab.system.replicas()) == 2


def test_a_leader_that_dies_in_failsafe_mode_is_replaced_when_it_is_forgotten() -> None:
    lab = patroni(4, failsafe_mode=True)
    lab.cut("pg-0", STORE)
    lab.run(60)
    lab.kill("pg-0")
    lab.run(19)
    assert lab.primary is None, "who was asked believes it for ttl"
    lab.run(25)
    assert lab.primary in ("pg-1", "pg-2")


def test_a_replica_that_is_cut_off_from_a_leader_in_failsafe_mode_never_makes_two() -> None:
    for seed in range(10):
        lab = patroni(seed, failsafe_mode=True)
        lab.cut("pg-0", STORE)
        lab.run(50 + seed)
        lab.cut("pg-0", "pg-1")
        lab.run(80)
        assert lab.dual_primary_s() == 0
        assert lab.primary in ("pg-1", "pg-2")


# -- the watchdog ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "fires_after"),
    [
        (LOADED, 25),
        ({**LOADED, "watchdog_safety_margin": "10s"}, 20),
        ({**LOADED, "watchdog_safety_margin": -1}, 15),
        ({**LOADED, "watchdog_mode": "automatic"}, 25),
        ({**LOADED, "watchdog_mode": "off"}, None),
        ({"watchdog_mode": "automatic"}, None),
    ],
)
@pytest.mark.parametrize("stuck", ["agent", "machine"])
def test_a_watchdog_resets_the_machine_of_a_stuck_primary(
    parameters: dict[str, Any], fires_after: int | None, stuck: str
) -> None:
    lab = patroni(6, **parameters)
    renewed = lab.system.group.lease.last_renewal() / SECOND
    if stuck == "agent":
        lab.pause_program("pg-0", "patroni")
    else:
        lab.freeze("pg-0")
    lab.writer(STEP, 120 * SECOND)
    lab.run(60)
    fired = [event.t for event in lab.events("Crashed")]
    assert fired == ([pytest.approx(renewed + fires_after)] if fires_after else [])
    assert lab.primary in ("pg-1", "pg-2")
    if fires_after:
        assert lab.dual_primary_s() == 0
    elif stuck == "agent":
        assert lab.accepting("pg-0"), "two primaries for as long as it lasts"


def test_a_watchdog_leaves_a_healthy_leader_and_one_that_steps_down_in_time_alone() -> None:
    lab = patroni(6, **LOADED)
    lab.run(3600)
    lab.cut("pg-0", STORE)
    lab.run(120)
    lab.heal()
    lab.run(60)
    lab.freeze(str(lab.primary))
    lab.run(4)
    for pod in PODS:
        lab.thaw(pod)
    lab.run(120)
    assert lab.events("Crashed") == []


def test_a_watchdog_is_fed_in_failsafe_mode_and_off_in_pause_mode() -> None:
    lab = patroni(6, failsafe_mode=True, **LOADED)
    outage(lab)
    lab.run(300)
    assert lab.accepting("pg-0")
    lab.pause_program("pg-0", "patroni")
    lab.run(30)
    assert len(lab.events("Crashed")) == 1, "an agent that asks nobody feeds nobody"
    lab = patroni(6, **LOADED)
    lab.system.pause()
    lab.freeze("pg-0")
    lab.run(120)
    assert lab.events("Crashed") == []


def test_a_watchdog_that_is_required_needs_a_device_and_one_that_is_not_does_not() -> None:
    (refused,) = problems("patroni", {"watchdog_mode": "required"})
    assert "watchdog_device: true" in refused
    assert problems("patroni", {"watchdog_mode": "automatic"}) == []
    assert problems("patroni", LOADED) == []

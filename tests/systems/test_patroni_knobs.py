"""Every parameter of Patroni moves what it is about, in the direction that its documentation says."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.kernel.clock import SECOND
from statesim.systems.patroni.parameters import PatroniParameters
from tests.systems.harness import STEP, STORE, Lab, patroni

PODS = ("pg-0", "pg-1", "pg-2")
LOADED = {"watchdog_mode": "required", "watchdog_device": True}


def outage(lab: Lab) -> None:
    """Let nobody reach the store."""
    for pod in PODS:
        lab.cut(pod, STORE)


def crashed(seed: int = 4, **parameters: Any) -> Lab:
    lab = patroni(seed, **parameters)
    lab.writer(STEP, 66 * SECOND)
    lab.at(65.005, lab.power_cut, "pg-0")
    lab.run(60)
    return lab


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


# -- tags --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "winners"),
    [
        ({}, {"pg-1", "pg-2"}),
        ({"nofailover": ["pg-1"]}, {"pg-2"}),
        ({"failover_priority": {"pg-1": 2}}, {"pg-1"}),
        ({"failover_priority": {"pg-1": 0}}, {"pg-2"}),
        ({"nofailover": ["pg-1", "pg-2"]}, {None}),
    ],
)
def test_tags_decide_who_is_promoted(parameters: dict[str, Any], winners: set[str | None]) -> None:
    assert {crashed(seed, **parameters).primary for seed in range(12)} == winners


def test_a_priority_is_nothing_against_what_another_has_more() -> None:
    lab = patroni(4, failover_priority={"pg-1": 9})
    lab.cut("pg-1", "pg-0")
    lab.writer(STEP, 66 * SECOND)
    lab.at(65, lab.kill, "pg-0")
    lab.run(60)
    assert lab.primary == "pg-2"


# -- synchronous mode --------------------------------------------------------------------------------------


def confirming(lab: Lab, *gone: str) -> str:
    """Return how a write ends in the half second after these have gone."""
    for pod in gone:
        lab.kill(pod)
    asked = lab.write("pg-0")
    lab.run(0.5)
    return asked.type


def test_the_number_of_standbys_that_confirm() -> None:
    for mode, count, gone, answer in (
        (True, 1, 0, "ok"),
        (True, 1, 1, ""),
        (True, 2, 1, ""),
        ("quorum", 1, 1, "ok"),
        ("quorum", 1, 2, ""),
        ("quorum", 2, 1, ""),
        (False, 1, 2, "ok"),
    ):
        lab = patroni(4, synchronous_mode=mode, synchronous_node_count=count)
        key = lab.system.group.sync
        victims = [*key.members, "pg-1", "pg-2"][:gone] if gone < 2 else ["pg-1", "pg-2"]
        assert confirming(lab, *victims) == answer, (mode, count, gone)


@pytest.mark.parametrize("mode", [True, "quorum"])
@pytest.mark.parametrize("count", [1, 2])
def test_no_synchronous_mode_loses_what_it_has_acknowledged(mode: bool | str, count: int) -> None:
    for seed in range(6):
        lab = crashed(seed, synchronous_mode=mode, synchronous_node_count=count, replication_lag="500ms")
        assert lab.primary in ("pg-1", "pg-2")
        assert lab.lost == set()
        assert len(lab.confirmed) > 100


def test_a_quorum_that_cannot_be_asked_promotes_nobody() -> None:
    for mode, promoted in (("quorum", False), (False, True)):
        lab = patroni(4, synchronous_mode=mode)
        lab.kill("pg-0")
        lab.power_cut("pg-2")
        lab.run(60)
        assert (lab.primary == "pg-1") is promoted


def test_a_new_leader_of_a_quorum_never_acknowledges_alone() -> None:
    """Patroni docs, replication_modes.rst: it takes over who must confirm."""
    lab = crashed(4, synchronous_mode="quorum")
    leader = lab.system.group.leader
    assert leader.names is not None
    lab.run(30)
    assert lab.system.group.sync == (lab.primary, tuple({"pg-1", "pg-2"} - {lab.primary}), 0)


def test_in_strict_mode_a_new_leader_waits_for_the_first_that_comes() -> None:
    for strict in (False, True):
        lab = patroni(4, synchronous_mode=True, synchronous_mode_strict=strict)
        (named,) = lab.system.group.sync.members
        (other,) = {"pg-1", "pg-2"} - {named}
        lab.kill(other)
        lab.kill("pg-0")
        lab.run(40)
        asked = lab.write(named)
        lab.run(30)
        assert asked.type == ("" if strict else "ok")


# -- the rest ----------------------------------------------------------------------------------------------


def test_a_lag_that_is_too_large_promotes_nobody() -> None:
    for limit, promoted in (("1Gi", True), ("100Ki", False)):
        lab = patroni(4, replication_lag="20s", maximum_lag_on_failover=limit)
        lab.writer(STEP, 90 * SECOND)
        lab.at(85, lab.power_cut, "pg-0")
        lab.run(90)
        assert (lab.primary is not None) is promoted


def test_everything_that_is_said_of_time_is_longer_when_it_is_set_longer() -> None:
    def promoted(**parameters: Any) -> float:
        return crashed(4, **parameters).events("Promoted")[0].t

    assert promoted(ttl="40s") - promoted() == pytest.approx(10, abs=0.6)
    assert promoted(rest_timeout="5s") - promoted() == pytest.approx(3)

    def read_only(**parameters: Any) -> float:
        lab = patroni(4, **parameters)
        outage(lab)
        lab.run(60)
        return lab.events("Demoted")[0].t

    assert read_only() - read_only(retry_timeout="5s") == pytest.approx(5)

    def back(**parameters: Any) -> float:
        lab = crashed(4, **parameters)
        if parameters.get("data_size") or parameters.get("clone_rate"):
            lab.disks.lose("pv/pg-0")
        began = lab.clock.now
        lab.start("pg-0")
        lab.run(300)
        return (lab.events("CaughtUp", "Member/pg-0")[-1].t_us - began) / SECOND

    usual = back()
    for name, more in (("start_time", 5), ("crash_recovery", 5), ("rewind_time", 5)):
        default = getattr(PatroniParameters(), name) / SECOND
        assert back(**{name: f"{default + more}s"}) - usual == pytest.approx(more, abs=0.1)
    cloned = back(data_size="100Mi")
    assert back(data_size="1100Mi") - cloned == pytest.approx(10, abs=0.1)
    assert back(data_size="1100Mi", clone_rate="50Mi") - cloned == pytest.approx(21, abs=0.1)

"""Every parameter of Patroni moves what it is about, in the direction that its documentation says."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from statesim.kernel.clock import SECOND
from statesim.systems.patroni.parameters import PatroniParameters
from tests.systems.harness import STEP, STORE, Lab, patroni

PODS = ("pg-0", "pg-1", "pg-2")


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


def test_a_shorter_loop_notices_a_dead_postgresql_sooner() -> None:
    def latest(loop_wait: str) -> float:
        took = []
        for seed in range(20):
            lab = patroni(seed, loop_wait=loop_wait)
            lab.kill_program("pg-0", "postgres")
            lab.run(15)
            took.append(next(e.t for e in lab.events("Role", "Member/pg-0") if e.t > 60) - 60)
        return max(took)

    assert latest("2s") < 2
    assert 8 < latest("10s") <= 10


def test_readers_of_a_replica_see_a_write_when_it_is_replayed() -> None:
    for lag, seen in (("0s", True), ("2s", False)):
        lab = patroni(4, replay_lag=lag)
        written = lab.write("pg-0")
        lab.run(1)
        assert lab.ask("pg-1", "read", written.value).result is seen


def test_a_replica_that_was_cut_off_connects_again_within_its_interval() -> None:
    def latest(interval: str) -> float:
        took = []
        for seed in range(10):
            lab = patroni(seed, wal_retrieve_retry_interval=interval)
            lab.cut("pg-0", "pg-1")
            lab.run(1)
            lab.heal()
            lab.run(40)
            took.append(lab.events("CaughtUp", "Member/pg-1")[-1].t - 61)
        return max(took)

    assert latest("1s") <= 1
    assert 10 < latest("30s") <= 30


def test_a_silent_standby_is_missed_when_its_walsender_times_out_or_its_key_expires() -> None:
    def waited(**parameters: Any) -> float:
        lab = patroni(4, synchronous_mode=True, loop_wait="2s", **parameters)
        (named,) = lab.system.group.sync.members
        lab.power_cut(named)
        asked = lab.write("pg-0")
        began = lab.clock.now
        while not asked.type and lab.clock.now - began < 90 * SECOND:
            lab.run(0.5)
        return (lab.clock.now - began) / SECOND

    assert waited(wal_sender_timeout="5s") <= 8
    assert 26 <= waited() <= 33, "ttl, which is shorter than the walsender's minute"


def test_the_first_leader_is_there_when_initdb_is_done() -> None:
    def begun(**parameters: Any) -> float:
        lab = Lab("patroni", 4, **parameters)
        lab.start("pg-0")
        lab.run(30)
        return lab.events("Initialised")[0].t

    assert begun(initdb="12s") - begun() == pytest.approx(10)


def test_a_longer_shutdown_hands_over_later() -> None:
    def elected(**parameters: Any) -> float:
        lab = patroni(4, **parameters)
        lab.stop("pg-0")
        lab.run(20)
        return lab.events("Elected")[1].t

    assert elected(shutdown_checkpoint="3100ms") - elected() == pytest.approx(3)


def test_what_is_replayed_after_a_crash_is_the_log_since_the_last_checkpoint() -> None:
    def replayed(**parameters: Any) -> float:
        lab = patroni(4, **parameters)
        lab.writer(STEP, 100 * SECOND)
        lab.run(35)
        lab.kill_program("pg-0", "postgres")
        lab.run(15)
        seconds: float = lab.events("Recovered")[-1].fields["replayed_s"]
        return seconds

    usual = replayed()
    assert usual > 0
    assert replayed(wal_per_write="4Ki") == pytest.approx(4 * usual, rel=0.01)
    assert replayed(replay_rate="16Mi") == pytest.approx(2 * usual, rel=0.01)
    assert replayed(checkpoint_timeout="10s") < 0.5 * usual


def test_every_parameter_is_held_by_a_test() -> None:
    told = "".join(
        path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_patroni_*.py")
    )
    assert [row.name for row in fields(PatroniParameters) if f"{row.name}" not in told] == []

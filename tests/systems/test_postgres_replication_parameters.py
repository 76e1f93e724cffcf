"""Every parameter of PostgreSQL's replication moves its outcome, in the direction that it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from statesim.kernel.clock import MILLISECOND
from statesim.node.process import Exit
from statesim.systems.catalogue import problems
from statesim.systems.postgres_replication.parameters import ReplicationParameters
from tests.systems.harness import STEP, Lab
from tests.systems.replicated import cluster, restart


def confirmed_after_s(**parameters: Any) -> float:
    """Return how long a commit takes after the first standby in the list has fallen silent."""
    lab = cluster(**{"synchronous_standby_names": "pg-1, pg-2", **parameters})
    lab.power_cut("pg-1")
    write, began = lab.write("pg-0"), lab.clock.now
    while not write.type and lab.clock.now - began < 200_000_000:
        lab.run(0.01)
    return (lab.clock.now - began) / 1e6


def test_wal_sender_timeout_says_when_the_next_standby_in_the_list_takes_over() -> None:
    assert confirmed_after_s() == pytest.approx(60, abs=0.1)
    assert confirmed_after_s(wal_sender_timeout="10s") == pytest.approx(10, abs=0.1)
    assert confirmed_after_s(synchronous_standby_names="ANY 1 (*)") < 0.1, "a quorum does not wait for it"
    assert confirmed_after_s(synchronous_standby_names="") < 0.02, "asynchronously nobody waits"
    assert confirmed_after_s(synchronous_standby_names="pg-1") > 199, "for ever without another one"


def test_a_standby_that_is_stopped_is_replaced_at_once() -> None:
    lab = cluster(synchronous_standby_names="pg-1, pg-2")
    lab.stop("pg-1")
    write = lab.write("pg-0")
    lab.run(0.2)
    assert write.type == "ok"


def streams_after_s(silent_s: float, **parameters: Any) -> float:
    lab = cluster(2, **parameters)
    lab.cut("pg-0", "pg-1")
    lab.run(silent_s)
    write = lab.write("pg-0")
    lab.heal()
    began = lab.clock.now
    while not lab.ask("pg-1", "read", write.value).result and lab.clock.now - began < 60_000_000:
        lab.run(0.01)
    return (lab.clock.now - began) / 1e6


def test_a_silent_connection_goes_on_until_one_side_has_given_it_up() -> None:
    assert streams_after_s(30) < 0.1
    assert 0.1 < streams_after_s(30, wal_receiver_timeout="20s") < 5.2
    assert 0.1 < streams_after_s(30, wal_sender_timeout="20s") < 5.2
    assert streams_after_s(90) > streams_after_s(90, wal_retrieve_retry_interval="1s") > 0.05


def test_the_log_that_a_standby_lacks_is_kept_or_gone() -> None:
    def removed(**parameters: Any) -> int:
        lab = cluster(2, wal_per_write="1Mi", **parameters)
        lab.power_cut("pg-1")
        lab.writer(100 * STEP, lab.clock.now + 1_200_000_000)
        lab.run(1200)
        restart(lab, "pg-1")
        lab.run(60)
        return len(lab.events("LogRemoved"))

    assert removed() == 1
    assert removed(replication_slots=True) == 0
    assert removed(wal_keep_size="2Gi") == 0
    assert removed(checkpoint_timeout="1h") == 0


def test_wal_log_hints_allow_a_rewind_where_there_would_be_a_clone() -> None:
    def back(**parameters: Any) -> tuple[str, float]:
        lab = cluster(2, **parameters)
        lab.kill("pg-0")
        lab.system.promote("pg-1")
        lab.run(10)
        restart(lab, "pg-0")
        lab.run(10)
        lab.system.rebuild("pg-0")
        lab.run(2000)
        how = [
            e.event
            for e in lab.trace.events
            if e.object == "Member/pg-0" and e.event in ("Rewound", "Cloned")
        ]
        demoted = lab.events("Demoted")[-1].t_us
        up = next(
            e.t_us
            for e in lab.events("Role", "Member/pg-0")
            if e.t_us > demoted and e.fields["role"] == "replica"
        )
        return how[-1], (up - demoted) / 1e6

    assert back() == ("Cloned", 1.5)
    assert back(data_size="1Gi") == ("Cloned", pytest.approx(10.74))
    assert back(data_size="1Gi", clone_rate="50Mi") == ("Cloned", pytest.approx(20.98))
    assert back(data_size="1Gi", wal_log_hints=True) == ("Rewound", pytest.approx(1.3))
    assert back(wal_log_hints=True, rewind_time="30s") == ("Rewound", pytest.approx(30.5))


def serves_after_s(crash: bool, **parameters: Any) -> float:
    lab = Lab("postgres-replication", **parameters)
    lab.start("pg-0", ordinal=0)
    if crash:
        lab.run(20)
        lab.writer(STEP, lab.clock.now + 60_000_000)
        lab.run(60)
        lab.kill("pg-0", Exit.KILLED)
        restart(lab, "pg-0")
    began = lab.clock.now
    while lab.primary is None:
        lab.run(0.01)
    return (lab.clock.now - began) / 1e6


def test_how_long_a_primary_takes_to_begin_and_to_begin_again() -> None:
    assert serves_after_s(False) == pytest.approx(1.5, abs=0.02)
    assert serves_after_s(False, initdb="5s") == pytest.approx(5.5, abs=0.02)
    assert serves_after_s(False, start_time="3s") == pytest.approx(4, abs=0.02)
    assert serves_after_s(True) == pytest.approx(0.68, abs=0.03), "6000 x 1 KiB at 32 MiB/s"
    assert serves_after_s(True, wal_per_write="16Ki") == pytest.approx(3.4, abs=0.1)
    assert serves_after_s(True, replay_rate="1Mi") == pytest.approx(6.4, abs=0.1)
    assert serves_after_s(True, replay_rate="1Mi", checkpoint_timeout="20s") < 2.5


def test_promote_time_is_how_long_the_promotion_takes() -> None:
    for text, us in (("100ms", 100 * MILLISECOND), ("2s", 2_000 * MILLISECOND)):
        lab = cluster(2, promote_time=text)
        lab.power_cut("pg-0")
        began = lab.clock.now
        lab.system.promote("pg-1")
        lab.run(10)
        assert lab.events("Promoted")[0].t_us - began == us


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("", True),
        ("*", True),
        ("pg-1, pg-2", True),
        ("first 1 (pg-1, pg-2)", True),
        ("ANY 2 (pg-1, pg-2, pg-3)", True),
        ("2 (pg-1, pg-2)", True),
        ("ANY (pg-1)", False),
        ("FIRST 0 (pg-1)", False),
        ("pg-1 pg-2", False),
    ],
)
def test_the_standbys_that_commits_wait_for_are_written_as_postgresql_does(text: str, right: bool) -> None:
    found = problems("postgres-replication", {"synchronous_standby_names": text})
    assert (found == []) == right, found


def test_two_standbys_must_have_it_where_two_are_asked_for() -> None:
    lab = cluster(synchronous_standby_names="FIRST 2 (pg-1, pg-2)")
    lab.stop("pg-2")
    lab.run(2)
    write = lab.write("pg-0")
    lab.run(100)
    assert write.type == ""
    assert lab.ask("pg-0", "read", write.value).result is False, "what waits is not visible"
    restart(lab, "pg-2")
    lab.run(10)
    assert write.type == "ok"


def test_the_lags_say_when_a_reader_sees_a_commit() -> None:
    def seen_after_s(**parameters: Any) -> float:
        lab = cluster(2, **parameters)
        write, began = lab.write("pg-0"), lab.clock.now
        while not lab.ask("pg-1", "read", write.value).result:
            lab.run(0.01)
        return (lab.clock.now - began) / 1e6

    assert seen_after_s() == pytest.approx(0.05, abs=0.011)
    assert seen_after_s(replication_lag="1s") == pytest.approx(1, abs=0.011)
    assert seen_after_s(replay_lag="2s") == pytest.approx(2.05, abs=0.011)


def test_each_parameter_is_turned_in_this_file() -> None:
    files = (Path(__file__), Path(__file__).with_name("test_backups.py"))
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [name for name in ReplicationParameters.__dataclass_fields__ if name not in text] == []

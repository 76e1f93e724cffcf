"""Every parameter of MySQL moves its outcome, in the direction that it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from statesim.node.process import Exit
from statesim.systems.catalogue import problems
from statesim.systems.mysql.parameters import SemiSyncParameters
from tests.systems.harness import STEP, Lab
from tests.systems.mysql_lab import cluster, restart, role, semisync, until_primary_s, writes


def test_who_fails_over() -> None:
    def primary(**parameters: Any) -> str | None:
        lab = cluster(2, **parameters)
        lab.kill("db-0")
        lab.run(60)
        return lab.primary

    assert primary() is None
    assert primary(orchestrator="auto") == "db-1"


def test_how_long_a_silent_source_is_believed() -> None:
    def gone_s(**parameters: Any) -> float:
        lab = cluster(2, orchestrator="auto", **parameters)
        lab.power_cut("db-0")
        return until_primary_s(lab)

    assert 60 <= gone_s() <= 62
    assert 20 <= gone_s(replica_net_timeout="20s") <= 22
    assert gone_s(replica_net_timeout="1s") < 8
    slow = gone_s(replica_net_timeout="1s", MySQLConnectTimeoutSeconds="30s")
    assert slow - gone_s(replica_net_timeout="1s") == pytest.approx(28, abs=0.1)
    assert gone_s(promote_time="10s") - gone_s() == pytest.approx(9.5, abs=0.1)


def test_how_soon_a_killed_source_is_noticed() -> None:
    def noticed_s(**parameters: Any) -> list[float]:
        found = []
        for moment in range(12):
            lab = cluster(2, orchestrator="auto", promote_time="0s", **parameters)
            lab.run(moment * 0.7)
            lab.kill("db-0")
            found.append(until_primary_s(lab))
        return found

    assert 3.5 <= max(noticed_s()) <= 6.1
    assert max(noticed_s(InstancePollSeconds="1s")) <= 2.1
    assert max(noticed_s(InstancePollSeconds="1s", RecoveryPollSeconds="20s")) > 10


def test_the_block_after_a_recovery() -> None:
    def second_s(**parameters: Any) -> float:
        lab = cluster(3, orchestrator="auto", **parameters)
        lab.kill("db-0")
        until_primary_s(lab)
        lab.kill(str(lab.primary))
        return until_primary_s(lab, 4000)

    assert second_s() == pytest.approx(3600, abs=3)
    assert second_s(RecoveryPeriodBlockSeconds="5m") == pytest.approx(300, abs=3)


def test_the_three_ways_with_a_relay_log() -> None:
    def outcome(**parameters: Any) -> tuple[int, float]:
        lab = cluster(2, orchestrator="auto", apply_lag="9s", replication_lag="1ms", **parameters)
        writes(lab, 12)
        lab.kill("db-0")
        gone = until_primary_s(lab, 60)
        return (len(lab.lost) if lab.primary else -1), gone

    lost, gone = outcome()
    assert lost > 100
    assert gone < 7
    lost, gone = outcome(DelayMasterPromotionIfSQLThreadNotUpToDate=True)
    assert lost <= 1
    assert 9 <= gone <= 10
    assert outcome(FailMasterPromotionIfSQLThreadNotUpToDate=True)[0] == -1


def test_a_source_that_starts_read_only() -> None:
    def rivals(**parameters: Any) -> bool:
        lab = cluster(2, orchestrator="auto", **parameters)
        lab.kill("db-0")
        lab.run(10)
        restart(lab, "db-0")
        lab.run(30)
        return lab.accepting("db-0")

    assert rivals()
    assert not rivals(super_read_only=True)


def test_the_lags_say_when_a_reader_sees_a_commit_and_what_a_promotion_loses() -> None:
    def seen_after_s(**parameters: Any) -> float:
        lab = cluster(2, **parameters)
        write, began = lab.write("db-0"), lab.clock.now
        while not lab.ask("db-1", "read", write.value).result:
            lab.run(0.01)
        return (lab.clock.now - began) / 1e6

    assert seen_after_s() == pytest.approx(0.05, abs=0.011)
    assert seen_after_s(replication_lag="1s") == pytest.approx(1, abs=0.011)
    assert seen_after_s(apply_lag="2s") == pytest.approx(2.05, abs=0.011)


def test_how_often_a_replica_connects() -> None:
    def streams_after_s(**parameters: Any) -> float:
        lab = cluster(2, **parameters)
        lab.kill("db-0")
        lab.run(10)
        restart(lab, "db-0")
        until_primary_s(lab)
        write, began = lab.write("db-0"), lab.clock.now
        while not lab.ask("db-1", "read", write.value).result and lab.clock.now - began < 100_000_000:
            lab.run(0.01)
        return (lab.clock.now - began) / 1e6

    assert streams_after_s() == pytest.approx(46, abs=0.2), "60 s after the first attempt, at the end"
    assert streams_after_s(source_connect_retry="10s") == pytest.approx(6, abs=0.2)


def test_a_log_that_is_purged() -> None:
    def broken(**parameters: Any) -> int:
        lab = cluster(2, **parameters)
        lab.kill("db-1")
        lab.writer(100 * STEP, lab.clock.now + 7_200_000_000)
        lab.run(7200)
        restart(lab, "db-1")
        lab.run(60)
        return len(lab.events("LogRemoved"))

    assert broken() == 0
    assert broken(binlog_expire_logs_seconds="1h") == 1


def lost_in_place(how: str, **parameters: Any) -> int:
    """Return how many acknowledged commits are missing after a crash of the source alone."""
    lab = cluster(1, **parameters)
    writes(lab, 60.5)
    getattr(lab, how)("db-0")
    restart(lab, "db-0")
    lab.run(10)
    assert sum(e.fields["count"] for e in lab.events("TailLost")) == len(lab.lost)
    return len(lab.lost)


def test_what_a_crash_takes_from_the_disk() -> None:
    assert lost_in_place("kill") == lost_in_place("power_cut") == 0
    assert lost_in_place("kill", innodb_flush_log_at_trx_commit=2) == 0
    assert 0 < lost_in_place("power_cut", innodb_flush_log_at_trx_commit=2) <= 100
    assert 0 < lost_in_place("kill", innodb_flush_log_at_trx_commit=0) <= 100
    often = {"innodb_flush_log_at_trx_commit": 0, "innodb_flush_log_at_timeout": "10s"}
    assert 100 < lost_in_place("kill", **often) <= 1000
    assert lost_in_place("kill", sync_binlog=0) == 0
    assert 3000 <= lost_in_place("power_cut", sync_binlog=0) <= 3500, "the kernel writes it in half a minute"
    assert 0 < lost_in_place("power_cut", sync_binlog=100) < 100


def test_replicas_that_have_what_their_source_has_lost_are_broken() -> None:
    lab = cluster(2, sync_binlog=0)
    writes(lab, 10)
    lab.power_cut("db-0")
    restart(lab, "db-0")
    lab.run(90)
    assert lab.primary == "db-0"
    assert lab.events("Diverged", "Member/db-1"), "error 1236: it has more GTIDs than its source"


def test_how_long_servers_take() -> None:
    def serves_after_s(crash: bool = False, **parameters: Any) -> float:
        lab = Lab("mysql-async", **parameters)
        lab.start("db-0", ordinal=0)
        if crash:
            until_primary_s(lab)
            lab.kill("db-0", Exit.KILLED)
            restart(lab, "db-0")
        return until_primary_s(lab)

    assert serves_after_s() == pytest.approx(6, abs=0.02)
    assert serves_after_s(initialize="20s") == pytest.approx(21, abs=0.02)
    assert serves_after_s(start_time="3s") == pytest.approx(8, abs=0.02)
    assert serves_after_s(crash=True) == pytest.approx(4, abs=0.02)
    assert serves_after_s(crash=True, crash_recovery="1m") == pytest.approx(61, abs=0.02)


def test_clones_and_missed_logs_take_their_size() -> None:
    def replica_after_s(**parameters: Any) -> float:
        lab = Lab("mysql-async", **parameters)
        lab.start("db-0", ordinal=0)
        until_primary_s(lab)
        began = lab.clock.now
        lab.start("db-1", ordinal=1)
        while role(lab, "db-1") != "replica":
            lab.run(0.01)
        return (lab.clock.now - began) / 1e6

    assert replica_after_s() == pytest.approx(2, abs=0.02)
    assert replica_after_s(data_size="1Gi") == pytest.approx(11.24, abs=0.02)
    assert replica_after_s(data_size="1Gi", clone_rate="50Mi") == pytest.approx(21.48, abs=0.02)

    def caught_up_after_s(**parameters: Any) -> float:
        lab = cluster(2, source_connect_retry="1s", clone_rate="1Mi", data_size="1Mi", **parameters)
        lab.kill("db-1")
        writes(lab, 20)
        restart(lab, "db-1")
        began = lab.clock.now
        while not lab.ask("db-1", "read", 2000).result and lab.clock.now - began < 200_000_000:
            lab.run(0.05)
        return (lab.clock.now - began) / 1e6

    assert caught_up_after_s() < 7
    assert caught_up_after_s(binlog_per_write="10Ki") > 20


# -- semi-synchronous --------------------------------------------------------------------------------------


def waits_s(lab: Lab) -> float:
    write, began = lab.write("db-0"), lab.clock.now
    while not write.type and lab.clock.now - began < 60_000_000:
        lab.run(0.01)
    return (lab.clock.now - began) / 1e6


def test_how_many_must_acknowledge_and_how_long_they_are_waited_for() -> None:
    def one_down_s(**parameters: Any) -> float:
        lab = semisync(3, **parameters)
        lab.kill("db-2")
        return waits_s(lab)

    assert one_down_s() < 0.1
    assert one_down_s(rpl_semi_sync_source_wait_for_replica_count=2) == pytest.approx(10, abs=0.02)
    both = {"rpl_semi_sync_source_wait_for_replica_count": 2, "rpl_semi_sync_source_timeout": "3s"}
    assert one_down_s(**both) == pytest.approx(3, abs=0.02)
    both = {"rpl_semi_sync_source_wait_for_replica_count": 2, "rpl_semi_sync_source_wait_no_replica": False}
    assert one_down_s(**both) < 0.02


def test_a_silent_replica_counts_as_connected() -> None:
    lab = semisync(2, rpl_semi_sync_source_wait_no_replica=False)
    lab.power_cut("db-1")
    assert waits_s(lab) == pytest.approx(10, abs=0.02)


def test_who_sees_what_waits() -> None:
    def seen(**parameters: Any) -> object:
        lab = semisync(2, **parameters)
        lab.cut("db-0", "db-1")
        write = lab.write("db-0")
        return lab.ask("db-0", "read", write.value).result

    assert seen() is False
    assert seen(rpl_semi_sync_source_wait_point="AFTER_COMMIT") is True


# -- what is written -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"super_read_only": True}, "orchestrator: auto"),
        ({"innodb_flush_log_at_trx_commit": 3}, "0, 1 or 2"),
        ({"sync_binlog": -1}, "whole number"),
        ({"orchestrator": "yes"}, "none, auto"),
        (
            {
                "FailMasterPromotionIfSQLThreadNotUpToDate": True,
                "DelayMasterPromotionIfSQLThreadNotUpToDate": True,
            },
            "exclude each other",
        ),
        ({"rpl_semi_sync_source_timeout": "10s"}, "there is no parameter"),
    ],
)
def test_what_does_not_fit_together(wrong: dict[str, Any], said: str) -> None:
    assert said in problems("mysql-async", wrong)[0]


def test_each_parameter_is_turned_in_this_file() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in SemiSyncParameters.__dataclass_fields__ if name not in text] == []

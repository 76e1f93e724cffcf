"""Which of MySQL's parameters work together, and which do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from statesim.systems.catalogue import problems
from tests.systems.mysql_lab import cluster, restart, semisync, until_primary_s, writes

if TYPE_CHECKING:
    from tests.systems.harness import Lab


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
    assert lab.events("Role", "Member/db-1")[-1].fields["role"] == "broken", "it does not look like a replica"
    recovering = [e for e in lab.events("Role", "Member/db-0") if e.fields["role"] == "recovering"]
    assert "1000 acknowledged writes" in recovering[-1].fields["why"], "its own story tells what it has lost"
    lab.system.rebuild("db-1")
    lab.run(60)
    assert lab.events("Role", "Member/db-1")[-1].fields["role"] == "replica"


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

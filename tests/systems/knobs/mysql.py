"""What the parameters of MySQL's replication move, asynchronous and semi-synchronous."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from tests.systems.harness import STEP, Lab
from tests.systems.knobs.table import Knobs
from tests.systems.mysql_lab import cluster, restart, role, until_primary_s, writes

AT_MOST_US = 200 * SECOND


def gone_s(how: str = "power_cut", **parameters: Any) -> float:
    """Return for how long there is no source after the old one has gone."""
    lab = cluster(2, **{"orchestrator": "auto", **parameters})
    getattr(lab, how)("db-0")
    return until_primary_s(lab)


def fails_over(**parameters: Any) -> float:
    """Tell whether a source that died is replaced."""
    return gone_s("kill", **parameters) < 60


def noticed_at_worst_s(**parameters: Any) -> float:
    """Return when a killed source is noticed at the latest, over several moments of its end."""
    found = []
    for moment in range(8):
        lab = cluster(2, orchestrator="auto", promote_time="0s", **parameters)
        lab.run(moment * 0.7)
        lab.kill("db-0")
        found.append(until_primary_s(lab))
    return max(found)


def gone_again_s(**parameters: Any) -> float:
    """Return for how long there is no source when the new one dies as well."""
    lab = cluster(3, orchestrator="auto", **parameters)
    lab.kill("db-0")
    until_primary_s(lab)
    lab.kill(str(lab.primary))
    return until_primary_s(lab, 4000)


def unapplied(**parameters: Any) -> Lab:
    """Return servers whose source dies while its replica has not applied its relay log."""
    lab = cluster(2, orchestrator="auto", apply_lag="9s", replication_lag="1ms", **parameters)
    writes(lab, 12)
    lab.kill("db-0")
    until_primary_s(lab, 60)
    return lab


def thrown_away(**parameters: Any) -> float:
    """Return how many acknowledged writes are gone with a relay log that was not applied."""
    return len(unapplied(**parameters).lost)


def is_promoted(**parameters: Any) -> float:
    """Tell whether a replica is promoted that has not applied its relay log."""
    return unapplied(**parameters).primary is not None


def comes_back_as_a_second_source(**parameters: Any) -> float:
    """Tell whether a source that was replaced comes back as one."""
    lab = cluster(2, orchestrator="auto", **parameters)
    lab.kill("db-0")
    lab.run(10)
    restart(lab, "db-0")
    lab.run(30)
    return lab.accepting("db-0")


def read_at_replica_after_s(lab: Lab, value: int) -> float:
    began = lab.clock.now
    while not lab.ask("db-1", "read", value).result and lab.clock.now - began < AT_MOST_US:
        lab.run(0.02)
    return (lab.clock.now - began) / SECOND


def seen_after_s(**parameters: Any) -> float:
    """Return when readers of a replica see a commit."""
    lab = cluster(2, **parameters)
    return read_at_replica_after_s(lab, lab.write("db-0").value)


def streams_again_after_s(**parameters: Any) -> float:
    """Return when a replica has a commit of a source that was away for ten seconds."""
    lab = cluster(2, **parameters)
    lab.kill("db-0")
    lab.run(10)
    restart(lab, "db-0")
    until_primary_s(lab)
    return read_at_replica_after_s(lab, lab.write("db-0").value)


def caught_up_after_s(**parameters: Any) -> float:
    """Return when a replica has what it missed in twenty seconds."""
    lab = cluster(2, source_connect_retry="1s", clone_rate="1Mi", data_size="1Mi", **parameters)
    lab.kill("db-1")
    writes(lab, 20)
    restart(lab, "db-1")
    return read_at_replica_after_s(lab, 2000)


def finds_the_log_gone(**parameters: Any) -> float:
    """Tell whether a replica that was away for two hours cannot go on."""
    lab = cluster(2, **parameters)
    lab.kill("db-1")
    lab.writer(1000 * STEP, lab.clock.now + 7200 * SECOND)
    lab.run(7200)
    restart(lab, "db-1")
    lab.run(60)
    return len(lab.events("LogRemoved"))


def lost_in_place(how: str, **parameters: Any) -> float:
    """Return how many acknowledged commits are missing after a crash of the source alone."""
    lab = cluster(1, **parameters)
    writes(lab, 40.5)
    getattr(lab, how)("db-0")
    restart(lab, "db-0")
    lab.run(10)
    return len(lab.lost)


def lost_by_two_crashes(**parameters: Any) -> float:
    """Return how many commits two crashes of the source take: of its program, and of power."""
    return lost_in_place("kill", **parameters) + lost_in_place("power_cut", **parameters)


def serves_after_s(kind: str, crash: bool = False, **parameters: Any) -> float:
    """Return when a first source serves, or one that has crashed, in seconds."""
    lab = Lab(kind, **parameters)
    lab.start("db-0", ordinal=0)
    if crash:
        until_primary_s(lab)
        lab.kill("db-0")
        restart(lab, "db-0")
    return until_primary_s(lab)


def cloned_after_s(kind: str, **parameters: Any) -> float:
    """Return after how long a new server is a replica."""
    lab = Lab(kind, **parameters)
    lab.start("db-0", ordinal=0)
    until_primary_s(lab)
    began = lab.clock.now
    lab.start("db-1", ordinal=1)
    while role(lab, "db-1") != "replica":
        lab.run(0.01)
    return (lab.clock.now - began) / SECOND


def waits_s(down: str, **parameters: Any) -> float:
    """Return how long a commit takes when one of two replicas is gone."""
    lab = cluster(3, **parameters)
    getattr(lab, down)("db-2")
    write, began = lab.write("db-0"), lab.clock.now
    while not write.type:
        lab.run(0.01)
    return (lab.clock.now - began) / SECOND


def is_seen_while_it_waits(**parameters: Any) -> float:
    """Tell whether others see a commit that waits for a replica."""
    lab = cluster(2, **parameters)
    lab.cut("db-0", "db-1")
    return lab.ask("db-0", "read", lab.write("db-0").value).result is True


def common(knobs: Knobs) -> None:
    """Say what both kinds have."""
    knobs.rises("orchestrator", fails_over, "none", "auto")
    knobs.falls("super_read_only", comes_back_as_a_second_source, False, True)
    knobs.rises("replication_lag", seen_after_s, ("50ms", 0.05), ("1s", 1))
    knobs.rises("apply_lag", seen_after_s, "0s", ("2s", 2.05))
    knobs.rises("replica_net_timeout", gone_s, "1s", "20s", ("1m", 60))
    knobs.rises("source_connect_retry", streams_again_after_s, ("10s", 6), ("1m", 46))
    knobs.falls("binlog_expire_logs_seconds", finds_the_log_gone, "1h", "30d")
    knobs.falls("innodb_flush_log_at_trx_commit", lost_by_two_crashes, 0, 2)
    knobs.rises("innodb_flush_log_at_trx_commit", lost_by_two_crashes, (1, 0), 2)
    late = {"innodb_flush_log_at_trx_commit": 0, "how": "kill"}
    knobs.rises("innodb_flush_log_at_timeout", lost_in_place, "1s", "10s", **late)
    knobs.rises("sync_binlog", lost_in_place, (1, 0), 100, how="power_cut")
    knobs.falls("sync_binlog", lost_in_place, 0, 100, how="power_cut")
    knobs.rises("InstancePollSeconds", noticed_at_worst_s, "1s", "5s")
    knobs.rises("RecoveryPollSeconds", noticed_at_worst_s, "1s", "20s")
    quick = {"replica_net_timeout": "1s"}
    knobs.rises("MySQLConnectTimeoutSeconds", gone_s, "2s", "30s", **quick)
    knobs.rises("RecoveryPeriodBlockSeconds", gone_again_s, ("2m", 120), ("5m", 300))
    knobs.falls("FailMasterPromotionIfSQLThreadNotUpToDate", is_promoted, False, True)
    knobs.falls("DelayMasterPromotionIfSQLThreadNotUpToDate", thrown_away, False, True)
    knobs.rises("promote_time", gone_s, "500ms", "10s")
    knobs.rises("data_size", cloned_after_s, ("100Mi", 2), ("1Gi", 11.24))
    knobs.falls("clone_rate", cloned_after_s, ("50Mi", 21.5), ("100Mi", 11.24), data_size="1Gi")
    knobs.rises("initialize", serves_after_s, ("5s", 6), ("20s", 21))
    knobs.rises("start_time", serves_after_s, ("1s", 6), ("3s", 8))
    knobs.rises("crash_recovery", serves_after_s, ("3s", 4), ("1m", 61), crash=True)
    knobs.rises("binlog_per_write", caught_up_after_s, "1Ki", "10Ki")


common(Knobs("mysql-async", kind="mysql-async"))
common(Knobs("mysql-semisync", kind="mysql-semisync", rpl_semi_sync_source_wait_no_replica=False))

SEMISYNC = Knobs("mysql-semisync", kind="mysql-semisync")
TWO = {"rpl_semi_sync_source_wait_for_replica_count": 2, "down": "kill"}
SEMISYNC.rises("rpl_semi_sync_source_wait_for_replica_count", waits_s, 1, (2, 10), down="kill")
SEMISYNC.rises("rpl_semi_sync_source_timeout", waits_s, ("3s", 3), ("10s", 10), **TWO)
SEMISYNC.rises("rpl_semi_sync_source_wait_no_replica", waits_s, False, (True, 10), **TWO)
SEMISYNC.differs(
    "rpl_semi_sync_source_wait_point", is_seen_while_it_waits, ("AFTER_SYNC", 0), ("AFTER_COMMIT", 1)
)

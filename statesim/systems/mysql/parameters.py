"""The parameters of MySQL servers that replicate, of semi-synchronous commits, and of orchestrator."""

from __future__ import annotations

from dataclasses import dataclass

from statesim.kernel.spans import DAY, HOUR, MILLISECOND, MINUTE, SECOND
from statesim.systems.durability import Durability
from statesim.systems.parameters import KIB, MIB, MODEL, Parameters, row

MANUAL = "MySQL Reference Manual, "
VARIABLES = f"{MANUAL}Server System Variables"
REPLICAS = f"{MANUAL}Replica Server Options and Variables"
SOURCES = f"{MANUAL}Replication Source Options and Variables"
BINLOG = f"{MANUAL}Binary Logging Options and Variables"
INNODB = f"{MANUAL}InnoDB Startup Options and System Variables"
ORCHESTRATOR = "orchestrator, go/config/config.go"


@dataclass(frozen=True, slots=True)
class AsyncParameters(Parameters):
    """A source, and replicas that receive its binary log and apply it."""

    orchestrator: str = row(
        "none", "none or auto", MODEL, "Who looks whether the source is dead: nobody, or orchestrator."
    )
    super_read_only: bool = row(
        False,
        "true or false",
        VARIABLES,
        "Whether a source starts read-only, until orchestrator or a person opens it.",
    )
    replication_lag: int = row(
        50 * MILLISECOND,
        "duration or distribution (its mean)",
        MODEL,
        "From a commit until a replica has it in its relay log (and the source hears of it).",
    )
    apply_lag: int = row(
        0,
        "duration or distribution (its mean)",
        MODEL,
        "From when a replica has it in its relay log until its SQL thread has applied it.",
    )
    replica_net_timeout: int = row(
        MINUTE, "duration > 0", REPLICAS, "When a replica gives up a source that has fallen silent."
    )
    source_connect_retry: int = row(
        MINUTE,
        "duration > 0",
        f"{MANUAL}CHANGE REPLICATION SOURCE TO",
        "How long a replica waits between attempts to connect to its source; the first is at once.",
    )
    binlog_expire_logs_seconds: int = row(
        30 * DAY, "duration > 0", BINLOG, "For how long a source keeps its log for a replica that is away."
    )
    sync_binlog: int = row(
        1,
        "whole number or 0",
        BINLOG,
        "After how many commits the binary log is synced; 0 = when the system does it.",
    )
    innodb_flush_log_at_trx_commit: int = row(
        1,
        "0, 1 or 2",
        INNODB,
        "1: each commit is on the disk; 2: a power cut takes the last second; 0: a crash does too.",
    )
    innodb_flush_log_at_timeout: int = row(
        SECOND, "duration > 0", INNODB, "How often the engine's log is flushed where commits do not do it."
    )
    InstancePollSeconds: int = row(
        5 * SECOND, "duration > 0", ORCHESTRATOR, "How often orchestrator reads each server."
    )
    RecoveryPollSeconds: int = row(
        SECOND, "duration > 0", ORCHESTRATOR, "How often it looks for failures in what it has read."
    )
    MySQLConnectTimeoutSeconds: int = row(
        2 * SECOND, "duration", ORCHESTRATOR, "How long it waits for a server whose machine is silent."
    )
    RecoveryPeriodBlockSeconds: int = row(
        HOUR, "duration", ORCHESTRATOR, "After a recovery, for how long it does not recover by itself."
    )
    FailMasterPromotionIfSQLThreadNotUpToDate: bool = row(
        False,
        "true or false",
        ORCHESTRATOR,
        "Whether nobody is promoted where the best replica has not applied its relay log.",
    )
    DelayMasterPromotionIfSQLThreadNotUpToDate: bool = row(
        False,
        "true or false",
        ORCHESTRATOR,
        "Whether a promotion waits until the relay log is applied; otherwise what is in it is thrown away.",
    )
    promote_time: int = row(
        500 * MILLISECOND,
        "duration",
        MODEL,
        "How long a promotion takes: RESET REPLICA ALL, repointing the others, read_only = 0.",
    )
    data_size: int = row(100 * MIB, "bytes", MODEL, "What a clone copies.")
    clone_rate: int = row(100 * MIB, "bytes per second", MODEL, "How fast a clone or missed log is copied.")
    initialize: int = row(5 * SECOND, "duration", MODEL, "How long mysqld --initialize takes.")
    start_time: int = row(SECOND, "duration", MODEL, "From mysqld's start until it takes connections.")
    crash_recovery: int = row(
        3 * SECOND, "duration", MODEL, "How much longer that takes after a crash (InnoDB's redo log)."
    )
    binlog_per_write: int = row(KIB, "bytes > 0", MODEL, "Log written for one insert and its commit.")

    @property
    def engine(self) -> Durability:
        """Return what is left of the engine's redo log when a server ends."""
        mode, every_us = self.innodb_flush_log_at_trx_commit, self.innodb_flush_log_at_timeout
        return Durability(write_us=0 if mode else every_us, sync_us=0 if mode == 1 else every_us)

    @property
    def binlog(self) -> Durability:
        """Return what is left of the binary log."""
        return Durability(sync_every=self.sync_binlog) if self.sync_binlog else Durability(sync_us=None)

    @property
    def promises(self) -> tuple[Durability, ...]:
        """See `Parameters.promises`."""
        return self.engine, self.binlog

    @property
    def wal_per_write(self) -> int:
        """See `replication.Streaming`."""
        return self.binlog_per_write

    @property
    def wal_retrieve_retry_interval(self) -> int:
        """See `replication.Streaming`."""
        return self.source_connect_retry

    def at_odds(self) -> list[str]:
        """See `Parameters.at_odds`."""
        wrong = []
        if self.super_read_only and self.orchestrator == "none":
            wrong.append("super_read_only needs orchestrator: auto: nobody else would open the source")
        if self.FailMasterPromotionIfSQLThreadNotUpToDate and self.DelayMasterPromotionIfSQLThreadNotUpToDate:
            wrong.append(
                "FailMasterPromotionIfSQLThreadNotUpToDate and DelayMasterPromotionIfSQLThreadNotUpToDate "
                "exclude each other"
            )
        return wrong


@dataclass(frozen=True, slots=True)
class SemiSyncParameters(AsyncParameters):
    """The same, with commits that wait until a replica has received them."""

    rpl_semi_sync_source_wait_for_replica_count: int = row(
        1, "whole number", SOURCES, "How many replicas must have received a commit."
    )
    rpl_semi_sync_source_timeout: int = row(
        10 * SECOND,
        "duration > 0",
        SOURCES,
        "How long a commit waits for them; then the source goes on asynchronously, and nobody is told.",
    )
    rpl_semi_sync_source_wait_point: str = row(
        "AFTER_SYNC",
        "AFTER_SYNC or AFTER_COMMIT",
        SOURCES,
        "Whether others see a commit that waits: not before it is acknowledged, or at once.",
    )
    rpl_semi_sync_source_wait_no_replica: bool = row(
        True,
        "true or false",
        SOURCES,
        "Whether commits wait for the timeout where too few replicas are connected.",
    )

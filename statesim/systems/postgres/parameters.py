"""The parameters of a standalone PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass

from statesim.kernel.clock import MILLISECOND, MINUTE, SECOND
from statesim.systems.backups import BackupParameters
from statesim.systems.parameters import MODEL, row

PG_CONFIG = "PostgreSQL docs, Server Configuration"
RECORDED = "recordings of a Patroni 4.1 cluster"


@dataclass(frozen=True, slots=True)
class PostgresParameters(BackupParameters):
    """One server on one data directory."""

    start_time: int = row(
        500 * MILLISECOND, "duration", RECORDED, "From the postmaster's start until it takes connections."
    )
    initdb: int = row(SECOND, "duration", MODEL, "How long initdb takes on an empty directory.")
    checkpoint_timeout: int = row(
        5 * MINUTE, "duration > 0", PG_CONFIG, "Between checkpoints: what comes after the last is replayed."
    )
    synchronous_commit: bool = row(
        True,
        "on or off",
        PG_CONFIG,
        "Whether a commit is answered when it is on the disk; off: before, and a crash takes the latest.",
    )
    wal_writer_delay: int = row(
        200 * MILLISECOND,
        "duration > 0",
        PG_CONFIG,
        "Between rounds of the WAL writer: asynchronous commits are on the disk after three at the latest.",
    )
    fsync: bool = row(
        True,
        "on or off",
        PG_CONFIG,
        "Whether anything is forced to the disk; off: a power cut takes the latest and corrupts the rest.",
    )
    ignore_corruption: bool = row(
        False, "true or false", MODEL, "Whether a server starts on a directory that is corrupted."
    )

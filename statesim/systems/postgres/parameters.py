"""The parameters of a standalone PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass

from statesim.kernel.spans import MILLISECOND, MINUTE, SECOND
from statesim.systems.backups import BackupParameters
from statesim.systems.durability import Durability
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
    default_transaction_isolation: str = row(
        "read committed",
        "read committed, repeatable read or serializable",
        PG_CONFIG,
        "What transactions that run at the same time see of each other: the higher, the less goes wrong.",
    )
    transaction_time: int = row(
        0, "duration", MODEL, "From the beginning of a transaction to its commit; 0: all at one instant."
    )
    ignore_corruption: bool = row(
        False, "true or false", MODEL, "Whether a server starts on a directory that is corrupted."
    )

    @property
    def promises(self) -> tuple[Durability, ...]:
        """See `Parameters.promises`."""
        written = Durability(write_us=0 if self.synchronous_commit else 3 * self.wal_writer_delay)
        return written, Durability(sync_us=0 if self.fsync else None)

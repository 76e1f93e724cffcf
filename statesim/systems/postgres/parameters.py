"""The parameters of a standalone PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass

from statesim.kernel.clock import MILLISECOND, MINUTE, SECOND
from statesim.systems.parameters import KIB, MIB, MODEL, Parameters, row

PG_CONFIG = "PostgreSQL docs, Server Configuration"
RECORDED = "recordings of a Patroni 4.1 cluster"


@dataclass(frozen=True, slots=True)
class PostgresParameters(Parameters):
    """One server on one data directory."""

    start_time: int = row(
        500 * MILLISECOND, "duration", RECORDED, "From the postmaster's start until it takes connections."
    )
    initdb: int = row(SECOND, "duration", MODEL, "How long initdb takes on an empty directory.")
    checkpoint_timeout: int = row(
        5 * MINUTE, "duration > 0", PG_CONFIG, "Between checkpoints: what comes after the last is replayed."
    )
    wal_per_write: int = row(KIB, "bytes > 0", MODEL, "Log written for one insert and its commit.")
    replay_rate: int = row(32 * MIB, "bytes per second", MODEL, "How fast crash recovery replays the log.")
    ignore_corruption: bool = row(
        False, "true or false", MODEL, "Whether a server starts on a directory that two servers wrote to."
    )

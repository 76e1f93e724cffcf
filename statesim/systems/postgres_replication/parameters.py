"""The parameters of PostgreSQL servers that replicate without a manager."""

from __future__ import annotations

from dataclasses import dataclass

from statesim.kernel.spans import MILLISECOND, MINUTE, SECOND
from statesim.systems.backups import BackupParameters
from statesim.systems.parameters import MIB, MODEL, row
from statesim.systems.postgres.parameters import PG_CONFIG, RECORDED
from statesim.systems.standby_names import parse


@dataclass(frozen=True, slots=True)
class ReplicationParameters(BackupParameters):
    """A primary by configuration, and standbys that stream from it."""

    synchronous_standby_names: str = row(
        "",
        "text, may be empty",
        PG_CONFIG,
        "Which standbys must have a commit, by pod: FIRST 1 (pg-1, pg-2), ANY 1 (*); empty = none.",
    )
    replication_lag: int = row(
        50 * MILLISECOND,
        "duration or distribution (its mean)",
        MODEL,
        "From a commit until a standby has it on disk.",
    )
    replay_lag: int = row(
        0,
        "duration or distribution (its mean)",
        MODEL,
        "From when a standby has a commit until its readers see it.",
    )
    wal_sender_timeout: int = row(
        MINUTE, "duration > 0", PG_CONFIG, "When a primary gives up a standby that has fallen silent."
    )
    wal_receiver_timeout: int = row(
        MINUTE, "duration > 0", PG_CONFIG, "When a standby gives up a primary that has fallen silent."
    )
    wal_retrieve_retry_interval: int = row(
        5 * SECOND, "duration", PG_CONFIG, "How long a standby waits before it connects again."
    )
    wal_keep_size: int = row(
        0,
        "bytes",
        PG_CONFIG,
        "How much log a primary keeps beside what it needs itself.",
    )
    replication_slots: bool = row(
        False, "true or false", PG_CONFIG, "Whether a primary keeps all that a standby lacks, at any cost."
    )
    wal_log_hints: bool = row(
        False,
        "true or false",
        PG_CONFIG,
        "Whether pg_rewind can take a diverged member back; without it there is only a new clone.",
    )
    clone_rate: int = row(100 * MIB, "bytes per second", MODEL, "How fast a base backup is copied.")
    initdb: int = row(SECOND, "duration", MODEL, "How long initdb takes on an empty directory.")
    start_time: int = row(
        500 * MILLISECOND, "duration", RECORDED, "From the postmaster's start until it takes connections."
    )
    promote_time: int = row(100 * MILLISECOND, "duration", RECORDED, "How long pg_ctl promote takes.")
    rewind_time: int = row(800 * MILLISECOND, "duration", RECORDED, "How long pg_rewind takes.")
    checkpoint_timeout: int = row(
        5 * MINUTE, "duration > 0", PG_CONFIG, "Between checkpoints: what comes after the last is replayed."
    )

    def at_odds(self) -> list[str]:
        """See `Parameters.at_odds`."""
        wrong = BackupParameters.at_odds(self)
        try:
            parse(self.synchronous_standby_names)
        except ValueError as error:
            wrong.append(f"synchronous_standby_names: {error}")
        return wrong

"""The parameters of every system, under its own names; read from a scenario's mapping, or complained about.

A row of a dataclass is a parameter: its default, how it is written, where its value comes from, what it does.
``docs/reference/systems.md`` shows the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from statesim.kernel.clock import MILLISECOND, MINUTE, SECOND
from statesim.scenario.delays import parse_delay
from statesim.scenario.units import UnitError, parse_bytes, parse_duration, shown
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KIB = 1024
MIB = 1024 * KIB


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    hint = "quorum mode is not modelled" if value == "quorum" else None
    raise UnitError(f"expected true or false, found {shown(value)}", hint)


def _text(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    raise UnitError(f"expected a text, found {shown(value)}")


def _positive_duration(value: Any) -> int:
    found = parse_duration(value)
    if found == 0:
        raise UnitError("expected a duration above zero")
    return found


def _positive_bytes(value: Any) -> int:
    found = parse_bytes(value)
    if found == 0:
        raise UnitError("expected an amount above zero")
    return found


def _mean(value: Any) -> int:
    return round(parse_delay(value).mean)


READERS: dict[str, Callable[[Any], Any]] = {
    "duration": parse_duration,
    "duration > 0": _positive_duration,
    "duration or distribution (its mean)": _mean,
    "bytes": parse_bytes,
    "bytes > 0": _positive_bytes,
    "bytes per second": _positive_bytes,
    "true or false": _flag,
    "text": _text,
}


def _row(default: Any, unit: str, source: str, meaning: str) -> Any:
    return field(default=default, metadata={"unit": unit, "source": source, "meaning": meaning})


_PG_CONFIG = "PostgreSQL docs, Server Configuration"
_MODEL = "model"
_DYNAMIC = "Patroni docs, dynamic_configuration.rst"
_RECORDED = "recordings of a Patroni 4.1 cluster"


@dataclass(frozen=True, slots=True)
class StatelessParameters:
    """A web tier has none."""


@dataclass(frozen=True, slots=True)
class PostgresParameters:
    """One server on one data directory."""

    start_time: int = _row(
        500 * MILLISECOND, "duration", _RECORDED, "From the postmaster's start until it takes connections."
    )
    initdb: int = _row(SECOND, "duration", _MODEL, "How long initdb takes on an empty directory.")
    checkpoint_timeout: int = _row(
        5 * MINUTE, "duration > 0", _PG_CONFIG, "Between checkpoints: what comes after the last is replayed."
    )
    wal_per_write: int = _row(KIB, "bytes > 0", _MODEL, "Log written for one insert and its commit.")
    replay_rate: int = _row(32 * MIB, "bytes per second", _MODEL, "How fast crash recovery replays the log.")
    ignore_corruption: bool = _row(
        False, "true or false", _MODEL, "Whether a server starts on a directory that two servers wrote to."
    )


@dataclass(frozen=True, slots=True)
class PatroniParameters:
    """PostgreSQL servers under Patroni, with a consensus store beside the control plane."""

    ttl: int = _row(30 * SECOND, "duration > 0", _DYNAMIC, "How long the leader's lease lives unrenewed.")
    loop_wait: int = _row(10 * SECOND, "duration > 0", _DYNAMIC, "Between two loops of a member's agent.")
    retry_timeout: int = _row(
        10 * SECOND,
        "duration",
        _DYNAMIC,
        "How long an agent retries an unreachable store before it gives up.",
    )
    maximum_lag_on_failover: int = _row(
        MIB, "bytes", _DYNAMIC, "A replica that is further behind the last known position is not promoted."
    )
    primary_start_timeout: int = _row(
        5 * MINUTE,
        "duration",
        _DYNAMIC,
        "How long a crashed primary may recover before it gives its lease up.",
    )
    synchronous_mode: bool = _row(
        False, "true or false", _DYNAMIC, "Commits wait for a standby, and only it may take over."
    )
    synchronous_mode_strict: bool = _row(
        False, "true or false", _DYNAMIC, "Without any standby, commits wait instead of going on alone."
    )
    use_pg_rewind: bool = _row(
        True, "true or false", "Spilo's default; Patroni's own is false", "Rewind a member that has diverged."
    )
    remove_data_directory_on_diverged_timelines: bool = _row(
        False, "true or false", _DYNAMIC, "Clone a diverged member anew where it cannot be rewound."
    )
    replication_lag: int = _row(
        MILLISECOND,
        "duration or distribution (its mean)",
        _RECORDED,
        "From a commit until a replica has it.",
    )
    replay_lag: int = _row(
        0,
        "duration or distribution (its mean)",
        _MODEL,
        "From when a replica has a commit until its readers see it.",
    )
    wal_retrieve_retry_interval: int = _row(
        5 * SECOND, "duration", _PG_CONFIG, "How long a replica waits before it reconnects to its primary."
    )
    wal_sender_timeout: int = _row(
        MINUTE, "duration", _PG_CONFIG, "When a primary gives up a standby that has fallen silent."
    )
    rest_timeout: int = _row(
        2 * SECOND,
        "duration",
        "patroni/ha.py, fetch_node_status",
        "How long the race waits for a member whose machine is silent.",
    )
    role_label: str = _row(
        "role", "text", "Patroni docs, kubernetes.rst", "The pod label that tells the role."
    )
    data_size: int = _row(100 * MIB, "bytes", _MODEL, "What a clone copies.")
    clone_rate: int = _row(100 * MIB, "bytes per second", _MODEL, "How fast a base backup is copied.")
    initdb: int = _row(
        2 * SECOND, "duration", _MODEL, "How long the first member takes to create the cluster."
    )
    start_time: int = _row(600 * MILLISECOND, "duration", _RECORDED, "How long PostgreSQL takes to start.")
    crash_recovery: int = _row(
        700 * MILLISECOND, "duration", _RECORDED, "Single-user crash recovery, without the replay itself."
    )
    rewind_time: int = _row(800 * MILLISECOND, "duration", _RECORDED, "How long pg_rewind takes.")
    shutdown_checkpoint: int = _row(
        100 * MILLISECOND, "duration", _RECORDED, "How long a fast shutdown of PostgreSQL takes."
    )
    checkpoint_timeout: int = _row(
        5 * MINUTE, "duration > 0", _PG_CONFIG, "Between checkpoints: what comes after the last is replayed."
    )
    wal_per_write: int = _row(KIB, "bytes > 0", _MODEL, "Log written for one insert and its commit.")
    replay_rate: int = _row(32 * MIB, "bytes per second", _MODEL, "How fast crash recovery replays the log.")


P = TypeVar("P", StatelessParameters, PostgresParameters, PatroniParameters)


def parse(model: type[P], mapping: Mapping[str, Any]) -> tuple[P | None, list[str]]:
    """Return the parameters that a mapping means, or ``None`` and everything that is wrong with it."""
    rows = {row.name: row for row in fields(model)}
    wrong: list[str] = []
    values: dict[str, Any] = {}
    for name, value in mapping.items():
        if name not in rows:
            hint = did_you_mean(str(name), rows)
            wrong.append(f"there is no parameter {name}" + (f"; {hint}" if hint else ""))
            continue
        try:
            values[name] = READERS[rows[name].metadata["unit"]](value)
        except UnitError as error:
            wrong.append(f"{name}: {error}" + (f"; {error.hint}" if error.hint else ""))
    if wrong:
        return None, wrong
    found = model(**values)
    wrong = _at_odds(found) if isinstance(found, PatroniParameters) else []
    return (None, wrong) if wrong else (found, [])


def _at_odds(patroni: PatroniParameters) -> list[str]:
    """Return complaints about values that do not fit together (Patroni docs, dynamic_configuration.rst)."""
    if patroni.loop_wait + 2 * patroni.retry_timeout > patroni.ttl:
        return ["ttl must be at least loop_wait + 2 * retry_timeout, or a leader loses its lease in a hiccup"]
    if patroni.synchronous_mode_strict and not patroni.synchronous_mode:
        return ["synchronous_mode_strict has no effect without synchronous_mode"]
    return []

"""Parameters of the drivers: the system's own names, checked and converted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from statesim.kernel.clock import SECOND
from statesim.scenario.units import parse_bytes, parse_duration
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

P = TypeVar("P", bound="Parameters")


@dataclass(frozen=True, slots=True)
class Parameters:
    """Base of all parameter sets; `UNITS` says what each is: duration, bytes, flag or number."""

    UNITS: ClassVar[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class StatelessParameters(Parameters):
    """A stateless program has nothing to set."""


@dataclass(frozen=True, slots=True)
class PostgresParameters(Parameters):
    """PostgreSQL.

    Attributes
    ----------
    initdb
        How long an empty data directory takes to initialise (planning value).
    checkpoint_timeout
        PostgreSQL's own: what was written since the last one is replayed after a crash.
    wal_per_write
        Bytes of WAL for one write (planning value: a full page image and its record).
    replay_rate
        Bytes of WAL replayed in a second (planning value).
    start_time
        From the postmaster's start until it serves, if there is nothing to recover (planning value).
    """

    UNITS: ClassVar[Mapping[str, str]] = {
        "initdb": "duration",
        "checkpoint_timeout": "duration",
        "wal_per_write": "bytes",
        "replay_rate": "bytes",
        "start_time": "duration",
    }
    initdb: int = 2 * SECOND
    checkpoint_timeout: int = 300 * SECOND
    wal_per_write: int = 8 * 1024
    replay_rate: int = 50 * 1024**2
    start_time: int = 200_000


@dataclass(frozen=True, slots=True)
class PatroniParameters(PostgresParameters):
    """Patroni; defaults are its own (Patroni docs, dynamic_configuration.rst; global_config.py).

    Attributes
    ----------
    ttl, loop_wait, retry_timeout, maximum_lag_on_failover, synchronous_mode, synchronous_mode_strict
        As in Patroni's dynamic configuration.
    replication_lag
        How far a streaming replica is behind (recorded: under 1 ms on loopback).
    clone_time, rewind_time
        How long a base backup, and crash recovery with pg_rewind, take (recorded: 2.1 s for 30 MB).
    promote_time
        From the lock to read-write (recorded: 0.07 to 0.12 s; synchronous 0.05 s more).
    role_label
        The pod label that carries ``primary`` or ``replica``.
    """

    UNITS: ClassVar[Mapping[str, str]] = {
        **PostgresParameters.UNITS,
        "ttl": "duration",
        "loop_wait": "duration",
        "retry_timeout": "duration",
        "maximum_lag_on_failover": "bytes",
        "synchronous_mode": "flag",
        "synchronous_mode_strict": "flag",
        "replication_lag": "duration",
        "clone_time": "duration",
        "rewind_time": "duration",
        "promote_time": "duration",
        "role_label": "text",
    }
    ttl: int = 30 * SECOND
    loop_wait: int = 10 * SECOND
    retry_timeout: int = 10 * SECOND
    maximum_lag_on_failover: int = 1024**2
    synchronous_mode: bool = False
    synchronous_mode_strict: bool = False
    replication_lag: int = 1_000
    clone_time: int = 5 * SECOND
    rewind_time: int = 2_100_000
    promote_time: int = 90_000
    role_label: str = "role"


def parse(kind: type[P], given: Mapping[str, Any]) -> tuple[P, list[str]]:
    """Return the parameters that a scenario gives, and everything that is wrong with them."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    known = [field.name for field in fields(kind)]
    for name, value in given.items():
        if name not in known:
            problems.append(f"unknown parameter {name!r}; {did_you_mean(name, known) or ''}".rstrip("; "))
            continue
        try:
            values[name] = _convert(kind.UNITS[name], value)
        except ValueError as error:
            problems.append(f"{name}: {error}")
    return kind(**values), problems


def _convert(unit: str, value: Any) -> Any:
    match unit:
        case "duration":
            return parse_duration(value)
        case "bytes":
            return parse_bytes(value)
        case "flag":
            if not isinstance(value, bool):
                raise ValueError(f"expected true or false, found {value!r}")
            return value
        case _:
            return str(value)

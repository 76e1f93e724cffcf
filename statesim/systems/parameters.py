"""A system's parameters, under its own names: read from a scenario's mapping, or complained about.

A row of a dataclass is a parameter: its default, how it is written, where its value comes from, what it does.
Each system's stand beside its driver.
``docs/reference/systems.md`` shows the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from statesim.scenario.bindings import Doubt
from statesim.scenario.delays import parse_delay
from statesim.scenario.units import UnitError, parse_bytes, parse_duration, shown
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from statesim.systems.durability import Durability

KIB = 1024
MIB = 1024 * KIB


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise UnitError(f"expected true or false, found {shown(value)}")


def _flag_or_quorum(value: Any) -> bool | str:
    words: dict[str, bool | str] = {"on": True, "off": False, "quorum": "quorum"}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in words:
        return words[value]
    raise UnitError(f"expected true, false or quorum, found {shown(value)}")


def _margin(value: Any) -> int:
    return -1 if value in (-1, "-1") else parse_duration(value)


def _numbers(value: Any) -> tuple[tuple[str, int], ...]:
    """Read ``{pg-1: 2, pg-2: 0}``: a whole number for each name."""
    if not isinstance(value, dict):
        raise UnitError(f"expected a mapping from names to whole numbers, found {shown(value)}")
    for each in value.values():
        if not isinstance(each, int) or isinstance(each, bool) or each < 0:
            raise UnitError(f"expected a whole number, found {shown(each)}")
    return tuple((str(name), each) for name, each in value.items())


def _on_or_off(value: Any) -> bool:
    """Read PostgreSQL's words, which YAML takes for true and false."""
    if isinstance(value, bool):
        return value
    if value in ("on", "off"):
        return bool(value == "on")
    raise UnitError(f"expected on or off, found {shown(value)}")


def _text(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    raise UnitError(f"expected a text, found {shown(value)}")


def _text_or_none(value: Any) -> str:
    return "" if value == "" else _text(value)


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


def _whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise UnitError(f"expected a whole number above zero, found {shown(value)}")


def _count(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise UnitError(f"expected a whole number, found {shown(value)}")


def _up_to_two(value: Any) -> int:
    found = _count(value)
    if found > 2:
        raise UnitError(f"expected 0, 1 or 2, found {shown(value)}")
    return found


def one_of(*words: str) -> Callable[[Any], str]:
    """Return the reader of a parameter that is one of several words."""

    def read(value: Any) -> str:
        if isinstance(value, str) and value in words:
            return value
        hint = did_you_mean(value, words) if isinstance(value, str) else None
        raise UnitError(f"expected one of {', '.join(words)}, found {shown(value)}", hint)

    return read


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and value and all(isinstance(each, str) and each for each in value):
        return tuple(value)
    raise UnitError(f"expected a list of names, found {shown(value)}")


READERS: dict[str, Callable[[Any], Any]] = {
    "duration": parse_duration,
    "duration > 0": _positive_duration,
    "duration or distribution (its mean)": _mean,
    "duration or distribution": parse_delay,
    "list of names": _names,
    "single-az, multi-az-instance or multi-az-cluster": one_of(
        "single-az", "multi-az-instance", "multi-az-cluster"
    ),
    "bytes": parse_bytes,
    "bytes > 0": _positive_bytes,
    "bytes per second": _positive_bytes,
    "true or false": _flag,
    "true, false or quorum": _flag_or_quorum,
    "duration, or -1": _margin,
    "whole numbers by name": _numbers,
    "off, automatic or required": one_of("off", "automatic", "required"),
    "on or off": _on_or_off,
    "text": _text,
    "text, may be empty": _text_or_none,
    "local, replicated, external or token": one_of("local", "replicated", "external", "token"),
    "none, ordinal-0 or highest-seqno": one_of("none", "ordinal-0", "highest-seqno"),
    "rsync or mariabackup": one_of("rsync", "mariabackup"),
    "none or auto": one_of("none", "auto"),
    "AFTER_SYNC or AFTER_COMMIT": one_of("AFTER_SYNC", "AFTER_COMMIT"),
    "0, 1 or 2": _up_to_two,
    "whole number or 0": _count,
    "none, ordinal-0 or most-transactions": one_of("none", "ordinal-0", "most-transactions"),
    "a consistency level of Group Replication": one_of(
        "EVENTUAL", "BEFORE_ON_PRIMARY_FAILOVER", "BEFORE", "AFTER", "BEFORE_AND_AFTER"
    ),
    "READ_ONLY, OFFLINE_MODE or ABORT_SERVER": one_of("READ_ONLY", "OFFLINE_MODE", "ABORT_SERVER"),
    "read committed, repeatable read or serializable": one_of(
        "read committed", "repeatable read", "serializable"
    ),
    "memory or disk": one_of("memory", "disk"),
    "whole number": _whole,
}


def row(default: Any, unit: str, source: str, meaning: str) -> Any:
    """Return the field of a parameter.

    Parameters
    ----------
    default
        Its value where the scenario gives none, as its reader would return it.
    unit
        How it is written: one of `READERS`.
    source, meaning
        Where the default comes from, and what the parameter does, in a sentence.
    """
    return field(default=default, metadata={"unit": unit, "source": source, "meaning": meaning})


MODEL = "model"  # the source of a value that is ours


@dataclass(frozen=True, slots=True)
class Parameters:
    """What every system's parameters are: rows, and what does not fit together."""

    @property
    def promises(self) -> tuple[Durability, ...]:
        """Return how far behind its commits a server writes and syncs, log by log."""
        return ()

    @property
    def horizon_us(self) -> int:
        """Return how old an acknowledged write may be that one failure takes, or that a replica has not."""
        lags = (getattr(self, each.name) for each in fields(self) if each.name.endswith("_lag"))
        return max((*lags, *(promise.horizon_us for promise in self.promises)), default=0)

    def at_odds(self) -> list[str]:
        """Return complaints about values that do not fit together."""
        return []

    def out_of_place(self, given: Collection[str]) -> list[str]:  # noqa: ARG002 - a subclass may look
        """Return complaints about parameters that a scenario gives, and that others make void."""
        return []

    def doubts(self, names: Collection[str] | None, most: int | None) -> list[Doubt]:  # noqa: ARG002
        """Return what cannot be meant of the pods that the system runs in.

        Parameters
        ----------
        names
            Those of all pods that there ever are; ``None`` = chance gives them.
        most
            How many there are at most; ``None`` = that cannot be told.
        """
        return []


def nobody(parameter: str, named: Iterable[str], names: Collection[str] | None) -> list[Doubt]:
    """Return a doubt, as of `Parameters.doubts`, for each name that no pod ever has."""
    return [
        Doubt(parameter, f"there is never a pod {each}", did_you_mean(each, names))
        for each in named
        if names is not None and each not in names
    ]


P = TypeVar("P", bound=Parameters)


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
    wrong = [*found.at_odds(), *found.out_of_place(values.keys())]
    return (None, wrong) if wrong else (found, [])

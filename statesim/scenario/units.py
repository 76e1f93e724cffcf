"""Units at the rim: durations, quantities and rates as people write them, whole numbers inside.

A duration is microseconds, CPU is thousandths of a processor, memory is bytes, a rate is a float per second.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_DURATION_UNITS = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60 * 1_000_000,
    "h": 3_600 * 1_000_000,
    "d": 86_400 * 1_000_000,
}
_BYTE_UNITS = {
    "": 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "P": 10**15,
    "E": 10**18,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "Pi": 2**50,
    "Ei": 2**60,
}
_PER_SECOND = {"s": 1.0, "m": 1 / 60, "h": 1 / 3_600, "d": 1 / 86_400}

# what people write instead, and what they mean by it
_DURATION_SLIPS = {
    **dict.fromkeys(("micro", "micros", "microsecond", "microseconds", "usec", "usecs", "µs", "μs"), "us"),
    **dict.fromkeys(("milli", "millis", "millisecond", "milliseconds", "msec", "msecs"), "ms"),
    **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
}
_WEEKS = ("w", "wk", "week", "weeks")
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(us|ms|s|m|h|d)")
_LOOSE_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*([a-zµμ]+)")
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(?:[eE](\d{1,2})(?![A-Za-z]))?\s*([A-Za-z]*)")
_LONGEST_US = 2**62


class UnitError(ValueError):
    """A text is no quantity of the kind that was expected; `hint` says what may have been meant."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class Microseconds(int):
    """A whole number that is a duration already: `parse_duration` takes it as it is."""

    __slots__ = ()


def parse_duration(value: Any) -> int:
    """Return the microseconds that `value` means: ``300ms``, ``90s``, ``1h30m``; a bare number is seconds.

    Raises
    ------
    UnitError
        If it is no duration, or a negative one.
    """
    if isinstance(value, Microseconds):
        return int(value)
    number = _bare_number(value, "a duration", "300ms, 90s, 5m, 1h30m or 2d")
    if number is not None:
        return _in_range(number * _DURATION_UNITS["s"], value)
    text = value.strip()
    parts = _PART.findall(text)
    if not parts or "".join(amount + unit for amount, unit in parts) != text:
        raise UnitError(
            f"{text!r} is not a duration; expected one like 300ms, 90s, 5m, 1h30m or 2d",
            _meant_duration(text),
        )
    return _in_range(
        sum((Decimal(amount) * _DURATION_UNITS[unit] for amount, unit in parts), Decimal()), value
    )


def parse_stretch(value: Any) -> tuple[int, int]:
    """Return from when to when (µs) a stretch of time is: ``50s-120s``, or a pair of durations.

    Raises
    ------
    UnitError
        If it is none, or its end is not after its beginning.
    """
    ends = [part.strip() for part in value.split("-")] if isinstance(value, str) else value
    if not isinstance(ends, list | tuple) or len(ends) != 2 or "" in ends:
        raise UnitError(f"{shown(value)} is no stretch of time; expected one like 50s-120s")
    low, high = (parse_duration(end) for end in ends)
    if low >= high:
        raise UnitError(
            f"{value!r} is no stretch of time: it ends before it begins; expected one like 50s-120s"
        )
    return low, high


def _in_range(exact: Decimal, value: Any) -> int:
    if exact > _LONGEST_US:
        raise UnitError(f"{value!r} is too long a duration")
    return round(exact)


def _bare_number(value: Any, what: str, like: str) -> Decimal | None:
    """Return `value` as a number if it is one without a unit, ``None`` if it is another text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise UnitError(f"expected {what} like {like}, found {shown(value)}")
    text = str(value).strip()
    if text.startswith("-"):
        raise UnitError(f"{text!r} is negative; expected {what} like {like}")
    if isinstance(value, str) and not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    if not number.is_finite():
        raise UnitError(f"expected {what} like {like}, found {text}")
    return number


def shown(value: Any) -> str:
    """Return a value as a complaint names it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case str() if len(value) > 60:
            return repr(value[:57] + "...")
        case _:
            return repr(value)


def _meant_duration(text: str) -> str | None:
    """Return a hint with the units put right, if every unit is a known slip of the pen."""
    lower = text.lower()
    parts = _LOOSE_PART.findall(lower)
    if not parts or re.sub(r"[\s,]", "", lower) != "".join(amount + unit for amount, unit in parts):
        return None
    meant = []
    for amount, unit in parts:
        if unit in _WEEKS:
            meant.append(f"{Decimal(amount) * 7:f}d")
            continue
        right = unit if unit in _DURATION_UNITS else _DURATION_SLIPS.get(unit)
        if right is None:
            return None
        meant.append(amount + right)
    return f"did you mean {''.join(meant)}?"


def format_duration(us: int) -> str:
    """Return the shortest usual way to write `us` microseconds; `parse_duration` reads it back exactly."""
    if us == 0:
        return "0s"
    if us < _DURATION_UNITS["s"]:
        return f"{us // 1_000}ms" if us % 1_000 == 0 else f"{us}us"
    parts = []
    for unit in ("d", "h", "m"):
        count, us = divmod(us, _DURATION_UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    if us:
        parts.append(f"{Decimal(us) / 1_000_000:f}s")
    return "".join(parts)


# apimachinery pkg/api/resource: a quantity of thousands of processors is written with k
_CPU_UNITS = {"m": 1, "k": 10**6, "M": 10**9, "G": 10**12, "T": 10**15}


def parse_cpu(value: Any) -> int:
    """Return thousandths of a processor: ``500m``, ``2``, ``"0.5"``.

    Raises
    ------
    UnitError
        If it is no amount of processors.
    """
    number = _bare_number(value, "an amount of CPU", "500m, 2 or 0.5")
    if number is not None:
        return int((number * 1_000).to_integral_value(rounding="ROUND_CEILING"))
    text = value.strip()
    if whole := re.fullmatch(r"(\d+)([mkMGT])", text):
        return int(whole[1]) * _CPU_UNITS[whole[2]]
    found = _QUANTITY.fullmatch(text)
    hint = (
        f"did you mean {found[1]}?"
        if found and found[3].lower() in {"cpu", "cpus", "core", "cores"}
        else None
    )
    raise UnitError(f"{text!r} is not an amount of CPU; expected one like 500m, 2 or 0.5", hint)


def parse_bytes(value: Any) -> int:
    """Return bytes: ``10Gi``, ``1G``, ``512Mi``, or a bare number.

    Raises
    ------
    UnitError
        If it is no amount of memory or storage.
    """
    number = _bare_number(value, "an amount of bytes", "512Mi, 10Gi or 1G")
    if number is not None:
        return round(number)
    text = value.strip()
    found = _QUANTITY.fullmatch(text)
    if found and found[3] in _BYTE_UNITS:
        power: int = 10 ** int(found[2] or 0)
        return round(Decimal(found[1]) * power * _BYTE_UNITS[found[3]])
    raise UnitError(f"{text!r} has no known unit; expected one like 512Mi, 10Gi or 1G", _meant_bytes(found))


def _meant_bytes(found: re.Match[str] | None) -> str | None:
    if found is None:
        return None
    letter = found[3][:1].upper()
    tail = found[3][1:].lower()
    if letter in set("KMGTP") and tail in {"", "b", "i", "ib", "bytes", "ibytes"}:
        return f"did you mean {found[1]}{letter}i?"
    return f"did you mean {found[1]}?" if found[3].lower() in {"b", "byte", "bytes"} else None


def parse_rate(value: Any) -> float:
    """Return events per second: ``20/s``, ``5/m``; a bare number is per second.

    Raises
    ------
    UnitError
        If it is no rate.
    """
    number = _bare_number(value, "a rate", "20/s or 5/m")
    if number is not None:
        return float(number)
    text = value.strip()
    amount, _, unit = text.partition("/")
    if _NUMBER.fullmatch(amount) and unit in _PER_SECOND:
        return float(Decimal(amount)) * _PER_SECOND[unit]
    raise UnitError(f"{text!r} is not a rate; expected one like 20/s or 5/m", _meant_rate(text))


def format_rate(rate: float) -> str | float:
    """Return the usual way to write so many a second; `parse_rate` reads it back exactly."""
    for unit, share in _PER_SECOND.items():
        count = round(rate / share)
        if count * share == rate:
            return f"{count}/{unit}"
    return rate


def _meant_rate(text: str) -> str | None:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:/|per)?\s*([a-z]+)", text.lower())
    if found is None:
        return None
    unit = {"hz": "s", "rps": "s", "qps": "s", "rpm": "m"}.get(found[2]) or _DURATION_SLIPS.get(
        found[2], found[2]
    )
    return f"did you mean {found[1]}/{unit}?" if unit in _PER_SECOND else None

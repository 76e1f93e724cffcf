"""Durations, quantities and rates as people write them, and the integers that are used inside."""

from __future__ import annotations

import re

_UNITS_US = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_NEAR = {"sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m"}
_NEAR |= {"minutes": "m", "hour": "h", "hours": "h", "hr": "h", "day": "d", "days": "d", "msec": "ms"}
_BYTES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
_BYTES |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}


class UnitError(ValueError):
    """A duration, a quantity or a rate that cannot be read; the message says what was expected."""


_PART = re.compile(r"(\d+(?:\.\d+)?)([a-zA-Z]+)")


def parse_duration(value: object) -> int:
    """Return a duration in microseconds: ``300ms``, ``90s``, ``1h30m``, ``2d``; a bare number is seconds.

    Raises
    ------
    UnitError
        If it is not a duration; the message says what was expected.
    """
    if isinstance(value, bool) or value is None:
        raise UnitError(f"{value!r} is not a duration; write it as 300ms, 90s, 5m or 1h30m")
    if isinstance(value, int | float):
        if value < 0:
            raise UnitError(f"{value} is negative; a duration is not")
        return round(value * 1_000_000)
    text = str(value).strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return round(float(text) * 1_000_000)
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UnitError(f"{text!r} is not a duration; write it as 300ms, 90s, 5m or 1h30m")
    total = 0.0
    for number, unit in parts:
        if unit not in _UNITS_US:
            near = _NEAR.get(unit.lower())
            hint = f"; did you mean {number}{near}?" if near else f"; units are {', '.join(_UNITS_US)}"
            raise UnitError(f"{text!r} has no known unit {unit!r}{hint}")
        total += float(number) * _UNITS_US[unit]
    return round(total)


def format_duration(us: int) -> str:
    """Return a duration as people write it, in at most two units."""
    if us == 0:
        return "0s"
    shown = []
    for unit in ("d", "h", "m", "s", "ms", "us"):
        count, us = divmod(us, _UNITS_US[unit])
        if count:
            shown.append(f"{count}{unit}")
    return "".join(shown[:2])


def parse_cpu(value: object) -> int:
    """Return a CPU quantity in thousandths of a core (``500m``, ``2``, ``0.5``).

    Raises
    ------
    UnitError
        If it is not one.
    """
    text = str(value)
    try:
        return int(text[:-1]) if text.endswith("m") else round(float(text) * 1000)
    except ValueError:
        raise UnitError(f"{text!r} is not a CPU quantity; write it as 2, 0.5 or 500m") from None


def parse_bytes(value: object) -> int:
    """Return a quantity of bytes (``10Gi``, ``512Mi``, ``1G``).

    Raises
    ------
    UnitError
        If it is not one; the message names the nearest unit.
    """
    text = str(value)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([a-zA-Z]*)", text)
    if found is None:
        raise UnitError(f"{text!r} is not a quantity; write it as 512Mi or 10Gi")
    number, unit = found.groups()
    if unit not in _BYTES:
        near = unit[:1].upper()
        hint = f"; did you mean {number}{near}i?" if near in "KMGTP" and near else ""
        raise UnitError(f"{text!r} has no known unit {unit!r}{hint}")
    return round(float(number) * _BYTES[unit])


def parse_rate(value: object) -> float:
    """Return a rate per second (``20/s``, ``5/m``; a bare number is per second).

    Raises
    ------
    UnitError
        If it is not one.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*/\s*(ms|s|m|h|d)\s*", str(value))
    if found is None:
        raise UnitError(f"{value!r} is not a rate; write it as 20/s or 5/m")
    return float(found[1]) * 1_000_000 / _UNITS_US[found[2]]

"""Histories written by hand: one line a call, with its interval in seconds."""

from __future__ import annotations

from typing import Any

from statesim.analysis.consistency.calls import NEVER, Call

Line = tuple[int, str, Any, Any, float, float]


def history(*lines: tuple[Any, ...]) -> list[Call]:
    """Return calls from (process, f, value, result, from, until[, end]); ``until`` of ``info`` is ignored."""
    ordered = sorted(lines, key=lambda line: line[4])
    return [_call(index, *line) for index, line in enumerate(ordered)]


def _call(
    index: int, process: int, f: str, value: Any, result: Any, begin: float, until: float, end: str = "ok"
) -> Call:
    ended = NEVER if end == "info" else round(until * 1e6)
    return Call(index, process, f, value, round(begin * 1e6), ended, end, result)  # type: ignore[arg-type]


def transaction(process: int, text: str, begin: float, until: float, end: str = "ok") -> tuple[Any, ...]:
    """Return a line for a list-append transaction: ``"r x [1]; a x 2"`` reads x as [1] and appends 2 to it."""
    asked, answered = [], []
    for part in text.split(";"):
        f, key, *rest = part.split(maxsplit=2)
        if f == "a":
            asked.append(["append", key, int(rest[0])])
            answered.append(asked[-1])
        else:
            asked.append(["r", key, None])
            answered.append(["r", key, [int(each) for each in rest[0].strip("[] ").split()]])
    return (process, "txn", asked, answered, begin, until, end)

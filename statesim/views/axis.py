"""The time axis: round steps, and labels as a clock shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.views.speech import word

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOUR, _DAY = 3600, 86400
_BELOW_HOUR = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800)
_STEPS = (*_BELOW_HOUR, *(_HOUR * n for n in (1, 2, 4, 6, 12)), *(_DAY * n for n in (1, 2, 7, 14, 30, 90)))
MOST = 14


def time_ticks(start: float, end: float, most: int = MOST) -> list[float]:
    """Return round instants (s) from `start` to `end`, hardly more than `most`."""
    step = next((s for s in _STEPS if (end - start) / s <= most), _STEPS[-1])
    first = -(-start // step)
    count = int((end - first * step) // step + 1e-9) + 1
    return [round((first + index) * step, 6) for index in range(count)]


def apart(places: Sequence[float], least: float) -> list[float]:
    """Return places, in order, moved no more than needed until each two are `least` apart.

    Those that are too near each other stand in a row around their middle.
    """
    rows: list[list[float]] = []  # what is moved together
    for place in places:
        rows.append([place])
        while len(rows) > 1 and _left(rows[-1], least) - _right(rows[-2], least) < least:
            rows[-2:] = [rows[-2] + rows[-1]]
    return [_left(row, least) + index * least for row in rows for index in range(len(row))]


def clear(start: float, end: float, needs: float, lines: Sequence[float]) -> float:
    """Return where something of that width begins between two places: at the first that no line crosses.

    Where there is none, it begins at `start`.
    """
    inside = sorted(line for line in lines if start < line < end)
    begins = (start, *inside)
    return next((a for a, b in zip(begins, (*inside, end), strict=True) if b - a >= needs), start)


def _left(row: Sequence[float], least: float) -> float:
    return sum(row) / len(row) - least * (len(row) - 1) / 2


def _right(row: Sequence[float], least: float) -> float:
    return _left(row, least) + least * (len(row) - 1)


def time_label(t: float, end: float) -> str:
    """Return an instant (s) as ``m:ss``; ``0:25 h`` in runs over two hours, ``3 d`` in those over four."""
    if end > 4 * 86400:
        return f"{round(t / 86400, 2):g} {word('d')}"
    if end > 7200:
        return f"{int(t // 3600)}:{int(t % 3600 // 60):02d} {word('h')}"
    whole = int(t)
    part = f"{t - whole:.1f}"[1:] if t != whole else ""
    return f"{whole // 60}:{whole % 60:02d}{part}"

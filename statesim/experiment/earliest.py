"""The earliest time at which something still shows, found by bisection on rounder and then finer grids.

Whole minutes first, between two of them the tens of seconds, between two of those the seconds. Bisection
keeps two times: one at which it does not show, and a later one at which it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

GRIDS_S = (60, 10, 1)  # each divides the one before it


def earliest(low_s: int, high_s: int, shows: Callable[[int], bool]) -> int:
    """Return the earliest second at which it shows, not before `low_s`; never one after `high_s`.

    If it shows at every second after one at which it does, that is the earliest of all. If not, it is the
    earliest around: it shows there, and on each grid it does not at the last second before it. What is far
    before it may show it as well; to know that, every second would have to be tried.

    Of *n* times bisection tries ``ceil(log2(n + 1))``: no more than that of the minutes, and 8. One is for
    `low_s`, which often is the answer, 3 for the tens between two minutes, 4 for the seconds between those.

    Parameters
    ----------
    high_s
        Where it is known to show.
    """
    if low_s >= high_s:
        return high_s
    if shows(low_s):
        return low_s
    hidden, shown = low_s, high_s
    for grid in GRIDS_S:
        between = range((hidden // grid + 1) * grid, shown, grid)
        before, after = -1, len(between)
        while after - before > 1:
            middle = (before + after) // 2
            if shows(between[middle]):
                after = middle
            else:
                before = middle
        hidden = between[before] if before >= 0 else hidden
        shown = between[after] if after < len(between) else shown
    return shown

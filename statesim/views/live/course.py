"""The course of a show: which instant of the run is on the screen after how many seconds.

By itself it hurries through quiet time and slows down where something happens, as the page that plays a run
does (``frontend/src/model/warp.ts``): a gap of `g` seconds takes ``PAUSE_S * log2(1 + g)`` of the show.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise
from math import log2
from typing import TYPE_CHECKING, NamedTuple

from statesim.kernel.spans import SECOND
from statesim.views.replay.levels import FAULT, NOTABLE, level

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.kernel.trace import TraceEvent

SHOW_S = 60.0
PAUSE_S, LONGEST_S = 0.6, 3.0
NEAR_US = 10 * SECOND  # so long after a fault or the news of an outage people still look at it
_TIMES_NEAR = 3  # and time goes by so much slower
_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*x?")


class Course(NamedTuple):
    """A curve of straight pieces, which never falls: seconds of the show to instants of the run."""

    show_s: tuple[float, ...]
    at_us: tuple[int, ...]

    @property
    def length_s(self) -> float:
        """Return how long the show takes."""
        return self.show_s[-1]

    def instant(self, show_s: float) -> int:
        """Return the instant (µs) that is on the screen after so many seconds."""
        return round(_between(self.show_s, self.at_us, show_s))

    def shown_s(self, t_us: int) -> float:
        """Return after how many seconds an instant is on the screen."""
        return _between(self.at_us, self.show_s, t_us)

    def speed_at(self, show_s: float) -> float:
        """Return how many seconds of the run go by in one of the show."""
        place = max(1, min(bisect_right(self.show_s, show_s), len(self.show_s) - 1))
        taken = self.show_s[place] - self.show_s[place - 1]
        passed = (self.at_us[place] - self.at_us[place - 1]) / SECOND
        return passed / taken if taken else 0.0


def _between(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    if x <= xs[0]:
        return ys[0]
    if x >= xs[-1]:
        return ys[-1]
    right = bisect_right(xs, x)
    (x0, x1), (y0, y1) = xs[right - 1 : right + 1], ys[right - 1 : right + 1]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


def steady(speed: float, duration_us: int) -> Course:
    """Return the course of a show at one speed: so many seconds of the run in each second."""
    return Course((0.0, duration_us / SECOND / speed), (0, duration_us))


def automatic(events: Iterable[TraceEvent], duration_us: int) -> Course:
    """Return the course that lingers where something happens, and takes a minute at most."""
    levels = [(event.t_us, level(event)) for event in events]
    struck = sorted({t_us for t_us, each in levels if each >= FAULT})
    edges = {t_us for t_us, each in levels if each >= NOTABLE}
    edges |= {t_us + NEAR_US for t_us in struck}
    points = [0, *sorted(t_us for t_us in edges if 0 < t_us < duration_us), duration_us]
    taken = [_taken_s(a, b, struck) for a, b in pairwise(points)]
    scale = min(1.0, SHOW_S / max(sum(taken), 1e-9))
    show_s = [0.0]
    for each in taken:
        show_s.append(show_s[-1] + each * scale)
    return Course(tuple(show_s), tuple(points))


def _taken_s(start_us: int, end_us: int, struck: Sequence[int]) -> float:
    """Return how long a gap takes before all are scaled: never longer than in the run."""
    gap_s = (end_us - start_us) / SECOND
    place = bisect_right(struck, start_us)
    near = place > 0 and start_us - struck[place - 1] < NEAR_US
    lingered = min(LONGEST_S, PAUSE_S * log2(1 + gap_s)) * (_TIMES_NEAR if near else 1)
    return min(gap_s, lingered)


def course(events: Iterable[TraceEvent], duration_us: int, speed: float | None) -> Course:
    """Return the course at a speed; ``None``: that which lingers where something happens."""
    return automatic(events, duration_us) if speed is None else steady(speed, duration_us)


def speed_named(text: str) -> float | None:
    """Return a speed by what people call it, ``10x`` or ``0.5``; ``None`` for ``auto``.

    Raises
    ------
    ValueError
        If it is no speed.
    """
    if text.strip().lower() == "auto":
        return None
    found = _SPEED.fullmatch(text.strip().lower())
    if found is None or not float(found[1]):
        said = f"{text!r} is no speed; one is 10x (ten seconds of the run in a second), 0.5x, or auto"
        raise ValueError(said)
    return float(found[1])


def steps(events: Iterable[TraceEvent], duration_us: int) -> list[int]:
    """Return the instants of notable events in order, the beginning before them and the end after them."""
    notable = {event.t_us for event in events if level(event) >= NOTABLE}
    return sorted(notable | {0, duration_us})

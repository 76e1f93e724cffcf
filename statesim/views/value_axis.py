"""The axis of a metric's values: linear, or logarithmic where they are far apart; round ticks with units."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10
from typing import TYPE_CHECKING

from statesim.views.axis import time_ticks
from statesim.views.letters import inches
from statesim.views.metric_words import log_ticks
from statesim.views.style import AXIS_PT, figure_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from statesim.views.metric_words import MetricWords

SPREAD = 30  # from the smallest to the largest value: more than that wants a logarithmic axis
_LINSCALE = 0.5  # decades that the linear part of a symlog axis takes
_LINEAR = _LINSCALE / (1 - 1 / 10)
_ROOM = {"little": (0.06, 1.3), "names": (0.2, 3.0), "open": (0.3, 6.0)}  # right of the largest value


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """How values are laid out.

    Attributes
    ----------
    scale
        ``linear``, ``log``, or ``symlog`` where there are zeros beside large numbers.
    low, high
        Where it begins and ends.
    first
        The power of ten at which a ``symlog`` axis becomes logarithmic.
    whole
        All values are whole numbers, and so are the ticks.
    """

    scale: str
    low: float
    high: float
    first: float
    whole: bool

    def set(self, ax: Axes, words: MetricWords, zoom: float = 1.0) -> None:
        """Give axes this scale, these limits, and ticks with units, as many as fit; `zoom`: of letters."""
        if self.scale == "symlog":
            ax.set_xscale("symlog", linthresh=self.first, linscale=_LINSCALE)
        else:
            ax.set_xscale(self.scale)
        ax.set_xlim(self.low, self.high)
        ticks = self._that_fit(ax, words, zoom)
        ax.set_xticks(ticks, [words.tick(tick, self.high) for tick in ticks])
        ax.set_xticks([], minor=True)

    def _that_fit(self, ax: Axes, words: MetricWords, zoom: float) -> list[float]:
        """Return every tick, or every second, third, …: the first choice whose labels stand apart."""
        wide = ax.get_position().width * figure_of(ax).get_figwidth() / zoom
        every = self.ticks(words.unit)
        places = [
            float(ax.transAxes.inverted().transform(ax.transData.transform((x, 0.0)))[0]) for x in every
        ]
        ends = [
            (place * wide - half, place * wide + half)
            for place, tick in zip(places, every, strict=True)
            for half in [inches(words.tick(tick, self.high), AXIS_PT) / 2 + 0.08]
        ]
        for stride in range(1, len(every)):
            chosen = ends[::stride]
            if all(left[1] <= right[0] for left, right in pairwise(chosen)):
                return every[::stride]
        return every[:1]

    def place(self, value: float) -> float:
        """Return where a value stands, as a share of the axis' length from its low end."""
        low, high = self._along(self.low), self._along(self.high)
        return (self._along(value) - low) / (high - low)

    def _along(self, value: float) -> float:
        if self.scale == "linear":
            return value
        if self.scale == "symlog" and value <= self.first:  # as matplotlib.scale.SymmetricalLogTransform
            return _LINEAR * value / self.first
        return (_LINEAR if self.scale == "symlog" else 0.0) + log10(value / self.first)

    def ticks(self, unit: str) -> list[float]:
        """Return round values from one end to the other."""
        if self.scale != "linear":
            found = log_ticks(self.first if self.scale == "symlog" else self.low, self.high, unit)
            return ([0.0] if self.scale == "symlog" else []) + found
        if unit == "s":
            return time_ticks(max(self.low, 0.0), self.high)
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - heavy, and only needed to draw

        places: Sequence[float] = MaxNLocator(8, integer=self.whole).tick_values(self.low, self.high)
        return [float(tick) for tick in places if self.low <= tick <= self.high]


def value_axis(finite: Sequence[float], room: str = "little") -> ValueAxis:
    """Return the axis on which these values can be told apart.

    Parameters
    ----------
    room
        What stands right of the largest: ``little``, ``names`` of curves, or ``open`` ends.
    """
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    positive = [x for x in finite if x > 0]
    first = 10.0 ** floor(log10(min(positive))) if positive else 1.0
    share, factor = _ROOM[room]
    whole = all(x == round(x) for x in finite)
    if not positive or low < 0 or high < SPREAD * min(positive):
        high = high if positive or low < 0 else 1.0  # where all is 0 there is room for one of it
        span = (high - low) or abs(high)
        begin = -0.03 * high if 0 <= low < span else low - 0.06 * span
        return ValueAxis("linear", begin, high + share * max(span, high - begin), first, whole)
    if len(positive) == len(finite):
        return ValueAxis("log", low / 1.5, high * factor, first, whole)
    return ValueAxis("symlog", -0.08 * first, high * factor, first, whole)

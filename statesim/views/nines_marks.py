"""Availability in nines as data: rows, their numbers in words, where the scale begins and ends."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from statesim.analysis.bootstrap import bootstrap
from statesim.analysis.tidy import DURATION, groups
from statesim.views.metric_words import MetricWords, metric_words
from statesim.views.one_form import told_apart
from statesim.views.series import Series, series
from statesim.views.speech import duration, say, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from statesim.analysis.statistics import Interval

_WORDS = MetricWords("Availability", "availability", "share", 1)
YEAR_S = 365 * 86400
BEYOND = 0.28  # width of the place for runs without downtime, of that of the scale
MOST_NINES = 7
_LONG_S = 30 * 86400  # runs shorter than that say nothing of a year


@dataclass(frozen=True, slots=True)
class Row:
    """One variant.

    Attributes
    ----------
    downtimes
        The share of each run in which there was no service, of those that had any downtime.
    perfect
        How many runs had none.
    mean
        The mean share without service over all runs, with its bootstrap interval; 0 if no run had any.
    told, brief
        The number, its interval and the downtime a year, in words; and on a slide, where of a short run the
        downtime within it is told: no note has room there that a year is another matter.
    """

    name: str
    downtimes: tuple[float, ...]
    perfect: int
    mean: Interval
    told: str
    look: Series
    brief: str = ""

    @property
    def runs(self) -> int:
        """Return how many runs it has."""
        return len(self.downtimes) + self.perfect


@dataclass(frozen=True, slots=True)
class NinesMarks:
    """What the picture shows.

    Attributes
    ----------
    low, high
        Nines at the left end, and where the place of runs without downtime begins.
    run_s
        How long a run is (s), if it is too short to say anything of a year.
    """

    title: str
    path: str
    rows: tuple[Row, ...]
    low: float
    high: float
    beyond: str
    notes: tuple[str, ...]
    run_s: float | None = None

    @property
    def end(self) -> float:
        """Return the right end: beyond the scale, if there are runs without downtime."""
        return self.high + (BEYOND * (self.high - self.low) if any(row.perfect for row in self.rows) else 0.0)


def nines_of(downtime: float) -> float:
    """Return how many nines an availability has: 3 for 99.9 %.

    Parameters
    ----------
    downtime
        The share of time without service, above 0.
    """
    return -log10(downtime)


def a_year(downtime: float, *, of_s: float = YEAR_S) -> str:
    """Return how long a year's downtime is at that availability, or that of another stretch of time (s)."""
    seconds = downtime * of_s
    if seconds >= 3 * 86400:
        return f"{seconds / 86400:,.3g} {word('days')}"
    return duration(seconds)


def nines_marks(
    frame: pd.DataFrame,
    metric: str,
    *,
    by: Sequence[str] | None = None,
    duration_s: float | None = None,
) -> NinesMarks:
    """Return what `nines` shows.

    Raises
    ------
    ValueError
        If there is no such column, or no run has a value.
    """
    every = [group for group in groups(frame, metric, by) if group.values]
    if not every:
        raise ValueError(f"no run has a value of {metric}")
    if metric_words(metric).unit != "share":
        raise ValueError(f"{metric} is no availability, as clients.shop.availability is one")
    if any(not 0 <= value <= 1 for group in every for value in group.values):
        raise ValueError(f"{metric} is no availability: that lies between 0 and 1")
    if duration_s is None and DURATION in frame:
        duration_s = float(frame[DURATION].median())
    short = duration_s if duration_s is not None and duration_s < _LONG_S else None
    rows = tuple(_row(group.name, group.values, index, short) for index, group in enumerate(every))
    places = [
        nines_of(each)
        for row in rows
        for each in (*row.downtimes, row.mean.low, row.mean.estimate, row.mean.high)
        if each > 0
    ]
    low = max(0.0, floor(min(places, default=1.0)))
    high = min(float(MOST_NINES), max(low + 2.0, float(ceil(max(places, default=3.0)))))
    notes = [say("● one run   ◆ mean of all runs, with 95 % confidence (BCa bootstrap).")]
    notes += _not_a_year(short)
    return NinesMarks(
        say("How many nines? {metric}", metric=metric_words(metric).title), metric, rows, low, high,
        _beyond(max(row.runs for row in rows), duration_s), tuple(notes), short,
    )  # fmt: skip


def _row(name: str, values: Sequence[float], index: int, run_s: float | None) -> Row:
    downtimes = [1 - value for value in values]
    mean = bootstrap(downtimes, name=name)
    some = tuple(sorted(each for each in downtimes if each > 0))
    runs = len(downtimes)
    brief = _brief(mean, runs, run_s)
    return Row(name, some, runs - len(some), mean, _told(mean, runs), series(index), brief)


def _told(mean: Interval, runs: int) -> str:
    if mean.estimate <= 0:
        return say("no downtime in any of {runs:,} runs", runs=runs)
    estimate, low, high = told_apart(_WORDS, [1 - each for each in (mean.estimate, mean.high, mean.low)])
    return say(
        "{estimate}  ({low} to {high})  down {time} a year",
        estimate=estimate, low=low, high=high, time=a_year(mean.estimate),
    )  # fmt: skip


def _brief(mean: Interval, runs: int, run_s: float | None) -> str:
    if mean.estimate <= 0:
        return _told(mean, runs)
    estimate, *_ = told_apart(_WORDS, [1 - each for each in (mean.estimate, mean.high, mean.low)])
    if run_s is not None:
        return say("{estimate}, down {time}", estimate=estimate, time=a_year(mean.estimate, of_s=run_s))
    return say("{estimate}, down {time} a year", estimate=estimate, time=a_year(mean.estimate))


def _beyond(runs: int, duration_s: float | None) -> str:
    what = say("{runs:,} runs", runs=runs)
    if duration_s is not None:
        what = say("{runs:,} runs of {time}", runs=runs, time=long_text(duration_s))
    return say("no downtime: more nines than {what} can show", what=what)


def long_text(seconds: float) -> str:
    """Return how long a run is: days from two on, else as it is said aloud."""
    return f"{seconds / 86400:,.3g} {word('days')}" if seconds >= 2 * 86400 else duration(seconds)


def _not_a_year(run_s: float | None) -> list[str]:
    if run_s is None:
        return []
    return [
        say(
            "A run is {time} with its failures in it: the upper scale says what that share of "
            "a year would be, not what a year is like.",
            time=long_text(run_s),
        )
    ]

"""Availability in nines: a row for each variant, what its runs came to, and the downtime a year beside it.

One step to the right is a tenth of the downtime. Runs without any downtime have more nines than the time that
was simulated can show, and so a place of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

from statesim.analysis.bootstrap import bootstrap
from statesim.analysis.tidy import DURATION, groups
from statesim.views.canvas import canvas
from statesim.views.ecdf import framed
from statesim.views.letters import inches, wrapped
from statesim.views.metric_words import MetricWords, metric_words
from statesim.views.one_form import told_apart
from statesim.views.series import Series, ink_of, series
from statesim.views.speech import drawn_in, duration, say, word
from statesim.views.style import AXIS_PT, LANE_PT, TITLE_PT, figure_of, settings, theme_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from statesim.analysis.statistics import Interval
    from statesim.views.canvas import Canvas

_WORDS = MetricWords("Availability", "availability", "share", 1)
YEAR_S = 365 * 86400
WIDTH, ROW = 12.8, 1.05  # inches
BOX = (0.8, 1.55, 0.75, 2.05)  # inches left, below, right and above; names stand within
_FEW, _ROW_OF_FEW = (0.45, 0.68, 0.6, 1.15), 0.62  # with few words
_NARROWEST = {False: 8.5, True: 7.0}
KEY = "● a run   ◆ mean of all"
DOTS, SPREAD, MEAN, NAME = (
    0.2,
    0.2,
    0.45,
    0.78,
)  # of a row's height: the mean stands over the dots and hides none
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
        The number, its interval and the downtime a year, in words; and without the interval.
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
    """

    title: str
    path: str
    rows: tuple[Row, ...]
    low: float
    high: float
    beyond: str
    notes: tuple[str, ...]

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


def a_year(downtime: float) -> str:
    """Return how long a year's downtime is at that availability."""
    seconds = downtime * YEAR_S
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
    rows = tuple(_row(group.name, group.values, index) for index, group in enumerate(every))
    places = [
        nines_of(each)
        for row in rows
        for each in (*row.downtimes, row.mean.low, row.mean.estimate, row.mean.high)
        if each > 0
    ]
    low = max(0.0, floor(min(places, default=1.0)))
    high = min(float(MOST_NINES), max(low + 2.0, float(ceil(max(places, default=3.0)))))
    notes = [say("● one run   ◆ mean of all runs, with 95 % confidence (BCa bootstrap).")]
    notes += _not_a_year(duration_s)
    return NinesMarks(
        say("How many nines? {metric}", metric=metric_words(metric).title), metric, rows, low, high,
        _beyond(max(row.runs for row in rows), duration_s), tuple(notes),
    )  # fmt: skip


def _row(name: str, values: Sequence[float], index: int) -> Row:
    downtimes = [1 - value for value in values]
    mean = bootstrap(downtimes, name=name)
    some = tuple(sorted(each for each in downtimes if each > 0))
    runs = len(downtimes)
    return Row(name, some, runs - len(some), mean, _told(mean, runs), series(index), _brief(mean, runs))


def _told(mean: Interval, runs: int) -> str:
    if mean.estimate <= 0:
        return say("no downtime in any of {runs:,} runs", runs=runs)
    estimate, low, high = told_apart(_WORDS, [1 - each for each in (mean.estimate, mean.high, mean.low)])
    return say(
        "{estimate}  ({low} to {high})  down {time} a year",
        estimate=estimate, low=low, high=high, time=a_year(mean.estimate),
    )  # fmt: skip


def _brief(mean: Interval, runs: int) -> str:
    if mean.estimate <= 0:
        return _told(mean, runs)
    estimate, *_ = told_apart(_WORDS, [1 - each for each in (mean.estimate, mean.high, mean.low)])
    return say("{estimate}, down {time} a year", estimate=estimate, time=a_year(mean.estimate))


def _beyond(runs: int, duration_s: float | None) -> str:
    what = say("{runs:,} runs", runs=runs)
    if duration_s is not None:
        what = say("{runs:,} runs of {time}", runs=runs, time=long_text(duration_s))
    return say("no downtime: more nines than {what} can show", what=what)


def long_text(seconds: float) -> str:
    """Return how long a run is: days from two on, else as it is said aloud."""
    return f"{seconds / 86400:,.3g} {word('days')}" if seconds >= 2 * 86400 else duration(seconds)


def _not_a_year(duration_s: float | None) -> list[str]:
    if duration_s is None or duration_s >= _LONG_S:
        return []
    return [
        say(
            "A run is {time} with its failures in it: the upper scale says what that share of "
            "a year would be, not what a year is like.",
            time=long_text(duration_s),
        )
    ]


def nines(
    frame: pd.DataFrame,
    metric: str,
    *,
    by: Sequence[str] | None = None,
    duration_s: float | None = None,
    theme: str = "paper",
    language: str | None = None,
) -> Figure:
    """Draw availabilities on a scale of nines, the downtime a year above it.

    Parameters
    ----------
    frame
        A row for each run, as a sweep makes it.
    metric
        ``clients.shop.availability``.
    by
        The columns that make the rows; default: what varies of scenario and variant.
    duration_s
        How long a run is, in seconds; default: the column of that name, if there is one.
    language
        ``en`` or ``zh``; default: English, unless another is spoken already.

    Returns
    -------
    Figure
        It belongs to no pyplot state.
    """
    with drawn_in(language):
        return draw(nines_marks(frame, metric, by=by, duration_s=duration_s), theme=theme)


def draw(marks: NinesMarks, *, theme: str = "paper") -> Figure:
    """Draw marks that have been made before; see `nines`."""
    return figure_of(draw_axes(marks, theme=theme))


def draw_axes(marks: NinesMarks, *, ax: Axes | None = None, theme: str = "paper") -> Axes:
    """Draw marks that have been made before, and return the axes."""
    few = theme_named(theme).few
    left, below, right, above = _FEW if few else BOX
    count = len(marks.rows)
    with settings():
        needs = below + (_ROW_OF_FEW if few else ROW) * count + above
        on = canvas(ax, theme, lambda _: needs, width=WIDTH, least=_NARROWEST[few])
        high = on.height - below - above if few else ROW * count
        drawn = on.axes(left, above, on.width - left - right, high)
        inner = on.width - left - right
        _axes(drawn, marks, on, inner)
        for number, row in enumerate(marks.rows):
            _draw_row(drawn, row, count - 1 - number, marks, on, inner)
        said = say("{path}: one step to the right is a tenth of the downtime", path=marks.path)
        framed(on, marks.title, said, marks.notes, word(KEY))
    return drawn


def _axes(ax: Axes, marks: NinesMarks, on: Canvas, inner: float) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - heavy, and only needed to draw

    look, zoom = on.theme, on.zoom
    count = len(marks.rows)
    end = marks.end
    ax.set_facecolor(look.paper)
    ax.set_xlim(marks.low - 0.08, end)
    ax.set_ylim(0, count)
    for side in ("left", "right"):
        ax.spines[side].set_visible(False)
    ticks = [float(n) for n in range(int(marks.low), int(marks.high) + 1)]
    ax.set_xticks(ticks, [f"{100 - 100 * 10**-n:.{max(0, int(n) - 2)}f} %" for n in ticks])
    ax.set_yticks([])
    ax.tick_params(labelsize=(AXIS_PT + 1) * zoom, colors=look.ink, length=6 * zoom, width=1.2)
    ax.set_xlabel(word("available"), fontsize=AXIS_PT * zoom, color=look.ink)
    top = ax.secondary_xaxis("top")
    top.set_xticks(ticks, [word("always down") if n == 0 else a_year(10.0**-n) for n in ticks])
    top.tick_params(labelsize=AXIS_PT * zoom, colors=look.ink, length=6 * zoom, width=1.2)
    apart = (3 if look.few else 8) * zoom
    top.set_xlabel(word("down in a year"), fontsize=AXIS_PT * zoom, color=look.ink, labelpad=apart)
    ax.vlines(ticks, 0, count, colors=look.faint, linewidth=0.8, zorder=0.5)
    ax.hlines(range(1, count), marks.low - 0.08, end, colors=look.faint, linewidth=0.8, zorder=0.5)
    if marks.end > marks.high:
        wide = marks.end - marks.high
        room = wide / (end - marks.low + 0.08) * inner
        ax.add_patch(
            Rectangle((marks.high, 0), wide, count, facecolor=look.band, edgecolor=look.faint, hatch="//",
                      linewidth=0, zorder=0.4)
        )  # fmt: skip
        taken = inches(a_year(10.0 ** -ticks[-1]), AXIS_PT) / 2 + 0.15  # by the upper scale's last label
        beyond = word("no downtime") if look.few else marks.beyond
        told = "\n".join(wrapped(beyond, room - taken, LANE_PT))
        ax.text(marks.high + wide * taken / room, count * (1 + 0.12 / ROW), told, fontsize=LANE_PT * zoom,
                color=look.ink, ha="left", va="bottom", zorder=6)  # fmt: skip


def _draw_row(ax: Axes, row: Row, bottom: int, marks: NinesMarks, on: Canvas, inner: float) -> None:
    look, zoom = on.theme, on.zoom
    colour = ink_of(row.look, look)
    dots = bottom + DOTS
    x = [min(nines_of(each), marks.high) for each in row.downtimes]
    heights = [dots + SPREAD * (corput(index) - 0.5) for index in range(len(x))]
    point: dict[str, Any] = {"markersize": 5.5 * zoom, "alpha": 0.6, "markeredgewidth": 0, "zorder": 3}
    ax.plot(x, heights, "o", color=colour, **point)
    room = marks.end - marks.high
    beyond = [marks.high + room * (0.1 + 0.8 * corput(index)) for index in range(row.perfect)]
    spread = [dots + SPREAD * (corput(index, 3) - 0.5) for index in range(row.perfect)]
    ax.plot(beyond, spread, "o", color=colour, **point)
    rim: dict[str, Any] = {"color": look.ink, "markeredgecolor": look.paper, "zorder": 5}
    if row.mean.estimate > 0:
        place = nines_of(row.mean.estimate)
        ends = [nines_of(each) if each > 0 else marks.high for each in (row.mean.high, row.mean.low)]
        style: dict[str, Any] = {"linewidth": 3.5 * zoom, "solid_capstyle": "butt", "zorder": 4}
        ax.plot(ends, [bottom + MEAN] * 2, "-", color=look.ink, **style)
        ax.plot([place], [bottom + MEAN], "D", markersize=10 * zoom, **rim)
    else:
        place = marks.high + room / 2
        ax.plot([place], [bottom + MEAN], ">", markersize=13 * zoom, **rim)
    _name(ax, row, bottom + NAME, place, colour, on, inner)


def _name(ax: Axes, row: Row, y: float, place: float, colour: str, on: Canvas, inner: float) -> None:
    """Write a row's name and numbers over its marks, as far left or right as there is room."""
    few, perfect = on.theme.few, ""
    if row.perfect and row.downtimes and not few:
        perfect = say("   {perfect:,} of {runs:,} runs without downtime", perfect=row.perfect, runs=row.runs)
    told = f"{row.brief if few else row.told}{perfect}"
    low, high = ax.get_xlim()
    scale = (high - low) / inner  # nines an inch
    name = inches(row.name, TITLE_PT - 1, bold=True) + 0.2
    needs = (name + inches(told, LANE_PT + 0.5)) * scale * 1.04
    left = max(min(max(place - needs / 2, low + 0.05), high - needs), low)
    box = {"facecolor": on.theme.paper, "alpha": 0.85, "pad": 0.8, "linewidth": 0}
    for x, words, points, weight, ink in (
        (left, row.name, TITLE_PT - 1, "bold", colour),
        (left + name * scale * 1.04, told, LANE_PT + 0.5, "normal", on.theme.ink),
    ):
        style: dict[str, Any] = {"fontsize": points * on.zoom, "fontweight": weight, "color": ink}
        ax.text(x, y, words, va="center", bbox=box, zorder=6, **style)


def corput(index: int, base: int = 2) -> float:
    """Return a number from 0 to 1, the next ones far from each other (van der Corput): dots side by side."""
    value, size, rest = 0.0, 1.0, index + 1
    while rest:
        rest, digit = divmod(rest, base)
        size /= base
        value += digit * size
    return value

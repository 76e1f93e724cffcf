"""Variants side by side in one metric: a row each, with every run of it, their mean, and the difference.

The variants have met the same failures and arrivals: what is said of a difference is of the differences seed
by seed (`analysis.paired`), and not of two heaps of runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from statesim.analysis.over_seeds import OUTCOMES, outcomes, over_seeds
from statesim.views.canvas import canvas
from statesim.views.ecdf import framed
from statesim.views.letters import fit, inches
from statesim.views.metric_words import MetricWords, metric_words
from statesim.views.nines import corput
from statesim.views.seeds_table import difference, in_words
from statesim.views.series import Series, ink_of, series
from statesim.views.speech import say, word
from statesim.views.style import (
    AXIS_PT,
    LANE_PT,
    TITLE_PT,
    figure_of,
    settings,
    severity_ink,
    theme_named,
)
from statesim.views.value_axis import ValueAxis, value_axis

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from statesim.analysis.over_seeds import Column, Runs
    from statesim.analysis.statistics import Interval
    from statesim.views.canvas import Canvas

WIDTH, ROW = 12.8, 1.0  # inches
BOX, _FEW = (0.5, 1.45, 0.5, 1.1), (0.3, 0.68, 0.35, 0.55)  # inches left, below, right and above
_ROW_OF_FEW = 0.56  # with few words
_NARROWEST = {False: 8.0, True: 6.5}
KEY = "● a run   ◆ mean of all"
NAME, DOTS, SPREAD = 0.8, 0.34, 0.3  # of a row's height
MOST = 8  # rows that anybody can compare
_MANY_RUNS = "● a run   ◆ mean of all, with 95 % confidence   ± 95 % confidence of the mean difference"
_ONE_RUN = "One run of each: an example, and no measurement. Many seeds say how sure it is."
TITLES = {
    "clients.all.lost": "Acknowledged writes lost",
    "clients.all.unavailable_s": "Time without service",
    "systems.all.dual_primary_s": "Time with two primaries",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One variant.

    Attributes
    ----------
    values
        Of each run that has a number, by seed.
    open_
        How many runs have none as what is measured never came or was not over.
    told
        What it came to on average, and the difference, in words; `brief`: without saying that it is the mean.
    level
        ``good`` or ``bad`` if the difference is shown and has a better side.
    """

    name: str
    values: tuple[float, ...]
    open_: int
    mean: Interval | None
    told: str
    apart: str
    level: str
    look: Series
    brief: str = ""


@dataclass(frozen=True, slots=True)
class RowsMarks:
    """What the picture shows."""

    title: str
    said: str
    words: MetricWords
    rows: tuple[Row, ...]
    axis: ValueAxis
    notes: tuple[str, ...]


def rows_marks(
    runs: Runs, metric: str = "", *, baseline: str | None = None, titles: Mapping[str, str] | None = None
) -> RowsMarks:
    """Return what `draw_axes` shows.

    Parameters
    ----------
    runs
        Variant -> seed -> metrics by their dotted paths.
    metric
        Its path; default: the first of `OUTCOMES` (writes lost, time without service) that is not 0
        everywhere.
    baseline
        The variant that the others are compared with; default: the first.
    titles
        What variants are called.

    Raises
    ------
    ValueError
        If there is no such metric or variant, or no run has a value.
    """
    chosen, from_ = _chosen(runs, metric)
    base = next(iter(runs)) if baseline is None else baseline
    (found,) = over_seeds(from_, [chosen], baseline=base)
    words = metric_words(chosen)
    if len(found.columns) > MOST:
        raise ValueError(f"{len(found.columns)} variants are too many for one picture; choose {MOST} at most")
    named = titles or {}
    rows = []
    for index, column in enumerate(found.columns):
        values = [from_[column.variant][seed].get(chosen) for seed in sorted(from_[column.variant])]
        name = named.get(column.variant, column.variant)
        rows.append(_row(name, column, [v for v in values if v is not None], words, found.better, index))
    finite = [value for row in rows for value in row.values]
    if not finite and not any(row.open_ for row in rows):
        raise ValueError(f"no run has a value of {chosen}")
    seeds = len(next(iter(from_.values())))
    each, notes = say("one seed"), (say(_ONE_RUN),)
    if seeds > 1:
        over = "{count:,} seeds, the same for all; compared with {name}"
        each, notes = say(over, count=seeds, name=named.get(base, base)), (say(_MANY_RUNS),)
    said = say("; ").join(part for part in (each, words.which_is_better) if part)
    axis = value_axis(finite, "open" if any(row.open_ for row in rows) else "little")
    if seeds == 1 and finite and min(finite) >= 0:  # bars: their lengths are what is compared
        high = max(finite) or 1.0
        axis = ValueAxis("linear", -0.01 * high, 1.06 * high, 1.0, all(x == round(x) for x in finite))
    return RowsMarks(word(TITLES.get(chosen, words.title)), said, words, tuple(rows), axis, notes)


def _chosen(runs: Runs, metric: str) -> tuple[str, Runs]:
    """Return a metric, and the runs that have it: those over all clients are summed up first."""
    summed = outcomes(runs)
    if metric in OUTCOMES:
        return metric, summed
    if metric:
        return metric, runs
    for path in OUTCOMES:
        if any(row[path] for rows in summed.values() for row in rows.values()):
            return path, summed
    return next(iter(OUTCOMES)), summed


def _row(
    name: str, column: Column, values: list[float | int], words: MetricWords, better: int, index: int
) -> Row:
    finite = tuple(float(value) for value in values if isfinite(value))
    open_, pair, level, apart, brief = len(values) - len(finite), column.paired, "", "", ""
    if not values:
        told = word("no such number")
    elif len(values) == 1:
        told = words.shown(values[0])
    elif column.mean is None:
        told = say("{what} in {open:,} of {count:,} runs", what=words.open_, open=open_, count=len(values))
    else:
        mean = f"{'≥ ' if column.open_ else ''}{words.shown(column.mean.estimate)}"
        told, brief = say("{value} on average", value=mean), f"◆ {mean}"
    if pair is not None and pair.n > 1:
        apart = say("; ").join((difference(pair, words), in_words(pair, better)))
        if pair.tells and pair.mean is not None:
            level = "good" if pair.mean.estimate * better > 0 else "bad" if better else ""
    return Row(name, finite, open_, column.mean, told, apart, level, series(index), brief or told)


def rows(
    runs: Runs,
    metric: str = "",
    *,
    baseline: str | None = None,
    titles: Mapping[str, str] | None = None,
    theme: str = "paper",
) -> Figure:
    """Draw variants side by side in one metric; see `rows_marks`."""
    return figure_of(draw_axes(rows_marks(runs, metric, baseline=baseline, titles=titles), theme=theme))


def draw_axes(marks: RowsMarks, *, ax: Axes | None = None, theme: str = "paper") -> Axes:
    """Draw marks that have been made before, and return the axes."""
    from statesim.views.picture import describe  # noqa: PLC0415 - matplotlib is heavy: when it is used

    few = theme_named(theme).few
    left, below, right, above = _FEW if few else BOX
    count = len(marks.rows)
    with settings():
        row_high = _ROW_OF_FEW if few else ROW
        needs = below + row_high * count + above
        on = canvas(ax, theme, lambda _: needs, width=WIDTH, least=_NARROWEST[few])
        inner = on.width - left - right
        high = on.height - below - above if few else ROW * count
        drawn = on.axes(left, above, inner, high)
        _axes(drawn, marks, on)
        for number, row in enumerate(marks.rows):
            _draw_row(drawn, row, count - 1 - number, on, inner)
        dots = any(len(row.values) > 1 for row in marks.rows)
        framed(on, marks.title, marks.said, marks.notes, word(KEY) if dots else "")
    rows = [": ".join(filter(None, (row.name, row.told, row.apart))) for row in marks.rows]
    describe(drawn, marks.title, (marks.said, *rows, *marks.notes))
    return drawn


def _axes(ax: Axes, marks: RowsMarks, on: Canvas) -> None:
    look, zoom = on.theme, on.zoom
    ax.set_facecolor(look.paper)
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(look.ink)
    marks.axis.set(ax, marks.words, zoom)
    ax.set_ylim(0, len(marks.rows))
    ax.set_yticks([])
    ax.tick_params(labelsize=AXIS_PT * zoom, colors=look.ink, length=6 * zoom, width=1.2)
    ax.hlines(range(1, len(marks.rows)), *ax.get_xlim(), colors=look.faint, linewidth=0.8, zorder=0.5)
    if not look.few:
        path = say("{metric} ({unit})", metric=marks.words.title, unit=marks.words.path)
        ax.set_xlabel(path, fontsize=AXIS_PT * zoom, color=look.ink, labelpad=6 * zoom)


def _draw_row(ax: Axes, row: Row, bottom: int, on: Canvas, inner: float) -> None:
    look, zoom = on.theme, on.zoom
    colour = ink_of(row.look, look)
    middle = bottom + DOTS
    if len(row.values) == 1 and not row.open_:
        ax.broken_barh([(0, row.values[0])], (middle - 0.12, 0.24), facecolors=colour, linewidth=0, zorder=3)
        ax.plot(row.values, [middle], row.look.mark, color=colour, markersize=13 * zoom,
                markeredgecolor=look.paper, clip_on=False, zorder=4)  # fmt: skip
    else:
        heights = [middle + SPREAD * (corput(index) - 0.5) for index in range(len(row.values))]
        point: dict[str, Any] = {"markersize": 6 * zoom, "alpha": 0.5, "markeredgewidth": 0, "zorder": 3}
        ax.plot(row.values, heights, "o", color=colour, **point)
        if row.mean is not None:
            style: dict[str, Any] = {"linewidth": 3.5 * zoom, "solid_capstyle": "butt", "zorder": 4}
            ax.plot([row.mean.low, row.mean.high], [middle] * 2, "-", color=look.ink, **style)
            ax.plot([row.mean.estimate], [middle], "D", color=look.ink, markersize=10 * zoom,
                    markeredgecolor=look.paper, clip_on=False, zorder=5)  # fmt: skip
    if row.open_:
        ax.plot([0.985], [middle], ">", color=colour, markersize=13 * zoom, markeredgecolor=look.paper,
                transform=ax.get_yaxis_transform(), clip_on=False, zorder=5)  # fmt: skip
    _words(ax, row, bottom + NAME, colour, on, inner)


def _words(ax: Axes, row: Row, y: float, colour: str, on: Canvas, inner: float) -> None:
    """Write a row's name, what it came to, and the difference, as far as there is room."""
    x, told = 0.05, row.brief if on.theme.few and row.brief else row.told
    parts = [(row.name, TITLE_PT - 1, "bold", colour), (told, LANE_PT + 1.5, "bold", on.theme.ink)]
    if row.apart and not on.theme.few:
        parts.append((row.apart, LANE_PT, "normal", severity_ink(row.level, on.theme)))
    number = 0.4 + 1.04 * inches(told, LANE_PT + 1.5, bold=True)  # inches that no name takes
    for words, points, weight, ink in parts:
        bold = weight == "bold"
        room = inner - x - (number if words == row.name else 0)
        shown = fit(words, room, points, bold=bold) if words != row.apart or room > 1 else ""
        if words == row.apart and shown != words:
            break
        ax.text(x / inner, y, shown, transform=ax.get_yaxis_transform(), fontsize=points * on.zoom,
                fontweight=weight, color=ink, va="center", zorder=6)  # fmt: skip
        x += 1.04 * inches(shown, points, bold=bold) + 0.3

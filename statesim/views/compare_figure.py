"""Variants over many seeds in one picture: one seed's timelines, and beside each what all seeds came to.

The columns at the right have one axis each for all variants: their distributions stand one above the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING

from statesim.analysis.over_seeds import OUTCOMES, outcomes, over_seeds
from statesim.analysis.reading import Reading
from statesim.views.compare_rows import TITLES, rows
from statesim.views.letters import fit, inches, wrapped
from statesim.views.marks import TimelineMarks, timeline_marks
from statesim.views.metric_words import MetricWords, metric_words
from statesim.views.nines import corput
from statesim.views.seeds_table import difference, in_words
from statesim.views.sizes import PAPER
from statesim.views.speech import say, spoken, word
from statesim.views.style import AXIS_PT, LANE_PT, THEMES, TITLE_PT, settings, severity_ink, theme_named
from statesim.views.timeline import outcomes_said, paint
from statesim.views.timeline_layout import LEFT, RIGHT, WIDTH, Layout
from statesim.views.value_axis import ValueAxis, value_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    from statesim.analysis.over_seeds import Column, Compared, Runs
    from statesim.analysis.record import RunRecord
    from statesim.views.style import Theme

COLUMN, BETWEEN = 3.9, 0.35  # inches: a distribution, and what parts two
_SIGNS = "● a seed   ◆ mean   | the seed at the left   ± 95 % confidence of the mean difference"


@dataclass(frozen=True, slots=True)
class Cell:
    """One variant's distribution of one outcome.

    Attributes
    ----------
    values
        By seed, in order.
    told
        Mean, difference to the baseline, and in how many seeds it was better, equal, worse.
    level
        ``good`` or ``bad`` if the difference is shown and has a better side, else empty.
    """

    variant: str
    values: tuple[float, ...]
    mean: float | None
    this: float | None
    told: tuple[str, ...]
    level: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One outcome: a cell for each variant, over one axis."""

    title: str
    words: MetricWords
    axis: ValueAxis
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class CompareMarks:
    """The whole picture."""

    timeline: TimelineMarks
    strips: tuple[Strip, ...]
    seed: int
    heading: str
    notes: tuple[str, ...]


def compare_marks(
    records: Sequence[RunRecord | Reading], runs: Runs, *, baseline: str, typical: bool = True
) -> CompareMarks:
    """Return what `comparison_figure` shows.

    Parameters
    ----------
    records
        One seed's runs, a variant each, named as in `runs`.
    typical
        The seed was chosen as the most typical one.
    """
    marks = timeline_marks(records)
    first = records[0]
    seed = first.seed if hasattr(first, "seed") else first.record.seed
    seeds = len(next(iter(runs.values())))
    why = say(", the most typical of {count:,}", count=seeds) if typical else ""
    summed = outcomes(runs)
    names = [panel.variant for panel in marks.panels]
    strips, notes = [], []
    for found in over_seeds(summed, list(OUTCOMES), baseline=baseline):
        values = [
            v for name in names for row in summed[name].values() if (v := row[found.metric]) is not None
        ]
        if any(values):
            strips.append(_strip(found, summed, names, seed, values))
        elif values:
            metric = word(TITLES[found.metric])
            notes.append(say("{metric}: 0 in every run of every variant.", metric=metric))
    heading = say("{count:,} seeds, compared with {name}", count=seeds, name=baseline)
    notes.append(say(_SIGNS))
    timeline = replace(marks, title=say("{title}: seed {seed}{why}", title=marks.title, seed=seed, why=why))
    return CompareMarks(timeline, tuple(strips), seed, heading, tuple(notes))


def _strip(found: Compared, summed: Runs, names: Sequence[str], seed: int, values: Sequence[float]) -> Strip:
    words = metric_words(found.metric)
    by_name = {column.variant: column for column in found.columns}
    cells = tuple(cell_of(by_name[name], found, summed, seed) for name in names)
    return Strip(
        word(TITLES[found.metric]), words, value_axis([float(v) for v in values if isfinite(v)]), cells
    )


def cell_of(column: Column, found: Compared, summed: Runs, seed: int) -> Cell:
    """Return what one variant came to in one outcome."""
    words = metric_words(found.metric)
    rows = summed[column.variant]
    values = tuple(float(v) for s in sorted(rows) if (v := rows[s][found.metric]) is not None)
    mean = column.mean.estimate if column.mean else None
    this = rows[seed][found.metric] if seed in rows else None
    bound = "≥ " if column.open_ else ""
    told = [word("no such number")]
    if mean is not None:
        told = [say("{value} on average", value=f"{bound}{words.shown(mean)}")]
    level = ""
    pair = column.paired
    if pair is None:
        told.append(word("baseline"))
    elif pair.n:
        told += _difference_lines(difference(pair, words), in_words(pair, found.better))
        if pair.tells and pair.mean is not None:
            level = "good" if pair.mean.estimate * found.better > 0 else "bad"
    return Cell(column.variant, values, mean, None if this is None else float(this), tuple(told), level)


def _difference_lines(apart: str, seeds: str) -> list[str]:
    """Return a difference in one line, and what is said of it in others, none wider than its column."""
    if inches(apart, TITLE_PT + 1, bold=True) > COLUMN - 0.1:
        apart, _, unsure = apart.partition(", ")
        seeds = f"{unsure}; {seeds}" if unsure else seeds
    return [apart, *wrapped(seeds, COLUMN - 0.2, AXIS_PT)]


def comparison_figure(
    records: Sequence[RunRecord | Reading],
    runs: Runs,
    *,
    baseline: str,
    typical: bool = True,
    theme: str = "paper",
) -> Figure:
    """Draw one seed's timelines, and beside each the outcomes of all seeds with the paired differences.

    On a slide there is one outcome, the one that matters most, in rows.

    Parameters
    ----------
    records
        One seed's runs, a variant each, named as in `runs`.
    runs
        Variant -> seed -> metrics.
    baseline
        The variant that the others are compared with.
    typical
        The seed was chosen as the most typical one.

    Returns
    -------
    Figure
        It belongs to no pyplot state.
    """
    if theme_named(theme).few:  # timelines beside distributions have no room on a slide
        found = [each.record if isinstance(each, Reading) else each for each in records]
        titles = {record.variant: record.title_in(spoken()) or record.variant for record in found}
        return rows(runs, baseline=baseline, titles=titles, theme=theme)
    return draw(compare_marks(records, runs, baseline=baseline, typical=typical), theme=theme)


def draw(marks: CompareMarks, *, theme: str = "paper") -> Figure:
    """Draw marks that have been made before; see `comparison_figure`."""
    from statesim.views.picture import Picture, describe  # noqa: PLC0415 - heavy, and only needed to draw

    look, layout = THEMES[theme], Layout()
    inner = layout.panels(marks.timeline)
    foot = PAPER.foot + 0.9
    total = (
        PAPER.head + PAPER.faults * max(1, layout.fault_lines(marks.timeline.verticals)) + inner + foot + 0.25
    )
    wide = WIDTH + (COLUMN + BETWEEN) * max(2, len(marks.strips)) + 0.2
    with settings():
        figure = Picture(figsize=(wide, total), facecolor=look.paper)
        ax = figure.add_axes((LEFT / wide, foot / total, (WIDTH - LEFT - RIGHT) / wide, inner / total))
        paint(marks.timeline, ax, layout, theme=theme)
        top = foot + inner
        heading = fit(marks.heading, wide - WIDTH - 0.3, TITLE_PT + 2, bold=True)
        figure.text((WIDTH + 0.1) / wide, (top + 0.82) / total, heading, fontsize=TITLE_PT + 2,
                    fontweight="bold", color=look.ink, va="center")  # fmt: skip
        for number, strip in enumerate(marks.strips):
            left = WIDTH + 0.1 + number * (COLUMN + BETWEEN)
            figure.text(left / wide, (top + 0.3) / total, strip.title, fontsize=TITLE_PT, fontweight="bold",
                        color=look.ink, va="center")  # fmt: skip
            _draw_strip(figure, marks, strip, (left, top), look)
        figure.text((WIDTH + 0.1) / wide, 0.55 / total, "\n".join(marks.notes), fontsize=LANE_PT + 1,
                    color=look.ink, va="center")  # fmt: skip
    describe(figure, marks.timeline.title, (*outcomes_said(marks.timeline), marks.heading, *marks.notes))
    return figure


def _draw_strip(
    figure: Figure, marks: CompareMarks, strip: Strip, corner: tuple[float, float], look: Theme
) -> None:
    """Draw one outcome's cells, each as high as the panel beside it, from the top down."""
    wide, total = (float(side) for side in figure.get_size_inches())
    left, top = corner
    for panel, cell in zip(marks.timeline.panels, strip.cells, strict=True):
        height = Layout().panel(panel)
        bottom = top - height
        figure.patches.append(_band(figure, left - 0.1, bottom, height, look))
        for line, words in enumerate(cell.told):
            figure.text(
                left / wide, (top - 0.28 - 0.37 * line) / total, words,
                fontsize=(TITLE_PT + 4, TITLE_PT + 1, AXIS_PT)[min(line, 2)],
                fontweight="bold" if line < 2 else "normal",
                color=severity_ink(cell.level if line == 1 else "", look), va="center", zorder=6,
            )  # fmt: skip
        room = min(1.0, max(0.3, height - 0.37 * len(cell.told) - 0.5))
        ax = figure.add_axes((left / wide, (bottom + 0.36) / total, (COLUMN - 0.3) / wide, room / total))
        _draw_cell(ax, cell, strip, look)
        top = bottom - PAPER.gap


def _band(figure: Figure, left: float, bottom: float, height: float, look: Theme) -> Patch:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - heavy, and only needed to draw

    wide, total = (float(side) for side in figure.get_size_inches())
    return Rectangle(
        (left / wide, bottom / total), (COLUMN + 0.1) / wide, height / total,
        facecolor=look.band, linewidth=0, transform=figure.transFigure, zorder=-1,
    )  # fmt: skip


def _draw_cell(ax: Axes, cell: Cell, strip: Strip, look: Theme) -> None:
    strip.axis.set(ax, strip.words)
    ax.set_ylim(0, 1)
    ax.set_yticks([])
    ax.patch.set_alpha(0)
    for side in ("top", "left", "right"):
        ax.spines[side].set_visible(False)
    ax.tick_params(axis="x", labelsize=AXIS_PT, colors=look.ink, length=5)
    heights = [0.15 + 0.7 * corput(index) for index in range(len(cell.values))]
    ax.plot(cell.values, heights, "o", color="#0072B2", markersize=5, alpha=0.4, markeredgewidth=0, zorder=3)
    if cell.this is not None:
        ax.plot([cell.this] * 2, [0, 1], "-", color="#D55E00", linewidth=2.2, zorder=4)
    if cell.mean is not None:
        ax.plot([cell.mean], [0.5], "D", color=look.ink, markersize=9, markeredgecolor="white", zorder=5)

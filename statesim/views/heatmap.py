"""A metric over two settings: a cell for each combination, with its number in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from math import inf, isfinite, isnan
from typing import TYPE_CHECKING, Any

from statesim.analysis.statistics import Interval, mean_interval, quantile_interval
from statesim.analysis.tidy import groups, known, shown_setting, values_of
from statesim.scenario.units import UnitError, parse_duration
from statesim.views.canvas import Canvas
from statesim.views.ecdf import framed
from statesim.views.heat_cells import COLOURS, draw_cells, short_name
from statesim.views.heat_notes import Sampled, unlike
from statesim.views.heat_slide import draw_slide
from statesim.views.letters import inches
from statesim.views.metric_words import MetricWords, metric_words
from statesim.views.one_form import OneForm, one_form
from statesim.views.speech import drawn_in, say, word
from statesim.views.style import AXIS_PT, BAR_PT, LANE_PT, TITLE_PT, settings, theme_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from statesim.views.style import Theme

CELL = (1.75, 0.95)  # inches at least
BOX = (2.1, 1.5, 1.75, 1.25)  # inches left, below, right (the scale) and above a panel
GAP = 0.8
_TALLEST = 5.6
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of settings.

    Attributes
    ----------
    found
        The mean or percentile, with its interval; ``None`` where nothing was run, or no run has a value.
    text
        The number as it stands there, and below it how sure it is.
    """

    found: Interval | None
    text: str
    below: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One variant's cells, row by row from the bottom."""

    name: str
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class HeatMarks:
    """What the picture shows: panels with the same columns, rows and scale of colours."""

    title: str
    words: MetricWords
    form: OneForm
    x: str
    y: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    panels: tuple[Panel, ...]
    low: float
    high: float
    notes: tuple[str, ...]


def heat_marks(frame: pd.DataFrame, metric: str, x: str, y: str, *, of: str = "mean") -> HeatMarks:
    """Return what `heatmap` shows.

    Raises
    ------
    ValueError
        If there is no such column, no run has a value, or `of` is neither ``mean`` nor like ``p95``.
    """
    known(frame, [metric, x, y])
    words, quantile = metric_words(metric), _quantile(of)
    there = frame[frame[x].notna() & frame[y].notna()]
    columns, rows = _in_order(there[x]), _in_order(there[y])
    parts = _panels(there)
    form = one_form(words, (value for each in groups(there, metric, ()) for value in each.values))
    panels = tuple(
        Panel(name, tuple(tuple(_cell(part, form, {x: a, y: b}, quantile) for a in columns) for b in rows))
        for name, part in parts
    )
    values = [cell.found.estimate for panel in panels for row in panel.cells for cell in row if cell.found]
    finite = [value for value in values if isfinite(value)]
    if not values:
        raise ValueError(f"no run with {x} and {y} has a value of {metric}")
    said = word("mean")
    if quantile is not None:
        said = say("no more than this in {share:g} of 100 runs", share=100 * quantile)
    cells = _sampled(panels, [part for _, part in parts], metric, (x, columns), (y, rows))
    notes = (
        *unlike(cells, means=quantile is None),
        *_notes(there, len(columns) * len(rows) * len(panels), quantile),
    )
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    return HeatMarks(
        say("{name}: {words}", name=words.title, words=said), words, form, x, y,
        tuple(map(_shown, columns)), tuple(map(_shown, rows)), panels, low, high, notes,
    )  # fmt: skip


def _quantile(of: str) -> float | None:
    if of == "mean":
        return None
    match = _PERCENTILE.fullmatch(of)
    if match is None:
        raise ValueError(f"{of!r} is neither mean nor a percentile like p95")
    return float(match[1]) / 100


def _panels(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    names = [name for name in ("scenario", "variant") if name in frame and frame[name].nunique() > 1]
    if not names:
        return [("", frame)]
    return [(", ".join(map(str, key)), part) for key, part in frame.groupby(names, sort=False)]


def _in_order(values: pd.Series[Any]) -> list[Any]:
    """Return the values of a setting from the smallest: durations and numbers as such, words as they come."""
    found = list(dict.fromkeys(values))
    sizes = [_size(value) for value in found]
    if any(size is None for size in sizes):
        return found
    return [value for _, value in sorted(zip(sizes, found, strict=True), key=lambda pair: pair[0] or 0)]


def _size(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(parse_duration(value))
    except (UnitError, TypeError, ValueError):
        return None


def _shown(value: Any) -> str:
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _cell(part: pd.DataFrame, form: OneForm, chosen: dict[str, Any], quantile: float | None) -> Cell:
    for name, value in chosen.items():
        part = part[part[name] == value]
    if part.empty:
        return Cell(None, word("not run"), "")
    words = form.words
    group = groups(part, words.path, ())[0]
    if not group.values:
        return Cell(None, word("no value"), "")
    if quantile is None and inf in group.values:
        open_ = sum(value == inf for value in group.values)
        found = Interval(inf, -inf, inf, 0.95, "")
        told = say("in {count} of {runs}", count=open_, runs=len(group.values))
        return Cell(found, words.open_, told)
    found = mean_interval(group.values) if quantile is None else quantile_interval(group.values, quantile)
    return Cell(found, _seen(found.estimate, found, form), _sure(found, form))


def _half(found: Interval) -> float:
    """Return what decides how many digits are told; 0 where a value was seen, or there is no interval.

    Of a mean it is half of its interval, of a percentile the narrower of both sides (as the Particle Data
    Group does with errors that are not alike).
    """
    sides = [found.estimate - found.low, found.high - found.estimate]
    return min((side for side in sides if isfinite(side) and side > 0), default=0.0)


def _sure(found: Interval, form: OneForm) -> str:
    half = _half(found)
    if found.method == "Student's t":
        if not isfinite(found.width):
            return ""
        return f"± {form.shown(half, half)}" if half else word("in every run")
    low, high = _seen(found.low, found, form), _seen(found.high, found, form)
    if isfinite(found.low) and isfinite(found.high):
        return say("{low} to {high}", low=low, high=high)
    if isfinite(found.low):
        return say("at least {value}", value=low)
    return say("at most {value}", value=high) if isfinite(found.high) else ""


def _seen(value: float, found: Interval, form: OneForm) -> str:
    """Return an estimate or a bound; of what is counted a percentile is a whole number, as it was seen."""
    mean = found.method == "Student's t"
    return form.shown(value, _half(found) if mean or form.words.unit == "s" else 0.0)


def _sampled(
    marks: Sequence[Panel],
    parts: Sequence[pd.DataFrame],
    metric: str,
    x: tuple[str, list[Any]],
    y: tuple[str, list[Any]],
) -> list[Sampled]:
    """Return the cells that have a number, each with where it is from."""
    return [
        Sampled(
            (panel.name, shown_setting(x[0], a), shown_setting(y[0], b)),
            cell.found,
            partial(_by_seed, part[(part[x[0]] == a) & (part[y[0]] == b)], metric),
        )
        for panel, part in zip(marks, parts, strict=True)
        for b, row in zip(y[1], panel.cells, strict=True)
        for a, cell in zip(x[1], row, strict=True)
        if cell.found
    ]


def _by_seed(part: pd.DataFrame, metric: str) -> dict[int, float]:
    """Return a cell's value for each seed; the mean, where a third setting gave a seed several runs."""
    seeds = [int(seed) for seed in part["seed"]]
    values = values_of(part, metric).groupby(seeds).mean()
    return {seed: float(values[seed]) for seed in dict.fromkeys(seeds) if not isnan(values[seed])}


def _notes(there: pd.DataFrame, cells: int, quantile: float | None) -> tuple[str, ...]:
    runs = say("{runs:,} runs in {cells} cells.", runs=len(there), cells=cells)
    how = word("Student's t" if quantile is None else "order statistics")
    return (runs, say("The small numbers: 95 % confidence ({how}).", how=how))


def heatmap(
    frame: pd.DataFrame,
    metric: str,
    x: str,
    y: str,
    *,
    of: str = "mean",
    theme: str = "paper",
    language: str | None = None,
) -> Figure:
    """Draw a metric over two settings; a panel for each variant that has both.

    Parameters
    ----------
    frame
        A row for each run, as a sweep makes it.
    x, y
        The columns of the settings, ``systems.pg.parameters.ttl``.
    of
        ``mean``, or a percentile over the runs of a cell: ``p95``.
    language
        ``en`` or ``zh``; default: English, unless another is spoken already.

    Returns
    -------
    Figure
        It belongs to no pyplot state.
    """
    with drawn_in(language):
        return draw(heat_marks(frame, metric, x, y, of=of), theme=theme)


def draw(marks: HeatMarks, *, theme: str = "paper") -> Figure:
    """Draw marks that have been made before; see `heatmap`."""
    from statesim.views.picture import Picture, describe  # noqa: PLC0415 - heavy, and only needed to draw

    look = theme_named(theme)
    if look.few:
        return draw_slide(marks, look)
    left, below, right, above = BOX
    cell = _cell_size(marks)
    wide = cell[0] * len(marks.columns)
    high = cell[1] * len(marks.rows)
    count = len(marks.panels)
    above += 0.35 if count > 1 else 0
    total = (left + wide * count + GAP * (count - 1) + right, below + high + above)
    with settings():
        figure = Picture(figsize=total, facecolor=look.paper, dpi=look.dpi)
        for number, panel in enumerate(marks.panels):
            x0 = left + number * (wide + GAP)
            ax = figure.add_axes((x0 / total[0], below / total[1], wide / total[0], high / total[1]))
            _axes(ax, marks, panel, look, first=number == 0)
            draw_cells(ax, marks, panel, (TITLE_PT, LANE_PT - 1))
        _scale(figure, marks, look, total)
        said = say("; ").join(filter(None, (marks.words.path, marks.words.which_is_better)))
        framed(Canvas(figure, (0, 0, 1, 1), *total, 1.0, look), marks.title, said, marks.notes)
    describe(figure, marks.title, (said, *marks.notes))
    return figure


def _cell_size(marks: HeatMarks) -> tuple[float, float]:
    texts = [cell for panel in marks.panels for row in panel.cells for cell in row]
    widest = max(
        max(inches(cell.text, TITLE_PT, bold=True), inches(cell.below, LANE_PT - 1)) for cell in texts
    )
    room = max(CELL[0], widest * 1.05 + 0.25)
    least = max(room, (9.0 - BOX[0] - BOX[2]) / (len(marks.columns) * len(marks.panels)))
    return least, min(max(CELL[1], 3.6 / len(marks.rows)), max(0.7, _TALLEST / len(marks.rows)))


def _axes(ax: Axes, marks: HeatMarks, panel: Panel, look: Theme, *, first: bool) -> None:
    ax.set_xlim(0, len(marks.columns))
    ax.set_ylim(0, len(marks.rows))
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xticks([n + 0.5 for n in range(len(marks.columns))], list(marks.columns))
    ax.set_yticks([n + 0.5 for n in range(len(marks.rows))], list(marks.rows) if first else [])
    ax.tick_params(labelsize=AXIS_PT + 1, colors=look.ink, length=0, pad=8)
    ax.set_xlabel(short_name(marks.x), fontsize=AXIS_PT + 1, fontweight="bold", color=look.ink, labelpad=8)
    if first:
        ax.set_ylabel(
            short_name(marks.y), fontsize=AXIS_PT + 1, fontweight="bold", color=look.ink, labelpad=8
        )
    if panel.name:
        ax.set_title(panel.name, fontsize=TITLE_PT, fontweight="bold", color=look.ink, loc="left", pad=8)


def _scale(figure: Figure, marks: HeatMarks, look: Theme, total: tuple[float, float]) -> None:
    """Draw the scale of colours, its ends in words, where the values differ."""
    from matplotlib import colormaps  # noqa: PLC0415 - heavy, and only needed to draw

    if marks.high == marks.low:
        return
    _, below, right, _ = BOX
    height = total[1] - below - BOX[3]
    ax = figure.add_axes(
        (
            (total[0] - right + 0.3) / total[0],
            (below + 0.3) / total[1],
            0.3 / total[0],
            (height - 0.9) / total[1],
        )
    )
    ax.imshow([[n / 255] for n in range(256)], aspect="auto", origin="lower", cmap=colormaps[COLOURS])
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    for place, value in ((1.04, marks.high), (-0.04, marks.low)):
        ax.text(0.5, place, marks.form.shown(value), transform=ax.transAxes, fontsize=BAR_PT, color=look.ink,
                ha="center", va="bottom" if place > 0 else "top")  # fmt: skip

"""Distributions: the share of runs at or below each value, one curve a variant or setting, with its band."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Any

from statesim.analysis.tidy import Group, groups
from statesim.views.canvas import canvas
from statesim.views.ecdf_curves import PERCENTILES, Curve, curve_of, labels, told_apart
from statesim.views.labelling import Room, distance, places
from statesim.views.letters import fit, inches, wrapped
from statesim.views.metric_words import MetricWords, metric_words
from statesim.views.series import MOST, ink_of, series
from statesim.views.speech import drawn_in, say, word
from statesim.views.style import AXIS_PT, BAR_PT, LANE_PT, TITLE_PT, figure_of, settings, theme_named
from statesim.views.value_axis import ValueAxis, value_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from statesim.views.canvas import Canvas

SIZE = (12.8, 7.2)
BOX = (1.25, 1.35, 0.35, 1.15)  # inches left, below, right and above the axes
_FEW = (1.25, 0.5, 0.35, 0.65)  # with few words
_BOTH_TAILS = 4.6  # inches of an axis on which 95 % and 99 % can both be written
_NARROWEST = {False: 8.0, True: 7.5}  # inches: names find no room beside curves on less
_LOWEST = 5.6  # inches: in flat axes that are given it is no higher than it must be
SHARES = (0.0, 0.25, 0.5, 0.75, 0.95, 0.99)
_POINTS = {True: AXIS_PT, False: LANE_PT}  # of a curve's name, and of what stands below it
_ARROW, _APART = 0.22, 0.04  # inches from one arrow to the next; shares so near that arrows would touch
_GAP = 0.15  # inches: a name that stands further off has a line to its curve
_SAID = {
    1: "The further right, the better: each point says in what share of the runs it was that or less.",
    -1: "The further left, the better: each point says in what share of the runs it was that or less.",
    0: "Each point says in what share of the runs it was that or less.",
}
_SIGNS = "●■◆ "  # before percentiles beside a curve
NOTE = 0.22  # inches from line to line of notes
LINE = 0.235  # inches from line to line of a curve's name


@dataclass(frozen=True, slots=True)
class EcdfMarks:
    """What the picture shows."""

    title: str
    words: MetricWords
    curves: tuple[Curve, ...]
    axis: ValueAxis
    notes: tuple[str, ...]


def ecdf_marks(frame: pd.DataFrame, metric: str, by: Sequence[str] | None = None) -> EcdfMarks:
    """Return what `distribution` shows.

    Raises
    ------
    ValueError
        If there is no such column, no run has a value, or there are more curves than anybody can follow.
    """
    words = metric_words(metric)
    every = [group for group in groups(frame, metric, by) if group.values]
    if not every:
        raise ValueError(f"no run has a value of {metric}")
    if len(every) > MOST:
        told = ", ".join(group.name for group in every[:3])
        raise ValueError(
            f"{len(every)} curves ({told}, …) are too many for one picture; choose {MOST} at most"
        )
    each = [curve_of(group, words, series(index)) for index, group in enumerate(every)]
    finite = [x for curve in each for x in curve.steps.x]
    axis = value_axis(finite, "open" if any(curve.open_ for curve in each) else "names")
    curves = told_apart(each, axis)
    return EcdfMarks(words.title, words, curves, axis, tuple(_notes(every, curves)))


def arrows(curves: Sequence[Curve]) -> dict[int, int]:
    """Return, for each curve that does not end, how many arrows at its height stand right of its own."""
    found: dict[int, int] = {}
    for index, curve in enumerate(curves):
        if curve.open_:
            near = [found[n] for n in found if abs(curves[n].open_ - curve.open_) < _APART]
            found[index] = next(n for n in range(len(curves)) if n not in near)
    return found


def _notes(every: Sequence[Group], curves: Sequence[Curve]) -> list[str]:
    counts = sorted({len(group.values) for group in every})
    one = len(counts) == 1
    runs = f"{counts[0]:,}" if one else say("{low:,} to {high:,}", low=counts[0], high=counts[-1])
    band = "{runs} runs a curve. Band: with 95 % confidence all of the true curve lies in it (DKW)."
    notes = [say(band, runs=runs)]
    missing = sum(group.runs - len(group.values) for group in every)
    if missing:
        notes.append(say("{count:,} runs have no value.", count=missing))
    if any("*" in line for curve in curves for line in curve.told):
        notes.append(say("* Too few runs to say how much more that percentile may be."))
    return notes


def distribution(
    frame: pd.DataFrame,
    metric: str,
    *,
    by: Sequence[str] | None = None,
    theme: str = "paper",
    language: str | None = None,
) -> Figure:
    """Draw the distribution of a metric over runs as curves, a variant or setting each.

    Parameters
    ----------
    frame
        A row for each run, as a sweep makes it.
    metric
        ``clients.shop.unavailable_s``.
    by
        The columns that make the curves, ``["variant", "systems.pg.parameters.ttl"]``; default: what varies
        of scenario and variant.
    language
        ``en`` or ``zh``; default: English, unless another is spoken already.

    Returns
    -------
    Figure
        It belongs to no pyplot state.
    """
    with drawn_in(language):
        return draw(ecdf_marks(frame, metric, by), theme=theme)


def draw(marks: EcdfMarks, *, theme: str = "paper") -> Figure:
    """Draw marks that have been made before; see `distribution`."""
    return figure_of(draw_axes(marks, theme=theme))


def draw_axes(marks: EcdfMarks, *, ax: Axes | None = None, theme: str = "paper") -> Axes:
    """Draw marks that have been made before, and return the axes."""
    from statesim.views.picture import describe  # noqa: PLC0415 - matplotlib is heavy: when it is used

    def high(width: float) -> float:
        shaped = width * SIZE[1] / SIZE[0]
        return shaped if ax is None else min(shaped, _LOWEST)

    with settings():
        on = canvas(ax, theme, high, width=SIZE[0], least=_NARROWEST[theme_named(theme).few])
        look = on.theme
        left, below, right, above = _FEW if look.few else BOX
        below += 0 if look.few else NOTE * (len(note_lines(on, marks.notes)) - 1)
        width, height = on.width - left - right, on.height - below - above
        drawn = on.axes(left, above, width, height)
        _axes(drawn, marks, on)
        ends = arrows(marks.curves)
        for number, curve in enumerate(marks.curves):
            _draw_curve(drawn, curve, ink_of(curve.look, look), on.zoom)
            if curve.open_:
                place = 1 - _ARROW * ends[number] / width, (1 - curve.open_) / drawn.get_ylim()[1]
                ink = ink_of(curve.look, look)
                drawn.plot(*([each] for each in place), ">", color=ink, markersize=13 * on.zoom,
                           markeredgecolor=look.paper, transform=drawn.transAxes, clip_on=False,
                           zorder=5)  # fmt: skip
        _labels(drawn, marks, on, (width, height))
        said = say(_SAID[marks.words.better])
        framed(on, marks.title, said, marks.notes)
    curves = [
        f"{curve.name}: {', '.join(line.lstrip(_SIGNS) for line in curve.told)}" for curve in marks.curves
    ]
    describe(drawn, marks.title, (said, *curves, *marks.notes))
    return drawn


def framed(on: Canvas, title: str, said: str, notes: Sequence[str], key: str = "") -> None:
    """Write a picture's title, the line below it, and what must be known to read it at its foot.

    With few words the title stands alone, with a key of the marks: who shows the slide says the rest.
    """
    room = 0.97 * (on.width - 0.5)
    if on.theme.few:
        on.text(0.25, 0.3, fit(title, room, TITLE_PT + 2, bold=True), TITLE_PT + 2, fontweight="bold")
        on.text(0.25, on.height - 0.17, key, LANE_PT)
        return
    on.text(0.25, 0.42, fit(title, room, TITLE_PT + 4, bold=True), TITLE_PT + 4, fontweight="bold")
    on.text(0.25, 0.82, fit(said, room, LANE_PT + 1), LANE_PT + 1)
    for number, line in enumerate(reversed(note_lines(on, notes))):
        on.text(0.25, on.height - 0.15 - NOTE * number, line, BAR_PT, va="baseline")


def note_lines(on: Canvas, notes: Sequence[str]) -> list[str]:
    """Return what must be known to read a picture, in lines as wide as it."""
    return wrapped("  ".join(notes), 0.97 * (on.width - 0.5), BAR_PT)


def _axes(ax: Axes, marks: EcdfMarks, on: Canvas) -> None:
    look, zoom = on.theme, on.zoom
    ax.set_facecolor(look.paper)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(look.ink)
    marks.axis.set(ax, marks.words, zoom)
    ax.set_ylim(0, 1.02)
    high = ax.get_position().height * figure_of(ax).get_figheight() / zoom
    shares = [share for share in SHARES if share != 0.95 or high > _BOTH_TAILS]
    ax.set_yticks(shares, [f"{100 * share:g} %" for share in shares])
    ax.tick_params(labelsize=AXIS_PT * zoom, colors=look.ink, length=6 * zoom, width=1.2)
    ax.hlines(shares[1:], marks.axis.low, marks.axis.high, colors=look.faint, linewidth=0.8, zorder=0.5)
    units = dict.fromkeys(label.get_text().partition(" ")[2] for label in ax.get_xticklabels())
    said = say(", ").join(filter(None, units)) or word("how many")
    of = "" if look.few else say("{metric} ({unit})", metric=marks.words.title, unit=said)
    ax.set_xlabel(of, fontsize=AXIS_PT * zoom, color=look.ink, labelpad=6 * zoom)
    if not look.few:
        ax.annotate(marks.words.path, (0.5, 0), (0, -52 * zoom), xycoords="axes fraction", color=look.ink,
                    textcoords="offset points", fontsize=BAR_PT * zoom, ha="center", va="top")  # fmt: skip
    ax.set_ylabel(word("of the runs"), fontsize=AXIS_PT * zoom, color=look.ink)


def _draw_curve(ax: Axes, curve: Curve, colour: str, zoom: float) -> None:
    dashes = curve.look.dashes
    low, high = ax.get_xlim()
    steps = curve.steps
    last = high if curve.open_ else (steps.x[-1] if steps.x else high)
    start = steps.x[0] if steps.x else low
    x = [start, *steps.x, last]
    heights = [0.0, *steps.share, steps.share[-1] if steps.share else 0.0]
    ax.step(
        x, heights, where="post", color=colour, linestyle="-" if curve.under else dashes,
        linewidth=(3 + 3 * curve.under) * zoom, zorder=3,
    )  # fmt: skip
    if steps.x:
        within = [*steps.x, last]
        lower, upper = [*steps.low, steps.low[-1]], [*steps.high, steps.high[-1]]
        ax.fill_between(within, lower, upper, step="post", color=colour, alpha=0.13, linewidth=0, zorder=1)
    for each, (q, mark, _) in zip(curve.percentiles, PERCENTILES, strict=True):
        if isfinite(each.estimate):
            ax.plot(
                [each.estimate],
                [q],
                mark,
                color=colour,
                markersize=(10 + 4 * curve.under) * zoom,
                markeredgecolor="white",
                clip_on=False,
                zorder=5,
            )


def _labels(ax: Axes, marks: EcdfMarks, on: Canvas, size: tuple[float, float]) -> None:
    """Write each curve's name and percentiles beside it, in its colour."""
    width, height = size
    look = on.theme
    transform = ax.transData + ax.transAxes.inverted()

    def at(x: float, share: float) -> tuple[float, float]:
        shown: Any = transform.transform((x, share))
        return float(shown[0]) * width, float(shown[1]) * height

    low, high = ax.get_xlim()
    shown = [curve for curve in marks.curves if curve.same_as is None]
    lines = [_dense([at(x, share) for x, share in _corners(curve, low, high)]) for curve in shown]
    texts = labels(marks.curves, few=look.few)
    sizes = [
        (max(1.04 * inches(words, _POINTS[bold], bold=bold) for words, bold, _ in text), LINE * len(text))
        for text in texts
    ]
    dots = [
        at(each.estimate, share)
        for curve in shown
        for each, (share, _, _) in zip(curve.percentiles, PERCENTILES, strict=True)
        if isfinite(each.estimate)
    ]
    found = places(lines, sizes, Room(0.05, 0.05, width, height - 0.05), dots=dots)
    for curve, text, line_of, room in zip(shown, texts, lines, found, strict=True):
        _lead(ax, room, line_of, ink_of(curve.look, look), size)
        style: dict[str, Any] = {
            "transform": ax.transAxes, "va": "top", "zorder": 6,
            "bbox": {"facecolor": look.paper, "alpha": 0.8, "pad": 0.6, "linewidth": 0},
        }  # fmt: skip
        for line, (words, bold, series_of) in enumerate(text):
            points, weight = _POINTS[bold] * on.zoom, "bold" if bold else "normal"
            place = room.left / width, (room.top - LINE * line) / height
            ink = ink_of(series_of, look)
            ax.text(*place, words, fontsize=points, fontweight=weight, color=ink, **style)


def _lead(
    ax: Axes, room: Room, points: Sequence[tuple[float, float]], colour: str, size: tuple[float, float]
) -> None:
    """Draw a thin line from a name to its curve, if it stands off."""
    far, (x, y) = distance(room, points)
    if far < 2 * _GAP:
        return
    begin = (min(max(x, room.left), room.right), min(max(y, room.bottom), room.top))
    ends = zip(begin, (x, y), strict=True)
    (x0, x1), (y0, y1) = ends
    ax.plot(
        [x0 / size[0], x1 / size[0]], [y0 / size[1], y1 / size[1]], "-", color=colour, linewidth=1.2,
        transform=ax.transAxes, zorder=4,
    )  # fmt: skip


def _corners(curve: Curve, low: float, high: float) -> list[tuple[float, float]]:
    if not curve.steps.x:  # it lies on the axis all along
        return [(low + (high - low) / 3, 0.0), (high, 0.0)]
    corners = [(curve.steps.x[0], 0.0)]
    for x, share in zip(curve.steps.x, curve.steps.share, strict=True):
        corners += [(x, corners[-1][1]), (x, share)]
    return [*corners, (high, corners[-1][1])] if curve.open_ else corners


def _dense(corners: Sequence[tuple[float, float]], apart: float = 0.1) -> list[tuple[float, float]]:
    """Return points of a line at most `apart` inches from each other."""
    points = [corners[0]]
    for (x0, y0), (x1, y1) in pairwise(corners):
        count = max(1, int(max(abs(x1 - x0), abs(y1 - y0)) / apart))
        points += [(x0 + (x1 - x0) * k / count, y0 + (y1 - y0) * k / count) for k in range(1, count + 1)]
    return points

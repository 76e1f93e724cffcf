"""The timeline: every variant under the same time axis; what is so above what Kubernetes says.

The figure's vertical unit is an inch, so that letters, bars and gaps keep their sizes whatever is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.reading import Reading
from statesim.analysis.record import RunRecord
from statesim.views.acts import listed
from statesim.views.axis import time_label, time_ticks
from statesim.views.legend import LINE, Entry, entries
from statesim.views.letters import fit, inches, wrapped
from statesim.views.marks import Panel, TimelineMarks, timeline_marks
from statesim.views.paint import Brush
from statesim.views.style import (
    AXIS_PT,
    BAR_PT,
    LANE_PT,
    SEVERITY,
    THEMES,
    TITLE_PT,
    VERMILLION,
    figure_of,
    settings,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from statesim.views.acts import Vertical
    from statesim.views.lanes import Lane
    from statesim.views.strips import Strip

WIDTH, LEFT, RIGHT = 16.0, 2.35, 0.3
HEAD, FAULTS, FOOT = 0.55, 0.36, 0.86
TITLE, BAND, LANE, STRIP, GAP = 0.55, 0.38, 0.36, 0.64, 0.24
NOTE = 0.24  # a line of words above a curve
WIDE, NARROW = 0.2, 0.095
INDENT = 0.1


def timeline(
    records: RunRecord | Reading | Sequence[RunRecord | Reading],
    *,
    ax: Axes | None = None,
    window: tuple[float, float] | None = None,
    theme: str = "paper",
    drift: bool = False,
) -> Figure:
    """Draw one run, or the variants of a scenario one below the other.

    Parameters
    ----------
    records
        What to draw, from top to bottom.
    ax
        Where to draw; `height_of` says how high it should be. ``None`` = a figure of its own.
    window
        From and to, in seconds: a part of the time, enlarged.
    theme
        ``paper`` or ``dark``.
    drift
        Add a curve for each system: how far its containers have moved from their image.

    Returns
    -------
    Figure
        It belongs to no pyplot state; a notebook shows it as the last value of a cell.
    """
    several = [records] if isinstance(records, (RunRecord, Reading)) else list(records)
    return draw(timeline_marks(several, window, drift=drift), ax=ax, theme=theme)


def height_of(marks: TimelineMarks) -> float:
    """Return the height (inches) of the panels."""
    return sum(panel_height(panel) for panel in marks.panels) + GAP * (len(marks.panels) - 1)


def panel_height(panel: Panel) -> float:
    """Return the height (inches) of one panel."""
    return _heading_height(panel) + LANE * len(panel.lanes) + sum(map(_strip_height, panel.strips)) + 0.06


def _strip_height(strip: Strip) -> float:
    return STRIP + (NOTE if strip.noted else 0)


def draw(marks: TimelineMarks, *, ax: Axes | None = None, theme: str = "paper") -> Figure:
    """Draw marks that have been made before; see `timeline`."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - heavy, and only needed to draw

    look, inner = THEMES[theme], height_of(marks)
    legend = entries(marks.used, WIDTH - 0.5)
    with settings():
        if ax is None:
            foot = FOOT + LINE * (legend[-1].line + 1 if legend else 0)
            total = HEAD + FAULTS * fault_lines(marks.verticals) + inner + foot
            figure = Figure(figsize=(WIDTH, total), facecolor=look.paper)
            ax = figure.add_axes((LEFT / WIDTH, foot / total, (WIDTH - LEFT - RIGHT) / WIDTH, inner / total))
        root = figure_of(ax)
        ax.set_xlim(*marks.window)
        ax.set_ylim(inner, 0)
        brush = Brush(ax, look, ax.get_position().width * root.get_figwidth())
        _frame(ax, marks, brush)
        _heading(marks, brush)
        top = 0.0
        for panel in marks.panels:
            _panel(brush, panel, top)
            top += panel_height(panel) + GAP
        brush.finish()
        _legend(brush, legend, inner)
    return root


def _frame(ax: Axes, marks: TimelineMarks, brush: Brush) -> None:
    ax.set_facecolor(brush.theme.paper)
    for side in ("top", "left", "right"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(brush.theme.ink)
    ax.set_yticks([])
    ticks = time_ticks(*marks.window)
    ax.set_xticks(ticks, [time_label(tick, marks.window[1]) for tick in ticks])
    ax.tick_params(axis="x", labelsize=AXIS_PT, colors=brush.theme.ink, length=6, width=1.2)
    top = 0.0
    for panel in marks.panels:
        height = panel_height(panel)
        ax.vlines(
            ticks,
            top + _heading_height(panel),
            top + height,
            colors=brush.theme.faint,
            linewidth=0.8,
            zorder=0.5,
        )
        top += height + GAP


def fault_places(verticals: Sequence[Vertical]) -> list[tuple[int, float, str]]:
    """Return line, inches from the left, and words of each entry of what happened, none cut off."""
    places, line, x = [], 0, 0.12
    for vertical in verticals:
        needs = (0.2 if vertical.number else 0.0) + inches(vertical.words, LANE_PT)
        if x + needs > WIDTH - RIGHT and x > 0.12:
            line, x = line + 1, 0.12
        places.append((line, x, vertical.words))
        x += needs + 0.4
    return places


def fault_lines(verticals: Sequence[Vertical]) -> int:
    """Return how many lines the entries of what happened take."""
    places = fault_places(verticals)
    return places[-1][0] + 1 if places else 0


def _heading(marks: TimelineMarks, brush: Brush) -> None:
    lines = fault_lines(marks.verticals)
    brush.text(brush.at(INDENT - LEFT), -0.26 - FAULTS * lines, marks.title, TITLE_PT + 2, weight="bold")
    _faults(brush, marks.verticals, -0.2 - FAULTS * (lines - 1), INDENT - LEFT)


def _faults(brush: Brush, verticals: Sequence[Vertical], top: float, left: float) -> None:
    """Write what happened, each with its number; `top` is the middle of the first line."""
    for vertical, (line, x, words) in zip(verticals, fault_places(verticals), strict=True):
        if vertical.number:
            brush.badge(brush.at(left + x), top + FAULTS * line, vertical.number)
        offset = 0.2 if vertical.number else -0.08
        brush.text(brush.at(left + x + offset), top + FAULTS * line, words, LANE_PT)


def heading(panel: Panel) -> tuple[float, list[str]]:
    """Return how far from the left (inches) a variant's outcome begins, and its lines.

    It stands beside the title where there is room for all of it, and else below.
    """
    beside = 2 * INDENT + 0.3 + inches(panel.title, TITLE_PT, bold=True)
    if inches(panel.outcome, TITLE_PT, bold=True) <= _room(beside):
        return beside, [panel.outcome]
    return 2 * INDENT, wrapped(panel.outcome, _room(2 * INDENT), TITLE_PT, bold=True)


def _room(left: float) -> float:
    """Return the width that letters find; those that are drawn may be wider than their outlines."""
    return 0.97 * (WIDTH - RIGHT - left)


def _heading_height(panel: Panel) -> float:
    left, lines = heading(panel)
    return TITLE + LANE * (len(lines) if left == 2 * INDENT else 0) + _listed_height(panel)


def _listed_height(panel: Panel) -> float:
    return FAULTS * fault_lines(listed(panel.verticals)) if panel.listed else 0.0


def _panel(brush: Brush, panel: Panel, top: float) -> None:
    bottom, y = top + panel_height(panel), top + _heading_height(panel)
    above = y - TITLE + BAND
    band = above - _listed_height(panel)
    brush.band(brush.at(INDENT - LEFT), top, band)
    brush.text(brush.at(2 * INDENT - LEFT), top + BAND / 2, panel.title, TITLE_PT, weight="bold")
    left, lines = heading(panel)
    for number, words in enumerate(lines, 0 if left > 2 * INDENT else 1):
        middle = top + BAND / 2 + LANE * number
        colour = SEVERITY[panel.severity]
        brush.text(brush.at(left - LEFT), middle, words, TITLE_PT, colour=colour, weight="bold")
    if panel.listed:
        _faults(brush, listed(panel.verticals), band + 0.2, 2 * INDENT - LEFT)
    drifts = [strip for strip in panel.strips if strip.looks[0] == "drift"]
    y = _strips(brush, drifts, y)  # who asked for them looks for them first
    for lane in panel.lanes:
        _lane(brush, lane, y)
        y += LANE
    _strips(brush, [strip for strip in panel.strips if strip not in drifts], y)
    brush.verticals([(each.start, each.number) for each in panel.verticals], above + 0.09, bottom)


def _lane(brush: Brush, lane: Lane, y: float) -> None:
    bold = lane.group == "pod"
    words = fit(lane.label, LEFT - 3 * INDENT, LANE_PT, bold=bold)
    weight = "bold" if bold else "normal"
    brush.text(brush.at(2 * INDENT - LEFT), y + 0.16, words, LANE_PT, weight=weight)
    for span in lane.wide:
        brush.bar(span, y + 0.02, WIDE)
        brush.word(span, y + 0.02 + WIDE / 2, BAR_PT, beside=lane.group == "drain")
    for span in lane.narrow:
        brush.bar(span, y + 0.02 + WIDE + 0.012, NARROW)


def _strips(brush: Brush, strips: Sequence[Strip], y: float) -> float:
    """Draw curves one below the other, from `y` on; return where they end."""
    for strip in strips:
        _strip(brush, strip, y + 0.1)
        y += _strip_height(strip)
    return y


def _strip(brush: Brush, strip: Strip, y: float) -> None:
    height, ink = STRIP - 0.16, brush.at(2 * INDENT - LEFT)
    y += NOTE if strip.noted else 0
    brush.text(ink, y + 0.12, fit(strip.label, LEFT - 0.4, LANE_PT, bold=True), LANE_PT, weight="bold")
    peak = max(strip.heights, default=0.0)
    words = f"{strip.unit}, at most {_number(peak)}" if strip.counted and peak else strip.unit
    brush.text(ink, y + 0.35, words, BAR_PT - 1)
    brush.steps(strip, y, height, peak)
    for gap in strip.gaps:
        brush.gap(gap.start, gap.end, y, height)
    notes = [(strip.longest.text, brush.theme.ink)] if strip.longest is not None else []
    if strip.lost_text:
        notes.append((strip.lost_text, VERMILLION))
    if notes:
        brush.note(notes, strip.about, y, height, above=NOTE)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _legend(brush: Brush, legend: list[Entry], inner: float) -> None:
    for entry in legend:
        x, y = INDENT - LEFT + entry.x, inner + 0.68 + LINE * entry.line
        if entry.look is None:
            brush.text(brush.at(x), y, entry.word, BAR_PT, weight="bold")
        else:
            brush.swatch(entry.look, x, y)
            brush.text(brush.at(x + 0.42), y, entry.word, BAR_PT)

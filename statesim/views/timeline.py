"""The timeline: every variant under the same time axis; what is so above what Kubernetes says.

The figure's vertical unit is an inch, so that letters, bars and gaps keep their sizes whatever is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.reading import Reading
from statesim.analysis.record import RunRecord
from statesim.views.acts import listed
from statesim.views.axis import MOST, time_label, time_ticks
from statesim.views.canvas import canvas
from statesim.views.legend import WORD
from statesim.views.letters import fit, inches
from statesim.views.marks import Panel, TimelineMarks, timeline_marks
from statesim.views.paint import Brush
from statesim.views.style import (
    AXIS_PT,
    BAR_PT,
    LANE_PT,
    THEMES,
    TITLE_PT,
    VERMILLION,
    figure_of,
    settings,
    severity_ink,
    theme_named,
)
from statesim.views.timeline_layout import (
    AXIS,
    BAND,
    FAULTS,
    GAP,
    INDENT,
    LANE,
    NOTE,
    STRIP,
    TITLE,
    Layout,
    fitted,
    layout_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from statesim.views.acts import Vertical
    from statesim.views.lanes import Lane
    from statesim.views.legend import Entry
    from statesim.views.strips import Strip

WIDE, NARROW = 0.2, 0.095
_NARROWEST = 5.5  # inches: less than that has no room for a time axis beside the names


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
        Where to draw: all of it stays within their rectangle. ``None`` = a figure of its own.
    window
        From and to, in seconds: a part of the time, enlarged.
    theme
        ``paper``, ``slides`` or ``dark``.
    drift
        Add a curve for each system: how far its containers have moved from their image.

    Returns
    -------
    Figure
        It belongs to no pyplot state; a notebook shows it as the last value of a cell.
    """
    several = [records] if isinstance(records, (RunRecord, Reading)) else list(records)
    return draw(timeline_marks(several, window, drift=drift), ax=ax, theme=theme)


def draw(marks: TimelineMarks, *, ax: Axes | None = None, theme: str = "paper") -> Figure:
    """Draw marks that have been made before; see `timeline`."""
    return figure_of(draw_axes(marks, ax=ax, theme=theme))


def draw_axes(marks: TimelineMarks, *, ax: Axes | None = None, theme: str = "paper") -> Axes:
    """Draw marks that have been made before, and return the axes."""
    look = theme_named(theme)
    if look.few:
        width = look.width
        height = width * (look.shape or 1)
        if ax is not None:
            place, figure = ax.get_position(), figure_of(ax)
            width, height = place.width * figure.get_figwidth(), place.height * figure.get_figheight()
        marks = fitted(marks, max(width, _NARROWEST), height * max(1, _NARROWEST / width))

    def needs(width: float) -> float:
        return layout_of(marks, width, few=look.few).total(marks)

    with settings():
        on = canvas(ax, theme, needs, least=_NARROWEST)
        layout = layout_of(marks, on.width, few=look.few)
        inner = layout.panels(marks)
        drawn = on.axes(layout.left, layout.above(marks), layout.inner, inner)
        paint(marks, drawn, layout, theme=theme, zoom=on.zoom)
    return drawn


def paint(
    marks: TimelineMarks,
    ax: Axes,
    layout: Layout,
    *,
    theme: str = "paper",
    zoom: float = 1.0,
    legend: bool = True,
) -> None:
    """Draw marks in axes that have exactly the size and place that their layout asks for."""
    inner = layout.panels(marks)
    ax.set_xlim(*marks.window)
    ax.set_ylim(inner, 0)
    brush = Brush(ax, THEMES[theme], layout.inner, zoom)
    _frame(ax, marks, brush, layout)
    _heading(marks, brush, layout)
    top = 0.0
    for panel in marks.panels:
        _panel(brush, panel, top, layout)
        top += layout.panel(panel) + GAP
    brush.finish()
    if legend:
        _legend(brush, layout.legend(marks), inner, layout)


def _frame(ax: Axes, marks: TimelineMarks, brush: Brush, layout: Layout) -> None:
    ax.set_facecolor(brush.theme.paper)
    for side in ("top", "left", "right"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(brush.theme.ink)
    ax.set_yticks([])
    widest = inches(time_label(marks.window[1], marks.window[1]), AXIS_PT) + 0.3
    ticks = time_ticks(*marks.window, min(MOST, max(2, int(layout.inner / widest))))
    ax.set_xticks(ticks, [time_label(tick, marks.window[1]) for tick in ticks])
    zoom = brush.zoom
    ax.tick_params(axis="x", labelsize=AXIS_PT * zoom, colors=brush.theme.ink, length=6 * zoom, width=1.2)
    top = 0.0
    for panel in marks.panels:
        height = layout.panel(panel)
        ax.vlines(
            ticks,
            top + layout.heading_height(panel),
            top + height,
            colors=brush.theme.faint,
            linewidth=0.8,
            zorder=0.5,
        )
        top += height + GAP


def _heading(marks: TimelineMarks, brush: Brush, layout: Layout) -> None:
    lines = layout.fault_lines(marks.verticals)
    left = INDENT - layout.left
    if marks.title:
        words = fit(marks.title, layout.width - 0.3, TITLE_PT + 2, bold=True)
        brush.text(brush.at(left), -0.26 - FAULTS * lines, words, TITLE_PT + 2, weight="bold")
    _faults(brush, marks.verticals, -0.2 - FAULTS * (lines - 1), left, layout)


def _faults(brush: Brush, verticals: Sequence[Vertical], top: float, left: float, layout: Layout) -> None:
    """Write what happened, each with its number; `top` is the middle of the first line."""
    for vertical, (line, x, words) in zip(verticals, layout.fault_places(verticals), strict=True):
        if vertical.number:
            brush.badge(brush.at(left + x), top + FAULTS * line, vertical.number)
        offset = 0.2 if vertical.number else -0.08
        brush.text(brush.at(left + x + offset), top + FAULTS * line, words, LANE_PT)


def _panel(brush: Brush, panel: Panel, top: float, layout: Layout) -> None:
    bottom, y = top + layout.panel(panel), top + layout.heading_height(panel)
    above = y - TITLE + BAND
    band = above - (FAULTS * layout.fault_lines(listed(panel.verticals)) if panel.listed else 0.0)
    edge = -layout.left
    brush.band(brush.at(INDENT + edge), top, band)
    brush.text(brush.at(2 * INDENT + edge), top + BAND / 2, panel.title, TITLE_PT, weight="bold")
    left, lines = layout.heading(panel)
    for number, words in enumerate(lines, 0 if left > 2 * INDENT else 1):
        middle = top + BAND / 2 + LANE * number
        colour = severity_ink(panel.severity, brush.theme)
        brush.text(brush.at(left + edge), middle, words, TITLE_PT, colour=colour, weight="bold")
    if panel.listed:
        _faults(brush, listed(panel.verticals), band + 0.2, 2 * INDENT + edge, layout)
    drifts = [strip for strip in panel.strips if strip.looks[0] == "drift"]
    y = _strips(brush, drifts, y, layout)  # who asked for them looks for them first
    for lane in panel.lanes:
        _lane(brush, lane, y, layout)
        y += LANE
    _strips(brush, [strip for strip in panel.strips if strip not in drifts], y, layout)
    brush.verticals([(each.start, each.number) for each in panel.verticals], above + 0.09, bottom)


def _lane(brush: Brush, lane: Lane, y: float, layout: Layout) -> None:
    bold = lane.group == "pod"
    words = fit(lane.label, layout.left - 3 * INDENT, LANE_PT, bold=bold)
    weight = "bold" if bold else "normal"
    brush.text(brush.at(2 * INDENT - layout.left), y + 0.16, words, LANE_PT, weight=weight)
    for span in lane.wide:
        brush.bar(span, y + 0.02, WIDE)
        brush.word(span, y + 0.02 + WIDE / 2, BAR_PT, beside=lane.group == "drain")
    for span in lane.narrow:
        brush.bar(span, y + 0.02 + WIDE + 0.012, NARROW)


def _strips(brush: Brush, strips: Sequence[Strip], y: float, layout: Layout) -> float:
    """Draw curves one below the other, from `y` on; return where they end."""
    for strip in strips:
        _strip(brush, strip, y + 0.1, layout)
        y += layout.strip(strip)
    return y


def _strip(brush: Brush, strip: Strip, y: float, layout: Layout) -> None:
    height, ink, noted = STRIP - 0.16, brush.at(2 * INDENT - layout.left), layout.noted(strip)
    y += NOTE if noted else 0
    brush.text(ink, y + 0.12, fit(strip.label, layout.left - 0.4, LANE_PT, bold=True), LANE_PT, weight="bold")
    brush.text(ink, y + 0.35, fit(strip.told, layout.left - 0.25, BAR_PT - 1), BAR_PT - 1)
    brush.steps(strip, y, height, strip.peak or max(strip.heights, default=0.0))
    for gap in strip.gaps:
        brush.gap(gap.start, gap.end, y, height)
    notes = [(strip.longest.text, brush.theme.ink)] if strip.longest is not None else []
    if strip.lost_text:
        notes.append((strip.lost_text, VERMILLION))
    if notes and noted:
        brush.note(notes, strip.about, y, height, above=NOTE)


def _legend(brush: Brush, legend: list[Entry], inner: float, layout: Layout) -> None:
    begin = AXIS + 0.14 if layout.few else 0.68
    for entry in legend:
        x, y = INDENT - layout.left + entry.x, inner + begin + 0.27 * entry.line
        if entry.look is None:
            brush.text(brush.at(x), y, entry.word, BAR_PT, weight="bold" if entry.bold else "normal")
        else:
            brush.swatch(entry.look, x, y)
            brush.text(brush.at(x + WORD), y, entry.word, BAR_PT)

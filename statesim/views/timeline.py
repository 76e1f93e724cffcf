"""The timeline: every variant under the same time axis; what is so above what Kubernetes says.

The figure's vertical unit is an inch, so that letters, bars and gaps keep their sizes whatever is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from statesim.analysis.reading import Reading
from statesim.analysis.record import RunRecord
from statesim.views.axis import time_label, time_ticks
from statesim.views.legend import legends
from statesim.views.marks import Panel, TimelineMarks, fault_text, timeline_marks
from statesim.views.paint import Brush
from statesim.views.style import AXIS_PT, BAR_PT, LANE_PT, SEVERITY, THEMES, TITLE_PT, VERMILLION, settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from statesim.views.marks import Lane
    from statesim.views.strips import Strip

WIDTH, LEFT, RIGHT = 16.0, 2.35, 0.3
HEAD, FOOT = 0.42, 1.5
TITLE, LANE, STRIP, GAP = 0.44, 0.34, 0.62, 0.26
WIDE, NARROW = 0.2, 0.075


def timeline(
    records: RunRecord | Reading | Sequence[RunRecord | Reading],
    *,
    ax: Axes | None = None,
    window: tuple[float, float] | None = None,
    theme: str = "paper",
) -> Figure:
    """Draw one run, or the variants of a scenario one below the other.

    Parameters
    ----------
    records
        What to draw, from top to bottom.
    ax
        Where to draw; its height should be that of a new figure. ``None`` = a figure of its own.
    window
        From and to, in seconds: a part of the time, enlarged.
    theme
        ``paper`` or ``dark``.

    Returns
    -------
    Figure
        It belongs to no pyplot state; a notebook shows it as the last value of a cell.
    """
    several = [records] if isinstance(records, (RunRecord, Reading)) else list(records)
    return draw(timeline_marks(several, window), ax=ax, theme=theme)


def height_of(marks: TimelineMarks) -> float:
    """Return the height (inches) of the panels."""
    return sum(_panel_height(panel) for panel in marks.panels) + GAP * (len(marks.panels) - 1)


def _panel_height(panel: Panel) -> float:
    return TITLE + LANE * len(panel.lanes) + STRIP * len(panel.strips) + 0.1 * bool(panel.strips)


def draw(marks: TimelineMarks, *, ax: Axes | None = None, theme: str = "paper") -> Figure:
    """Draw marks that have been made before; see `timeline`."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - heavy, and only needed to draw

    look = THEMES[theme]
    inner, header = height_of(marks), HEAD + 0.3 * bool(marks.verticals)
    with settings():
        if ax is None:
            total = header + inner + FOOT
            figure = Figure(figsize=(WIDTH, total), facecolor=look.paper)
            ax = figure.add_axes((LEFT / WIDTH, FOOT / total, (WIDTH - LEFT - RIGHT) / WIDTH, inner / total))
        root = ax.get_figure(root=True)
        if not isinstance(root, Figure):
            raise TypeError("the axes belong to no figure")
        ax.set_xlim(*marks.window)
        ax.set_ylim(inner, 0)
        per_inch = (marks.window[1] - marks.window[0]) / (ax.get_position().width * root.get_figwidth())
        brush = Brush(ax, look, per_inch)
        _frame(ax, marks, brush, inner)
        top = 0.0
        for panel in marks.panels:
            _panel(brush, panel, top, marks)
            top += _panel_height(panel) + GAP
        brush.finish()
        legends(ax, brush.used, look, inner)
        _heading(ax, marks, brush)
    return root


def _frame(ax: Axes, marks: TimelineMarks, brush: Brush, inner: float) -> None:
    ax.set_facecolor(brush.theme.paper)
    for side in ("top", "left", "right"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(brush.theme.ink)
    ax.set_yticks([])
    ticks = time_ticks(*marks.window)
    ax.set_xticks(ticks, [time_label(tick, marks.window[1]) for tick in ticks])
    ax.tick_params(axis="x", labelsize=AXIS_PT, colors=brush.theme.ink, length=6, width=1.2)
    unit = "hours:minutes" if marks.window[1] > 7200 else "minutes:seconds"
    ax.set_xlabel(f"time since the start ({unit})", fontsize=AXIS_PT, color=brush.theme.ink)
    top = 0.0
    for panel in marks.panels:
        height = _panel_height(panel)
        ax.vlines(ticks, top + TITLE, top + height, colors=brush.theme.faint, linewidth=0.8, zorder=0.5)
        top += height + GAP


def _heading(ax: Axes, marks: TimelineMarks, brush: Brush) -> None:
    left = marks.window[0] - (LEFT - 0.15) * brush.per_inch
    has_faults = bool(marks.verticals)
    brush.text(left, -0.42 if has_faults else -0.2, marks.title, TITLE_PT + 2, weight="bold")
    x = left
    for vertical in marks.verticals:
        brush.badge(x + 0.12 * brush.per_inch, -0.1, vertical.number)
        words = f"{time_label(vertical.start, marks.window[1])}  {fault_text(vertical)}"
        brush.text(x + 0.3 * brush.per_inch, -0.1, words, LANE_PT)
        x += (0.75 + brush.inches(words, LANE_PT)) * brush.per_inch


def _panel(brush: Brush, panel: Panel, top: float, marks: TimelineMarks) -> None:
    start, end = marks.window
    left = start - (LEFT - 0.15) * brush.per_inch
    bottom = top + _panel_height(panel)
    middle = top + TITLE / 2
    brush.band(left, end, top, top + TITLE - 0.06)
    brush.text(left + 0.1 * brush.per_inch, middle - 0.03, panel.title, TITLE_PT, weight="bold")
    colour = SEVERITY[panel.severity]
    after = left + (0.4 + brush.inches(panel.title, TITLE_PT, bold=True)) * brush.per_inch
    brush.text(after, middle - 0.03, panel.outcome, TITLE_PT, colour=colour, weight="bold")
    y = top + TITLE
    for lane in panel.lanes:
        _lane(brush, lane, y, left)
        y += LANE
    for strip in panel.strips:
        _strip(brush, strip, y + 0.1, left, marks.window)
        y += STRIP
    for vertical in panel.verticals:
        brush.vertical(vertical.start, top + TITLE - 0.06, bottom, vertical.number)


def _lane(brush: Brush, lane: Lane, y: float, left: float) -> None:
    weight = "bold" if lane.group == "pod" else "normal"
    brush.text(
        left + 0.1 * brush.per_inch,
        y + 0.15,
        brush.fit(lane.label, LEFT - 0.4, LANE_PT),
        LANE_PT,
        weight=weight,
    )
    for span in lane.wide:
        brush.bar(span, y + 0.02, WIDE)
        brush.word(span, y + 0.02 + WIDE / 2, BAR_PT)
    for span in lane.narrow:
        brush.bar(span, y + 0.02 + WIDE + 0.01, NARROW)


def _strip(brush: Brush, strip: Strip, y: float, left: float, window: tuple[float, float]) -> None:
    height = STRIP - 0.14
    ink = left + 0.1 * brush.per_inch
    brush.text(ink, y + 0.14, brush.fit(strip.label, LEFT - 0.4, LANE_PT), LANE_PT, weight="bold")
    peak = max(strip.heights, default=0.0)
    brush.text(ink, y + 0.35, f"{strip.unit}, at most {peak:g}" if peak else strip.unit, BAR_PT - 1)
    brush.steps(strip, y, height, peak)
    for gap in strip.gaps:
        brush.gap(gap.start, gap.end, y, height)
    longest = max(strip.gaps, key=lambda gap: gap.end - gap.start, default=None)
    lines = [(gap.text, None) for gap in [longest] if gap is not None]
    if strip.lost_text:
        lines.append((strip.lost_text, VERMILLION))
    if not lines:
        return
    near = longest if longest is not None else None
    start = near.start if near is not None else strip.edges[0]
    end = near.end if near is not None else start
    brush.note(lines, (start, end), window, y, height)

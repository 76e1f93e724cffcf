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
from statesim.views.fewer import fitted
from statesim.views.legend import WORD
from statesim.views.letters import fit, inches
from statesim.views.marks import Panel, TimelineMarks, timeline_marks
from statesim.views.paint import Brush
from statesim.views.speech import drawn_in, spoken
from statesim.views.style import THEMES, VERMILLION, figure_of, settings, severity_ink, theme_named
from statesim.views.timeline_layout import INDENT, RIGHT, Layout, layout_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from statesim.views.acts import Vertical
    from statesim.views.lanes import Lane
    from statesim.views.legend import Entry
    from statesim.views.strips import Strip

_NARROWEST = 5.5  # inches: less than that has no room for a time axis beside the names


def timeline(
    records: RunRecord | Reading | Sequence[RunRecord | Reading],
    *,
    ax: Axes | None = None,
    window: tuple[float, float] | None = None,
    theme: str = "paper",
    drift: bool = False,
    language: str | None = "en",
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
    language
        ``en`` or ``zh``; ``None``: the one that is spoken already.

    Returns
    -------
    Figure
        It belongs to no pyplot state; a notebook shows it as the last value of a cell.
    """
    several = [records] if isinstance(records, (RunRecord, Reading)) else list(records)
    with drawn_in(language):
        return draw(timeline_marks(several, window, drift=drift), ax=ax, theme=theme)


def draw(marks: TimelineMarks, *, ax: Axes | None = None, theme: str = "paper") -> Figure:
    """Draw marks that have been made before; see `timeline`."""
    return figure_of(draw_axes(marks, ax=ax, theme=theme))


def draw_axes(marks: TimelineMarks, *, ax: Axes | None = None, theme: str = "paper") -> Axes:
    """Draw marks that have been made before, and return the axes."""
    from statesim.views.picture import describe  # noqa: PLC0415 - matplotlib is heavy: when it is used

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
    describe(drawn, marks.title, outcomes_said(marks))
    return drawn


def outcomes_said(marks: TimelineMarks) -> list[str]:
    """Return what came of each variant, a line each."""
    colon = "：" if spoken() == "zh" else ": "
    return [colon.join(filter(None, (panel.title, panel.outcome))) for panel in marks.panels]


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
    for number, (panel, height) in enumerate(zip(marks.panels, layout.heights(marks), strict=True)):
        _panel(brush, panel, (top, top + height), layout, first=layout.badged(marks, number))
        top += height + layout.sizes.gap
    brush.finish()
    if legend:
        _legend(brush, layout.legend(marks), inner, layout)


def _frame(ax: Axes, marks: TimelineMarks, brush: Brush, layout: Layout) -> None:
    ax.set_facecolor(brush.theme.paper)
    for side in ("top", "left", "right"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(brush.theme.ink)
    ax.set_yticks([])
    points = layout.sizes.axis_pt
    widest = inches(time_label(marks.window[1], marks.window[1]), points) + 0.3
    ticks = time_ticks(*marks.window, min(MOST, max(2, int(layout.inner / widest))))
    ax.set_xticks(ticks, [time_label(tick, marks.window[1]) for tick in ticks])
    if ticks and inches(time_label(ticks[-1], marks.window[1]), points) / 2 > RIGHT + brush.left_after(
        ticks[-1]
    ):
        ax.get_xticklabels()[-1].set_horizontalalignment("right")
    zoom = brush.zoom
    ax.tick_params(
        axis="x",
        labelsize=points * zoom,
        colors=brush.theme.ink,
        length=(3 if layout.few else 6) * zoom,
        width=1.2,
    )
    top = 0.0
    for number, (panel, height) in enumerate(zip(marks.panels, layout.heights(marks), strict=True)):
        ax.vlines(
            ticks,
            top + layout.heading_height(panel, first=layout.badged(marks, number)),
            top + height,
            colors=brush.theme.faint,
            linewidth=0.8,
            zorder=0.5,
        )
        top += height + layout.sizes.gap


def _heading(marks: TimelineMarks, brush: Brush, layout: Layout) -> None:
    sizes, left = layout.sizes, INDENT - layout.left
    beside = layout.beside_title(marks)
    lines = layout.fault_lines(marks.verticals, beside)
    first = -sizes.bare - sizes.faults * (lines - 1)
    if marks.title:
        middle = first if beside else -sizes.bare - sizes.faults * lines - (0.0 if layout.few else 0.06)
        words = fit(marks.title, layout.width - 0.3, sizes.picture_pt, bold=True)
        brush.text(brush.at(left), middle, words, sizes.picture_pt, weight="bold")
    _faults(brush, marks.verticals, (left, first), layout, begin=beside)


def _faults(
    brush: Brush,
    verticals: Sequence[Vertical],
    at: tuple[float, float],
    layout: Layout,
    *,
    begin: float = 0.0,
) -> None:
    """Write what happened, each with its number; `at` is the left edge and the middle of the first line."""
    left, top = at
    for vertical, (line, x, words) in zip(verticals, layout.fault_places(verticals, begin), strict=True):
        y = top + layout.sizes.faults * line
        if vertical.number:
            brush.badge(brush.at(left + x), y, vertical.number)
        offset = 0.2 if vertical.number else -0.08
        brush.text(brush.at(left + x + offset), y, words, layout.sizes.lane_pt)


def _panel(brush: Brush, panel: Panel, ends: tuple[float, float], layout: Layout, *, first: bool) -> None:
    sizes, (top, bottom) = layout.sizes, ends
    y = top + layout.heading_height(panel, first=first)
    badges = layout.badges(panel, first=first)
    above = y - badges
    band = above - (sizes.faults * layout.fault_lines(listed(panel.verticals)) if panel.listed else 0.0)
    edge = -layout.left
    brush.band(brush.at(INDENT + edge), top, band)
    title = layout.title(panel)
    brush.text(brush.at(2 * INDENT + edge), top + sizes.band / 2, title, sizes.heading_pt, weight="bold")
    left, lines = layout.heading(panel)
    for number, words in enumerate(lines, 0 if left > 2 * INDENT else 1):
        middle = top + sizes.band / 2 + sizes.line * number
        colour = severity_ink(panel.severity, brush.theme)
        brush.text(brush.at(left + edge), middle, words, sizes.heading_pt, colour=colour, weight="bold")
    if panel.listed:
        _faults(brush, listed(panel.verticals), (2 * INDENT + edge, band + sizes.faults / 2), layout)
    brush.struck = tuple(each.start for each in panel.verticals)
    drifts = [strip for strip in panel.strips if strip.looks[0] == "drift"]
    y = _strips(brush, drifts, y, layout)  # who asked for them looks for them first
    for lane in panel.lanes:
        _lane(brush, lane, y, layout)
        y += sizes.lane
    _strips(brush, [strip for strip in panel.strips if strip not in drifts], y, layout)
    numbers = badges > sizes.end
    struck = list(dict.fromkeys((x.start, x.number) for x in panel.verticals))
    brush.verticals(struck, above + badges / 2, bottom, badges=numbers)


def _lane(brush: Brush, lane: Lane, y: float, layout: Layout) -> None:
    sizes, bold = layout.sizes, lane.group == "pod"
    words = fit(lane.label, layout.left - 3 * INDENT, sizes.lane_pt, bold=bold)
    weight = "bold" if bold else "normal"
    brush.text(brush.at(2 * INDENT - layout.left), y + sizes.name, words, sizes.lane_pt, weight=weight)
    wide = y + sizes.bar
    for span in lane.wide:
        brush.bar(span, wide, sizes.wide)
        brush.word(span, (wide, sizes.wide), sizes.bar_pt, beside=lane.group == "drain")
    for span in lane.narrow:
        brush.bar(span, wide + sizes.wide + sizes.between, sizes.narrow)


def _strips(brush: Brush, strips: Sequence[Strip], y: float, layout: Layout) -> float:
    """Draw curves one below the other, from `y` on; return where they end."""
    for strip in strips:
        _strip(brush, strip, y + layout.sizes.above, layout)
        y += layout.strip(strip)
    return y


def _strip(brush: Brush, strip: Strip, y: float, layout: Layout) -> None:
    sizes, ink, noted = layout.sizes, brush.at(2 * INDENT - layout.left), layout.noted(strip)
    height = sizes.curve
    y += sizes.note if noted else 0
    name = fit(strip.label, layout.left - 3 * INDENT, sizes.lane_pt, bold=True)
    brush.text(ink, y + sizes.label, name, sizes.lane_pt, weight="bold")
    unit = strip.brief if layout.few else strip.told
    brush.text(ink, y + sizes.told, fit(unit, layout.left - 0.25, sizes.told_pt), sizes.told_pt)
    brush.steps(strip, y, height, strip.peak or max(strip.heights, default=0.0))
    for gap in strip.gaps:
        brush.gap(gap.start, gap.end, y, height)
    notes = [(strip.longest.text, brush.theme.ink)] if strip.longest is not None else []
    if strip.lost_text:
        notes.append((strip.lost_text, VERMILLION))
    if notes and noted:
        brush.note(notes, strip.about, (y, height), sizes, above=sizes.note)
    elif layout.few and strip.longest is not None:
        brush.within(strip.longest.what, strip.about, y + height / 2, sizes.bar_pt)


def _legend(brush: Brush, legend: list[Entry], inner: float, layout: Layout) -> None:
    sizes = layout.sizes
    for entry in legend:
        x, y = INDENT - layout.left + entry.x, inner + sizes.key + sizes.line_of_key * entry.line
        if entry.look is None:
            brush.text(brush.at(x), y, entry.word, sizes.legend_pt, weight="bold" if entry.bold else "normal")
        else:
            brush.swatch(entry.look, x, y)
            brush.text(brush.at(x + WORD), y, entry.word, sizes.legend_pt)

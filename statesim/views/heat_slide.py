"""A heat map on a slide: 16:9, and its letters can be read from the back row.

There is no scale of colours, as every cell has its number. How sure the numbers are is left out where it has
no room, then variants are, which are named at the foot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from statesim.views.canvas import Canvas
from statesim.views.fewer import SMALL
from statesim.views.heat_cells import draw_cells, short_name
from statesim.views.letters import fit, inches
from statesim.views.sizes import BACK_ROW
from statesim.views.speech import say
from statesim.views.style import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from statesim.views.heatmap import HeatMarks, Panel
    from statesim.views.style import Theme

TITLE = BACK_ROW + 1  # points
_TOP, _NAME, _UNDER, _FOOT = 0.36, 0.24, 0.26, 0.2  # inches: title; over a panel, columns, a line at the foot
_EDGE, _GAP = 0.15, 0.15  # inches: beside all, between panels
_TWO, _ONE = 0.42, 0.27  # inches: a cell with two lines, and with one
_MOST = 1.3  # larger letters look odd


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is shown: panels in so many columns, with or without how sure the numbers are."""

    panels: tuple[Panel, ...]
    sure: bool
    across: int = 1
    zoom: float = 0.0

    @property
    def down(self) -> int:
        return ceil(len(self.panels) / self.across)


def draw_slide(marks: HeatMarks, look: Theme) -> Figure:
    """Draw a heat map for a slide."""
    from statesim.views.picture import Picture, describe  # noqa: PLC0415 - heavy, and only needed to draw

    size = look.width, look.width * (look.shape or 1)
    plan = _chosen(marks, size)
    wide, high = (each / plan.zoom for each in size)
    gone = [panel.name for panel in marks.panels[len(plan.panels) :]]
    foot = say("not shown: {names}", names=say(", ").join(gone)) if gone else ""
    left = _left(marks)
    inner = (wide - left - _EDGE - _GAP * (plan.across - 1)) / plan.across
    tall = (high - _TOP - _UNDER - _FOOT * (bool(foot) + 0.2)) / plan.down - _NAME
    with settings():
        figure = Picture(figsize=size, facecolor=look.paper, dpi=look.dpi)
        on = Canvas(figure, (0, 0, 1, 1), wide, high, plan.zoom, look)
        on.text(_EDGE, 0.2, fit(marks.title, wide - 2 * _EDGE, TITLE, bold=True), TITLE, fontweight="bold")
        for number, panel in enumerate(plan.panels):
            x, y = left + number % plan.across * (inner + _GAP), _TOP + number // plan.across * (tall + _NAME)
            _panel(on, marks, panel, (x, y, inner, tall), sure=plan.sure)
            if x == left:
                _rows(on, marks, (left, y, tall))
        under = _TOP + plan.down * (tall + _NAME) + _UNDER / 2
        on.text(_EDGE, under, short_name(marks.x), BACK_ROW, fontweight="bold")
        for column in range(plan.across):
            for n, words in enumerate(marks.columns):
                x = left + column * (inner + _GAP) + inner * (n + 0.5) / len(marks.columns)
                on.text(x, under, words, BACK_ROW, ha="center")
        on.text(_EDGE, high - 0.12, fit(foot, wide - 2 * _EDGE, BACK_ROW), BACK_ROW)
    describe(figure, marks.title, (*filter(None, [foot]), *marks.notes))
    return figure


def _panel(
    on: Canvas, marks: HeatMarks, panel: Panel, place: tuple[float, float, float, float], *, sure: bool
) -> None:
    x, y, wide, tall = place
    on.text(x, y + _NAME / 2, fit(panel.name, wide, BACK_ROW, bold=True), BACK_ROW, fontweight="bold")
    ax = on.axes(x, y + _NAME, wide, tall)
    ax.set_xlim(0, len(marks.columns))
    ax.set_ylim(0, len(marks.rows))
    ax.set_axis_off()
    draw_cells(ax, marks, panel, (TITLE * on.zoom, BACK_ROW * on.zoom), sure=sure)


def _rows(on: Canvas, marks: HeatMarks, place: tuple[float, float, float]) -> None:
    """Write the names of rows, and over them that of their setting."""
    left, y, tall = place
    on.text(_EDGE, y + _NAME / 2, short_name(marks.y), BACK_ROW, fontweight="bold")
    for n, words in enumerate(reversed(marks.rows)):
        on.text(left - 0.1, y + _NAME + tall * (n + 0.5) / len(marks.rows), words, BACK_ROW, ha="right")


def _chosen(marks: HeatMarks, size: tuple[float, float]) -> _Plan:
    """Return the first plan that can be read; the one with the largest letters if none can."""
    tried = []
    for plan in _plans(marks):
        each = [_zoomed(marks, replace(plan, across=n), size) for n in range(1, len(plan.panels) + 1)]
        tried.append(max(each, key=lambda one: one.zoom))
        if tried[-1].zoom >= SMALL:
            return tried[-1]
    return max(tried, key=lambda one: one.zoom)


def _plans(marks: HeatMarks) -> Iterator[_Plan]:
    """Yield plans from the one that shows most."""
    for count in range(len(marks.panels), 0, -1):
        yield _Plan(marks.panels[:count], sure=True)
        yield _Plan(marks.panels[:count], sure=False)


def _zoomed(marks: HeatMarks, plan: _Plan, size: tuple[float, float]) -> _Plan:
    """Return a plan with how large its letters can be, as a share of their full size."""
    cells = [cell for panel in plan.panels for row in panel.cells for cell in row]
    told = plan.sure and any(cell.below for cell in cells)
    words = [inches(cell.text, TITLE, bold=True) for cell in cells]
    words += [inches(cell.below, BACK_ROW) for cell in cells if plan.sure]
    words += [inches(column, BACK_ROW) for column in marks.columns]
    wide = len(marks.columns) * (max(words) * 1.05 + 0.14)
    tall = _NAME + len(marks.rows) * (_TWO if told else _ONE)
    foot = _FOOT * ((len(plan.panels) < len(marks.panels)) + 0.2)
    needs = (
        _left(marks) + plan.across * wide + _GAP * (plan.across - 1) + _EDGE,
        _TOP + plan.down * tall + _UNDER + foot,
    )
    return replace(plan, zoom=min(_MOST, size[0] / needs[0], size[1] / needs[1]))


def _left(marks: HeatMarks) -> float:
    """Return how much room the names of rows and settings have."""
    names = [inches(short_name(each), BACK_ROW, bold=True) for each in (marks.x, marks.y)]
    return _EDGE + max(*names, *(inches(row, BACK_ROW) for row in marks.rows)) * 1.04 + 0.12

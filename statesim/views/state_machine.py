"""A system's states as a picture: boxes in columns by how far they are from the first, numbered arrows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from statesim.views.style import AXIS_PT, BLUE, DARK, LANE_PT, PALE, TITLE_PT, WHITE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Arrow: TypeAlias = "tuple[str, str, str]"  # from, to, why

COLUMN, ROW = 2.6, 1.25  # inches
LINE = 0.3
LETTER = 0.115  # inches, of the letters in a box


def state_machine(title: str, arrows: Sequence[Arrow]) -> Figure:
    """Draw the states and what leads from one to another.

    Parameters
    ----------
    title
        Stands above.
    arrows
        (from, to, why); the first one begins at the first state.
    """
    from matplotlib.figure import Figure as NewFigure  # noqa: PLC0415 - heavy, and only needed to draw

    places = _places(arrows)
    columns = max(x for x, _ in places.values()) + 1
    height = max(abs(y) for _, y in places.values()) * 2 + 1
    size = (max(COLUMN * columns, 8.5), ROW * (height + 0.9) + LINE * len(arrows) + 0.7)
    figure = NewFigure(figsize=size, facecolor=WHITE)
    legend = LINE * len(arrows) / size[1]
    axes = figure.add_axes((0.01, legend + 0.03, 0.98, 1 - legend - 0.03 - 0.5 / size[1]))
    axes.set_axis_off()
    axes.set_xlim(-0.6, columns - 0.4)
    axes.set_ylim(-(height + 0.9) / 2, (height + 0.9) / 2)
    figure.text(0.02, 1 - 0.35 / size[1], title, fontsize=TITLE_PT, fontweight="bold", color=DARK)
    _draw(axes, places, arrows)
    for number, (before, after, why) in enumerate(arrows, start=1):
        at = legend + 0.01 - LINE * number / size[1] + 0.01
        told = f"{number}  {before} → {after}: {why}"
        figure.text(0.02, max(at, 0.005), told, fontsize=LANE_PT, color=DARK)
    return figure


def _places(arrows: Sequence[Arrow]) -> dict[str, tuple[float, float]]:
    """Return a column and a row for each state: the column is the distance from the first."""
    import networkx as nx  # noqa: PLC0415 - heavy, and only needed to draw

    graph: Any = nx.DiGraph()
    graph.add_edges_from(arrow[:2] for arrow in arrows)
    states = list(dict.fromkeys(state for arrow in arrows for state in arrow[:2]))
    distance: dict[str, int] = {}
    for state in states:  # a state that none of those before leads to begins a line of its own
        if state not in distance:
            found = nx.single_source_shortest_path_length(graph, state)
            for other, steps in found.items():
                distance[other] = min(distance.get(other, steps), steps)
    columns: dict[int, list[str]] = {}
    for state in states:
        columns.setdefault(distance[state], []).append(state)
    return {
        state: (float(column), (len(column_states) - 1) / 2 - row)
        for column, column_states in columns.items()
        for row, state in enumerate(column_states)
    }


def _draw(axes: Axes, places: dict[str, tuple[float, float]], arrows: Sequence[Arrow]) -> None:
    from matplotlib.patches import FancyArrowPatch, FancyBboxPatch  # noqa: PLC0415 - as above

    boxes = {}
    for state, (x, y) in places.items():
        wide, high = (LETTER * len(state) + 0.2) / COLUMN, 0.36 / ROW
        boxes[state] = FancyBboxPatch(
            (x - wide / 2, y - high / 2),
            wide,
            high,
            boxstyle="round,pad=0.03",
            facecolor=PALE,
            edgecolor=BLUE,
            linewidth=1.6,
            zorder=3,
        )
        axes.add_patch(boxes[state])
        axes.text(x, y, state, ha="center", va="center", fontsize=AXIS_PT, color=DARK, zorder=4)
    both = {arrow[:2] for arrow in arrows}
    for number, (before, after, _) in enumerate(arrows, start=1):
        start, end = places[before], places[after]
        bend = _bend(start, end, places, paired=(after, before) in both)
        axes.add_patch(
            FancyArrowPatch(
                start,
                end,
                arrowstyle="-|>",
                mutation_scale=16,
                color=DARK,
                linewidth=1.4,
                patchA=boxes[before],
                patchB=boxes[after],
                shrinkA=2,
                shrinkB=2,
                connectionstyle=f"arc3,rad={bend}",
                zorder=2,
            )
        )
        _mark(axes, number, start, end, bend)


def _bend(
    start: tuple[float, float],
    end: tuple[float, float],
    places: dict[str, tuple[float, float]],
    *,
    paired: bool,
) -> float:
    """Return how far an arrow leaves the straight line: one that passes others goes round all of them."""
    (x, y), (u, v) = start, end
    if abs(u - x) > 1:
        rows = [row for column, row in places.values() if min(x, u) < column < max(x, u)]
        outside = (max(rows) + 0.75 if u < x else min(rows) - 0.75) - (y + v) / 2
        return 2 * outside * ROW / ((x - u) * COLUMN)
    return 0.25 if paired or (x == u and abs(y - v) > 1) else 0.0


def _mark(axes: Axes, number: int, start: tuple[float, float], end: tuple[float, float], bend: float) -> None:
    """Put an arrow's number on its middle; the bend is one of inches, not of columns and rows."""
    (x, y), (u, v) = start, end
    axes.text(
        (x + u) / 2 + bend * (v - y) * ROW / COLUMN / 2,
        (y + v) / 2 - bend * (u - x) * COLUMN / ROW / 2,
        str(number),
        ha="center",
        va="center",
        fontsize=LANE_PT,
        color=WHITE,
        zorder=5,
        bbox={"boxstyle": "circle,pad=0.25", "facecolor": DARK, "edgecolor": WHITE},
    )

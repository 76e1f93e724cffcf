"""The cells of a heat map, on paper and on a slide."""

from __future__ import annotations

from math import isfinite, isnan
from typing import TYPE_CHECKING

from statesim.analysis.tidy import shown_setting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from statesim.views.heatmap import HeatMarks, Panel

COLOURS = "cividis"  # made so that people with and without a colour vision deficiency see the same order


def short_name(path: str) -> str:
    """Return how a setting is called beside its axis."""
    return shown_setting(path, "").strip()


def draw_cells(
    ax: Axes, marks: HeatMarks, panel: Panel, points: tuple[float, float], *, sure: bool = True
) -> None:
    """Draw a panel's cells, each with its number, and below it how sure that is.

    Parameters
    ----------
    points
        Letters of the numbers, and of what stands below them.
    sure
        Say how sure the numbers are.
    """
    from matplotlib import colormaps  # noqa: PLC0415 - heavy, and only needed to draw
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - as above

    colours = colormaps[COLOURS]
    for y, row in enumerate(panel.cells):
        for x, cell in enumerate(row):
            value = cell.found.estimate if cell.found else None
            on_scale = share(value, marks)
            plain = value is not None and isfinite(value)
            fill = colours(on_scale) if plain else "#FFFFFF"
            ink = "#FFFFFF" if plain and on_scale < 0.5 else "#000000"
            hatch = None if plain else "////" if value is None else "xx"
            ax.add_patch(
                Rectangle((x + 0.015, y + 0.02), 0.97, 0.96, facecolor=fill, edgecolor="#8A929B",
                          linewidth=0.0 if plain else 0.8, hatch=hatch)
            )  # fmt: skip
            below = cell.below if sure else ""
            middle = (0.62 if points[1] < points[0] - 2 else 0.7) if below else 0.5
            box = None if plain else {"facecolor": "#FFFFFF", "linewidth": 0, "pad": 2}
            ax.text(x + 0.5, y + middle, cell.text, fontsize=points[0], fontweight="bold", color=ink,
                    ha="center", va="center", bbox=box)  # fmt: skip
            ax.text(x + 0.5, y + 0.27, below, fontsize=points[1], color=ink, ha="center", va="center",
                    bbox=box if below else None)  # fmt: skip


def share(value: float | None, marks: HeatMarks) -> float:
    """Return where on the scale of colours a value stands, from 0 to 1."""
    if value is None or isnan(value) or marks.high == marks.low:
        return 0.5
    return min(1.0, max(0.0, (value - marks.low) / (marks.high - marks.low)))

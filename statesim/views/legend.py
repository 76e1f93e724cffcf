"""The legend: only what is in the picture, in two rows, under the axis where it covers nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.views.style import LEGEND_PT, LOOKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from statesim.views.style import Theme

_ROWS = (("truth", "machine", "volume"), ("said",))
_TITLES = ("wide bar: what is really so", "narrow bar: what Kubernetes says")


def legends(ax: Axes, used: Iterable[tuple[str, str]], theme: Theme, inner: float) -> None:
    """Draw the legend's rows below the axis; `inner` is the height of the axes in inches."""
    from matplotlib.patches import Patch  # noqa: PLC0415 - heavy, and only needed to draw

    drawn = set(used)
    for row, (tables, title) in enumerate(zip(_ROWS, _TITLES, strict=True)):
        handles = [
            Patch(
                facecolor=look.fill,
                edgecolor=look.line,
                hatch=look.hatch * 2 or None,
                linewidth=0,
                label=look.word,
            )
            for table in tables
            for kind, look in LOOKS[table].items()
            if (table, kind) in drawn
        ]
        if not handles:
            continue
        heading = Patch(facecolor="none", edgecolor="none", label=f"{title}:")
        legend = ax.legend(
            handles=[heading, *handles],
            loc="upper left",
            bbox_to_anchor=(-0.155, -(0.72 + 0.3 * row) / inner),
            ncols=len(handles) + 1,
            fontsize=LEGEND_PT,
            frameon=False,
            labelcolor=theme.ink,
            handlelength=1.7,
            handleheight=1.1,
            handletextpad=0.45,
            columnspacing=1.1,
            borderpad=0,
        )
        ax.add_artist(legend)

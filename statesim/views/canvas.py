"""Where a picture is drawn: a figure of its own, or axes that somebody has given; measured in inches.

Everything that belongs to a picture (names, titles, legend) stays within its rectangle. Where that is too
small for letters of their full size, the whole picture is made smaller, so that nothing ever overlaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.views.style import figure_of, theme_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from statesim.views.style import Theme

_SMALL, _NARROWER = (
    0.6,
    0.9,
)  # below that share of their size letters are up to a tenth wider than their outlines
_STEP, _LEAST, _MOST = 0.97, 0.1, 1.3  # how zoom is looked for; letters larger than that look odd


@dataclass(frozen=True, slots=True)
class Canvas:
    """A rectangle of a figure.

    Attributes
    ----------
    box
        Left, bottom, width and height, as shares of the figure.
    width, height
        Its inches, as many as letters of their full size would need.
    zoom
        How large letters are drawn, as a share of their full size.
    given
        The axes that it is to be drawn in; ``None``: axes are made.
    """

    figure: Figure
    box: tuple[float, float, float, float]
    width: float
    height: float
    zoom: float
    theme: Theme
    given: Axes | None = None

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Return the axes, the given ones or new ones, at a place (inches from the upper left corner)."""
        x, y, wide, high = self.box
        place = (
            x + wide * left / self.width,
            y + high * (1 - (top + height) / self.height),
            wide * width / self.width,
            high * height / self.height,
        )
        if self.given is None:
            return self.figure.add_axes(place)
        self.given.set_position(place)
        return self.given

    def text(self, x: float, y: float, words: str, points: float, **style: Any) -> None:
        """Write words, `x` and `y` inches right of and below the upper left corner."""
        left, bottom, wide, high = self.box
        place = (left + wide * x / self.width, bottom + high * (1 - y / self.height))
        told = {"color": self.theme.ink, "va": "center", **style}
        self.figure.text(*place, words, fontsize=points * self.zoom, **told)


def canvas(
    ax: Axes | None,
    theme: str,
    needs: Callable[[float], float],
    *,
    width: float | None = None,
    least: float = 0,
) -> Canvas:
    """Return where to draw.

    Parameters
    ----------
    ax
        What was given: its rectangle is used, all of it. ``None`` = a figure of its own.
    needs
        How high (inches) the picture is that is so wide.
    width
        How wide a figure of its own is; default: as its theme says.
    least
        How wide it must be at least.
    """
    from statesim.views.picture import Picture  # noqa: PLC0415 - heavy, and only needed to draw

    look = theme_named(theme)
    if ax is None:
        wide = look.width if width is None or look.shape is not None else width
        high = needs(wide) if look.shape is None else wide * look.shape
        figure = Picture(figsize=(wide, high), facecolor=look.paper, dpi=look.dpi)
        zoom = 1.0 if look.shape is None else fitting(wide, high, needs, least, _MOST)
        return Canvas(figure, (0, 0, 1, 1), wide / zoom, high / zoom, zoom, look)
    theirs, place = figure_of(ax), ax.get_position()
    wide, high = place.width * theirs.get_figwidth(), place.height * theirs.get_figheight()
    most = _MOST * max(1.0, wide / look.width) if look.few else 1.0
    zoom = fitting(wide, high, needs, least, most)
    letters = zoom * _NARROWER if zoom < _SMALL else zoom
    return Canvas(theirs, place.bounds, wide / zoom, high / zoom, letters, look, ax)


def fitting(
    wide: float, high: float, needs: Callable[[float], float], least: float = 0, most: float = 1.0
) -> float:
    """Return how large a picture can be to fit in a rectangle; `most` at most, 1 is its full size."""
    zoom = most
    while zoom > _LEAST and (needs(wide / zoom) * zoom > high + 1e-9 or wide / zoom < least):
        zoom *= _STEP
    return zoom

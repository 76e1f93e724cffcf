"""Says when axes that somebody has given are too small for what is drawn in them, and what would help."""

from __future__ import annotations

import warnings
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.text import Text

P = ParamSpec("P")
# what is less to draw, where that is not a matter of time
LESS = dict.fromkeys(("ecdf", "nines", "compare"), "fewer variants") | {
    "topology": "an instant with fewer pods"
}
LEAST_PT = 6.0  # smaller letters are hard to read on paper; many journals take none below that


def legible(draw: Callable[P, Axes]) -> Callable[P, Axes]:
    """Warn where letters in given axes are smaller than `LEAST_PT`: how large the axes have to be."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Axes:
        given: Any = kwargs.get("ax")
        if given is None:
            return draw(*args, **kwargs)
        place = given.get_position()
        before = {id(text) for text in _texts(given)}
        axes = draw(*args, **kwargs)
        sizes = [float(text.get_fontsize()) for text in _texts(axes) if id(text) not in before]
        figure = axes.get_figure(root=True)
        if figure is not None and sizes and min(sizes) < LEAST_PT:
            size = place.width * figure.get_figwidth(), place.height * figure.get_figheight()
            few = str(kwargs.get("theme", "paper")).startswith("slides")
            warnings.warn(too_small(draw.__name__, min(sizes), size, few=few), stacklevel=2)
        return axes

    return drawn


def too_small(kind: str, points: float, size: tuple[float, float], *, few: bool) -> str:
    """Return what is said of letters that are too small.

    Parameters
    ----------
    points
        The smallest letters.
    size
        Width and height (inches) of the axes.
    few
        It has few words already.

    Examples
    --------
    >>> too_small("roles", 3.0, (3.4, 2.4), few=True).split(": ")[2]
    '6 pt take 6.8 x 4.8; or give it less'
    """
    wide, high = (each * LEAST_PT / points for each in size)
    less = LESS.get(kind, "one variant, a shorter window")
    if not few:
        less = f'theme="slides" (large letters; what has no room is left out, and named), {less}'
    return (
        f"{kind}: letters of {points:.1f} pt in {size[0]:.1f} x {size[1]:.1f} inches cannot be read: "
        f"{LEAST_PT:g} pt take {wide:.1f} x {high:.1f}; or give it less: {less}"
    )


def _texts(axes: Axes) -> list[Text]:
    """Return the words of axes and of their figure, but for the numbers in discs."""
    figure = axes.get_figure(root=True)
    found = [*(figure.texts if figure is not None else ()), *axes.texts]
    found += [*axes.get_xticklabels(), *axes.get_yticklabels()] if axes.axison else []
    return [text for text in found if text.get_text().strip() and not text.get_text().isdecimal()]

"""How curves and rows that stand for variants are told apart: by colour, line and mark together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.views.style import BLACK, BLUE, VERMILLION

if TYPE_CHECKING:
    from statesim.views.style import Theme

MOST = 8  # curves in one picture: more than that nobody can follow


class Series(NamedTuple):
    """Colour, dashes and mark of one curve."""

    colour: str
    dashes: Any
    mark: str


# Okabe and Ito's, those that letters are hard to read in made darker
_COLOURS = (BLUE, VERMILLION, "#007A59", "#8E3A6B", "#8A5B00", BLACK, "#5B6770", "#5B2FB0")
_DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (1.2, 1.2)), (0, (7, 2, 1.2, 2)), (0, (3, 1.2)))
_MARKS = ("o", "s", "^", "D", "v", "P", "X")


# the same on a dark ground
_LIGHTER = {
    BLUE: "#56B4E9", VERMILLION: "#FF8A3D", "#007A59": "#2BC79B", "#8E3A6B": "#E39BC0",
    "#8A5B00": "#E6B04A", BLACK: "#F2F4F6", "#5B6770": "#AEB8C1", "#5B2FB0": "#B79CF0",
}  # fmt: skip


def ink_of(look: Series, theme: Theme) -> str:
    """Return a curve's colour on that ground: letters in it can be read."""
    return _LIGHTER[look.colour] if theme.dark else look.colour


def series(index: int) -> Series:
    """Return the look of the curve with that number, from 0 on; the first forty all differ."""
    return Series(_COLOURS[index % len(_COLOURS)], _DASHES[index % len(_DASHES)], _MARKS[index % len(_MARKS)])

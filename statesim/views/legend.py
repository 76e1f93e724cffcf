"""The legend: only what is in the picture, under the axis where it covers nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.views.letters import inches, wrapped
from statesim.views.sizes import PAPER, SLIDE
from statesim.views.speech import word
from statesim.views.style import LOOKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.views.style import Look

_ROWS = (
    ("Wide bar = what is really so:", ("writes", "truth", "machine", "act", "volume")),
    ("Narrow bar = what Kubernetes says:", ("said",)),
    ("Curve = what clients asked for:", ("curve",)),
    ("Curve = connections that clients have:", ("session",)),
    ("Drift = what containers have and their image has not:", ("drift",)),
)
# where there is room for few words
_BRIEF = (
    ("Narrow: Kubernetes says", ("said",)),
    ("", ("writes", "truth", "machine", "act", "volume", "curve", "session", "drift")),
)
SWATCH = 0.34
_BETWEEN = 0.26
WORD = SWATCH + 0.08  # inches from the left edge of a swatch to its word
_UNDER = 0.2  # inches that entries stand in, under a heading that leaves no room beside it


class Entry(NamedTuple):
    """A word of the legend, with its swatch (``None`` = a heading), at `x` inches of line `line`."""

    line: int
    x: float
    look: Look | None
    word: str
    bold: bool = False


def entries(
    used: Iterable[tuple[str, str]], width: float, *, few: bool = False, more: str = ""
) -> list[Entry]:
    """Return the legend of the looks (table, kind) that are used, broken into lines of `width` inches.

    Parameters
    ----------
    few
        With few words: as on a slide.
    more
        What else must be known to read the picture: it comes last.
    """
    drawn = set(used)
    placed: list[Entry] = []
    points = (SLIDE if few else PAPER).legend_pt
    for heading, tables in _BRIEF if few else _ROWS:
        looks = [look for table in tables for kind, look in LOOKS[table].items() if (table, kind) in drawn]
        if looks:
            placed += _row(word(heading), looks, placed[-1].line + 1 if placed else 0, width, few=few)
    if more:
        placed += _more(more, placed, width, points)
    return placed


def _more(more: str, placed: Sequence[Entry], width: float, points: float) -> list[Entry]:
    """Return words after the legend: in its last line if they fit there, and else below."""
    if placed:
        last = placed[-1]
        ends = last.x + (WORD if last.look else 0.0) + inches(last.word, points, bold=last.bold)
        if ends + 2 * _BETWEEN + inches(more, points) <= width:
            return [Entry(last.line, ends + 2 * _BETWEEN, None, more)]
    line = placed[-1].line + 1 if placed else 0
    return [Entry(line + n, 0.0, None, words) for n, words in enumerate(_lines(more, width, points))]


def _row(said: str, looks: list[Look], line: int, width: float, *, few: bool) -> list[Entry]:
    """Return a heading and its looks: beside it where each of them fits there, and else under it."""
    points = (SLIDE if few else PAPER).legend_pt
    headed = _lines(said, width, points, bold=True) if said else []
    placed = [Entry(line + n, 0.0, None, words, bold=True) for n, words in enumerate(headed)]
    line += max(0, len(headed) - 1)
    indent = x = inches(headed[-1], points, bold=True) + _BETWEEN if headed else 0.0
    widest = max(WORD + inches(look.said(few=few), points) for look in looks)
    if headed and (len(headed) > 1 or indent + widest > width):
        line, indent, x = line + 1, _UNDER, _UNDER
    for look in looks:
        needs = WORD + inches(look.said(few=few), points)
        if x > indent and x + needs > width:
            line, x = line + 1, indent
        first, *rest = _lines(look.said(few=few), width - indent - WORD, points)
        placed.append(Entry(line, x, look, first))
        for words in rest:
            line += 1
            placed.append(Entry(line, x + WORD, None, words))
        x += needs + _BETWEEN
    return placed


def _lines(words: str, width: float, points: float, *, bold: bool = False) -> list[str]:
    """Return words in one line, or in more where they are wider than that."""
    if inches(words, points, bold=bold) <= width:
        return [words]
    return wrapped(words, width, points, bold=bold)

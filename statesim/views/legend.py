"""The legend: only what is in the picture, under the axis where it covers nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.views.letters import inches, wrapped
from statesim.views.style import LEGEND_PT, LOOKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.views.style import Look

_ROWS = (
    ("Wide bar = what is really so:", ("writes", "truth", "machine", "act", "volume")),
    ("Narrow bar = what Kubernetes says:", ("said",)),
    ("Curve = what clients asked for:", ("curve",)),
    ("Curve = connections that clients have:", ("session",)),
    ("Drift = what containers have and their image has not:", ("drift",)),
)
_BRIEF = {_ROWS[1][0]: "Narrow bar: Kubernetes says"}  # where there is room for few words
SWATCH, LINE = 0.34, 0.27
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
    used: Iterable[tuple[str, str]], width: float, *, headings: bool = True, more: str = ""
) -> list[Entry]:
    """Return the legend of the looks (table, kind) that are used, broken into lines of `width` inches.

    Parameters
    ----------
    headings
        Say what wide bars, narrow bars and curves are.
    more
        What else must be known to read the picture: the last line.
    """
    drawn = set(used)
    placed: list[Entry] = []
    for heading, tables in _ROWS:
        looks = [look for table in tables for kind, look in LOOKS[table].items() if (table, kind) in drawn]
        if not looks:
            continue
        said = heading if headings else _BRIEF.get(heading, "")
        placed += _row(said, looks, placed[-1].line + 1 if placed else 0, width)
    if more:
        line = placed[-1].line + 1 if placed else 0
        placed += [Entry(line + n, 0.0, None, words) for n, words in enumerate(_lines(more, width))]
    return placed


def _row(said: str, looks: list[Look], line: int, width: float) -> list[Entry]:
    """Return a heading and its looks: beside it where each of them fits there, and else under it."""
    headed = _lines(said, width, bold=True) if said else []
    placed = [Entry(line + n, 0.0, None, words, bold=True) for n, words in enumerate(headed)]
    line += max(0, len(headed) - 1)
    indent = x = inches(headed[-1], LEGEND_PT, bold=True) + _BETWEEN if headed else 0.0
    widest = max(WORD + inches(look.word, LEGEND_PT) for look in looks)
    if headed and (len(headed) > 1 or indent + widest > width):
        line, indent, x = line + 1, _UNDER, _UNDER
    for look in looks:
        needs = WORD + inches(look.word, LEGEND_PT)
        if x > indent and x + needs > width:
            line, x = line + 1, indent
        first, *rest = _lines(look.word, width - indent - WORD)
        placed.append(Entry(line, x, look, first))
        for words in rest:
            line += 1
            placed.append(Entry(line, x + WORD, None, words))
        x += needs + _BETWEEN
    return placed


def _lines(words: str, width: float, *, bold: bool = False) -> list[str]:
    """Return words in one line, or in more where they are wider than that."""
    if inches(words, LEGEND_PT, bold=bold) <= width:
        return [words]
    return wrapped(words, width, LEGEND_PT, bold=bold)

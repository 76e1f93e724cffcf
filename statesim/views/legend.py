"""The legend: only what is in the picture, under the axis where it covers nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.views.letters import inches
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
    line = -1
    for heading, tables in _ROWS:
        looks = [look for table in tables for kind, look in LOOKS[table].items() if (table, kind) in drawn]
        if not looks:
            continue
        line += 1
        said = heading if headings else _BRIEF.get(heading, "")
        indent = x = 0.0
        if said:
            placed.append(Entry(line, 0.0, None, said, bold=True))
            indent = x = inches(said, LEGEND_PT, bold=True) + _BETWEEN
        for look in looks:
            needs = SWATCH + 0.08 + inches(look.word, LEGEND_PT)
            if x + needs > width:
                line, x = line + 1, indent
            placed.append(Entry(line, x, look, look.word))
            x += needs + _BETWEEN
    if more:
        placed.append(Entry(line + 1, 0.0, None, more))
    return placed

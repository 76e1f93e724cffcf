"""A table at a terminal in which nothing is cut off: a number without its last digits is another number.

Names are broken where words end. Columns that have no room beside each other stand in tables one below the
other, each with the names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from statesim.views.letters import HAN, HAN_LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions
    from rich.table import Table

BETWEEN = 2  # what parts two columns
NARROW = 18  # no name is broken into shorter lines than this
# a word ends after one of these; Chinese ends after any letter, but not before a mark that closes something
_WORDS = re.compile(rf"{HAN}|[^-\s._=,/{HAN_LETTERS}]*[-\s._=,/]?")


class Column(NamedTuple):
    """Numbers below their heading; both may have several lines."""

    heading: str
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        """Return how wide it is, in places at a terminal."""
        return max(map(places, (self.heading, *self.cells)))

    def narrow(self) -> Column:
        """Return it with its heading broken where words end, no wider than its numbers if that can be."""
        return Column(broken(self.heading, max(map(places, self.cells))), self.cells)


def places(text: str) -> int:
    """Return how wide a text of several lines is at a terminal, where a Chinese letter takes two places."""
    from rich.cells import cell_len  # noqa: PLC0415 - only needed at a terminal

    return max(map(cell_len, text.split("\n")))


def broken(text: str, width: int) -> str:
    """Return text in lines of at most `width` places where words allow that; a word is never parted."""
    lines: list[str] = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        now = indent
        for word in _WORDS.findall(line[len(indent) :]):
            if now.strip() and places(now) + places(word.rstrip()) > width:
                lines.append(now.rstrip())
                now = f"{indent}  " if indent else ""
            now += word
        lines.append(now.rstrip())
    return "\n".join(lines)


class WholeTable:
    """A renderable for rich: as wide as there is room, and whole.

    Parameters
    ----------
    heading, names
        The first column; a name may have several lines.
    columns
        A cell for each name.
    title
        Above it.
    whole_names
        Rather part the columns than break names: somebody will copy them.
    """

    def __init__(
        self,
        heading: str,
        names: Sequence[str],
        columns: Sequence[Column],
        *,
        title: str = "",
        whole_names: bool = False,
    ) -> None:
        self.heading = heading
        self.names = list(names)
        self.columns = list(columns)
        self.title = title
        self.whole_names = whole_names

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table | str]:
        """Yield as many tables as it takes."""
        names, parts = self._laid_out(options.max_width)
        for number, columns in enumerate(parts):
            if number:
                yield ""
            yield self._table(names, columns, "" if number else self.title)

    def _laid_out(self, width: int) -> tuple[list[str], list[list[Column]]]:
        columns, wide = self.columns, max(map(places, (self.heading, *self.names)))
        if wide + _needs(columns) > width:
            columns = [column.narrow() for column in columns]
        names, room = self.names, self._room(columns, wide, width)
        if room < wide:
            names = [broken(name, room) for name in names]
            wide = max(map(places, (self.heading, *names)))
        return names, _that_fit(columns, width - wide)

    def _room(self, columns: Sequence[Column], wide: int, width: int) -> int:
        """Return how wide names may be: what numbers leave, or a third if they leave too little."""
        if self.whole_names:
            return max(NARROW, width - _needs([max(columns, key=lambda column: column.width)]))
        left = width - _needs(columns)
        return left if left >= min(NARROW, wide) else max(NARROW, width // 3)

    def _table(self, names: Sequence[str], columns: Sequence[Column], title: str) -> Table:
        from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only needed at a terminal
        from rich.table import Table  # noqa: PLC0415 - as above
        from rich.text import Text  # noqa: PLC0415 - as above

        table = Table(
            title=Text(title) if title else None,
            title_justify="left",
            title_style="bold",
            box=SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            padding=(0, 1, 0, 0),
        )
        high = max(column.heading.count("\n") for column in columns)
        table.add_column("\n" * high + self.heading, style="bold", overflow="fold")
        for column in columns:
            heading = "\n" * (high - column.heading.count("\n")) + column.heading
            table.add_column(heading, justify="right", overflow="fold", min_width=column.width)
        for name, *cells in zip(names, *(column.cells for column in columns), strict=True):
            table.add_row(Text(name), *map(Text, cells))
        return table


def _needs(columns: Sequence[Column]) -> int:
    return sum(column.width + BETWEEN for column in columns)


def _that_fit(columns: Sequence[Column], width: int) -> list[list[Column]]:
    """Share columns out, in order, among tables of at most `width` places beside the names."""
    parts: list[list[Column]] = [[]]
    left = width
    for column in columns:
        left -= column.width + BETWEEN
        if left < 0 and parts[-1]:
            parts.append([])
            left = width - column.width - BETWEEN
        parts[-1].append(column)
    return parts

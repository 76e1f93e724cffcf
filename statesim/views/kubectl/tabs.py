"""Text with tabs, laid out as Go's text/tabwriter lays it out for `kubectl describe`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PADDING = 2


class Lines:
    """Collects the lines of a description; each may have cells, which tabs end."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._open: list[list[str]] = []

    def add(self, level: int, text: str) -> None:
        """Add a line, two spaces for each level."""
        self._open.append(("  " * level + text).split("\t"))

    def several(self, level: int, title: str, rows: Sequence[str]) -> None:
        """Add a title with its values one below the other, or ``<none>``."""
        self.add(level, f"{title}:\t{rows[0] if rows else '<none>'}")
        for row in rows[1:]:
            self.add(0, f"\t{row}")

    def labels(self, level: int, title: str, labels: Mapping[str, str] | None) -> None:
        """Add labels, sorted, one below the other (printLabelsMultiline)."""
        self.several(level, title, [f"{key}={value}" for key, value in sorted((labels or {}).items())])

    def annotations(self, level: int, title: str, notes: Mapping[str, str] | None) -> None:
        """Add annotations, sorted, one below the other (printAnnotationsMultiline)."""
        self.several(level, title, [f"{key}: {value}" for key, value in sorted((notes or {}).items())])

    def flush(self) -> None:
        """Begin anew with the widths of columns."""
        _lay_out(self._open, 0, len(self._open), 0)
        self._done += ["".join(cells) for cells in self._open]
        self._open = []

    def lines(self) -> list[str]:
        """Return everything, laid out."""
        self.flush()
        return self._done


def _lay_out(rows: list[list[str]], first: int, last: int, column: int) -> None:
    """Pad a column: lines that follow each other and have a cell there share its width, and so on inside."""
    index = first
    while index < last:
        if len(rows[index]) - 1 <= column:
            index += 1
            continue
        end = index
        while end < last and len(rows[end]) - 1 > column:
            end += 1
        width = max(len(row[column]) for row in rows[index:end]) + _PADDING
        for row in rows[index:end]:
            row[column] = row[column].ljust(width)
        _lay_out(rows, index, end, column + 1)
        index = end

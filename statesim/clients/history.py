"""What clients did and were told, as Jepsen records it: one row when an operation begins, one when it ends.

Rows are plain tuples, because there are two for each operation and nothing in a run is more frequent.
Their fields are, in order: ``t_us, process, client, type, f, value, error``.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

Type = Literal["invoke", "ok", "fail", "info"]
Row = tuple[int, int | str, str, Type, str, Any, str]

FINAL = "final"


class Rows(Protocol):
    """What takes the rows of one client."""

    def append(self, row: Row, /) -> None:
        """Take a row."""


class History:
    """An append-only list of rows, in order of time.

    ``ok`` means that it happened, ``fail`` that it surely did not, ``info`` that the client cannot know
    (Jepsen, "History" and knossos.op). A process is one session; unlike Jepsen's it keeps its number after an
    ``info``, so that a reader can follow one session through an outage.
    """

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def __len__(self) -> int:
        return len(self.rows)

    def add(
        self, t_us: int, process: int | str, client: str, type_: Type, f: str, value: Any, error: str = ""
    ) -> None:
        """Append a row. Sessions append to `rows` themselves: the call would cost as much as the row."""
        self.rows.append((t_us, process, client, type_, f, value, error))

"""How a scenario divides the story of its run: the rows of ``chapters.jsonl``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class Chapter(NamedTuple):
    """A part of the story: when it begins, its title, and notes for whoever presents it.

    Those in Chinese are ``None`` where the scenario has none. `show` names the variants that it tells of:
    of all if it names none.
    """

    t_us: int
    title: str
    title_zh: str | None = None
    notes: str = ""
    notes_zh: str | None = None
    show: tuple[str, ...] = ()


def chapter_lines(rows: Iterable[Chapter]) -> Iterator[str]:
    """Yield each chapter's line of ``chapters.jsonl``, line end included."""
    for row in rows:
        told = {"t": row.t_us / SECOND, **row._asdict()}
        del told["t_us"]
        if not row.show:
            del told["show"]
        yield json.dumps(told, ensure_ascii=False) + "\n"


def read_chapters(path: Path) -> list[Chapter]:
    """Read a ``chapters.jsonl`` back; an absent file has no rows."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        Chapter(t_us=round(row.pop("t") * SECOND), show=tuple(row.pop("show", ())), **row) for row in rows
    ]

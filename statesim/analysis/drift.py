"""How far containers have moved from their images: the rows of ``drift.jsonl``, and what is asked of them."""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


class Moved(NamedTuple):
    """What one container has at an instant that its image has not; it stays so until its next row.

    Attributes
    ----------
    own
        Entries (writes, rows, objects) on its layer or on an emptyDir: gone with the container, or its pod.
    volume
        Entries on a volume: what a replacement finds again.
    memory
        Entries that are only in memory.
    sessions
        Connections of clients.
    role
        What it is for the others of its system, "" if nothing; ``None``: the program has ended.
    name
        The name or address that its successor must have to be found, "" if any will do.
    """

    t_us: int
    system: str
    pod: str
    uid: str
    node: str
    own: int
    volume: int
    memory: int
    sessions: int
    role: str | None
    name: str

    @property
    def runs(self) -> bool:
        """Tell whether the program runs."""
        return self.role is not None

    @property
    def storage(self) -> int:
        """Return all entries that the image has not."""
        return self.own + self.volume + self.memory

    @property
    def at_risk(self) -> int:
        """Return the entries that would be lost if the image took the container's place."""
        return self.own + self.memory


def drift_lines(rows: Iterable[Moved]) -> Iterator[str]:
    """Yield each row's line of ``drift.jsonl``, line end included."""
    for row in rows:
        told = {"t": row.t_us / SECOND, **row._asdict()}
        del told["t_us"]
        yield json.dumps(told, ensure_ascii=False) + "\n"


def read_drift(path: Path) -> list[Moved]:
    """Read a ``drift.jsonl`` back; an absent file has no rows."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [Moved(t_us=round(row.pop("t") * SECOND), **row) for row in rows]


class Level(NamedTuple):
    """A system as a whole from an instant on: the sum over its containers that run, and the most in one."""

    t_us: int
    storage: int
    at_risk: int
    sessions: int
    named: int
    roles: int
    most: int


def levels(rows: Sequence[Moved]) -> dict[str, list[Level]]:
    """Return how far each system's containers had moved, all together, whenever that has changed."""
    now: dict[str, dict[str, Moved]] = {}
    found: dict[str, list[Level]] = {}
    for row in rows:
        containers = now.setdefault(row.system, {})
        if row.runs:
            containers[row.uid] = row
        else:
            containers.pop(row.uid, None)
        each = containers.values()
        level = Level(
            row.t_us,
            sum(c.storage for c in each),
            sum(c.at_risk for c in each),
            sum(c.sessions for c in each),
            sum(1 for c in each if c.name),
            sum(1 for c in each if c.role),
            max((c.storage for c in each), default=0),
        )
        course = found.setdefault(row.system, [])
        if course and course[-1].t_us == row.t_us:
            course.pop()
        course.append(level)
    return found


def level_at(course: Sequence[Level], t_us: int) -> Level | None:
    """Return the level at an instant; ``None`` = nothing had run by then."""
    place = bisect_right(course, t_us, key=lambda level: level.t_us)
    return course[place - 1] if place else None

"""Data directories on disks: what a process crash, a node crash and a lost volume each take away.

A directory belongs to a disk (a PersistentVolume, a pod's emptyDir, a container's writable layer) and
outlives the programs that use it. Its log is a list of entries (time, element); a commit that waits for
its flush is durable, so a process crash or a power cut loses nothing that was acknowledged
(PostgreSQL docs, "Reliability and the Write-Ahead Log"). Of one that does not wait, `durability` says what is
left.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from statesim.kernel.trace import Trace


class Log:
    """A timeline's log: writes of keys in order of commit, each with its time (µs, never decreasing).

    A key that is only ever added, as an element of a set, costs two list entries; the other values are
    kept by position.
    """

    __slots__ = ("_values", "_where", "elements", "times")

    def __init__(self) -> None:
        self.times: list[int] = []
        self.elements: list[Any] = []
        self._values: dict[int, Any] = {}
        self._where: dict[Any, int | list[int]] = {}

    def __len__(self) -> int:
        return len(self.times)

    def append(self, at: int, key: Any, value: Any = True) -> int:
        """Add a write; return the log's length after it (the entry's position)."""
        self.times.append(at)
        self.elements.append(key)
        position = len(self.times)
        before = self._where.get(key)
        if before is None:
            self._where[key] = position
        elif isinstance(before, list):
            before.append(position)
        else:
            self._where[key] = [before, position]
        if value is not True:
            self._values[position] = value
        return position

    def get(self, key: Any, length: int, default: Any = None) -> Any:
        """Return what the last write of a key among the first `length` entries wrote; `default`: none did."""
        found = self._where.get(key)
        if found is None:
            return default
        if isinstance(found, list):
            index = bisect_right(found, length) - 1
            found = found[index] if index >= 0 else length + 1
        return self._values.get(found, True) if found <= length else default

    def values(self, key: Any, length: int) -> list[Any]:
        """Return every value of a key in the first `length` entries, in order."""
        found = self._where.get(key, [])
        every = found if isinstance(found, list) else [found]
        return [self._values.get(position, True) for position in every if position <= length]

    def position_at(self, at: int) -> int:
        """Return how many entries were committed up to the instant `at`."""
        return bisect_right(self.times, at)


class Directory:
    """One data directory.

    Attributes
    ----------
    id
        ``pv/<volume>``, ``emptyDir/<uid>/<name>`` or ``layer/<uid>/<container>/<n>``.
    contents
        The system's own state on disk (its driver's class), ``None`` = empty.
    writers
        Uids of the programs that have it open, in order of opening.
    corrupted
        Two programs wrote to it at the same time.
    tail_lost
        How many acknowledged writes crashes have taken since a server last said so.
    """

    __slots__ = ("contents", "corrupted", "id", "tail_lost", "writers")

    def __init__(self, id_: str) -> None:
        self.id = id_
        self.contents: Any = None
        self.writers: dict[str, str] = {}
        self.corrupted = False
        self.tail_lost = 0


NO_SPACE = "No space left on device"


class Disks:
    """Every data directory there is, and which of them have no room left.

    Attributes
    ----------
    on_full
        Called with a directory's id when its disk has just become full.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._full: dict[str, set[str]] = {}
        self.on_full: list[Callable[[str], None]] = []
        self._directories: dict[str, Directory] = {}

    def open(self, id_: str) -> Directory:
        """Return the directory of that id; an empty one if nothing was ever there."""
        found = self._directories.get(id_)
        if found is None:
            found = self._directories[id_] = Directory(id_)
        return found

    def find(self, id_: str) -> Directory | None:
        """Return the directory of that id, if anything was ever there."""
        return self._directories.get(id_)

    def fill(self, id_: str, by: str) -> None:
        """Leave no room on a directory's disk, for as long as `by` lasts."""
        self._full.setdefault(id_, set()).add(by)
        for listener in self.on_full:
            listener(id_)

    def relieve(self, id_: str, by: str | None = None) -> None:
        """Give the room back that `by` takes; all of it if that is not said (the disk has grown)."""
        held = self._full.get(id_, set())
        held.discard(by or "")
        if by is None or not held:
            self._full.pop(id_, None)

    def is_full(self, id_: str) -> bool:
        """Tell whether nothing more can be written to a directory."""
        return id_ in self._full

    def corrupt(
        self, directory: Directory, pods: Iterable[str], why: str = "two servers have it open"
    ) -> int:
        """Note that a directory makes no sense any more; return the event that tells it."""
        directory.corrupted = True
        return self._trace.emit(f"DataDirectory/{directory.id}", "Corrupted", pods=sorted(pods), why=why)

    def lose_tail(self, directory: Directory, count: int, why: str) -> int | None:
        """Tell how many acknowledged writes a crash has taken, if any; return the event that tells it."""
        if not count:
            return None
        directory.tail_lost += count
        return self._trace.emit(f"DataDirectory/{directory.id}", "TailLost", count=count, why=why)

    def lose(self, id_: str) -> None:
        """Forget a directory: its disk is gone."""
        found = self._directories.pop(id_, None)
        if found is not None and found.contents is not None:
            self._trace.emit(f"DataDirectory/{id_}", "Lost")

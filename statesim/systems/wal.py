"""Write-ahead logs: timelines that branch at promotions, and positions that follow from the time.

Every promotion begins a new timeline, which shares its past with the one that it branched from
(PostgreSQL docs, "Continuous Archiving", Timelines). A member that has more than the shared part has diverged
and can follow only after a rewind. A replica's position is not stored while it streams: it is what its
primary had committed one lag ago, so that steady replication costs nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from statesim.systems.data import Log
from statesim.systems.durability import last_round

_UNWRITTEN: Any = object()


class Timeline:
    """One branch of a cluster's history; a single server appends to it.

    Attributes
    ----------
    id
        PostgreSQL's TimelineID: its parent's plus one.
    parent, fork
        Where it branched from, and how many entries it shares with it.
    log
        Its own entries, those after the fork.
    """

    __slots__ = ("fork", "id", "log", "parent")

    def __init__(self, id_: int = 1, parent: Timeline | None = None, fork: int = 0) -> None:
        self.id = id_
        self.parent = parent
        self.fork = fork
        self.log = Log()

    @property
    def length(self) -> int:
        """Return the position of its last entry: how many entries there are from the beginning of time."""
        return self.fork + len(self.log.times)

    @property
    def root(self) -> Timeline:
        """Return the first timeline of this history: two databases have two."""
        timeline = self
        while timeline.parent is not None:
            timeline = timeline.parent
        return timeline

    def append(self, at: int, key: Any, value: Any = True) -> int:
        """Commit a write; return its position."""
        return self.fork + self.log.append(at, key, value)

    def position_at(self, at: int) -> int:
        """Return the position that had been reached at an instant (never less than the fork)."""
        return self.fork + bisect_right(self.log.times, at)

    def time_of(self, position: int) -> int:
        """Return when the entry at a position was committed (µs)."""
        timeline = self
        while position <= timeline.fork and timeline.parent is not None:
            timeline = timeline.parent
        return timeline.log.times[position - timeline.fork - 1]

    def get(self, key: Any, upto: int) -> Any:
        """Return what the last write of a key in the first `upto` entries of this history wrote.

        ``None`` if none of them did, or if the key was deleted by it.
        """
        timeline: Timeline | None = self
        while timeline is not None:
            found = timeline.log.get(key, upto - timeline.fork, _UNWRITTEN)
            if found is not _UNWRITTEN:
                return found
            upto = min(upto, timeline.fork)
            timeline = timeline.parent
        return None

    def elements(self, upto: int) -> list[Any]:
        """Return the elements of the first `upto` entries of this history, in order."""
        parts: list[list[Any]] = []
        timeline: Timeline | None = self
        while timeline is not None:
            parts.append(timeline.log.elements[: max(0, upto - timeline.fork)])
            upto = min(upto, timeline.fork)
            timeline = timeline.parent
        return [element for part in reversed(parts) for element in part]

    def values(self, key: Any, upto: int) -> list[Any]:
        """Return every value of a key in the first `upto` entries of this history, in order."""
        parts: list[list[Any]] = []
        timeline: Timeline | None = self
        while timeline is not None:
            parts.append(timeline.log.values(key, upto - timeline.fork))
            upto = min(upto, timeline.fork)
            timeline = timeline.parent
        return [value for part in reversed(parts) for value in part]

    def branch(self, position: int) -> Timeline:
        """Begin a new timeline after the first `position` entries of this one."""
        return Timeline(self.id + 1, self, position)

    def cut(self, position: int) -> Timeline:
        """Return what is left of this timeline when only its first `position` entries are."""
        return Timeline(self.id, self, position)


def shared(one: Timeline, one_upto: int, other: Timeline, other_upto: int) -> int:
    """Return how many entries two histories have in common from the beginning."""
    limits: dict[Timeline, int] = {}
    timeline: Timeline | None = one
    upto = one_upto
    while timeline is not None:
        limits[timeline] = upto
        upto = min(upto, timeline.fork)
        timeline = timeline.parent
    timeline, upto = other, other_upto
    while timeline is not None:
        if timeline in limits:
            return min(upto, limits[timeline])
        upto = min(upto, timeline.fork)
        timeline = timeline.parent
    return 0


class Snapshot:
    """A history up to a position, as a reader sees it; see `statements.Copy`."""

    __slots__ = ("timeline", "upto")

    def __init__(self, timeline: Timeline, upto: int) -> None:
        self.timeline = timeline
        self.upto = upto

    def get(self, key: Any) -> Any:
        """See `statements.Copy.get`."""
        return self.timeline.get(key, self.upto)

    def keys(self) -> list[Any]:
        """See `statements.Copy.keys`."""
        return self.timeline.elements(self.upto)

    def values(self, key: Any) -> list[Any]:
        """See `statements.Copy.values`."""
        return self.timeline.values(key, self.upto)


class Writer(Snapshot):
    """The end of a history, which a server reads and commits to; see `statements.Writable`."""

    __slots__ = ("_now",)

    def __init__(self, timeline: Timeline, now: int) -> None:
        self.timeline = timeline
        self.upto = timeline.length
        self._now = now

    def put(self, key: Any, value: Any) -> None:
        """See `statements.Writable.put`."""
        self.upto = self.timeline.append(self._now, key, value)


class Database:
    """What a server leaves on its disk: the contents of a `Directory`.

    Attributes
    ----------
    system
        The system identifier, given once by initdb.
    timeline, position
        How far it has come; while a server writes or streams, the server knows better.
    primary
        A primary wrote to it last (``pg_control``: in production).
    clean
        It was shut down in order.
    crashed
        A primary's crash recovery was run on it, and no other primary has been followed since.
    unreplayed
        Entries after the last checkpoint, which crash recovery will replay; ``None`` while a primary writes.
    opened_us
        When a server began to write to it: checkpoints are counted from there.
    """

    __slots__ = ("clean", "crashed", "opened_us", "position", "primary", "system", "timeline", "unreplayed")

    def __init__(self, system: str, timeline: Timeline, position: int = 0) -> None:
        self.system = system
        self.timeline = timeline
        self.position = position
        self.primary = False
        self.clean = True
        self.crashed = False
        self.unreplayed: int | None = 0
        self.opened_us = 0

    def open_for_writing(self, timeline: Timeline, now: int) -> None:
        """Note that a primary writes to it from now on."""
        self.timeline = timeline
        self.primary = True
        self.clean = False
        self.crashed = False
        self.unreplayed = None
        self.opened_us = now

    def close(self, now: int, *, clean: bool, checkpoint_us: int, kept: int | None = None) -> int:
        """Note that its primary has ended; unless `clean`, all since the last checkpoint must be replayed.

        Of its log `kept` entries are left, all if that is not said; returns how many are not.
        """
        length = self.timeline.length
        self.position = length if kept is None else min(kept, length)
        self.clean = clean
        last = last_round(self.opened_us, checkpoint_us, now)
        self.unreplayed = 0 if clean else max(0, self.position - self.timeline.position_at(last))
        if self.position < length:
            self.timeline = self.timeline.cut(self.position)
        return length - self.position


class Stream:
    """A replica's walreceiver: what it has follows from what its primary had, one lag ago.

    Parameters
    ----------
    timeline
        The primary's.
    base
        Where the replica began.
    live_us
        When it has caught up with what was missing.
    lag_us
        From the commit on the primary until the replica has it flushed.
    """

    __slots__ = ("base", "lag_us", "live_us", "timeline")

    def __init__(self, timeline: Timeline, base: int, live_us: int, lag_us: int) -> None:
        self.timeline = timeline
        self.base = base
        self.live_us = live_us
        self.lag_us = lag_us

    def position(self, now: int) -> int:
        """Return how far the replica has come."""
        if now < self.live_us:
            return self.base
        return max(self.base, self.timeline.position_at(now - self.lag_us))

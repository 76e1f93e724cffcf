"""Base backups and archived log of a PostgreSQL database: what can be brought back, to which instant.

The archive lies beside the cluster: no lost disk reaches it, and no mistake of a person either, which
replication repeats at once. The log goes there in whole segments. One ends when it is full, when
``archive_timeout`` is over and something was written meanwhile, and at a shutdown in order
(access/transam/xlog.c, ``ShutdownXLOG``). What is in the last segment when the disk is lost is lost with it.
Source: PostgreSQL docs, "Continuous Archiving and Point-in-Time Recovery (PITR)".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from statesim.kernel.spans import SECOND
from statesim.systems.parameters import KIB, MIB, MODEL, Parameters, row

if TYPE_CHECKING:
    from statesim.kernel.trace import Trace
    from statesim.systems.wal import Timeline

SEGMENT = 16 * MIB  # wal_segment_size
ARCHIVING = "PostgreSQL docs, Server Configuration, Archiving"
_NEVER = 10**18


@dataclass(frozen=True, slots=True)
class BackupParameters(Parameters):
    """How large a database is and how fast its log grows; what of it is kept beside its disks."""

    data_size: int = row(100 * MIB, "bytes", MODEL, "How large a copy of the database is.")
    wal_per_write: int = row(KIB, "bytes > 0", MODEL, "Log written for one insert and its commit.")
    replay_rate: int = row(32 * MIB, "bytes per second", MODEL, "How fast a recovery replays the log.")

    backup_interval: int = row(
        0,
        "duration",
        "PostgreSQL makes none by itself",
        "Between two base backups, the first when the database is made; 0 = there are none.",
    )
    archive_mode: bool = row(
        False, "true or false", ARCHIVING, "Whether the log is archived: without it only backups come back."
    )
    archive_timeout: int = row(
        0,
        "duration",
        ARCHIVING,
        "When a segment that something was written to is ended though it is not full; 0 = never.",
    )
    archive_lag: int = row(
        SECOND, "duration", MODEL, "From the end of a segment until archive_command has stored it."
    )
    restore_rate: int = row(
        100 * MIB, "bytes per second", MODEL, "How fast a base backup is brought back to a disk."
    )

    def at_odds(self) -> list[str]:
        """See `Parameters.at_odds`."""
        if self.archive_mode and not self.backup_interval:
            return ["archive_mode: the log alone brings nothing back; give a backup_interval as well"]
        return []


class Point(NamedTuple):
    """A state of the database: the first `position` entries of a history."""

    timeline: Timeline
    position: int
    at_us: int


class Restore(NamedTuple):
    """What a restore does.

    Attributes
    ----------
    point
        What there will be.
    base_us
        When the base backup was made that it begins with.
    took_us
        How long it takes to copy that, and to replay the log since.
    """

    point: Point
    base_us: int
    took_us: int


def seen_at(timeline: Timeline, at: int) -> tuple[Timeline, int]:
    """Return the branch and the position that a history had reached at an instant."""
    while timeline.parent is not None and not timeline.log.position_at(at):
        timeline, fork = timeline.parent, timeline.fork
        if timeline.position_at(at) >= fork:
            return timeline, fork
    return timeline, timeline.position_at(at)


def tell_restored(trace: Trace, directory: str, pod: str, plan: Restore) -> int:
    """Record that a directory holds what a restore has brought back; return the event."""
    return trace.emit(
        f"DataDirectory/{directory}",
        "Restored",
        pod=pod,
        as_of_s=plan.point.at_us / SECOND,
        backup_of_s=plan.base_us / SECOND,
        took_s=plan.took_us / SECOND,
    )


class Archive:
    """What is kept of one database; nothing of it costs an event, as segments end when they end.

    Parameters
    ----------
    parameters
        The system's.
    """

    def __init__(self, parameters: BackupParameters) -> None:
        self._p = parameters
        self._began_us: int | None = None
        self._writing: Timeline | None = None
        self._runs = False
        self._segment = (0, 0)  # where the present one begins, and when it was begun
        self._stored: Point | None = None
        self._newest = 1

    # -- what servers do -------------------------------------------------------------------------------

    def opens(self, timeline: Timeline, now: int) -> None:
        """Hear that a server writes a history from now on.

        That of another database does not get in: an ``archive_command`` must not overwrite what is there.
        """
        if self._writing is not None and timeline.root is not self._writing.root:
            return
        if self._began_us is None:
            self._began_us = now
            self._segment = (timeline.length, now)
            self._stored = Point(timeline, timeline.length, now)
        else:
            self._catch_up(now)
            if timeline is not self._writing:
                self._branch_off(timeline, now)
            self._segment = (self._segment[0], now)
        self._writing, self._runs = timeline, True
        self._newest = max(self._newest, timeline.id)

    def _branch_off(self, timeline: Timeline, now: int) -> None:
        """Store where a new timeline begins: its history file goes to the archive at once.

        Its first segment begins as the last one of the old timeline did.
        """
        stored = self._stored
        if stored is not None:
            all_there = timeline.fork <= stored.position
            at = now if all_there else stored.at_us
            self._stored = Point(timeline, min(stored.position, timeline.fork), at)
        self._segment = (min(self._segment[0], timeline.fork), now)

    def takes(self, timeline: Timeline) -> bool:
        """Tell whether it is this history whose log is archived."""
        return timeline is self._writing

    def closes(self, timeline: Timeline, now: int, *, clean: bool) -> None:
        """Hear that its server has ended: in order, it has the last segment stored as well."""
        if timeline is not self._writing:
            return
        self._catch_up(now)
        self._runs = False
        if clean:
            self._end_segment(timeline.length, now)

    def _catch_up(self, now: int) -> None:
        """Let the segments end that have ended, and were stored by now."""
        timeline = self._writing
        if timeline is None or not self._runs:
            return
        size = max(1, SEGMENT // self._p.wal_per_write)
        times, fork = timeline.log.times, timeline.fork
        while True:
            first, begun = self._segment
            last = first + size - fork - 1  # the entry that fills it
            full = times[last] if 0 <= last < len(times) else _NEVER
            late = begun + self._p.archive_timeout if self._p.archive_timeout else _NEVER
            end = min(full, late)
            if end + self._p.archive_lag > now:
                return
            self._end_segment(first + size if full <= late else timeline.position_at(end), end)

    def _end_segment(self, position: int, at: int) -> None:
        timeline = self._writing
        if timeline is not None and self._p.archive_mode and position > self._segment[0]:
            self._stored = Point(timeline, position, at)
        self._segment = (max(position, self._segment[0]), at)

    # -- what people ask -------------------------------------------------------------------------------

    def plan(self, to_us: int | None, now: int, *, in_order: bool = False) -> Restore | str:
        """Return how the database is brought back as it was at an instant (``None`` = all there is).

        If that cannot be, say why: a recovery that ends before its target is an error (PostgreSQL docs,
        ``recovery_target_time``; release 13). `in_order`: its server will end in order before.
        """
        p = self._p
        self._catch_up(now)
        stored, began = self._stored, self._began_us
        if not p.backup_interval:
            return "there is no backup: backup_interval is 0"
        if stored is None or began is None or (to_us is not None and to_us < began):
            return "there is no backup that is old enough"
        if to_us is not None and not p.archive_mode:
            return "only base backups come back: archive_mode is off"
        reached_us = now if in_order else self.reaches_us(now)
        if to_us is not None and to_us > reached_us:
            ends = reached_us / SECOND
            return f"recovery ended before the target was reached: the archive ends at {ends:g} s"
        until = (stored.at_us if p.archive_mode else now) if to_us is None else to_us
        base_us = began + (until - began) // p.backup_interval * p.backup_interval
        at = until if p.archive_mode else base_us
        found = Point(stored.timeline, stored.position, at)
        if to_us is not None or not p.archive_mode:
            newest = self._writing if self._writing is not None else stored.timeline
            found = Point(*seen_at(newest, at), at)
        _, copied = seen_at(found.timeline, base_us)
        replayed = max(0, found.position - copied) * p.wal_per_write
        took = p.data_size * SECOND // p.restore_rate + replayed * SECOND // p.replay_rate
        return Restore(found, base_us, took)

    def reaches_us(self, now: int) -> int:
        """Return the latest instant to which the database can be restored.

        If nothing was written since the last segment, nothing is missing.
        """
        self._catch_up(now)
        stored, timeline = self._stored, self._writing
        if stored is None or timeline is None:
            return 0
        complete = timeline is stored.timeline and timeline.length == stored.position
        return now if complete else stored.at_us

    def branch(self, point: Point) -> Timeline:
        """Begin the history that follows a restore: with a number that no other has."""
        self._newest += 1
        found = point.timeline.branch(point.position)
        found.id = self._newest
        return found

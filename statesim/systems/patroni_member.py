"""A member of a Patroni cluster, and the data that it has on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.data import Log

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.data import Directory


class Files:
    """A member's data directory: the log that it follows, and how much of it has been received.

    A replica shares its leader's log object and only counts; `length` ``None`` means all of it: the member
    writes the log itself.
    """

    __slots__ = ("clean", "length", "log", "timeline")

    def __init__(self, log: Log, timeline: int) -> None:
        self.log = log
        self.timeline = timeline
        self.length: int | None = 0
        self.clean = True

    @property
    def received(self) -> int:
        """Return how many entries are on disk, not counting what streams in at this moment."""
        return len(self.log) if self.length is None else self.length


class Member:
    """One member, across the restarts of its pod.

    Attributes
    ----------
    role
        ``primary``, ``replica``, ``starting``, or ``stopped``.
    streaming
        It receives its leader's log as it is written.
    """

    __slots__ = ("directory", "name", "process", "role", "streaming")

    def __init__(self, name: str) -> None:
        self.name = name
        self.process: Process | None = None
        self.directory: Directory | None = None
        self.role = "stopped"
        self.streaming = False

    @property
    def files(self) -> Files | None:
        """Return what is on its disk, ``None`` if nothing is."""
        return None if self.directory is None else self.directory.contents

    @property
    def running(self) -> bool:
        """Tell whether its program runs now and is past its start."""
        return self.process is not None and self.process.running and self.role in ("primary", "replica")

    def position(self, now: int, lag_us: int) -> int:
        """Return how many entries it has received by now (µs)."""
        files = self.files
        if files is None:
            return 0
        if files.length is None:
            return len(files.log)
        if not self.streaming:
            return files.length
        return max(files.length, min(len(files.log), files.log.position_at(now - lag_us)))

    def freeze(self, now: int, lag_us: int) -> None:
        """Keep what has been received: the stream is cut."""
        files = self.files
        if files is not None and files.length is not None:
            files.length = self.position(now, lag_us)
        self.streaming = False

    def promote(self, timeline: int) -> Log:
        """Begin a timeline of its own at what has been received; return its log."""
        files = self.files
        assert files is not None, "a member without data is never promoted"
        files.log = files.log.prefix(files.received)
        files.timeline = timeline
        files.length = None
        return files.log

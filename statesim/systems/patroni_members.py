"""A Patroni member: an agent with its loop, its server, and its place in the stream of the log."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statesim.kernel.clock import Timer
    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.driver import Request
    from statesim.systems.life import Life
    from statesim.systems.statements import Outcome
    from statesim.systems.wal import Database, Stream


class Server(StrEnum):
    """What a member's PostgreSQL is."""

    DOWN = "down"
    REPLICA = "replica"
    PRIMARY = "primary"


class Member:
    """One run of a member's container.

    Attributes
    ----------
    phase_us, period_us
        Its agent's loop runs at `phase_us` plus whole periods. A loop that would change nothing is no event.
    loop
        The timer of the next loop that matters.
    server
        What its PostgreSQL is.
    busy
        What its agent is doing ("" = nothing): no other action meanwhile.
    following, stream
        Whom it shall stream from, and the stream while there is one.
    reconnecting
        Its walreceiver will try again soon.
    label
        The role label that its pod has got from it.
    retrying
        The store is out of reach, and the agent has noticed.
    stopping
        It was asked to stop.
    stuck
        Its data have diverged for good.
    names, confirming
        As primary: who must confirm commits, and whether the store will learn of it soon.
    waiting
        As primary: commits that wait for it, by position.
    believed_us
        Until when its primary believes that it still streams.
    lost_us
        Since when it cannot be heard.
    left_us
        While frozen: what was left of its agent's sleep.
    """

    __slots__ = (
        "believed_us",
        "busy",
        "confirming",
        "directory",
        "following",
        "label",
        "left_us",
        "life",
        "loop",
        "lost_us",
        "name",
        "names",
        "period_us",
        "phase_us",
        "process",
        "reconnecting",
        "retrying",
        "server",
        "stopping",
        "stream",
        "stuck",
        "uid",
        "waiting",
    )

    def __init__(
        self, process: Process, directory: Directory, life: Life, phase_us: int, period_us: int
    ) -> None:
        self.process = process
        self.name = process.pod
        self.uid = process.uid
        self.directory = directory
        self.life = life
        self.phase_us = phase_us
        self.period_us = period_us
        self.loop: Timer | None = None
        self.server = Server.DOWN
        self.busy = ""
        self.following: Member | None = None
        self.stream: Stream | None = None
        self.reconnecting = False
        self.label: str | None = None
        self.retrying = False
        self.stopping = False
        self.stuck = False
        self.names: str | None = None
        self.confirming = False
        self.waiting: deque[tuple[int, Request, Outcome]] = deque()
        self.believed_us = 0
        self.lost_us: int | None = None
        self.left_us = 0

    @property
    def database(self) -> Database | None:
        """Return what is on its disk, if anything."""
        contents: Database | None = self.directory.contents
        return contents

    @property
    def data(self) -> Database:
        """Return what is on its disk, where there must be something."""
        found: Database = self.directory.contents
        return found

    @property
    def active(self) -> bool:
        """Tell whether its agent can act now."""
        return self.process.running and not self.stopping

    @property
    def primary(self) -> bool:
        """Tell whether its server is a primary."""
        return self.server is Server.PRIMARY

    @property
    def accepts_writes(self) -> bool:
        """Tell whether a client's write would be taken now."""
        return self.primary and self.process.running and not self.stopping

    def position(self, now: int) -> int:
        """Return the end of its log, in entries."""
        database = self.database
        if database is None:
            return 0
        if self.primary:
            return database.timeline.length
        return database.position if self.stream is None else self.stream.position(now)

    def visible(self, now: int, replay_us: int) -> int:
        """Return up to where a reader sees its log.

        A commit that waits for a standby is not visible on the primary yet (PostgreSQL, xact.c:
        CommitTransaction waits in SyncRepWaitForLSN before ProcArrayEndTransaction). A standby shows what it
        has replayed, which may be less than what it has flushed and confirmed: so reads on it may be stale
        with synchronous commits as well (PostgreSQL docs, synchronous_commit: on, remote_apply).
        """
        if self.waiting:
            return self.waiting[0][0] - 1
        return self.position(now) if self.stream is None else self.stream.position(now - replay_us)

    def next_loop(self, now: int) -> int:
        """Return when its agent's next loop is due."""
        return self.phase_us + ((now - self.phase_us) // self.period_us + 1) * self.period_us

    def last_loop(self, now: int) -> int:
        """Return when its agent's latest loop was due."""
        return self.next_loop(now) - self.period_us

    def stop_loop(self) -> None:
        """Forget the loop that was to come."""
        if self.loop is not None:
            self.loop.cancel()
            self.loop = None

    def end_stream(self, now: int) -> None:
        """Break the stream: what was received stays, nothing more comes."""
        if self.stream is not None:
            self.data.position = self.stream.position(now)
            self.stream = None

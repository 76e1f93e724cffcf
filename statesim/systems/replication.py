"""PostgreSQL's streaming replication: servers, the streams of the log between them, commits that wait.

Who leads and who follows whom is said elsewhere: by Patroni's agents (`patroni.group`), or by a configuration
and a person (`postgres_replication`).
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar

from statesim.kernel.spans import SECOND
from statesim.systems.drift import Held
from statesim.systems.roles import Roles
from statesim.systems.wal import Stream, shared

if TYPE_CHECKING:
    from random import Random

    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.driver import Context, Request
    from statesim.systems.life import Life
    from statesim.systems.statements import Outcome
    from statesim.systems.wal import Database


class Server(StrEnum):
    """What a member's PostgreSQL is."""

    DOWN = "down"
    REPLICA = "replica"
    PRIMARY = "primary"


_PRIMARY = (
    Server.PRIMARY
)  # asked at every write; CPython 3.11 takes 0.2 us to find a member of an enumeration


class Streaming(Protocol):
    """The parameters of the streams."""

    @property
    def replication_lag(self) -> int:
        """Return the time from a commit until a standby has it flushed."""

    @property
    def wal_per_write(self) -> int:
        """Return how much log a write makes."""

    @property
    def clone_rate(self) -> int:
        """Return how fast a standby receives what it lacks."""

    @property
    def wal_retrieve_retry_interval(self) -> int:
        """Return the longest wait of a standby before it connects again."""


class Streamer:
    """One run of a member's container: a server, and its place in the stream of the log.

    Attributes
    ----------
    server
        What its PostgreSQL is.
    following, stream
        Whom it shall stream from, and the stream while there is one.
    reconnecting
        Its walreceiver will try again soon.
    stopping
        It was asked to stop.
    waiting
        As primary: commits that wait for it, by position.
    """

    __slots__ = (
        "directory",
        "following",
        "life",
        "name",
        "process",
        "reconnecting",
        "server",
        "stopping",
        "stream",
        "uid",
        "waiting",
    )

    def __init__(self, process: Process, directory: Directory, life: Life) -> None:
        self.process = process
        self.name = process.pod
        self.uid = process.uid
        self.directory = directory
        self.life = life
        self.server = Server.DOWN
        self.following: Self | None = None
        self.stream: Stream | None = None
        self.reconnecting = False
        self.stopping = False
        self.waiting: deque[tuple[int, Request, Outcome]] = deque()

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
    def primary(self) -> bool:
        """Tell whether its server is a primary."""
        return self.server is _PRIMARY

    @property
    def accepts_writes(self) -> bool:
        """Tell whether a client's write would be taken now."""
        return self.server is _PRIMARY and self.process.running and not self.stopping

    def position(self, now: int) -> int:
        """Return the end of its log, in entries."""
        database: Database | None = self.directory.contents
        if database is None:
            return 0
        if self.server is _PRIMARY:
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

    def end_stream(self, now: int) -> None:
        """Break the stream: what was received stays, nothing more comes."""
        if self.stream is not None:
            self.data.position = self.stream.position(now)
            self.stream = None


M = TypeVar("M", bound=Streamer)


class Replication(Generic[M]):
    """The streams of one cluster. A subclass says what else happens when one ends or begins again.

    Attributes
    ----------
    members
        By pod uid, in order of their starts.
    """

    def __init__(self, context: Context, parameters: Streaming) -> None:
        self.context = context
        self.clock, self.trace, self.host = context.clock, context.trace, context.host
        self.roles = Roles(context)
        self.members: dict[str, M] = {}
        self._streaming = parameters

    def holds(self, process: Process) -> Held:
        """See `drift.Holder`: a standby has what it has flushed."""
        member = self.members.get(process.uid)
        return Held(0 if member is None else member.position(self.clock.now), 0)

    def rng(self, *purpose: str) -> Random:
        """Return a stream of chance of this system's own."""
        return self.context.streams.get(f"System/{self.context.name}", *purpose)

    def sorted(self) -> list[M]:
        """Return the members in order of names."""
        return sorted(self.members.values(), key=lambda member: (member.name, member.uid))

    # -- what a subclass says --------------------------------------------------------------------------

    def broken(self, member: M) -> None:
        """Hear that a member's stream has just ended."""

    def connected(self, member: M) -> None:
        """Hear that a member has tried again and streams."""

    def confirms(self, primary: M) -> bool:  # noqa: ARG002 - a subclass may look
        """Tell whether commits on a primary wait for a standby: here they do not."""
        return False

    def confirmed(self, primary: M) -> int:
        """Return up to which position commits on a primary need not wait any longer."""
        return primary.data.timeline.length

    def wait_before_retry(self, member: M) -> int:
        """Return how long a member waits before it connects again: it tries at an interval."""
        rng = self.rng(member.name, "reconnect")
        return round(rng.random() * self._streaming.wal_retrieve_retry_interval)

    # -- streams ---------------------------------------------------------------------------------------

    def refresh_streams(self) -> None:
        """Break the streams whose path or ends are gone, and have the others tried again."""
        for member in self.members.values():
            up = self._linked(member)
            if not up and member.stream is not None:
                member.end_stream(self.clock.now)
                self.broken(member)
            elif up and member.stream is None and not member.reconnecting:
                member.reconnecting = True
                member.life.later(self.wait_before_retry(member), self._reconnect, member)

    def _linked(self, member: M) -> bool:
        source = member.following
        return (
            source is not None
            and source.primary
            and source.process.running
            and member.server is Server.REPLICA
            and member.process.running
            and self.host.reachable(member.process, source.process)
        )

    def _reconnect(self, member: M) -> None:
        member.reconnecting = False
        if member.stream is None and member.following is not None and self._linked(member):
            self.connect(member, member.following)
            self.connected(member)

    def connect(self, member: M, source: M) -> None:
        """Let a replica stream from a primary, from where it is; a diverged one cannot."""
        if self.diverged_by(member, source) is not None:
            member.following = None
            return
        now, data, p = self.clock.now, member.data, self._streaming
        timeline = source.data.timeline
        missing = timeline.length - data.position
        live = now + missing * p.wal_per_write * SECOND // p.clone_rate
        member.following = source
        member.stream = Stream(timeline, data.position, live, p.replication_lag)
        data.timeline = timeline
        data.crashed = False
        self.roles.tell(member.process, "CaughtUp", timeline.id)
        if source.waiting:
            source.life.later(live - now + p.replication_lag, self.confirm, source)

    def diverged_by(self, member: M, source: M) -> int | None:
        """Return how many entries a member has that a primary's history does not; ``None`` = it can follow.

        A primary that crashed is rewound even if it has none: its log goes on with the records of its
        recovery (recordings: pg_rewind in every repetition).
        """
        data, timeline = member.data, source.data.timeline
        position = member.position(self.clock.now)
        extra = position - shared(data.timeline, position, timeline, timeline.length)
        if extra > 0 or (data.crashed and data.timeline is not timeline):
            return extra
        return None

    def drain(self, primary: M) -> None:
        """Let the replicas get everything before a shutdown in order (walsenders wait for them)."""
        for member in self.members.values():
            stream = member.stream
            if stream is not None and member.following is primary:
                stream.base = primary.data.timeline.length
                stream.live_us = self.clock.now

    # -- commits that wait -----------------------------------------------------------------------------

    def commit(self, primary: M, position: int, request: Request, outcome: Any) -> None:
        """Answer a write that is on the primary's disk: at once, or when the standbys named have it.

        Source: PostgreSQL docs, "Synchronous Replication".
        """
        if outcome.type == "fail" or not self.confirms(primary):
            request.answer(*outcome)
            return
        primary.waiting.append((position, request, outcome))
        if self._streaming.replication_lag:
            primary.life.later(self._streaming.replication_lag, self.confirm, primary)
        else:
            self.confirm(primary)

    def confirm(self, primary: M) -> None:
        """Answer the commits that need not wait any longer."""
        if not primary.waiting:
            return
        upto = self.confirmed(primary)
        while primary.waiting and primary.waiting[0][0] <= upto:
            _, request, outcome = primary.waiting.popleft()
            request.answer(*outcome)

"""MySQL servers and the binary log between them: what is in a relay log, what is applied, who notices what.

A replica's IO thread receives the source's log into its relay log, its SQL thread applies it (MySQL Reference
Manual, "Replication Threads"). Positions are GTID sets: they say which transactions a server has that another
has not, so that any replica can follow any other that has no fewer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems import configured
from statesim.systems.configured import Configured
from statesim.systems.replication import Server
from statesim.systems.roles import BROKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.kernel.clock import Timer
    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.driver import Context
    from statesim.systems.life import Life
    from statesim.systems.mysql.parameters import AsyncParameters
    from statesim.systems.wal import Stream


class Member(Configured):
    """One run of a member's container.

    Attributes
    ----------
    read_only
        ``super_read_only`` is on, though it follows nobody.
    relayed, since_us, ended_us
        As replica: the stream before this one, when this one began, when the last one ended.
    gives_up_us
        When its IO thread notices that its source is gone, and tries to connect for the first time.
    semi_sync
        As source: whether commits wait (``Rpl_semi_sync_source_status``).
    deadline
        As source: looks for a commit that has waited for too long.
    dumps
        As source: the replicas that are connected as far as it knows (``Rpl_semi_sync_source_clients``).
    alone
        As source: the event that left it with fewer replicas, last.
    """

    __slots__ = (
        "alone",
        "deadline",
        "dumps",
        "ended_us",
        "gives_up_us",
        "read_only",
        "relayed",
        "semi_sync",
        "since_us",
    )

    def __init__(self, process: Process, directory: Directory, life: Life) -> None:
        super().__init__(process, directory, life)
        self.read_only = False
        self.relayed: Stream | None = None
        self.since_us = 0
        self.ended_us = 0
        self.gives_up_us = 0
        self.semi_sync = False
        self.deadline: Timer | None = None
        self.dumps: dict[str, None] = {}
        self.alone: int | None = None

    @property
    def accepts_writes(self) -> bool:
        """See `Streamer.accepts_writes`."""
        return super().accepts_writes and not self.read_only

    def end_stream(self, now: int) -> None:
        """See `Streamer.end_stream`: the SQL thread goes on with what is in the relay log."""
        if self.stream is not None:
            self.relayed = self.stream
            self.ended_us = now
        super().end_stream(now)

    def applied(self, now: int, apply_us: int) -> int:
        """Return up to where its SQL thread has come: the end of its own log, if it is a source."""
        if self.database is None or self.primary:
            return self.position(now)
        at = now - apply_us
        if self.stream is not None and at >= self.since_us:
            return self.stream.position(at)
        if self.relayed is not None:
            return min(self.data.position, self.relayed.position(at))
        return self.data.position

    def drop_relay_log(self, now: int, apply_us: int) -> int:
        """Forget what is not applied; return how many entries that were.

        ``RESET REPLICA`` and ``CHANGE REPLICATION SOURCE TO`` delete the relay log.
        """
        self.end_stream(now)
        kept = self.applied(now, apply_us)
        lost = self.data.position - kept
        self.data.position = kept
        self.relayed = None
        return lost


class Members(configured.Members[Member]):
    """The members of one system, and the streams between them.

    Attributes
    ----------
    changed
        Called when something about servers or streams has changed.
    """

    def __init__(self, context: Context, parameters: AsyncParameters) -> None:
        super().__init__(context, parameters)
        self.p = parameters
        self.changed: list[Callable[[], None]] = []

    def refresh_streams(self) -> None:
        """See `Replication.refresh_streams`."""
        super().refresh_streams()
        for listener in self.changed:
            listener()

    def applied(self, member: Member) -> int:
        """Return up to where a member has applied what it has."""
        return member.applied(self.clock.now, self.p.apply_lag)

    def visible(self, member: Member) -> int:
        """Return up to where a reader sees a member's rows."""
        return self.applied(member)

    # -- connections -----------------------------------------------------------------------------------

    def broken(self, member: Member) -> None:
        """See `Replication.broken`: a reset is noticed at once, silence after ``replica_net_timeout``.

        The source's dump thread of a silent replica stays, and its place among the connected ones.
        """
        source, now = member.following, self.clock.now
        if source is None:
            return
        host = self.host
        source.alone = self.clock.cause
        path = host.reachable(member.process, source.process)
        member.missed = (source, now)
        heard = path and host.answers(source.process) and host.answers(member.process)
        member.gives_up_us = now if heard else now + self.p.replica_net_timeout
        if heard:
            source.dumps.pop(member.name, None)

    def wait_before_retry(self, member: Member) -> int:
        """See `Replication.wait_before_retry`.

        A connection that nobody has given up goes on; otherwise the first attempt is at once, the others
        ``source_connect_retry`` apart (MySQL, sql/rpl_replica.cc: try_to_reconnect).
        """
        now = self.clock.now
        if now <= member.gives_up_us:
            same = member.missed is not None and member.missed[0] is member.following
            return 0 if same else member.gives_up_us - now
        return -(now - member.gives_up_us) % self.p.source_connect_retry

    def connect(self, member: Member, source: Member) -> None:
        """See `Replication.connect`: one that cannot follow goes on answering reads, from what it has."""
        extra = self.diverged_by(member, source)
        if extra is not None:
            member.stuck = "it has transactions that its source has not (errant GTIDs)"
            self.roles.tell(member.process, "Diverged", entries=extra, why=member.stuck)
        elif self.purged(member, source):
            member.stuck = "its source has purged binary logs with transactions that it needs (error 1236)"
            self.roles.tell(member.process, "LogRemoved", why=member.stuck)
        if member.stuck:
            self.roles.become(member.process, BROKEN, member.stuck)
            member.following = None
            return
        super().connect(member, source)
        member.since_us = self.clock.now
        source.dumps[member.name] = None

    def diverged_by(self, member: Member, source: Member) -> int | None:
        """See `Replication.diverged_by`: whoever has more than its source cannot follow it.

        That is so of a source that has crashed and comes back with what nobody has received, and of replicas
        whose source has lost the end of its log (error 1236: the replica has more GTIDs than the source).
        """
        if member.data.system != source.data.system:
            return member.position(self.clock.now)
        return super().diverged_by(member, source)

    def purged(self, member: Member, source: Member) -> bool:
        """Tell whether a source no longer has the log that a member lacks."""
        timeline, position = source.data.timeline, member.data.position
        if timeline.length <= position:
            return False
        return timeline.time_of(position + 1) < self.clock.now - self.p.binlog_expire_logs_seconds

    def followers(self, source: Member) -> list[Member]:
        """Return the replicas that receive a source's log now, by name."""
        return [
            member for member in self.sorted() if member.following is source and member.stream is not None
        ]

    def replicas_of(self, pod: str) -> list[Member]:
        """Return the replicas that are configured to follow a pod, and can: by name."""
        return [
            member
            for member in self.sorted()
            if member.up
            and member.server is Server.REPLICA
            and not member.stuck
            and member.cluster.upstream == pod
        ]

    def opened(self, source: Member) -> None:
        """Hear that a source has begun to lead."""

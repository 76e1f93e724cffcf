"""Servers that stream from the one that they were told to: what a timeout ends, what cannot be mended.

The configuration says who leads, and nothing watches whether that is true (PostgreSQL docs, "Failover":
PostgreSQL does not provide the software to detect a failure of the primary).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND
from statesim.node.process import State
from statesim.systems import configured
from statesim.systems.backups import SEGMENT, Archive
from statesim.systems.configured import Configured
from statesim.systems.replication import Server
from statesim.systems.standby_names import parse

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.driver import Context
    from statesim.systems.life import Life
    from statesim.systems.postgres_replication.parameters import ReplicationParameters


class Member(Configured):
    """One run of a member's container.

    Attributes
    ----------
    believed
        As primary: standbys that have fallen silent, until when it believes them there, how far they were.
    """

    __slots__ = ("believed",)

    def __init__(self, process: Process, directory: Directory, life: Life) -> None:
        super().__init__(process, directory, life)
        self.believed: dict[str, tuple[int, int]] = {}


class Members(configured.Members[Member]):
    """The members of one system, and the streams between them."""

    def __init__(self, context: Context, parameters: ReplicationParameters) -> None:
        super().__init__(context, parameters)
        self.p = parameters
        self.archive = Archive(parameters)
        self.standbys = parse(parameters.synchronous_standby_names)

    # -- streams ---------------------------------------------------------------------------------------

    def broken(self, member: Member) -> None:
        """See `Replication.broken`: who is silent is believed to be there until a timeout.

        Sources: PostgreSQL docs, ``wal_sender_timeout``, ``wal_receiver_timeout``.
        """
        source, now = member.following, self.clock.now
        if source is None:
            return
        ended = member.process.state is State.EXITED or member.server is not Server.REPLICA
        heard = self.host.answers(member.process) and self.host.reachable(member.process, source.process)
        if source.primary and not (ended and heard):
            until = now + self.p.wal_sender_timeout
            source.believed[member.name] = (until, member.data.position)
            source.life.later(self.p.wal_sender_timeout, self.confirm, source)
        else:
            self.confirm(source)
        member.missed = (source, now)

    def wait_before_retry(self, member: Member) -> int:
        """See `Replication.wait_before_retry`: a connection that nobody has given up yet goes on."""
        if member.missed is not None:
            source, since = member.missed
            patience = min(self.p.wal_sender_timeout, self.p.wal_receiver_timeout)
            if source is member.following and self.clock.now - since < patience:
                return 0
        return super().wait_before_retry(member)

    def connect(self, member: Member, source: Member) -> None:
        """See `Replication.connect`: one that cannot follow goes on answering reads, from what it has."""
        extra = self.diverged_by(member, source)
        if extra is not None:
            member.stuck = "its history is not the primary's"
            self.roles.tell(member.process, "Diverged", member.data.timeline.id, entries=extra)
        elif self.recycled(member, source):
            member.stuck = "requested WAL segment has already been removed"
            self.roles.tell(member.process, "LogRemoved", member.data.timeline.id, why=member.stuck)
        if member.stuck:
            member.following = None
            return
        super().connect(member, source)
        source.believed.pop(member.name, None)

    def diverged_by(self, member: Member, source: Member) -> int | None:
        """See `Replication.diverged_by`: another database's primary can never be followed.

        Source: PostgreSQL, walreceiver.c: the system identifiers are compared when it connects.
        """
        if member.data.system != source.data.system:
            return member.position(self.clock.now)
        return super().diverged_by(member, source)

    def recycled(self, member: Member, source: Member) -> bool:
        """Tell whether a primary no longer has the log that a member lacks.

        It keeps what the last checkpoint that is complete needs, and ``wal_keep_size``, in whole segments
        (PostgreSQL docs, "WAL Configuration"). A checkpoint takes most of the time to the next.
        """
        p, data = self.p, source.data
        if p.replication_slots or data.timeline.length - member.data.position <= 0:
            return False
        passed = (self.clock.now - data.opened_us) // p.checkpoint_timeout
        if passed < 2:
            return False
        needed = data.timeline.position_at(data.opened_us + (passed - 1) * p.checkpoint_timeout)
        kept = (needed * p.wal_per_write - p.wal_keep_size) // SEGMENT * SEGMENT
        return member.data.position * p.wal_per_write < kept

    # -- commits that wait -----------------------------------------------------------------------------

    def confirms(self, primary: Member) -> bool:  # noqa: ARG002 - all have the same configuration
        """See `Replication.confirms`."""
        return self.standbys.number > 0

    def confirmed(self, primary: Member) -> int:
        """See `Replication.confirmed`: a silent standby keeps its place in the list until it is given up."""
        now = self.clock.now
        positions = [
            (member.name, member.position(now), now >= member.stream.live_us)
            for member in self.members.values()
            if member.stream is not None and member.following is primary
        ]
        there = {name for name, _, _ in positions}
        positions += [
            (name, position, True)
            for name, (until, position) in primary.believed.items()
            if now < until and name not in there
        ]
        return self.standbys.confirmed(positions)

    def replay_us(self, entries: int) -> int:
        """Return how long the replay of some entries takes."""
        return entries * self.p.wal_per_write * SECOND // self.p.replay_rate

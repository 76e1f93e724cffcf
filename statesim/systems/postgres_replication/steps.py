"""What the members of a replicating PostgreSQL do that takes time: initdb, clone, start; promote and rebuild.

Nothing here decides anything: a member begins as its number and its disk say, and changes when told to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.kernel.spans import SECOND
from statesim.systems.backups import tell_restored
from statesim.systems.configured import Cluster
from statesim.systems.life import hang_up
from statesim.systems.replication import Server
from statesim.systems.roles import PRIMARY, RECOVERING, REPLICA, STARTING, STOPPED
from statesim.systems.waiting import Waiting
from statesim.systems.wal import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.node.process import Exit
    from statesim.systems.backups import Restore
    from statesim.systems.postgres_replication.group import Member, Members


class Restoring(NamedTuple):
    """A restore that people have begun: of which pod's server, and to which instant."""

    pod: str
    to_us: int | None


class Steps(Waiting["Member"]):
    """The actions that take time.

    Parameters
    ----------
    led
        Told of each member that becomes a primary.

    Attributes
    ----------
    restoring
        The restore that is under way, or shall begin as soon as its pod runs.
    """

    def __init__(self, members: Members, led: Callable[[Member], None]) -> None:
        super().__init__(members)
        self._g = members
        self._led = led
        self.restoring: Restoring | None = None
        self._system: str | None = None  # a restored database's identifier is that of its backup

    # -- beginning -------------------------------------------------------------------------------------

    def begin(self, member: Member) -> None:
        """Begin as the number says on an empty disk, and as the disk says on any other.

        An entrypoint makes number 0 the primary and lets the others clone it (Kubernetes docs, "Run a
        Replicated Stateful Application"). A pod without a number cannot know that it is not the first.
        Afterwards the data directory says what a server is (PostgreSQL docs, ``standby.signal``).
        """
        g, process = self._g, member.process
        if self.restoring is not None and self.restoring.pod == member.name:
            self.restore(member, self.restoring)
        elif member.name in self.orders:
            self._wait(member, "rebuild", "it shall be made a standby before it starts")
        elif member.database is not None:
            self._start(member)
        elif process.ordinal in (0, None):
            why = "number 0 is the primary, and its disk is empty: initdb"
            if process.ordinal is None:
                why = "nothing tells it that it is not the first, and its disk is empty: initdb"
            g.roles.become(process, STARTING, why)
            member.then(g.p.initdb, self._initialised, member)
        else:
            self._wait(member, "clone", "its disk is empty: it clones number 0")

    def _initialised(self, member: Member) -> None:
        g = self._g
        member.directory.contents = Cluster(f"{g.context.name}/{member.uid}", Timeline())
        g.clock.cause = g.trace.emit(f"DataDirectory/{member.directory.id}", "Initialised", pod=member.name)
        self._start(member)

    def _donor(self, member: Member) -> Member | None:
        """Return the primary that a member waits for: number 0 to clone it, the newest to follow it."""
        g = self._g
        if member.wants == "clone":
            found = g.named(f"{member.name.rpartition('-')[0]}-0")
        else:
            found = g.leading(but=member)
        return self._reached(member, found, ready=found is not None and found.accepts_writes)

    def _clone(self, member: Member, donor: Member) -> None:
        g = self._g
        member.directory.contents = None  # a clone that is interrupted begins anew
        g.roles.become(member.process, STARTING, f"pg_basebackup from {donor.name}")
        member.then(g.p.data_size * SECOND // g.p.clone_rate, self._cloned, member, donor)

    def _cloned(self, member: Member, source: Member) -> None:
        g = self._g
        if not source.accepts_writes or not g.host.reachable(member.process, source.process):
            wants = "rebuild" if member.name in self.orders else "clone"
            self._wait(member, wants, "its clone was interrupted")
            return
        timeline = source.data.timeline
        member.directory.contents = Cluster(source.data.system, timeline, timeline.length, source.name)
        member.stuck = ""
        self.orders.discard(member.name)
        g.roles.tell(member.process, "Cloned", timeline.id)
        self._start(member)

    # -- starting --------------------------------------------------------------------------------------

    def _start(self, member: Member) -> None:
        g, cluster = self._g, member.cluster
        if cluster.clean or cluster.upstream is not None:
            g.roles.become(member.process, STARTING, "the server starts")
            member.then(g.p.start_time, self._up, member)
            return
        replay = g.replay_us(cluster.unreplayed or 0)
        g.roles.become(member.process, RECOVERING, "the last shutdown was not in order: the log is replayed")
        member.then(g.p.start_time + replay, self._recovered, member, replay)

    def _recovered(self, member: Member, replay_us: int) -> None:
        g = self._g
        where = f"DataDirectory/{member.directory.id}"
        g.clock.cause = g.trace.emit(where, "Recovered", pod=member.name, replayed_s=replay_us / SECOND)
        self._up(member)

    def _up(self, member: Member) -> None:
        if member.stopping:
            return
        cluster = member.cluster
        if cluster.upstream is None:
            self._lead(member, "its data directory says so: there is no standby.signal")
            return
        member.server = Server.REPLICA
        source = self._g.named(cluster.upstream)
        if source is not None and self._g.host.reachable(member.process, source.process):
            member.missed = (source, self._g.clock.now)  # the first attempt waits for nothing
        why = f"it is a standby of {cluster.upstream}"
        self._g.roles.become(member.process, REPLICA, why, timeline=cluster.timeline.id)
        self._g.host.listening(member.process, True)
        self._g.refresh_streams()

    def _lead(self, member: Member, why: str) -> None:
        g, cluster = self._g, member.cluster
        self._system = cluster.system
        member.server = Server.PRIMARY
        member.following = None
        cluster.upstream = None
        cluster.open_for_writing(cluster.timeline, g.clock.now)
        self._led(member)
        g.archive.opens(cluster.timeline, g.clock.now)
        timeline = cluster.timeline.id
        g.roles.become(member.process, PRIMARY, why, accepts_writes=True, timeline=timeline)
        g.host.listening(member.process, True)
        g.refresh_streams()
        self.retry()

    # -- what people do --------------------------------------------------------------------------------

    def promote(self, member: Member) -> None:
        """Make a standby a primary: ``pg_ctl promote``."""
        member.then(self._g.p.promote_time, self._promoted, member)

    def _promoted(self, member: Member) -> None:
        """Begin a new timeline, and have the standbys that can be reached follow (``primary_conninfo``)."""
        g = self._g
        member.end_stream(g.clock.now)
        data = member.cluster
        data.timeline = data.timeline.branch(data.position)
        g.roles.tell(member.process, "Promoted", data.timeline.id)
        for other in g.sorted():
            if other.server is Server.REPLICA and other is not member and g.host.api_reachable(other.process):
                self._repoint(other, member)
        self._lead(member, "a person has promoted it")

    def _repoint(self, member: Member, source: Member) -> None:
        member.end_stream(self._g.clock.now)
        member.cluster.upstream = source.name
        member.following = source
        member.missed = (source, self._g.clock.now)  # it reconnects at once
        member.stuck = ""

    def rebuild(self, member: Member) -> None:
        """Make a member a standby of the present primary, whatever it is now."""
        g = self._g
        if member.primary:
            g.roles.tell(member.process, "Demoted", member.data.timeline.id, why="a person rebuilds it")
        if member.server is not Server.DOWN:
            self.close(member, clean=True, why="a person rebuilds it")
        self._wait(member, "rebuild", "a person rebuilds it")

    def _take_back(self, member: Member, source: Member) -> None:
        """Repoint a member that can follow; rewind one that has diverged, or clone it anew.

        Source: PostgreSQL docs, pg_rewind: it needs ``wal_log_hints`` or checksums. A primary that was not
        shut down in order has diverged even if it has no commit more.
        """
        g = self._g
        if member.database is None:
            self._clone(member, source)
            return
        cluster = member.cluster
        extra = g.diverged_by(member, source)
        if extra is None and cluster.upstream is None and not cluster.clean:
            extra = 0
        if extra:
            g.roles.tell(member.process, "Diverged", cluster.timeline.id, entries=extra)
        foreign = cluster.system != source.data.system
        if foreign or g.recycled(member, source) or (extra is not None and not g.p.wal_log_hints):
            self._clone(member, source)
        elif extra is not None:
            g.roles.become(member.process, RECOVERING, f"pg_rewind from {source.name}")
            member.then(g.p.rewind_time, self._rewound, member, source, extra)
        else:
            self._follow(member, source, 0)

    def _rewound(self, member: Member, source: Member, extra: int) -> None:
        if not source.accepts_writes or not self._g.host.reachable(member.process, source.process):
            self._wait(member, "rebuild", "pg_rewind has lost its source")
            return
        self._g.roles.tell(member.process, "Rewound", source.data.timeline.id, entries=extra)
        self._follow(member, source, extra)

    def _follow(self, member: Member, source: Member, extra: int) -> None:
        cluster = member.cluster
        cluster.position -= extra
        cluster.timeline = source.data.timeline
        cluster.clean = True
        cluster.primary = cluster.crashed = False
        self.orders.discard(member.name)
        self._repoint(member, source)
        self._start(member)

    def restore(self, member: Member, order: Restoring) -> None:
        """Empty a member's disk, and bring a base backup and the archived log back to it."""
        g = self._g
        if member.server is not Server.DOWN:
            self.close(member, clean=True, why="a person stops it for a restore")
        plan = g.archive.plan(order.to_us, g.clock.now)
        if isinstance(plan, str):
            self.restoring = None
            g.roles.become(member.process, STOPPED, f"it cannot be restored: {plan}")
            return
        member.directory.contents, member.wants = None, ""
        why = "it is restored from a backup and the archived log"
        g.roles.become(member.process, RECOVERING, why)
        member.then(plan.took_us, self._restored, member, plan)

    def _restored(self, member: Member, plan: Restore) -> None:
        """Begin a new timeline where the recovery has ended; the others are made its standbys."""
        g = self._g
        self.restoring = None
        self.orders.discard(member.name)
        system = f"{g.context.name}/{member.uid}" if self._system is None else self._system
        member.directory.contents = Cluster(system, g.archive.branch(plan.point), plan.point.position)
        member.stuck = ""
        g.clock.cause = tell_restored(g.trace, member.directory.id, member.name, plan)
        self._start(member)

    # -- ending ----------------------------------------------------------------------------------------

    def close(self, member: Member, *, clean: bool, why: str) -> None:
        """Take a server down: its clients hear it, a shutdown in order lets the standbys have everything."""
        g = self._g
        member.waiting.clear()
        g.roles.become(member.process, STOPPED, why)
        g.host.listening(member.process, False)
        hang_up(member.process, "closed")
        self._end(member, clean=clean)

    def fall(self, member: Member, how: Exit) -> None:  # noqa: ARG002 - what was acknowledged is on the disk
        """Note that a server has ended, on its disk and at those who streamed from it."""
        self._end(member, clean=False)

    def _end(self, member: Member, *, clean: bool) -> None:
        g, now = self._g, self._g.clock.now
        if member.primary:
            if clean:
                g.drain(member)
            whole = g.context.disks.find(member.directory.id) is member.directory
            g.archive.closes(member.data.timeline, now, clean=clean and whole)
            member.data.close(now, clean=clean, checkpoint_us=g.p.checkpoint_timeout)
            # beside another primary its log goes on with records of its own, if only of this shutdown
            member.data.crashed = g.leading(but=member) is not None
        member.server = Server.DOWN
        member.waiting.clear()
        g.refresh_streams()

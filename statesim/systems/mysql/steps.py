"""What MySQL servers do that takes time: initialize, clone, start; be promoted, repointed, rebuilt.

Nothing here decides anything: a member begins as its number and its disk say, and changes when told to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from statesim.kernel.spans import SECOND
from statesim.node.process import Exit
from statesim.systems.configured import Cluster
from statesim.systems.life import hang_up
from statesim.systems.replication import Server
from statesim.systems.roles import PRIMARY, RECOVERING, REPLICA, STARTING, STOPPED
from statesim.systems.waiting import Waiting
from statesim.systems.wal import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.systems.mysql.group import Member, Members

NOT_SYNCED = "they were answered before they were on the disk"
SERVER_ID = 100  # what the Kubernetes example adds to a pod's number


class Announced(Protocol):
    """Who wants to hear of servers that lead."""

    def __call__(self, member: Member, *, promoted: bool) -> None:
        """Hear of one."""


class Steps(Waiting["Member"]):
    """The actions that take time.

    Parameters
    ----------
    led
        Told of each member that has begun to lead.

    Attributes
    ----------
    announced
        Called with each server that has begun to lead, writable or not, and whether it was promoted.
    """

    def __init__(self, members: Members, led: Callable[[Member], None]) -> None:
        super().__init__(members)
        self._g = members
        self._led = led
        self.announced: list[Announced] = []

    # -- beginning -------------------------------------------------------------------------------------

    def begin(self, member: Member) -> None:
        """Begin as the number says on an empty disk, and as the disk says on any other.

        Number 0 is the source, number N clones number N - 1, and the server id follows from the number
        (Kubernetes docs, "Run a Replicated Stateful Application"). A pod without a number cannot know that it
        is not the first.
        """
        g, process = self._g, member.process
        if member.name in self.orders:
            self._wait(member, "rebuild", "it shall be made a replica before it starts")
        elif member.database is not None:
            self._start(member)
        elif process.ordinal in (0, None):
            why = "number 0 is the source, and its disk is empty: mysqld --initialize"
            if process.ordinal is None:
                why = "nothing tells it that it is not the first, and its disk is empty: mysqld --initialize"
            g.roles.become(process, STARTING, why)
            member.then(g.p.initialize, self._initialised, member)
        else:
            self._wait(member, "clone", f"its disk is empty: it clones number {process.ordinal - 1}")

    def _initialised(self, member: Member) -> None:
        g, directory = self._g, member.directory
        directory.contents = Cluster(f"{g.context.name}/{member.uid}", Timeline())
        server_id = SERVER_ID + (member.process.ordinal or 0)
        g.clock.cause = g.trace.emit(
            f"DataDirectory/{directory.id}", "Initialised", pod=member.name, server_id=server_id
        )
        self._start(member)

    def _donor(self, member: Member) -> Member | None:
        """Return whom a member waits for: the number before it to clone it, the source to follow it."""
        g, process = self._g, member.process
        if member.wants == "clone" and process.ordinal:
            found = g.named(f"{member.name.rpartition('-')[0]}-{process.ordinal - 1}")
        else:
            found = g.leading(but=member)
        return self._reached(member, found, ready=found is not None and found.up)

    def _clone(self, member: Member, donor: Member) -> None:
        g = self._g
        member.directory.contents = None  # a clone that is interrupted begins anew
        g.roles.become(member.process, STARTING, f"xtrabackup from {donor.name}")
        member.then(g.p.data_size * SECOND // g.p.clone_rate, self._cloned, member, donor)

    def _cloned(self, member: Member, donor: Member) -> None:
        """Have what the donor has applied, and follow whom it follows, or the donor itself."""
        g = self._g
        if not donor.up or not g.host.reachable(member.process, donor.process):
            wants = "rebuild" if member.name in self.orders else "clone"
            self._wait(member, wants, "its clone was interrupted")
            return
        data = donor.cluster
        upstream = data.upstream or donor.name
        member.directory.contents = Cluster(data.system, data.timeline, g.applied(donor), upstream)
        member.stuck = ""
        self.orders.discard(member.name)
        server_id = SERVER_ID + (member.process.ordinal or 0)
        g.roles.tell(member.process, "Cloned", source=donor.name, server_id=server_id)
        self._start(member)

    # -- starting --------------------------------------------------------------------------------------

    def _start(self, member: Member) -> None:
        g = self._g
        lost, member.directory.tail_lost = member.directory.tail_lost, 0
        if member.cluster.clean:
            g.roles.become(member.process, STARTING, "mysqld starts")
            member.then(g.p.start_time, self._up, member)
        else:
            without = f", and {lost} acknowledged writes that were not on its disk are gone" if lost else ""
            g.roles.become(member.process, RECOVERING, f"it has crashed: InnoDB replays its log{without}")
            member.then(g.p.start_time + g.p.crash_recovery, self._recovered, member)

    def _recovered(self, member: Member) -> None:
        g = self._g
        g.clock.cause = g.trace.emit(
            f"DataDirectory/{member.directory.id}",
            "Recovered",
            pod=member.name,
            replayed_s=g.p.crash_recovery / SECOND,
        )
        self._up(member)

    def _up(self, member: Member) -> None:
        g, cluster = self._g, member.cluster
        if member.stopping:
            return
        if cluster.upstream is None:
            member.read_only = g.p.super_read_only
            self._lead(member, "its configuration names no source that it follows")
            return
        member.server = Server.REPLICA
        member.gives_up_us = g.clock.now  # the first attempt
        why = f"it is a replica of {cluster.upstream}, and super_read_only"
        g.roles.become(member.process, REPLICA, why)
        g.host.listening(member.process, True)
        g.refresh_streams()
        self.retry()

    def _lead(self, member: Member, why: str, *, promoted: bool = False) -> None:
        g, cluster = self._g, member.cluster
        member.server = Server.PRIMARY
        member.following = None
        cluster.upstream = None
        cluster.open_for_writing(cluster.timeline, g.clock.now)
        if member.read_only:
            g.roles.become(member.process, PRIMARY, f"{why}; it is super_read_only until somebody opens it")
        else:
            self._opened(member, why)
        g.host.listening(member.process, True)
        for listener in self.announced:
            listener(member, promoted=promoted)
        g.refresh_streams()
        self.retry()

    def open(self, member: Member, why: str) -> None:
        """Let a source that is read-only take writes: ``SET GLOBAL super_read_only = 0, read_only = 0``."""
        member.read_only = False
        self._opened(member, why)
        self.retry()

    def _opened(self, member: Member, why: str) -> None:
        g = self._g
        g.opened(member)
        self._led(member)
        g.roles.become(member.process, PRIMARY, why, accepts_writes=True)

    # -- promotion -------------------------------------------------------------------------------------

    def promote(self, member: Member) -> None:
        """Do what a careful person does: close the old source, wait for the rest of its log, promote.

        A source that cannot be reached is not closed: it has to be fenced (`fence`).
        """
        g = self._g
        old = g.leading(but=member)
        catch_up_us = g.p.apply_lag
        if member.stream is None:  # nothing more comes: until it has applied what it had received
            catch_up_us = max(0, member.ended_us + catch_up_us - g.clock.now)
        if old is not None and g.host.api_reachable(old.process):
            old.read_only = True
            g.roles.tell(old.process, "Demoted", why="a person sets super_read_only")
            g.roles.become(old.process, PRIMARY, "a person has set super_read_only")
            if member.following is old and member.stream is not None:
                catch_up_us += g.p.replication_lag
        self.take_over(member, catch_up_us, "a person has promoted it", old)

    def take_over(self, member: Member, after_us: int, why: str, old: Member | None = None) -> None:
        """Make a replica the source, in a while; `old` follows it, if it can."""
        member.then(after_us + self._g.p.promote_time, self._promoted, member, why, old)

    def _promoted(self, member: Member, why: str, old: Member | None) -> None:
        """Throw the relay log away, open it for writes, and have the replicas that can be reached follow."""
        g = self._g
        left = self._drop(member)
        data = member.cluster
        data.timeline = data.timeline.branch(data.position)
        g.roles.tell(member.process, "Promoted", why=why)
        if left:
            why = f"{why}, though {left} transactions of its relay log were not applied"
        for other in g.sorted():
            if other.server is Server.REPLICA and other is not member and g.host.api_reachable(other.process):
                self._repoint(other, member)
                g.roles.become(other.process, REPLICA, f"it is pointed to {member.name}")
        if old is not None and old.up and old.primary and old.read_only:
            self._step_down(old, member)
        member.read_only = False
        self._lead(member, why, promoted=True)

    def _drop(self, member: Member) -> int:
        g = self._g
        left = member.drop_relay_log(g.clock.now, g.p.apply_lag)
        if left:
            g.roles.tell(member.process, "RelayLogDropped", count=left)
        return left

    def _repoint(self, member: Member, source: Member) -> None:
        """Make a replica follow another: ``CHANGE REPLICATION SOURCE TO``, which takes its relay log."""
        self._drop(member)
        member.cluster.upstream = source.name
        member.following = source
        member.missed = None
        member.gives_up_us = self._g.clock.now  # it connects at once
        member.stuck = ""

    def _step_down(self, old: Member, source: Member) -> None:
        g = self._g
        if old.waiting:  # nobody will acknowledge these any more
            old.waiting.clear()
            hang_up(old.process, "closed")
        old.server = Server.REPLICA
        old.data.position = old.data.timeline.length
        old.data.primary = False
        g.roles.become(old.process, REPLICA, f"it follows {source.name} now")
        self._repoint(old, source)

    # -- rebuilding ------------------------------------------------------------------------------------

    def rebuild(self, member: Member) -> None:
        """Make a member a replica of the present source, whatever it is now."""
        g = self._g
        if member.primary:
            g.roles.tell(member.process, "Demoted", why="a person rebuilds it")
        if member.server is not Server.DOWN:
            self.close(member, clean=True, why="a person rebuilds it")
        self._wait(member, "rebuild", "a person rebuilds it")

    def _take_back(self, member: Member, source: Member) -> None:
        """Repoint a member that can follow; clone one anew that has transactions that nobody else has."""
        g = self._g
        if member.database is None:
            self._clone(member, source)
            return
        cluster = member.cluster
        extra = g.diverged_by(member, source)
        if extra is not None:
            why = "it has transactions that the source has not (errant GTIDs)"
            g.roles.tell(member.process, "Diverged", entries=extra, why=why)
        if extra is not None or g.purged(member, source):
            self._clone(member, source)
            return
        cluster.timeline = source.data.timeline
        cluster.primary = False
        self.orders.discard(member.name)
        self._repoint(member, source)
        self._start(member)

    # -- ending ----------------------------------------------------------------------------------------

    def close(self, member: Member, *, clean: bool, why: str) -> None:
        """Take a server down: its clients hear it, a shutdown in order lets the replicas have everything."""
        g = self._g
        member.waiting.clear()
        g.roles.become(member.process, STOPPED, why)
        g.host.listening(member.process, False)
        hang_up(member.process, "closed")
        self._end(member, Exit.STOPPED if clean else Exit.KILLED)

    def fall(self, member: Member, how: Exit) -> None:
        """Note that a server has ended, on its disk and at those who received its log."""
        if member.server is not Server.DOWN:
            self._end(member, how)

    def _end(self, member: Member, how: Exit) -> None:
        g, data = self._g, member.data
        data.clean = how is Exit.STOPPED
        if member.primary:
            if data.clean:
                g.drain(member)
            data.position = data.timeline.length
            self._keep(member, how)
        member.server = Server.DOWN
        member.waiting.clear()
        g.refresh_streams()

    def _keep(self, member: Member, how: Exit) -> None:
        """Leave on a source's disk what is both in the engine's log and in the binary log.

        Source: MySQL Reference Manual, "The Binary Log" (crash recovery of the two by internal XA).
        """
        g, data = self._g, member.data
        now, began = g.clock.now, data.opened_us
        kept = min(log.kept(how, began, now, data.timeline) for log in (g.p.engine, g.p.binlog))
        if kept < data.position:
            lost = data.position - kept
            data.timeline, data.position = data.timeline.cut(kept), kept
            g.clock.cause = g.context.disks.lose_tail(member.directory, lost, NOT_SYNCED)

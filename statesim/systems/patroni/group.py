"""What a Patroni cluster is at an instant: the keys in its store, its members, the streams between them.

Agents see it through `snapshot`; they change it through the few methods that stand for a write to the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.node.process import State
from statesim.systems.lease import Lease
from statesim.systems.patroni import watchdog
from statesim.systems.patroni.members import Member
from statesim.systems.patroni.view import Cluster, Failover, Me, Peer, Sync
from statesim.systems.replication import Replication, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statesim.systems.driver import Context
    from statesim.systems.patroni.parameters import PatroniParameters


class Group(Replication[Member]):
    """One cluster.

    Parameters
    ----------
    expired
        Called when the leader's lease has run out: holder, time of its last renewal.
    changed
        Called when a member is no longer believed to stream.

    Attributes
    ----------
    initialize
        The store's ``initialize`` key: the system identifier.
    sync
        The store's ``/sync`` key.
    failsafe
        The store's ``/failsafe`` key: the members that there were when the leader last wrote it.
    failover
        The store's ``/failover`` key: a switchover that was asked for.
    paused
        The store's ``/config`` key says that the management is paused.
    leader
        The member that renews the lease.
    look
        Looks at every agent again.
    latest
        Id of the data directory that a primary wrote to last.
    """

    def __init__(
        self,
        context: Context,
        parameters: PatroniParameters,
        expired: Callable[[str, int], None],
        changed: Callable[[], None],
    ) -> None:
        super().__init__(context, parameters)
        self.p = parameters
        self.initialize: str | None = None
        self.sync = Sync()
        self.failsafe: tuple[str, ...] = ()
        self.failover: Failover | None = None
        self.paused = False
        self.leader: Member | None = None
        self.latest: str | None = None
        self._written_optime = 0
        self.look = changed
        self.lease = Lease(
            context.clock, self.rng("store", "expiry"), parameters.ttl, parameters.loop_wait, expired
        )

    def lose_store(self) -> None:
        """Forget every key (an etcd on emptyDirs whose pods have all gone begins empty)."""
        self.initialize, self.failover, self.paused = None, None, False
        self.sync, self.failsafe, self._written_optime = Sync(), (), 0
        self.lease.release()
        self.leader = None

    # -- the store -------------------------------------------------------------------------------------

    def reaches_store(self, member: Member) -> bool:
        """Tell whether an agent can read and write the store now."""
        return self.host.api_reachable(member.process)

    def holds_lock(self, member: Member) -> bool:
        """Tell whether the leader key bears a member's name."""
        return self.lease.holder == member.name

    def renews(self, member: Member) -> bool:
        """Tell whether a member keeps the lease alive."""
        return self.leader is member and self.lease.renewing

    def acquire(self, member: Member) -> bool:
        """Let a member take the leader key, if nobody has it."""
        if not self.lease.acquire(member.name, member.phase_us):
            return False
        self.leader = member
        if self.initialize is None and member.database is not None:
            self.initialize = member.data.system  # patroni/ha.py: who leads writes the key anew from its data
        self.clock.cause = self.trace.emit(
            f"System/{self.context.name}", "Elected", pod=member.name, term=self.lease.term
        )
        return True

    def renew(self, member: Member) -> None:
        """Let the holder renew its lease and feed its watchdog, now and at its loops to come."""
        self.lease.renew(member.phase_us)
        self.leader = member
        watchdog.feed(member, self.clock.now)

    def fall_silent(self, member: Member) -> None:
        """Let no renewal of a member's get through any more; its watchdog is fed no more either."""
        if self.leader is member and self.lease.renewing:
            self._written_optime = self.optime()
            self.failsafe = tuple(sorted({member.name, *(other.name for other in self._listed(member))}))
            member.fed_us = max(member.fed_us, self.lease.last_renewal())
            self.lease.fall_silent()
        watchdog.arm(self, member)

    def release(self, member: Member) -> None:
        """Delete the leader key after a last note of the position."""
        if member.database is not None:
            self._written_optime = member.position(self.clock.now)
        self.lease.release()
        self.leader = None

    def forget_order(self) -> None:
        """Delete the key ``/failover``."""
        self.failover = None

    def note_optime(self, member: Member) -> None:
        """Keep the position that the leader wrote down last: it writes none while its server is dead."""
        if self.leader is member:
            self._written_optime = self.optime()

    def optime(self) -> int:
        """Return the position that the leader wrote down at its latest loop, in entries."""
        leader = self.leader
        if leader is None or not leader.primary or not self.lease.renewing:
            return self._written_optime
        return leader.data.timeline.position_at(self.lease.last_renewal())

    def label(self, member: Member) -> None:
        """Put a member's role on its pod, if that is not there yet (Patroni docs, kubernetes.rst)."""
        wanted = self.wanted_label(member)
        if (
            wanted is not None
            and wanted != member.label
            and self.host.label(member.process, {self.p.role_label: wanted})
        ):
            member.label = wanted

    @staticmethod
    def wanted_label(member: Member) -> str | None:
        """Return the role label that a member's pod should bear; ``None`` = leave it."""
        match member.server:
            case Server.PRIMARY:
                return "primary"
            case Server.REPLICA:
                return "replica"
            case _:
                return None

    # -- what an agent sees ----------------------------------------------------------------------------

    def serving_leader(self, member: Member) -> Member | None:
        """Return the lock's holder if it is another one, a primary, and within a member's reach."""
        for other in self.members.values():
            if other is not member and self.holds_lock(other) and other.primary and other.runs:
                return other if self.host.reachable(member.process, other.process) else None
        return None

    def snapshot(self, member: Member) -> tuple[Me, Cluster, list[Peer]]:
        """Return what a member's agent has before it when its loop runs."""
        now, database = self.clock.now, member.database
        me = Me(
            name=member.name,
            system=database.system if database is not None else None,
            running=member.server is not Server.DOWN,
            primary=member.primary,
            crashed=member.crashed,
            position=member.position(now) * self.p.wal_per_write,
            busy=member.busy,
            following=self._followed(member),
            stuck=member.stuck,
            paused=member.paused,
            names=member.names,
            confirming=member.confirming or self._fresh(member),
            failsafe=self.failsafe,
        )
        cluster = Cluster(
            initialize=self.initialize,
            leader=self.lease.holder or self.failsafe_leader(member),
            leader_serves=self.serving_leader(member) is not None,
            optime=self.optime() * self.p.wal_per_write,
            sync=self.sync,
            failover=self.failover,
        )
        return me, cluster, [self._peer(member, other) for other in self._known(member)]

    def _followed(self, member: Member) -> str | None:
        """Return whom a member streams from, or would: a run that is over is followed by nobody.

        Its container may have been started again, under the same name and within its lease.
        """
        source = member.following
        there = source is not None and self.members.get(source.uid) is source
        return source.name if source is not None and there else None

    def _fresh(self, member: Member) -> bool:
        """Tell whether it is too early to choose voters: the replicas must have the time to stream.

        Source: patroni/ha.py, `process_sync_replication` (``_promote_timestamp``).
        """
        since = member.promoted_us
        return self.p.quorum_commit and since is not None and self.clock.now < since + self.p.loop_wait

    def failsafe_leader(self, member: Member) -> str | None:
        """Return who has told a replica in failsafe mode that it still leads (patroni/ha.py, `Failsafe`)."""
        for other in self.sorted():
            if other is not member and other.failsafe_us is not None and other.runs:
                return other.name
        if member.heard is not None and self.clock.now < member.heard[1] and not member.primary:
            return member.heard[0]
        return None

    def others(self, member: Member) -> list[Peer]:
        """Return all other members as a member sees them, whatever the store knows."""
        return [self._peer(member, other) for other in self.sorted() if other is not member]

    def _listed(self, member: Member) -> Iterator[Member]:
        """Yield the others whose keys are in the store now: each loop of theirs writes it for `ttl`."""
        for other in self.sorted():
            since = other.lost_us
            expires = None if since is None else other.last_loop(since) + self.p.ttl
            if other is not member and (expires is None or expires > self.clock.now):
                yield other

    def _known(self, member: Member) -> Iterator[Member]:
        """Yield the others whose keys are in the store, or were there when it was read last."""
        horizon = self.clock.now - self.p.ttl - self.p.loop_wait
        for other in self.sorted():
            if other is not member and (other.lost_us is None or other.lost_us >= horizon):
                yield other

    def _peer(self, member: Member, other: Member) -> Peer:
        now = self.clock.now
        streams = other.stream is not None or now < other.believed_us
        heard = other.process.running and not other.agent.held
        return Peer(
            name=other.name,
            answers=heard and self.host.reachable(member.process, other.process),
            running=other.server is not Server.DOWN,
            primary=other.primary,
            position=other.position(now) * self.p.wal_per_write,
            streams=other.following is member and streams,
        )

    def silence(self, member: Member) -> bool:
        """Tell whether a known member's machine gives no answer at all, not even a refusal.

        The race asks the members of the cluster as it was when it last had a leader, the dead leader among
        them (patroni/ha.py: is_healthiest_node, old_cluster).
        """
        return any(
            other.agent.held
            or not self.host.answers(other.process)
            or not self.host.reachable(member.process, other.process)
            for other in self._known(member)
        )

    # -- streams ---------------------------------------------------------------------------------------

    def broken(self, member: Member) -> None:
        """See `Replication.broken`: a silent standby is missed when its key or its walsender times out."""
        now = self.clock.now
        source = member.following
        refused = member.process.state is State.EXITED and self.host.answers(member.process)
        stopped = member.server is not Server.REPLICA
        if source is None or not source.primary or refused or stopped or not self.p.synchronous_mode:
            return
        key_expires = member.last_loop(now) + self.p.ttl
        member.believed_us = min(now + self.p.wal_sender_timeout, max(now, key_expires))
        self.clock.at(member.believed_us, self.look)

    def connected(self, member: Member) -> None:  # noqa: ARG002 - whoever it is
        """See `Replication.connected`."""
        self.look()

    def connect(self, member: Member, source: Member) -> None:
        """See `Replication.connect`."""
        super().connect(member, source)
        if member.stream is not None:
            member.believed_us = 0

    # -- commits that wait -----------------------------------------------------------------------------

    def confirms(self, primary: Member) -> bool:
        """See `Replication.confirms`."""
        return primary.names is not None

    def confirmed(self, primary: Member) -> int:
        """See `Replication.confirmed`: those named have it, or enough of them."""
        timeline = primary.data.timeline
        if primary.names is None:
            return timeline.length
        now = self.clock.now
        return primary.names.confirmed(
            [
                (member.name, member.position(now), True)
                for member in self.members.values()
                if member.following is primary and member.data.timeline is timeline
            ]
        )

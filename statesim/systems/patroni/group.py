"""What a Patroni cluster is at an instant: the keys in its store, its members, the streams between them.

Agents see it through `snapshot`; they change it through the few methods that stand for a write to the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.node.process import State
from statesim.systems.lease import Lease
from statesim.systems.patroni.ha import ANY, Cluster, Me, Peer
from statesim.systems.patroni.members import Member
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
        The store's ``/sync`` key: leader and standby.
    leader
        The member that renews the lease.
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
        self.sync: tuple[str | None, str | None] = (None, None)
        self.leader: Member | None = None
        self.latest: str | None = None
        self._written_optime = 0
        self._changed = changed
        self.lease = Lease(
            context.clock, self.rng("store", "expiry"), parameters.ttl, parameters.loop_wait, expired
        )

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
        self.clock.cause = self.trace.emit(
            f"System/{self.context.name}", "Elected", pod=member.name, term=self.lease.term
        )
        return True

    def renew(self, member: Member) -> None:
        """Let the holder renew its lease, now and at its loops to come."""
        self.lease.renew(member.phase_us)
        self.leader = member

    def fall_silent(self, member: Member) -> None:
        """Let no renewal of a member's get through any more."""
        if self.leader is member:
            self._written_optime = self.optime()
            self.lease.fall_silent()

    def release(self, member: Member) -> None:
        """Delete the leader key after a last note of the position."""
        if member.database is not None:
            self._written_optime = member.position(self.clock.now)
        self.lease.release()
        self.leader = None

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
            if other is not member and self.holds_lock(other) and other.primary and other.active:
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
            position=member.position(now) * self.p.wal_per_write,
            busy=member.busy,
            following=member.following.name if member.following is not None else None,
            stuck=member.stuck,
            names=member.names,
            confirming=member.confirming,
        )
        cluster = Cluster(
            initialize=self.initialize,
            leader=self.lease.holder,
            leader_serves=self.serving_leader(member) is not None,
            optime=self.optime() * self.p.wal_per_write,
            sync_leader=self.sync[0],
            sync_standby=self.sync[1],
        )
        return me, cluster, [self._peer(member, other) for other in self._known(member)]

    def _known(self, member: Member) -> Iterator[Member]:
        """Yield the others whose keys are in the store, or were there when it was read last."""
        horizon = self.clock.now - self.p.ttl - self.p.loop_wait
        for other in self.sorted():
            if other is not member and (other.lost_us is None or other.lost_us >= horizon):
                yield other

    def _peer(self, member: Member, other: Member) -> Peer:
        now = self.clock.now
        streams = other.stream is not None or now < other.believed_us
        return Peer(
            name=other.name,
            answers=other.process.running and self.host.reachable(member.process, other.process),
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
            not self.host.answers(other.process) or not self.host.reachable(member.process, other.process)
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
        self.clock.at(member.believed_us, self._changed)

    def connected(self, member: Member) -> None:  # noqa: ARG002 - whoever it is
        """See `Replication.connected`."""
        self._changed()

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
        """See `Replication.confirmed`: one standby has it, the one named or any."""
        timeline = primary.data.timeline
        if primary.names is None:
            return timeline.length
        return max(
            (
                member.position(self.clock.now)
                for member in self.members.values()
                if member.following is primary
                and member.data.timeline is timeline
                and primary.names in (ANY, member.name)
            ),
            default=0,
        )

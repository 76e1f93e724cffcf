"""PostgreSQL with streaming replication and nobody who manages it: roles are configured, or changed by hand.

Number 0 is the primary and the others clone it and stream. When it dies nothing happens: PostgreSQL detects
no failure, and Kubernetes gives pod 0 back with its volume, a primary as before: recovery, not failover.
A person who promotes a standby has two primaries unless he makes certain that the old one is off
(PostgreSQL docs, "Failover": "STONITH").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.systems.by_hand import ServersByHand, Words
from statesim.systems.life import Life
from statesim.systems.portraits_databases import POSTGRES_REPLICATION
from statesim.systems.postgres.words import READ_ONLY, SHUTTING_DOWN, STARTING_UP
from statesim.systems.postgres_replication.group import Member, Members
from statesim.systems.postgres_replication.parameters import ReplicationParameters
from statesim.systems.postgres_replication.steps import Restoring, Steps

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.driver import Context
    from statesim.systems.portrait import Portrait


class PostgresReplication(ServersByHand[Member]):
    """One cluster: a server in each pod of its workload."""

    kind: ClassVar[str] = "postgres-replication"
    takes: ClassVar[type[Any]] = ReplicationParameters
    portrait: ClassVar[Portrait | None] = POSTGRES_REPLICATION
    words = Words(
        starting_up=STARTING_UP,
        shutting_down=SHUTTING_DOWN,
        read_only=READ_ONLY,
        no_start="FATAL: could not start",
        spoilt="FATAL: another server has written to its data directory",
        no_write="PANIC: could not write to the log",
    )

    def __init__(self, context: Context, parameters: ReplicationParameters) -> None:
        super().__init__(context, parameters)
        self.group: Members = Members(context, parameters)
        self.steps: Steps = Steps(self.group, self.led)
        self._first = context.workload.partition("/")[2]

    def member(self, process: Process) -> Member:
        """See `ServersByHand.member`."""
        return Member(process, self._disks.open(process.data), Life(self._clock, process))

    def visible(self, member: Member) -> int:
        """See `ServersByHand.visible`: a standby shows what it has replayed."""
        return member.visible(self._clock.now, self.parameters.replay_lag)

    # -- what people do --------------------------------------------------------------------------------

    def cannot_restore(self, to_us: int | None) -> str | None:
        """See `Restorable.cannot_restore`."""
        leader = self.group.leading()
        if leader is not None and not self._host.api_reachable(leader.process):
            return f"{leader.name} cannot be reached, and would go on as primary"
        archive = self.group.archive
        in_order = (
            leader is not None
            and archive.takes(leader.data.timeline)
            and self._disks.find(leader.directory.id) is leader.directory
        )
        plan = archive.plan(to_us, self._clock.now, in_order=in_order)
        return plan if isinstance(plan, str) else None

    def restore(self, to_us: int | None) -> None:
        """See `Restorable.restore`: one member, the primary if there is one; the others clone it."""
        first = self.group.leading() or self.group.named(f"{self._first}-0")
        pod = f"{self._first}-0" if first is None else first.name
        order = self.steps.restoring = Restoring(pod, to_us)
        cause = self._clock.cause
        if first is not None and self._told(first):
            self.steps.restore(first, order)
        for member in self.group.sorted():
            if member.name != pod:
                self._clock.cause = cause
                self.steps.orders.add(member.name)
                if self._told(member):
                    self.steps.rebuild(member)
        self._clock.cause = cause

    def _told(self, member: Member) -> bool:
        return member.process.running and self._host.api_reachable(member.process)

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
from statesim.systems.postgres_replication.steps import Steps

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
        self.group = Members(context, parameters)
        self.steps = Steps(self.group, self.led)

    def member(self, process: Process) -> Member:
        """See `ServersByHand.member`."""
        return Member(process, self._disks.open(process.data), Life(self._clock, process))

    def visible(self, member: Member) -> int:
        """See `ServersByHand.visible`: a standby shows what it has replayed."""
        return member.visible(self._clock.now, self.parameters.replay_lag)

"""MySQL with its own replication: one source, replicas that receive its binary log, and whoever fails over.

Number 0 is the source. Without a tool it is that for ever: Kubernetes gives it back with its volume. With
orchestrator the replica that is furthest is promoted when the source does not answer and its replicas agree;
what the old one had acknowledged and not shipped is lost. Semi-synchronously a commit is answered when a
replica has it, or when the source is tired of waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.systems.by_hand import ServersByHand, Words
from statesim.systems.life import Life
from statesim.systems.mysql.group import Member, Members
from statesim.systems.mysql.orchestrator import Orchestrator
from statesim.systems.mysql.parameters import AsyncParameters, SemiSyncParameters
from statesim.systems.mysql.portrait import MYSQL_ASYNC, MYSQL_SEMISYNC
from statesim.systems.mysql.semisync import SemiSyncMembers
from statesim.systems.mysql.steps import Steps

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.driver import Context
    from statesim.systems.portrait import Portrait


class MysqlAsync(ServersByHand[Member]):
    """One cluster: a server in each pod of its workload."""

    kind: ClassVar[str] = "mysql-async"
    takes: ClassVar[type[Any]] = AsyncParameters
    portrait: ClassVar[Portrait | None] = MYSQL_ASYNC
    words = Words(
        starting_up="ERROR 2003: Can't connect to MySQL server",
        shutting_down="ERROR 1053: Server shutdown in progress",
        read_only="ERROR 1290: The MySQL server is running with the --super-read-only option",
        no_start="[InnoDB] Cannot create redo log files",
        spoilt="[InnoDB] Unable to lock ./ibdata1 error: 11",
        no_write="[Server] Disk is full writing the binary log",
    )

    def __init__(self, context: Context, parameters: AsyncParameters) -> None:
        super().__init__(context, parameters)
        self.group: Members = self.members(context)
        self.steps = Steps(self.group, self.led)
        auto = parameters.orchestrator == "auto"
        self.orchestrator = Orchestrator(self.group, self.steps) if auto else None

    def members(self, context: Context) -> Members:
        """Return the members, whose commits wait for nobody."""
        return Members(context, self.parameters)

    def member(self, process: Process) -> Member:
        """See `ServersByHand.member`."""
        return Member(process, self._disks.open(process.data), Life(self._clock, process))

    def visible(self, member: Member) -> int:
        """See `ServersByHand.visible`."""
        return self.group.visible(member)


class MysqlSemiSync(MysqlAsync):
    """The same, with commits that wait until a replica has them."""

    kind: ClassVar[str] = "mysql-semisync"
    takes: ClassVar[type[Any]] = SemiSyncParameters
    portrait: ClassVar[Portrait | None] = MYSQL_SEMISYNC

    def members(self, context: Context) -> Members:
        """Return the members, whose commits wait for replicas."""
        return SemiSyncMembers(context, self.parameters)

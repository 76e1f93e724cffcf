"""The leader's work: it writes the next contracts when the replicas' reports ask for them.

Only the leader of the table's Raft log has a coordinator; it looks again whenever an acknowledgement, a
connection or the state has changed, and commits what has to be another contract (rethinkdb/rethinkdb,
table_contract/coordinator/coordinator.cc: contract_coordinator_t::pump_contracts).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statesim.systems.consensus import LogEnd
from statesim.systems.rethinkdb.contracts import View, decide
from statesim.systems.rethinkdb.tables import Epoch, Table, assigned, created

if TYPE_CHECKING:
    from statesim.kernel.clock import Timer
    from statesim.systems.rethinkdb.cluster import Cluster
    from statesim.systems.rethinkdb.contracts import Contract, Decision
    from statesim.systems.rethinkdb.raft import Raft
    from statesim.systems.rethinkdb.replicas import Replicas
    from statesim.systems.rethinkdb.servers import Server


class Coordinator:
    """What the leader of a table's log decides, one step at a time.

    Attributes
    ----------
    made
        Whether the table has been made: people do that once.
    """

    def __init__(self, cluster: Cluster, raft: Raft, replicas: Replicas) -> None:
        self._cluster = cluster
        self._raft = raft
        self._replicas = replicas
        self._steps: dict[str, Timer] = {}
        self.made = False

    def update(self) -> None:
        """Make the table if there is none; let leaders take their next step before long."""
        if not self.made:
            self._create()
        for leader in self._raft.leaders():
            if leader.key not in self._steps and self._next(leader) is not None:
                delay = self._cluster.parameters.contract_delay
                self._steps[leader.key] = leader.member.life.later(delay, self._step, leader)

    def forget(self, server: Server) -> None:
        """Forget the step of a server that has ended."""
        self._steps.pop(server.key, None)

    def _create(self) -> None:
        p = self._cluster.parameters
        for first in self._cluster.running():
            there = self._cluster.reached(first)
            if len(there) >= p.replicas:
                ids = tuple(server.id for server in there[: p.replicas])
                table = created(Epoch(self._cluster.clock.now, first.id), assigned(ids, p.shards))
                self.made = True
                self._cluster.tell(event="TableCreated", servers=[each.name for each in there[: p.replicas]])
                self.begin(first, table)
                return

    def begin(self, first: Server, table: Table) -> None:
        """Begin a table's log: with the servers in it that are reached, and the first of them as leader."""
        for server in self._cluster.reached(first):
            if server.id in table.servers or server.table is not None:
                server.store.table = table
                server.leader = None
                for number, contract in enumerate(table.contracts):
                    if contract.branch is None and server.id in contract.replicas:
                        server.store.copies.pop(number, None)
                        server.store.copy(number).filled = True
        able = [each for each in self._cluster.reached(first) if each.id in table.members.names]
        if able:
            self._raft.elect(able[0])

    def _sees(self, leader: Server) -> dict[str, frozenset[str]]:
        reached = self._cluster.reached(leader)
        return {each.id: frozenset((each.id, *each.peers)) for each in reached}

    def _decisions(self, leader: Server, table: Table) -> list[Decision]:
        sees = self._sees(leader)
        return [
            decide(View(contract, shard, self._replicas.reports(leader, number, table), sees))
            for number, (contract, shard) in enumerate(zip(table.contracts, table.shards, strict=True))
        ]

    def _next(self, leader: Server) -> tuple[Table, list[Decision]] | None:
        """Return the table after a leader's next step, if there is one that it can commit."""
        table = leader.table
        if table is None or not self._raft.has_quorum(leader):
            return None
        decisions = self._decisions(leader, table)
        contracts = tuple(each.contract for each in decisions)
        if contracts == table.contracts:
            return None
        after = replace(table, end=_after(leader, table), contracts=contracts)
        return (after, decisions) if self._raft.has_quorum(leader, after) else None

    def _step(self, leader: Server) -> None:
        self._steps.pop(leader.key, None)
        before = leader.table
        found = self._next(leader) if leader.runs and leader.leader == leader.id else None
        if found is not None and before is not None:
            after, decisions = found
            for number, (was, decision) in enumerate(zip(before.contracts, decisions, strict=True)):
                self._tell(leader, number, was, decision)
            self._raft.commit(leader, after)
        self._cluster.changed()

    def _tell(self, leader: Server, number: int, was: Contract, decision: Decision) -> None:
        now = decision.contract
        if (was.primary, was.hand_over, was.voters) != (now.primary, now.hand_over, now.voters):
            named = self._cluster.named
            self._cluster.tell(
                event="ContractChanged",
                shard=number,
                primary=named(now.primary) or "nobody",
                hand_over=named(now.hand_over),
                voters=[named(each) for each in now.voters],
                by=leader.name,
                why=decision.why,
            )

    def reconfigure(self, leader: Server, table: Table) -> bool:
        """Commit what people want; tell whether the log can take it."""
        after = replace(table, end=_after(leader, table))
        if not self._raft.has_quorum(leader):
            return False
        self._raft.commit(leader, after)
        self._cluster.changed()
        return True


def _after(leader: Server, table: Table) -> LogEnd:
    """Return the end of the log after one more entry of a leader."""
    return LogEnd(leader.store.ballot.term, table.end.position + 1)

"""Who leads a table's Raft log, and how what is committed reaches the servers.

The log is led by one of the servers that vote in it, which need not be primary of anything. Who has no leader
waits for a time between two limits and stands; who is connected to one gives no vote, so that a leader that
most servers see is not overthrown (rethinkdb/rethinkdb, clustering/generic/raft_core.tcc: on_watchdog,
on_request_vote_rpc, "virtual heartbeats"; the Raft paper, §5.2, §5.4.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.consensus import Joint, LogEnd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.systems.consensus import Ballot
    from statesim.systems.rethinkdb.cluster import Cluster
    from statesim.systems.rethinkdb.servers import Server
    from statesim.systems.rethinkdb.tables import Table


def votes(candidate: Server, voters: Sequence[Server]) -> dict[Server, Ballot]:
    """Return the ballots of those who would vote for a candidate, if it stood now."""
    table = candidate.table
    if table is None:
        return {}
    standing = candidate.store.ballot.stand(candidate.id)
    found = {candidate: standing}
    for voter in voters:
        if voter is candidate or voter.leader == voter.id or voter.leader in voter.peers:
            continue
        theirs = voter.table
        if theirs is not None and theirs.epoch > table.epoch:
            continue
        mine = LogEnd() if theirs is None or theirs.epoch < table.epoch else theirs.end
        ballot, given = voter.store.ballot.answer(mine, standing.term, candidate.id, table.end)
        if given:
            found[voter] = ballot
    return found


class Raft:
    """The elections of one table's log."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def leaders(self) -> list[Server]:
        """Return who leads as it believes, the latest first."""
        found = [
            each for each in self._cluster.running() if each.leader == each.id and each.table is not None
        ]
        return sorted(found, key=_age, reverse=True)

    def has_quorum(self, leader: Server, after: Table | None = None) -> bool:
        """Tell whether a leader can commit: most members follow it, those of the table after as well."""
        table = leader.table
        if table is None:
            return False
        there = [each.id for each in self._cluster.reached(leader) if each.leader == leader.id]
        members = table.members
        return Joint(members, members if after is None else after.members).is_quorum(there)

    def commit(self, leader: Server, table: Table) -> None:
        """Write an entry that makes the table this, and have it with everybody who is reached."""
        leader.store.table = table
        self._spread(leader)

    def update(self) -> None:
        """See who has a leader, and let those who have none stand before long."""
        for leader in self.leaders():
            if leader.leader == leader.id:
                self._spread(leader)
        for server in self._cluster.running():
            if server.leader != server.id and server.leader not in server.peers:
                server.leader = None
            if server.leader is None and server.election is None and self._would_win(server):
                self._wait(server)

    def _spread(self, leader: Server) -> None:
        """Have those who are reached follow a leader; one who knows a later term or table ends its lead."""
        for other in self._cluster.reached(leader):
            if other is leader:
                continue
            if _age(other) > _age(leader):
                leader.leader = None
                return
            table = leader.table
            if table is None or (other.table is None and other.id not in table.servers):
                continue  # it has no part in the table
            other.store.ballot = other.store.ballot.seen(leader.store.ballot.term)
            other.leader = leader.id
            if table.newer_than(other.table):
                other.store.table = table

    def _would_win(self, server: Server) -> bool:
        table = server.table
        if table is None or server.id not in table.members.names:
            return False
        given = votes(server, self._voters(server, table))
        return table.members.is_quorum(each.id for each in given)

    def _voters(self, server: Server, table: Table) -> list[Server]:
        names = table.members.names
        return [each for each in self._cluster.reached(server) if each.id in names]

    def _wait(self, server: Server) -> None:
        p = self._cluster.parameters
        rng = self._cluster.streams.get(self._cluster.name, server.name, "election")
        wait_us = p.election_timeout_min + round(
            rng.random() * (p.election_timeout_max - p.election_timeout_min)
        )
        server.election = server.member.life.later(wait_us, self._stand, server)

    def _stand(self, server: Server) -> None:
        server.election = None
        if server.runs and server.leader is None and self._would_win(server):
            self.elect(server)
        self._cluster.changed()

    def elect(self, server: Server) -> None:
        """Make a server the leader by the votes of those that it reaches."""
        table = server.table
        if table is None:
            return
        for voter, ballot in votes(server, self._voters(server, table)).items():
            voter.store.ballot = ballot
        server.leader = server.id
        self._cluster.tell(event="Elected", pod=server.name, term=server.store.ballot.term)
        self._spread(server)


def _age(server: Server) -> tuple[object, int]:
    """Return how late what a server knows is: its table's epoch, then the term."""
    table = server.table
    epoch = (0, "") if table is None else tuple(table.epoch)
    return epoch, server.store.ballot.term

"""What people do to a table: prefer another primary, put a server in the place of one that is gone, repair.

Sources: RethinkDB docs, reconfigure.md, failover.md; rethinkdb/rethinkdb, administration/admin_op_exc.hpp
and real_reql_cluster_interface.cc (what is refused, and in which words).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statesim.systems.rethinkdb.tables import Epoch, repaired, without

if TYPE_CHECKING:
    from statesim.systems.rethinkdb.cluster import Cluster
    from statesim.systems.rethinkdb.coordinator import Coordinator
    from statesim.systems.rethinkdb.raft import Raft
    from statesim.systems.rethinkdb.servers import Server
    from statesim.systems.rethinkdb.tables import Table

UNREACHABLE = (
    "the server(s) hosting the table are currently unreachable, and it was not reconfigured; "
    "if you do not expect them to recover, there is emergency-repair"
)
NOBODY_LEFT = (
    "no server that holds anything of the table can be reached from {pod}: there is nothing to repair"
)
HEALTHY = "this table doesn't need to be repaired"
BEYOND_REPAIR = (
    "one or more shards of this table have no available replicas: unsafe_rollback_or_erase would make them "
    "anew, and empty"
)


class People:
    """Commands at a server of the cluster."""

    def __init__(self, cluster: Cluster, raft: Raft, coordinator: Coordinator) -> None:
        self._cluster = cluster
        self._raft = raft
        self._coordinator = coordinator

    def at(self, pod: str) -> Server | None:
        """Return the server that runs in a pod, if people can reach it."""
        host = self._cluster.host
        running = (each for each in self._cluster.running() if each.name == pod)
        return next((each for each in running if host.api_reachable(each.member.process)), None)

    def _leader(self, server: Server) -> tuple[Server, Table] | None:
        """Return who can commit what is wanted at a server."""
        for leader in self._raft.leaders():
            if leader in self._cluster.reached(server) and self._raft.has_quorum(leader) and leader.table:
                return leader, leader.table
        return None

    def cannot_prefer(self, pod: str) -> str | None:
        """Say why the server in a pod cannot become the primary that the table prefers."""
        server = self.at(pod)
        if server is None:
            return f"no server can be reached in {pod}"
        found = self._leader(server)
        if found is None:
            return UNREACHABLE
        shards = found[1].shards
        if not all(server.id in shard.voters for shard in shards):
            return f"{pod} holds no voting replica of the table"
        if all(shard.primary == server.id for shard in shards):
            return f"{pod} is the primary that the table prefers already"
        return None

    def prefer(self, pod: str) -> None:
        """Write a server into ``table_config`` as the primary of every shard."""
        server = self.at(pod)
        found = None if server is None else self._leader(server)
        if server is not None and found is not None:
            leader, table = found
            shards = tuple(replace(shard, primary=server.id) for shard in table.shards)
            self._coordinator.reconfigure(leader, replace(table, shards=shards))

    def replace_one(self, pod: str) -> str | None:
        """Reconfigure the table so that a server takes the place of one that is gone; say why not."""
        server = self.at(pod)
        if server is None:
            return f"no server can be reached in {pod}"
        found = self._leader(server)
        if found is None:
            return UNREACHABLE
        leader, table = found
        there = {each.id for each in self._cluster.reached(leader)}
        named = dict.fromkeys(each for shard in table.shards for each in shard.replicas)
        if server.id in named:
            return f"{pod} holds a replica of the table already"
        gone = [each for each in named if each not in there]
        if not gone:
            return "all servers that the table names are there"
        shards = without(table, gone[:1], server.id)
        self._cluster.tell(
            event="Reconfigured", gone=self._cluster.named(gone[0]), newcomer=pod, by=leader.name
        )
        self._coordinator.reconfigure(leader, replace(table, shards=shards))
        return None

    def repair(self, pod: str, *, erase: bool) -> str | None:
        """Give the shards without a majority to those who can be reached from here; say why not."""
        server = self.at(pod)
        if server is None:
            return f"no server can be reached in {pod}"
        reached = self._cluster.reached(server)
        holders = [each for each in reached if each.table is not None]
        newest: Table | None = None
        for each in holders:
            if each.table is not None and each.table.newer_than(newest):
                newest = each.table
        there = {each.id for each in holders}
        if newest is None or not there & set(newest.servers):
            return NOBODY_LEFT.format(pod=pod)
        dead = [each for each in newest.servers if each not in there]
        made = repaired(newest, dead, Epoch(self._cluster.clock.now, server.id), erase=erase)
        if not made.rolled_back and not (made.erased and erase):
            return BEYOND_REPAIR if made.erased else HEALTHY
        self._cluster.tell(
            event="Repaired",
            mode="unsafe_rollback_or_erase" if erase else "unsafe_rollback",
            rolled_back=made.rolled_back,
            erased=made.erased if erase else 0,
            left=[each.name for each in holders],
            by=pod,
        )
        self._coordinator.begin(server, made.table)
        self._cluster.changed()
        return None

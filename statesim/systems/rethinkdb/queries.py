"""Queries: a server sends what it is asked to the shard's primary, which answers when that is safe.

A primary that does not hear from most of the voters does nothing (exec_primary.cc: on_write, on_read,
is_majority_available), also with ``write_acks: single``. It finds out late that it does not: until then it
takes writes that nobody else gets, and ``read_mode: single`` shows them. A majority read is followed by an
empty write that most of the voters must confirm (sync_committed_read). Which failure is certain and which
is not is said by each: consistency.md, "Notes".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.node.process import Exit
from statesim.systems.data import NO_SPACE
from statesim.systems.rethinkdb.requests import KEYS, LOST_CONTACT, NOT_MODELLED, Forwarded, shard_of
from statesim.systems.rethinkdb.servers import Leading
from statesim.systems.statements import Outcome, changes, execute
from statesim.systems.wal import Snapshot, Writer

if TYPE_CHECKING:
    from statesim.systems.data import Disks
    from statesim.systems.driver import Request
    from statesim.systems.rethinkdb.cluster import Cluster
    from statesim.systems.rethinkdb.replicas import Replicas
    from statesim.systems.rethinkdb.servers import Server

NO_PRIMARY = "primary replica for the shard is not available; the operation was not performed"
TOO_MANY = "too many primary replicas are available for the shard; the operation was not performed"
NO_REPLICA = "no replica of the shard is available"
CHANGING = (
    "the primary replica is currently changing from one replica to another; the operation was not performed"
)
NO_QUORUM = "the primary replica isn't connected to a quorum of replicas; the operation was not performed"
LOST_SECONDARIES = "the primary replica lost contact with the secondary replicas"


class Queries:
    """What is asked of a table, and where that is."""

    def __init__(self, cluster: Cluster, replicas: Replicas, disks: Disks) -> None:
        self._cluster = cluster
        self._replicas = replicas
        self._disks = disks

    # -- the server that is asked ------------------------------------------------------------------------

    def serve(self, here: Server, request: Request) -> None:
        """Take an operation of a caller that is connected to a server."""
        p = self._cluster.parameters
        key_of = KEYS.get(request.kind)
        if key_of is None:
            request.answer("fail", error=NOT_MODELLED)
            return
        shard = shard_of(key_of(request), p.shards)
        if p.read_mode == "outdated" and not changes(request):
            self._outdated(here, request, shard)
            return
        primaries = [each for each in (here, *here.peers.values()) if each.leads(shard) is not None]
        if len(primaries) != 1:
            request.answer("fail", error=TOO_MANY if primaries else NO_PRIMARY)
            return
        forwarded = Forwarded(request, shard, here, primaries[0])
        if primaries[0] is here:
            self._arrive(forwarded)
        else:
            here.waiting.append(forwarded)
            self._send(forwarded)

    def _outdated(self, here: Server, request: Request, shard: int) -> None:
        """Read from the nearest replica: from the server itself, if it is one."""
        now = self._cluster.clock.now
        for server in (here, *here.peers.values()):
            table = server.table
            copy = server.store.copies.get(shard)
            if table is None or copy is None or server.id not in table.contracts[shard].replicas:
                continue
            if copy.filled and self._cluster.links.hears(here, server):
                outcome = execute(request, Snapshot(copy.timeline, server.position(shard, now)))
                if server is here:
                    request.answer(*outcome)
                else:
                    delay = 2 * self._cluster.parameters.replica_latency
                    here.member.life.later(delay, _answer, request, outcome)
                return
        request.answer("fail", error=NO_REPLICA)

    def _send(self, forwarded: Forwarded) -> None:
        if self._cluster.links.connected(forwarded.origin, forwarded.target):
            self._cluster.clock.after(self._cluster.parameters.replica_latency, self._arrive, forwarded)

    def lost(self, here: Server, other: Server) -> None:
        """Hear that a server has given another up: nobody knows what became of what is there."""
        for forwarded in [each for each in here.waiting if each.target is other]:
            forwarded.in_doubt(LOST_CONTACT)

    def resumed(self, here: Server, other: Server) -> None:
        """Hear that packets get through again: TCP brings what was sent meanwhile."""
        for forwarded in [each for each in here.waiting if each.target is other]:
            if forwarded.replied:
                self._reply(forwarded)
            elif not forwarded.arrived:
                self._send(forwarded)

    # -- the primary -------------------------------------------------------------------------------------

    def _arrive(self, forwarded: Forwarded) -> None:
        server = forwarded.target
        if forwarded.over or forwarded.arrived or not self._cluster.links.hears(forwarded.origin, server):
            return
        forwarded.arrived = True
        post = server.leads(forwarded.shard)
        if post is None:
            forwarded.outcome = Outcome("fail", error=NO_PRIMARY)
            self._reply(forwarded)
        elif forwarded.writes and self._disks.is_full(server.member.directory.id):
            self._cluster.host.exit(server.member.process, Exit.CRASHED, f"could not write: {NO_SPACE}")
        else:
            self._perform(server, post, forwarded)

    def _perform(self, server: Server, post: Leading, forwarded: Forwarded) -> None:
        """Execute an operation, and answer it when enough replicas have what it wrote, or saw."""
        p, request = self._cluster.parameters, forwarded.request
        single = p.write_acks == "single" if forwarded.writes else p.read_mode == "single"
        if post.contract.hand_over is not None and (forwarded.writes or not single):
            forwarded.outcome = Outcome("fail", error=CHANGING)
        elif not post.contract.is_safe((server.id, *post.ready)):
            forwarded.outcome = Outcome("fail", error=NO_QUORUM)
        else:
            row = (
                Writer(post.branch, self._cluster.clock.now)
                if forwarded.writes
                else Snapshot(post.branch, post.branch.length)
            )
            forwarded.outcome = execute(request, row)
            forwarded.upto = row.upto
            if forwarded.outcome.type == "ok" and not single and len(post.contract.replicas) > 1:
                post.waiting.append(forwarded)
                server.member.life.later(2 * p.replica_latency, self._confirm, server, post, forwarded)
                return
        self._reply(forwarded)

    def _confirm(self, server: Server, post: Leading, forwarded: Forwarded) -> None:
        """Answer what most of the voters have confirmed."""
        if forwarded not in post.waiting:
            return
        holders = self._replicas.holders(server, forwarded.shard, post, forwarded.upto)
        if not post.contract.is_safe(holders):
            return
        post.waiting.remove(forwarded)
        if not forwarded.writes:  # the empty write that goes with a majority read is a hard one
            for each in holders:
                holder = server if each == server.id else server.peers[each]
                copy = holder.store.copy(forwarded.shard)
                copy.flushed = max(copy.flushed, forwarded.upto)
        self._reply(forwarded)

    def _reply(self, forwarded: Forwarded) -> None:
        forwarded.replied = True
        if forwarded.origin is forwarded.target:
            forwarded.finish()
        elif self._cluster.links.connected(forwarded.origin, forwarded.target):
            latency = self._cluster.parameters.replica_latency
            forwarded.origin.member.life.later(latency, forwarded.finish)

    def update(self) -> None:
        """See what primaries can answer now, and what they must give up."""
        for server in self._cluster.running():
            for post in list(server.posts.values()):
                if not isinstance(post, Leading):
                    continue
                for forwarded in list(post.waiting):
                    self._confirm(server, post, forwarded)
                if post.waiting and not post.contract.is_safe((server.id, *post.ready)):
                    self._give_up(post)

    def _give_up(self, post: Leading) -> None:
        waiting, post.waiting = post.waiting, []
        for forwarded in waiting:
            doubt = "the write may or may not have been performed"
            forwarded.outcome = (
                Outcome("info", error=f"{LOST_SECONDARIES}; {doubt}")
                if forwarded.writes
                else Outcome(
                    "fail", error=f"{LOST_SECONDARIES}; the read could not be guaranteed as committed"
                )
            )
            self._reply(forwarded)


def _answer(request: Request, outcome: Outcome) -> None:
    request.answer(*outcome)

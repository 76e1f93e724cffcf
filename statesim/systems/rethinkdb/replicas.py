"""What each server does for each shard: it leads, it follows and is backfilled, or it waits.

A server obeys the contract that it knows. A primary begins a branch of its own and takes requests once the
contract names that. A secondary that is connected to it gets what it lacks, from where their histories part;
what only the secondary had is gone (rethinkdb/rethinkdb, table_contract/executor/exec_primary.cc,
exec_secondary.cc; immediate_consistency/backfiller.cc).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND
from statesim.systems.durability import Durability
from statesim.systems.rethinkdb.contracts import Report, State
from statesim.systems.rethinkdb.servers import Copy, Following, Leading
from statesim.systems.wal import Stream, shared

if TYPE_CHECKING:
    from statesim.node.process import Exit
    from statesim.systems.rethinkdb.cluster import Cluster
    from statesim.systems.rethinkdb.contracts import Contract
    from statesim.systems.rethinkdb.servers import Server
    from statesim.systems.rethinkdb.tables import Table
    from statesim.systems.wal import Timeline

NO_LONGER = "the server is not the primary replica any more"


class Replicas:
    """The replicas of one table's shards."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    # -- obeying -----------------------------------------------------------------------------------------

    def update(self) -> None:
        """Have every server do what its contracts say; primaries first, since secondaries look for them."""
        running = self._cluster.running()
        for server in running:
            for number, contract in self._contracts(server):
                if contract.primary == server.id:
                    self._lead(server, number, contract)
                elif isinstance(server.posts.get(number), Leading):
                    self.leave(server, number)
        for server in running:
            for number, contract in self._contracts(server):
                if server.id not in contract.replicas:
                    self._erase(server, number)
                elif contract.primary != server.id:
                    self._follow(server, number, contract)
            self._forget(server)
        for server in running:
            for number, post in server.posts.items():
                if isinstance(post, Leading):
                    self._count(server, number, post)

    def _contracts(self, server: Server) -> list[tuple[int, Contract]]:
        return [] if server.table is None else list(enumerate(server.table.contracts))

    def _lead(self, server: Server, number: int, contract: Contract) -> None:
        post = server.posts.get(number)
        if isinstance(post, Leading) and post.registered and contract.branch is not post.branch:
            self.leave(server, number)
            post = None
        if not isinstance(post, Leading):
            self.leave(server, number)
            copy = server.store.copy(number)
            post = server.posts[number] = Leading(copy.timeline.branch(copy.position), contract)
        if contract is not post.contract:
            post.contract, post.since = contract, post.branch.length
        if not post.registered and contract.branch is post.branch:
            copy = server.store.copy(number)
            copy.settle(post.branch, post.branch.length)
            copy.filled = post.registered = True
            self._cluster.roles.tell(server.member.process, "Promoted", shard=number)

    def _follow(self, server: Server, number: int, contract: Contract) -> None:
        now = self._cluster.clock.now
        primary = server.peers.get(contract.primary or "")
        theirs = None if primary is None else primary.leads(number)
        mine = server.posts.get(number)
        if isinstance(mine, Following) and (mine.under is not primary or mine.post is not theirs):
            self.leave(server, number)
            mine = None
        if primary is None or theirs is None or contract.branch is not theirs.branch:
            return
        heard = self._cluster.links.connected(server, primary)
        if mine is None and heard:
            mine = server.posts[number] = self._backfill(server, number, primary, theirs)
        if not isinstance(mine, Following) or not heard:
            return
        if not mine.done and now >= mine.due_us:
            self._filled(server, number, mine)
        elif mine.done and mine.stream is None:  # a silence is over: TCP brings what was missed
            copy, latency = server.store.copy(number), self._cluster.parameters.replica_latency
            mine.stream = Stream(mine.post.branch, copy.position, now + latency, latency)
            primary.member.life.later(2 * latency, self._cluster.changed)

    def _backfill(self, server: Server, number: int, primary: Server, post: Leading) -> Following:
        p, now = self._cluster.parameters, self._cluster.clock.now
        lacks, lost = _apart(server.store.copy(number), post.branch)
        whole = 0 if server.store.copy(number).filled else p.data_size
        took_us = ((lacks + lost) * p.write_size + whole) * SECOND // p.backfill_rate
        if took_us:
            server.member.life.later(took_us, self._cluster.changed)
        return Following(primary, post, now + took_us)

    def _filled(self, server: Server, number: int, mine: Following) -> None:
        copy, branch = server.store.copy(number), mine.post.branch
        lacked, latency = _apart(copy, branch)[0], self._cluster.parameters.replica_latency
        lost = copy.settle(branch, branch.length)
        first, copy.filled, mine.done = not copy.filled, True, True
        mine.stream = Stream(branch, branch.length, self._cluster.clock.now, latency)
        process, by = server.member.process, mine.under.name
        if lost:
            self._cluster.roles.tell(process, "Overwritten", branch.id, count=lost, by=by)
        if first:
            self._cluster.roles.tell(process, "Cloned", branch.id)
        elif lacked:
            self._cluster.roles.tell(process, "CaughtUp", branch.id)

    def _count(self, server: Server, number: int, post: Leading) -> None:
        """Note which secondaries are ready, as the primary knows: of the silent ones nothing new."""
        for other in list(server.peers.values()):
            if self._cluster.links.connected(server, other):
                if other.streams(number, post):
                    post.ready[other.id] = None
                else:
                    post.ready.pop(other.id, None)
        for each in [each for each in post.ready if each not in server.peers]:
            del post.ready[each]

    # -- leaving -----------------------------------------------------------------------------------------

    def note(self, server: Server) -> None:
        """Note on a server's disk how far it has come."""
        for number in server.posts:
            server.keep(number, self._cluster.clock.now)

    def pause(self, server: Server) -> None:
        """Note how far a server has come: nothing reaches it from now on."""
        self.note(server)
        for post in server.posts.values():
            if isinstance(post, Following):
                post.stream = None

    def end(self, server: Server, how: Exit) -> int:
        """Note how far a server has come whose run is over; return how many writes its disk lacks of that."""
        if server.ended:
            return 0
        self.pause(server)
        server.ended = True
        p, process, lost = self._cluster.parameters, server.member.process, 0
        durability = Durability(write_us=p.flush_interval if p.durability == "soft" else 0)
        kept_us = durability.instant(how, process.started_us, self._cluster.clock.now)
        if kept_us is not None:
            for copy in server.store.copies.values():
                kept = min(copy.position, max(copy.flushed, copy.timeline.position_at(kept_us)))
                lost, copy.position = lost + copy.position - kept, kept
        return lost

    def deafen(self) -> None:
        """Stop the streams whose packets do not get through any more."""
        for server in self._cluster.running():
            for number, post in server.posts.items():
                if isinstance(post, Following) and not self._cluster.links.connected(server, post.under):
                    server.keep(number, self._cluster.clock.now)
                    post.stream = None

    def leave(self, server: Server, number: int) -> None:
        """Have a server give up what it does for a shard; it keeps what it has."""
        server.keep(number, self._cluster.clock.now)
        post = server.posts.pop(number, None)
        if isinstance(post, Leading):
            waiting, post.waiting = post.waiting, []
            for each in waiting:
                each.in_doubt(NO_LONGER)

    def _erase(self, server: Server, number: int) -> None:
        self.leave(server, number)
        server.store.copies.pop(number, None)

    def _forget(self, server: Server) -> None:
        """Have a server that is no replica of anything forget the table (exec_erase.cc)."""
        table = server.table
        if table is not None and server.id not in table.servers:
            server.store.table = None
            server.leader = None

    # -- reporting ---------------------------------------------------------------------------------------

    def reports(self, leader: Server, number: int, table: Table) -> dict[str, Report]:
        """Return what the replicas that know a contract say to it, those that the leader reaches."""
        contract, found = table.contracts[number], {}
        for server in self._cluster.reached(leader):
            if server.id in contract.replicas and server.table is table:
                found[server.id] = self._report(server, number, contract)
        return found

    def _report(self, server: Server, number: int, contract: Contract) -> Report:
        post = server.posts.get(number)
        if isinstance(post, Following):
            return Report(State.STREAMING if post.done else State.BACKFILLING)
        if not isinstance(post, Leading):
            return Report(State.NEED_PRIMARY, server.store.copy(number).on(contract.branch))
        if not post.registered:
            return Report(State.NEED_BRANCH, branch=post.branch)
        holders = self.holders(server, number, post, post.since)
        ready = contract.is_safe(holders) and contract.hand_over in (None, *holders)
        return Report(State.READY if ready else State.IN_PROGRESS)

    def holders(self, server: Server, number: int, post: Leading, upto: int) -> list[str]:
        """Return who has a primary's branch up to a position, and can say so."""
        now = self._cluster.clock.now
        found = [server.id]
        for each in post.contract.replicas:
            other = server.peers.get(each)
            if other is None or not self._cluster.links.connected(server, other):
                continue
            if other.streams(number, post) and other.position(number, now) >= upto:
                found.append(each)
        return found


def _apart(copy: Copy, branch: Timeline) -> tuple[int, int]:
    """Return how much a copy lacks of a branch, and how much it has that is not on it."""
    common = shared(copy.timeline, copy.position, branch, branch.length)
    return branch.length - common, copy.position - common

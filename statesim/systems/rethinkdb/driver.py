"""RethinkDB: one table on a cluster of servers, each shard with a primary that a majority agrees on.

Every server takes requests and sends them to the primary. A server is who its data directory says it is: on
an empty one it is a new server, which the table's configuration does not name, and nothing but a person
changes that (RethinkDB docs, failover.md, cli-options.md). What a server does for its shards is `replicas`'
business, who decides `raft`'s and `coordinator`'s, what callers get `queries`'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.node.process import Exit
from statesim.systems.base import Member, MemberSystem
from statesim.systems.rethinkdb.cluster import Cluster
from statesim.systems.rethinkdb.coordinator import Coordinator
from statesim.systems.rethinkdb.parameters import RethinkParameters
from statesim.systems.rethinkdb.people import People
from statesim.systems.rethinkdb.portrait import RETHINKDB
from statesim.systems.rethinkdb.queries import Queries
from statesim.systems.rethinkdb.raft import Raft
from statesim.systems.rethinkdb.replicas import Replicas
from statesim.systems.rethinkdb.requests import Rows
from statesim.systems.rethinkdb.servers import Following, Leading, Server, Store
from statesim.systems.roles import PRIMARY, RECOVERING, REPLICA, STARTING
from statesim.systems.statements import Nothing
from statesim.systems.wal import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.driver import Context, Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.rethinkdb.tables import Table
    from statesim.systems.statements import Copy

NO_TABLE = "the table does not exist yet"
PROXY = "proxy"


class RethinkDB(MemberSystem):
    """A cluster of servers, one in each pod of its workload, and a table on it."""

    kind: ClassVar[str] = "rethinkdb"
    takes: ClassVar[type[Any]] = RethinkParameters
    portrait: ClassVar[Portrait | None] = RETHINKDB

    def __init__(self, context: Context, parameters: RethinkParameters) -> None:
        super().__init__(context, parameters)
        self._cluster = Cluster(context, parameters, self._roles, self.rethink, self._lost, self._resumed)
        self._raft = Raft(self._cluster)
        self._replicas = Replicas(self._cluster)
        self._coordinator = Coordinator(self._cluster, self._raft, self._replicas)
        self._queries = Queries(self._cluster, self._replicas, context.disks)
        self._people = People(self._cluster, self._raft, self._coordinator)
        self._known: list[Directory] = []
        self._busy = self._again = self._without = False

    # -- the life of a server ----------------------------------------------------------------------------

    def begin(self, member: Member) -> None:
        """See `MemberSystem.begin`: on an empty directory it is a new server."""
        process, directory = member.process, member.directory
        if directory.contents is None:
            suffix = f"{process.uid[-4:]}{process.incarnation}"
            directory.contents = Store(f"{member.name}/{suffix}")
            self._known.append(directory)
        server = self._cluster.servers[process.uid] = Server(member)
        member.life.later(self.parameters.start_time, self._up, server)

    def _up(self, server: Server) -> None:
        server.up = True
        self.host.listening(server.member.process, True)
        self.rethink()

    def gone(self, member: Member) -> None:
        """See `MemberSystem.gone`: one that stops closes its connections; one that stands still is silent."""
        server = self._cluster.servers.get(member.process.uid)
        if server is None or server.member is not member:
            return
        if member.stopping:
            self._replicas.end(server, Exit.STOPPED)
        else:
            self._replicas.pause(server)
        if server.ended:
            del self._cluster.servers[member.process.uid]
            self._coordinator.forget(server)
        self.rethink()

    def exited(self, process: Process, how: Exit) -> None:
        """See `MemberSystem.exited`: what was only in memory is gone."""
        server = self._cluster.servers.get(process.uid)
        if server is not None and server.member.process is process:
            lost = self._replicas.end(server, how)
            self._disks.lose_tail(
                server.member.directory, lost, "they were in its memory, and not flushed yet"
            )
        super().exited(process, how)

    def resumed(self, member: Member) -> None:  # noqa: ARG002 - all look again
        """See `Members.resumed`: it finds out whom it has lost."""
        self.rethink()

    def timeline_of(self, member: Member) -> None:
        """See `Members.timeline_of`: there is but one history."""

    def network_changed(self) -> None:
        """See `System.network_changed`."""
        self.rethink()

    # -- looking again -----------------------------------------------------------------------------------

    def rethink(self) -> None:
        """Let every part see what has changed, until nothing does."""
        self._again = True
        if self._busy:
            return
        before, self._busy = self.clock.cause, True
        while self._again:
            self._again = False
            self._cluster.links.update(self._cluster.running())
            self._replicas.deafen()
            self._raft.update()
            self._replicas.update()
            self._coordinator.update()
            self._queries.update()
        self._busy = False
        self._count()
        for server in self._cluster.running():
            self._tell(server)
        self.clock.cause = before

    def _count(self) -> None:
        """Tell that no majority of the table's voters hears each other, when that has come to be so."""
        running = self._cluster.running()
        table: Table | None = None
        for server in running:
            if server.table is not None and server.table.newer_than(table):
                table = server.table
        if table is None:
            return
        groups = [
            [each for each in self._cluster.reached(one) if each.id in table.members.names] for one in running
        ]
        most = max(groups, key=len)
        lost = not table.members.is_quorum(each.id for each in most)
        if lost and not self._without:
            voters = [self._cluster.named(each) for each in table.members.names]
            self._cluster.tell(event="MajorityLost", there=[each.name for each in most], voters=voters)
        self._without = lost

    def _lost(self, one: Server, other: Server) -> None:
        self._queries.lost(one, other)

    def _resumed(self, one: Server, other: Server) -> None:
        self._queries.resumed(one, other)

    def _tell(self, server: Server) -> None:
        """Tell a server's role: of a table with several shards, writes are told by the first of them."""
        leads = [
            number for number, post in server.posts.items() if isinstance(post, Leading) and post.registered
        ]
        process = server.member.process
        server.member.leads = 0 in leads and self._takes_writes(server)
        if leads:
            shown = ", ".join(str(number) for number in sorted(leads))
            which = "" if self.parameters.shards == 1 else f" of shard {shown}"
            why = f"it is the primary replica{which}"
            if 0 in leads and not server.member.leads:
                why = "it cannot reach most of the voters, or gives its role away"
            self._roles.become(process, PRIMARY, why, accepts_writes=server.member.leads)
        elif not self._coordinator.made:
            self._roles.become(process, STARTING, "there is no table yet")
        elif server.table is None:
            self._roles.become(process, PROXY, "no table names it: it only passes queries on")
        elif any(isinstance(post, Following) and not post.done for post in server.posts.values()):
            self._roles.become(process, RECOVERING, "it is backfilled")
        else:
            self._roles.become(process, REPLICA, "it holds a replica")

    def _takes_writes(self, server: Server) -> bool:
        """Tell whether writes to the first shard can be acknowledged here now."""
        post = server.leads(0)
        if post is None or post.contract.hand_over is not None:
            return False
        if self.parameters.write_acks == "single":
            return post.contract.is_safe((server.id, *post.ready))
        return post.contract.is_safe(self._replicas.holders(server, 0, post, 0))

    # -- what clients, the scenario and the judge ask ----------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:
        """See `System.accept`: callers name their table when they connect."""
        refused = super().accept(process, read_write=read_write)
        return refused or (None if self._coordinator.made else NO_TABLE)

    def serve(self, member: Member, request: Request) -> None:
        """See `MemberSystem.serve`."""
        server = self._cluster.servers.get(member.process.uid)
        if server is None or not server.runs:
            request.answer("fail", error="the server is starting up or shutting down")
        else:
            self._queries.serve(server, request)

    def primary(self) -> Process | None:
        """See `System.primary`: the first shard's."""
        leading = [each for each in self._cluster.running() if each.leads(0) is not None]
        leading.sort(key=lambda each: not each.member.leads)
        return leading[0].member.process if leading else None

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`: the other servers that hold the first shard."""
        return [
            each.member.process
            for each in self._cluster.running()
            if isinstance(each.posts.get(0), Following) or (each.table is not None and 0 not in each.posts)
        ]

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: each shard's primary, else the disk with most of its branch."""
        for server in self._cluster.servers.values():
            self._replicas.note(server)
        stores: list[tuple[str, Store]] = [
            (each.id, each.contents) for each in self._known if self._disks.find(each.id) is each
        ]
        table: Table | None = None
        for _, store in stores:
            if store.table is not None and store.table.newer_than(table):
                table = store.table
        if table is None:
            return "nothing", Nothing()
        where: list[str] = []
        shards: list[Copy] = []
        for number, contract in enumerate(table.contracts):
            found = [
                (store.server == contract.primary, copy.on(contract.branch), id_)
                for id_, store in stores
                if store.server in contract.replicas and (copy := store.copies.get(number)) is not None
            ]
            if contract.branch is None or not found:
                shards.append(Nothing())
                continue
            _, position, id_ = max(found, key=lambda each: each[:2])
            shards.append(Snapshot(contract.branch, position))
            where.append(f"DataDirectory/{id_}")
        return ", ".join(dict.fromkeys(where)) or "nothing", Rows(shards)

    # -- what people do ----------------------------------------------------------------------------------

    def cannot_promote(self, pod: str) -> str | None:
        """See `ByHand.cannot_promote`."""
        return self._people.cannot_prefer(pod)

    def promote(self, pod: str) -> None:
        """See `ByHand.promote`: the table prefers this server from now on."""
        self._people.prefer(pod)

    def progress(self, pod: str) -> int:
        """See `ByHand.progress`: how many writes its server has."""
        server = self._people.at(pod)
        if server is None:
            return 0
        return sum(server.position(number, self.clock.now) for number in server.store.copies)

    def rivals(self, pod: str) -> list[str]:  # noqa: ARG002 - part of the protocol
        """See `ByHand.rivals`: none, since a majority decides."""
        return []

    def rebuild(self, pod: str) -> str | None:
        """See `ByHand.rebuild`: its server takes the place of one that is gone."""
        return self._people.replace_one(pod)

    def emergency_repair(self, pod: str, *, erase: bool) -> str | None:
        """See `Repairable.emergency_repair`."""
        return self._people.repair(pod, erase=erase)

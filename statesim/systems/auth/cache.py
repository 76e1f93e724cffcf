"""Sessions in the memories of several servers: each has its owners, and new ones when members come or go.

Any server can answer for any session by asking its owners; if all of them have gone, the session has
(Keycloak docs, "Replication and Failover"). After a change of members an Infinispan cache gives each entry
its owners anew, which takes time; a change meanwhile waits for that to end (`ClusterCacheStatus`:
queueRebalance). A member that is stopped waits for nothing, so that stopping another one too early loses what
only these two had (`OrderedGracefulLeaveHandler` says so, and can wait from Infinispan 16.2 on). A member
whose program ends closes its sockets and is missed at once; one whose machine is silent, after a timeout
(JGroups FD_SOCK, FD_ALL3).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from statesim.node.process import State
from statesim.systems.auth.stores import Lookup, session_of
from statesim.systems.statements import execute

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from statesim.systems.auth.parameters import AuthParameters
    from statesim.systems.auth.stores import Server
    from statesim.systems.driver import Context, Request


class Owned:
    """The sessions that one server can reach, as a copy of the data.

    Parameters
    ----------
    servers
        Whom it hears, itself among them.
    owners
        How many of them keep a new session.
    """

    __slots__ = ("_owners", "_servers")

    def __init__(self, servers: Sequence[Server], owners: int) -> None:
        self._servers = servers
        self._owners = owners

    def get(self, key: Hashable) -> Any:
        """See `statements.Copy.get`: the newest of the copies."""
        return newest(key, self._servers)

    def put(self, key: Hashable, value: Any) -> None:
        """See `statements.Writable.put`: written wherever it is kept; a new one to its owners."""
        holders = [server for server in self._servers if key in server.memory.rows]
        for server in holders or chosen(key, self._servers, self._owners):
            server.memory.put(key, value)


def _runs(server: Server) -> bool:
    return server.process.state is State.RUNNING


def newest(key: Hashable, servers: Iterable[Server]) -> tuple[int, int] | None:
    """Return the row of a session that was used last."""
    rows = [server.memory.rows[key] for server in servers if key in server.memory.rows]
    return max(rows, key=lambda row: (row[1], row[0]), default=None)


def chosen(key: Hashable, servers: Iterable[Server], owners: int) -> list[Server]:
    """Return who shall keep a session: those whose hash with it is the highest.

    This is rendezvous hashing (Thaler and Ravishankar, 1998): who goes leaves the others as they are.
    """

    def weight(server: Server) -> bytes:
        process = server.process
        return blake2b(f"{key} {process.uid} {process.incarnation}".encode(), digest_size=8).digest()

    return sorted(servers, key=weight, reverse=True)[:owners]


class Replicated:
    """The store of several owners.

    Parameters
    ----------
    servers
        All runs of the program that have not ended, by uid: its driver's.
    """

    def __init__(self, context: Context, parameters: AuthParameters, servers: dict[str, Server]) -> None:
        self._name = context.name
        self._clock, self._trace, self._host = context.clock, context.trace, context.host
        self._parameters = parameters
        self._servers = servers
        self._planned: list[Server] | None = None
        self._queued = False
        self._queued_by: int | None = None

    def joined(self, server: Server) -> None:
        """See `Store.joined`."""
        server.member = True
        self._changed()

    def left(self, server: Server, *, noticed: bool) -> None:
        """See `Store.left`: what only it had is lost."""
        server.member = False
        rows, server.memory.rows = server.memory.rows, {}
        horizon = self._clock.now - self._parameters.session_ttl
        alone = [key for key, row in rows.items() if row[1] >= horizon and newest(key, self._all()) is None]
        if alone:
            self._trace.emit(f"System/{self._name}", "SessionsLost", count=len(alone), pod=server.process.pod)
        if noticed:
            self._changed()
        else:
            self._clock.after(self._parameters.failure_timeout, self._changed)

    def network_changed(self) -> None:
        """See `Store.network_changed`: whoever is cut off is missed after a while."""
        self._clock.after(self._parameters.failure_timeout, self._changed)

    def serve(self, server: Server, request: Request) -> None:
        """See `Store.serve`."""
        now, ttl_us = self._clock.now, self._parameters.session_ttl
        lookup = Lookup(request, server, session_of(request), now, ttl_us)
        request.answer(*execute(lookup, Owned(self._heard(server), self._parameters.owners)))

    # -- members ---------------------------------------------------------------------------------------

    def _all(self) -> list[Server]:
        return list(self._servers.values())

    def _heard(self, server: Server) -> list[Server]:
        """Return whom a server can ask, itself first."""
        others = (
            other
            for other in self._servers.values()
            if other is not server and other.member and other.process.state is not State.FROZEN
        )
        return [server, *(o for o in others if self._host.reachable(server.process, o.process))]

    def _changed(self) -> None:
        """Begin to give every session its owners, or do it once more when that is done which is under way."""
        if self._planned is not None:
            self._queued = True
            self._queued_by = self._clock.cause
        else:
            self._planned = [server for server in self._all() if server.member and _runs(server)]
            self._clock.after(self._parameters.rebalance, self._rebalanced)

    def _rebalanced(self) -> None:
        """Copy each session to its owners, and let the others forget it, as far as they hear of each other.

        The owners are of those that were there when this began and still are: who has come since waits for
        the next one, who has gone since is left out.
        """
        planned, self._planned = self._planned or [], None
        members = [server for server in planned if server.member and _runs(server)]
        moved: set[Hashable] = set()
        for server in members:
            heard = [other for other in self._heard(server) if other in members]
            for key in list(server.memory.rows):
                self._give(key, heard)
                moved.add(key)
        if moved:
            names = [server.process.pod for server in members]
            self._trace.emit(f"System/{self._name}", "Rebalanced", sessions=len(moved), members=names)
        if self._queued:
            self._queued = False
            before, self._clock.cause = self._clock.cause, self._queued_by
            self._changed()
            self._clock.cause = before

    def _give(self, key: Hashable, servers: Sequence[Server]) -> None:
        """Give a session to its owners; one that nobody has used for too long to nobody."""
        row = newest(key, servers)
        old = row is None or row[1] < self._clock.now - self._parameters.session_ttl
        owners = [] if old else chosen(key, servers, self._parameters.owners)
        for server in servers:
            server.memory.put(key, row if server in owners else None)

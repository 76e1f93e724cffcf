"""What all parts of a RethinkDB cluster share: its servers, their connections, its parameters, its trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.rethinkdb.links import Links

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.systems.driver import Context
    from statesim.systems.rethinkdb.parameters import RethinkParameters
    from statesim.systems.rethinkdb.servers import Server
    from statesim.systems.roles import Roles


class Cluster:
    """The runs of servers that have not ended, and how they reach each other.

    Attributes
    ----------
    servers
        By uid of their pods.
    changed
        Called when the parts must look again.
    """

    def __init__(
        self,
        context: Context,
        parameters: RethinkParameters,
        roles: Roles,
        changed: Callable[[], None],
        lost: Callable[[Server, Server], None],
        resumed: Callable[[Server, Server], None],
    ) -> None:
        self.name = context.name
        self.clock = context.clock
        self.streams = context.streams
        self.trace = context.trace
        self.host = context.host
        self.parameters = parameters
        self.roles = roles
        self.changed = changed
        self.servers: dict[str, Server] = {}
        self.links = Links(
            context.clock, context.streams, context.host, parameters.heartbeat_timeout, lost, resumed, changed
        )

    def running(self) -> list[Server]:
        """Return the servers that answer, by name."""
        there = (server for server in self.servers.values() if server.runs)
        return sorted(there, key=lambda server: (server.name, server.key))

    def reached(self, server: Server) -> list[Server]:
        """Return a server and those that it talks to now, by name."""
        near = (other for other in server.peers.values() if self.links.connected(server, other))
        return sorted((server, *near), key=lambda each: (each.name, each.key))

    def named(self, server: str | None) -> str | None:
        """Return what people call a server: the name of the pod that it ran in last."""
        return None if server is None else server.rpartition("/")[0]

    def tell(self, *, event: str, **fields: object) -> None:
        """Tell what has happened to the table; what follows in this call of the clock is caused by it."""
        self.clock.cause = self.trace.emit(f"System/{self.name}", event, **fields)

"""Servers that know who is logged in: what they keep is the session itself.

A user logs in once and acts with the session from then on. Whether it outlives a server depends on where it
is kept: in one memory, in several, in another system, or with the user (Keycloak docs, "Replication and
Failover", "Sticky sessions"; RFC 7519). A server that does not know a session says so, and the user
logs in again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.node.process import Exit, State
from statesim.systems.auth.cache import Replicated
from statesim.systems.auth.parameters import AuthParameters
from statesim.systems.auth.portrait import AUTH
from statesim.systems.auth.stores import External, Local, Server, Store, Token
from statesim.systems.life import Life, hang_up
from statesim.systems.statements import Nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.driver import Context, Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy

ASKED = ("login", "act", "logout")


class Auth:
    """The servers of one workload; all of them are alike."""

    kind: ClassVar[str] = "auth"
    takes: ClassVar[type[Any]] = AuthParameters
    portrait: ClassVar[Portrait | None] = AUTH

    def __init__(self, context: Context, parameters: AuthParameters) -> None:
        self.name = context.name
        self.parameters = parameters
        self._clock = context.clock
        self._host = context.host
        self._servers: dict[str, Server] = {}
        self._store = self._store_of(context, parameters)

    def _store_of(self, context: Context, parameters: AuthParameters) -> Store:
        match parameters.store:
            case "replicated":
                return Replicated(context, parameters, self._servers)
            case "external":
                return External(context, parameters)
            case "token":
                return Token(context, parameters)
            case _:
                return Local(context, parameters)

    # -- what the kubelet tells ------------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """See `node.process.Driver.started`: it begins with an empty memory, whatever lies on its disk."""
        server = self._servers[process.uid] = Server(process, Life(self._clock, process))
        self._host.listening(process, True)
        self._store.joined(server)

    def stopping(self, process: Process) -> int | None:
        """See `node.process.Driver.stopping`: it leaves at once, and nobody takes its sessions over."""
        server = self._of(process)
        if server is not None:
            server.stopping = True
            self._host.listening(process, False)
            hang_up(process, "closed")
            self._store.left(server, noticed=True)
        return None

    def exited(self, process: Process, how: Exit) -> None:
        """See `node.process.Driver.exited`: a machine that is gone with it tells nobody."""
        server = self._of(process)
        if server is not None:
            del self._servers[process.uid]
            if not server.stopping:
                self._store.left(server, noticed=how is not Exit.POWER_CUT)

    def frozen(self, process: Process) -> None:
        """See `node.process.Driver.frozen`: the others miss it after a while."""
        if self._of(process) is not None:
            self._store.network_changed()

    def thawed(self, process: Process) -> None:
        """See `node.process.Driver.thawed`: it may remember old copies, and newer ones come first."""
        server = self._of(process)
        if server is not None:
            server.life.thaw()
            if not server.stopping:
                self._store.joined(server)

    def _of(self, process: Process) -> Server | None:
        server = self._servers.get(process.uid)
        return server if server is not None and server.process is process else None

    # -- what clients ask ------------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002 - part of the protocol
        """See `System.accept`."""
        return None if self._serves(process) else "connection refused"

    def submit(self, process: Process, request: Request) -> None:
        """See `System.submit`."""
        server = self._of(process)
        if server is None or not self._serves(process):
            request.answer("fail", error="the server is shutting down")
        elif request.f in ASKED:
            self._store.serve(server, request)
        elif request.f == "request":
            request.answer("ok")
        else:
            request.answer("fail", error="this server knows who is logged in, and keeps no other data")

    def _serves(self, process: Process) -> bool:
        return process.state is State.RUNNING

    # -- what the scenario and the judge ask -----------------------------------------------------------

    def network_changed(self) -> None:
        """See `System.network_changed`."""
        self._store.network_changed()

    def primary(self) -> Process | None:
        """See `System.primary`: there is none."""
        return None

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`: every server is one."""
        found = (server.process for server in self._servers.values())
        return sorted(found, key=lambda process: (process.pod, process.uid))

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: nothing is kept that a judge would look for."""
        return "nothing is kept", Nothing()

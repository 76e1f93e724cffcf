"""Servers that know who is logged in: what they keep is the session itself.

A user logs in once and acts with the session from then on. Whether it outlives a server depends on where it
is kept: in one memory, in several, in another system, or with the user (Keycloak docs, "Replication and
Failover", "Sticky sessions"; RFC 7519). A server that does not know a session says so, and the user
logs in again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from statesim.node.process import Exit
from statesim.systems.alike import Alike
from statesim.systems.auth.cache import Replicated
from statesim.systems.auth.parameters import AuthParameters
from statesim.systems.auth.portrait import AUTH
from statesim.systems.auth.stores import External, Local, Server, Store, Token
from statesim.systems.drift import Held

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.driver import Context, Request
    from statesim.systems.life import Life
    from statesim.systems.portrait import Portrait

ASKED = ("login", "act", "logout")


class Auth(Alike[Server]):
    """The servers of one workload."""

    kind: ClassVar[str] = "auth"
    takes: ClassVar[type[Any]] = AuthParameters
    portrait: ClassVar[Portrait | None] = AUTH
    keeps_none: ClassVar[str] = "this server knows who is logged in, and keeps no other data"

    def __init__(self, context: Context, parameters: AuthParameters) -> None:
        super().__init__(context, parameters)
        self._store = self._store_of(context, parameters)

    def server_of(self, process: Process, life: Life) -> Server:
        """See `Alike.server_of`: it begins with an empty memory, whatever lies on its disk."""
        return Server(process, life)

    def _store_of(self, context: Context, parameters: AuthParameters) -> Store:
        match parameters.store:
            case "replicated":
                return Replicated(context, parameters, self.servers)
            case "external":
                return External(context, parameters)
            case "token":
                return Token(context, parameters)
            case _:
                return Local(context, parameters)

    def holds(self, process: Process) -> Held:
        """See `drift.Holder`: the sessions in its memory."""
        server = self.of(process)
        return Held(0, 0 if server is None else len(server.memory.rows))

    # -- what the kubelet tells ------------------------------------------------------------------------

    def begin(self, server: Server) -> None:
        """See `Alike.begin`."""
        self._store.joined(server)

    def leaves(self, server: Server) -> int | None:
        """See `Alike.leaves`: it leaves at once, and nobody takes its sessions over."""
        took_us = super().leaves(server)
        self._store.left(server, noticed=True)
        return took_us

    def gone(self, server: Server, how: Exit) -> None:
        """See `Alike.gone`: a machine that is gone with it tells nobody."""
        if not server.stopping:
            self._store.left(server, noticed=how is not Exit.POWER_CUT)

    def frozen(self, process: Process) -> None:
        """See `node.process.Driver.frozen`: the others miss it after a while."""
        if self.of(process) is not None:
            self._store.network_changed()

    def thawed(self, process: Process) -> None:
        """See `node.process.Driver.thawed`: it may remember old copies, and newer ones come first."""
        super().thawed(process)
        server = self.of(process)
        if server is not None and not server.stopping:
            self._store.joined(server)

    def network_changed(self) -> None:
        """See `System.network_changed`."""
        self._store.network_changed()

    # -- what clients ask ------------------------------------------------------------------------------

    def serve(self, server: Server, request: Request) -> None:
        """See `Alike.serve`."""
        if request.f in ASKED:
            self._store.serve(server, request)
        else:
            super().serve(server, request)

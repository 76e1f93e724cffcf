"""A ground for servers that are all alike: no roles, nothing that a judge would look for.

A subclass says how to make a server (`server_of`), what it does when it begins (`begin`), when it is told to
stop (`leaves`), when it is gone (`gone`), and how it answers (`serve`). Systems with roles or data stand on
`base.MemberSystem`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from statesim.node.process import Exit, State
from statesim.systems.life import Life, hang_up
from statesim.systems.parameters import Parameters
from statesim.systems.statements import Nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.driver import Context, Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy

REFUSED = "connection refused"
ENDING = "the server is shutting down"


class Server:
    """One run of a server's program.

    Attributes
    ----------
    life
        Its timers: they end with it, and stand still with its machine.
    stopping
        Whether it was asked to stop.
    """

    __slots__ = ("life", "process", "stopping")

    def __init__(self, process: Process, life: Life) -> None:
        self.process = process
        self.life = life
        self.stopping = False


S = TypeVar("S", bound=Server)


class Alike(ABC, Generic[S]):
    """The servers of one workload.

    Attributes
    ----------
    servers
        Those that have not ended, by uid of their pods.
    keeps_none
        What a client hears that asks for anything else.
    """

    kind: ClassVar[str] = ""
    takes: ClassVar[type[Any]] = Parameters
    portrait: ClassVar[Portrait | None] = None
    keeps_none: ClassVar[str] = "this server keeps no data"

    def __init__(self, context: Context, parameters: Any) -> None:
        self.name = context.name
        self.parameters = parameters
        self.clock = context.clock
        self.trace = context.trace
        self.host = context.host
        self.servers: dict[str, S] = {}

    # -- what a subclass says --------------------------------------------------------------------------

    @abstractmethod
    def server_of(self, process: Process, life: Life) -> S:
        """Return a new run of a server's program."""

    def begin(self, server: S) -> None:
        """Let a server begin, which answers already."""

    def leaves(self, server: S) -> int | None:
        """Let a server stop: return how long it takes (µs); ``None`` = as long as its image says."""
        self.host.listening(server.process, False)
        hang_up(server.process, "closed")
        return None

    def gone(self, server: S, how: Exit) -> None:
        """Hear that a server has ended."""

    def serves(self, server: S) -> bool:
        """Tell whether a server answers now."""
        return server.process.state is State.RUNNING

    def serve(self, server: S, request: Request) -> None:  # noqa: ARG002 - a subclass may look
        """Answer an operation: here a plain request."""
        if request.f == "request":
            request.answer("ok")
        else:
            request.answer("fail", error=self.keeps_none)

    # -- what the kubelet tells ------------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """See `node.process.Driver.started`."""
        server = self.servers[process.uid] = self.server_of(process, Life(self.clock, process))
        self.host.listening(process, True)
        self.begin(server)

    def stopping(self, process: Process) -> int | None:
        """See `node.process.Driver.stopping`."""
        server = self.of(process)
        if server is None:
            return None
        server.stopping = True
        return self.leaves(server)

    def exited(self, process: Process, how: Exit) -> None:
        """See `node.process.Driver.exited`."""
        server = self.of(process)
        if server is not None:
            del self.servers[process.uid]
            self.gone(server, how)

    def frozen(self, process: Process) -> None:
        """See `node.process.Driver.frozen`."""

    def thawed(self, process: Process) -> None:
        """See `node.process.Driver.thawed`."""
        server = self.of(process)
        if server is not None:
            server.life.thaw()

    def of(self, process: Process) -> S | None:
        """Return the run that a program is, if it has not ended."""
        server = self.servers.get(process.uid)
        return server if server is not None and server.process is process else None

    # -- what clients ask ------------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002 - part of the protocol
        """See `System.accept`."""
        server = self.of(process)
        return None if server is not None and process.state is State.RUNNING else REFUSED

    def submit(self, process: Process, request: Request) -> None:
        """See `System.submit`."""
        server = self.of(process)
        if server is None or not self.serves(server):
            request.answer("fail", error=ENDING)
        else:
            self.serve(server, request)

    # -- what the scenario and the judge ask -----------------------------------------------------------

    def network_changed(self) -> None:
        """See `System.network_changed`: they do not know of each other."""

    def primary(self) -> Process | None:
        """See `System.primary`: there is none."""
        return None

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`: every server is one."""
        found = (server.process for server in self.servers.values())
        return sorted(found, key=lambda process: (process.pod, process.uid))

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: nothing is kept that a judge would look for."""
        return "nothing is kept", Nothing()

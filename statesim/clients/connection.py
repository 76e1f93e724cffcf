"""One TCP connection, as its client can know it: it answers, it is reset, or there is silence.

The difference is the machine, not the program. A kernel that runs answers a packet for a connection that it
does not know with a reset (RFC 9293, 3.5.2); a machine that is off, frozen or cut off says nothing, and
"nothing" looks the same as "not yet".
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from statesim.node.process import State

if TYPE_CHECKING:
    from statesim.clients.link import Link
    from statesim.clients.view import WorldView
    from statesim.cluster.topology import Topology
    from statesim.kernel.clock import Clock
    from statesim.kernel.trace import Trace
    from statesim.node.process import Process
    from statesim.systems.driver import System

_RUNNING = State.RUNNING
_STOPPING = State.STOPPING


class Fate(Enum):
    """What becomes of a packet that is sent now."""

    HEARD = "heard"
    RESET = "reset"
    SILENCE = "silence"


class Vantage:
    """A client's machine: what it can find out about others by sending packets.

    Attributes
    ----------
    name
        The machine in the topology.
    """

    __slots__ = ("_changed_by", "_clock", "_trace", "_watched", "_world", "name", "topology")

    def __init__(self, name: str, clock: Clock, trace: Trace, topology: Topology, world: WorldView) -> None:
        self.name = name
        self.topology = topology
        self._clock = clock
        self._trace = trace
        self._world = world
        self._changed_by: int | None = None
        self._watched: dict[int, Connection] = {}
        topology.listen(self._network_changed)

    def watch(self, key: int, connection: Connection | None) -> None:
        """Tell this connection of changes of the network, or nobody under this number."""
        if connection is None:
            self._watched.pop(key, None)
        else:
            self._watched[key] = connection

    def _network_changed(self) -> None:
        self._changed_by = self._clock.cause
        for connection in list(self._watched.values()):
            connection.doubt()

    def fate(self, node: str) -> Fate:
        """Return what becomes of a packet to a machine for a connection that it does not know."""
        if not self.topology.reachable(self.name, node) or self._world.power(node) != "on":
            return Fate.SILENCE
        return Fate.RESET

    def blame(self, process: Process) -> int | None:
        """Return the id of the event behind a program's silence or end, as far as the trace tells."""
        if not self.topology.reachable(self.name, process.node):
            return self._changed_by
        silent = self._world.power(process.node) != "on"
        return self._trace.latest.get(f"Node/{process.node}" if silent else f"Process/{process.pod}")


class Connection:
    """A client's end of a connection to one run of a program; implements `node.process.Connection`.

    Attributes
    ----------
    gone
        The server's end has ended, whether or not the client has heard of it.
    """

    __slots__ = ("_path", "_seen", "_topology", "gone", "link", "process", "system", "vantage")

    def __init__(self, link: Link, vantage: Vantage, process: Process, system: System) -> None:
        self.link = link
        self.vantage = vantage
        self.process = process
        self.system = system
        self.gone = False
        self._topology = vantage.topology
        self._seen = -1
        self._path = False

    def carries(self) -> bool:
        """Tell whether packets get to the program and back now."""
        process = self.process
        state = process.state
        if self.gone or not process.listening or not (state is _RUNNING or state is _STOPPING):
            return False
        version = self._topology.version
        if version != self._seen:
            self._seen = version
            self._path = self._topology.reachable(self.vantage.name, process.node)
        return self._path

    def fate(self) -> Fate:
        """Return what becomes of a packet that the client sends on it now."""
        if self.carries():
            return Fate.HEARD
        if (self.process.state is State.FROZEN or self.process.forwards) and not self.gone:
            return Fate.SILENCE  # of a router that is no more: nobody answers for its address
        return self.vantage.fate(self.process.node)

    def reset(self, how: str) -> None:
        """See `node.process.Connection.reset`: the packet arrives half a round trip later, or is lost.

        A reset is sent once. When it is lost, the client learns from the answer to its next packet.
        """
        if self.gone:
            return
        self.gone = True
        if self._topology.reachable(self.vantage.name, self.process.node):
            self.link.hear(self, how)

    def doubt(self) -> None:
        """See `node.process.Connection.doubt`."""
        self.link.doubt(self)

    def move(self, process: Process, *, known: bool) -> None:
        """See `node.process.Connection.move`: whoever does not know the flow resets its next packet."""
        self.process = process
        self._seen = -1
        self.gone = self.gone or not known

"""Servers of live streams: a viewer stays with one server for as long as the programme lasts.

A pushed stream (RTMP, WebSocket, WebRTC) is bound to the pod that its connection goes to. On SIGTERM a server
closes all of them, or takes no more and waits until its viewers have left; what the grace period does not
suffice for is cut off by SIGKILL (Kubernetes docs, "Pod Lifecycle", Termination of Pods). Viewers stay for an
exponential time, which has no memory: of those who are there when a server is told to stop, the share
``exp(-grace / mean)`` is still there when its grace is over. So nothing is drawn for them before.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log1p
from typing import TYPE_CHECKING, Any, ClassVar

from statesim.kernel.clock import HOUR, SECOND
from statesim.node.process import Exit, State
from statesim.systems.life import Life, hang_up
from statesim.systems.parameters import MODEL, Parameters, row
from statesim.systems.portrait import By, Need, Portrait, Transition
from statesim.systems.statements import Nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Process
    from statesim.systems.driver import Context, Request
    from statesim.systems.statements import Copy

FULL = "the server takes no more streams just now"

STREAMING = Portrait(
    title="Servers of live streams",
    storage=Need("none: the programme comes from elsewhere", (By.NOBODY,), "nothing"),
    identity=Need("the pod that a stream is bound to", (By.ORCHESTRATOR,), "nothing: any other will do"),
    session=Need(
        "a stream of an hour, and the viewer's buffer",
        (By.APPLICATION, By.ORCHESTRATOR),
        "nearly every stream in a rolling update, some of them several times",
    ),
    role=Need("none among these servers", (By.NOBODY,), "nothing"),
    transitions=(
        Transition("no stream", "streaming", "a viewer connects, and the server takes it (accept_rate)"),
        Transition("streaming", "ended", "the viewer has seen enough"),
        Transition("streaming", "draining", "SIGTERM, with drain: no new streams"),
        Transition("draining", "ended", "the viewer leaves within the grace period"),
        Transition("draining", "cut", "SIGKILL: the grace period is over"),
        Transition("streaming", "cut", "SIGTERM without drain; its program or machine dies"),
        Transition("cut", "streaming", "the viewer connects again, to any server"),
    ),
)


@dataclass(frozen=True, slots=True)
class StreamingParameters(Parameters):
    """How long viewers stay, and how a server parts with them."""

    mean_session: int = row(HOUR, "duration > 0", MODEL, "How long a viewer stays on average (exponential).")
    drain: bool = row(
        True, "true or false", MODEL, "Whether a server that is told to stop waits for its viewers to leave."
    )
    accept_rate: int = row(
        1000, "whole number", MODEL, "How many new streams a server takes in a second; it refuses the others."
    )


class StreamServer:
    """One run of a server's program.

    Attributes
    ----------
    room, since_us
        How many streams it would have taken at an instant.
    watched, watching
        How many viewers it had when it was told to stop, and how many of them have not left.
    """

    __slots__ = ("life", "process", "room", "since_us", "watched", "watching")

    def __init__(self, process: Process, life: Life, room: float, since_us: int) -> None:
        self.process = process
        self.life = life
        self.room = room
        self.since_us = since_us
        self.watched = self.watching = 0


class StreamServers:
    """The servers of one workload; all of them are alike."""

    kind: ClassVar[str] = "streaming"
    takes: ClassVar[type[Any]] = StreamingParameters
    portrait: ClassVar[Portrait | None] = STREAMING

    def __init__(self, context: Context, parameters: StreamingParameters) -> None:
        self.name = context.name
        self.parameters = parameters
        self._clock, self._trace, self._host = context.clock, context.trace, context.host
        self._rng = context.streams.get(context.name, "viewers")
        self._servers: dict[str, StreamServer] = {}

    # -- what the kubelet tells ------------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """See `node.process.Driver.started`."""
        room, now = float(self.parameters.accept_rate), self._clock.now
        self._servers[process.uid] = StreamServer(process, Life(self._clock, process), room, now)
        self._host.listening(process, True)

    def stopping(self, process: Process) -> int | None:
        """See `node.process.Driver.stopping`: it ends when its last viewer has left, if it waits for them."""
        server = self._of(process)
        if server is None:
            return None
        server.watching = server.watched = len(process.connections)
        if not self.parameters.drain:
            self._host.listening(process, False)
            self._tell_cut(server)
            hang_up(process, "reset")
            return None
        longest = 0
        for key in sorted(process.connections):
            stays_us = 1 + int(-self.parameters.mean_session * log1p(-self._rng.random()))
            server.life.later(stays_us, self._leave, server, key)
            longest = max(longest, stays_us)
        return longest or None

    def _leave(self, server: StreamServer, key: int) -> None:
        """Let a viewer go who has seen enough."""
        connection = server.process.connections.pop(key, None)
        server.watching -= 1
        if connection is not None:
            connection.reset("closed")

    def exited(self, process: Process, how: Exit) -> None:  # noqa: ARG002 - part of the protocol
        """See `node.process.Driver.exited`: who still watches is cut off."""
        server = self._of(process)
        if server is None:
            return
        del self._servers[process.uid]
        self._tell_cut(server)

    def _tell_cut(self, server: StreamServer) -> None:
        """Record, once, how many viewers a server that was told to stop has cut off."""
        cut, server.watching = server.watching, 0
        if cut:
            whose = {"of": server.watched, "pod": server.process.pod}
            self._trace.emit(f"System/{self.name}", "StreamsCut", count=cut, **whose)

    def frozen(self, process: Process) -> None:
        """See `node.process.Driver.frozen`."""

    def thawed(self, process: Process) -> None:
        """See `node.process.Driver.thawed`."""
        server = self._of(process)
        if server is not None:
            server.life.thaw()

    def _of(self, process: Process) -> StreamServer | None:
        server = self._servers.get(process.uid)
        return server if server is not None and server.process is process else None

    # -- what clients ask ------------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002 - part of the protocol
        """See `System.accept`: a new stream, if there were not too many within the last second."""
        server = self._of(process)
        if server is None or process.state is not State.RUNNING:
            return "connection refused"
        rate, now = self.parameters.accept_rate, self._clock.now
        server.room = min(float(rate), server.room + rate * (now - server.since_us) / SECOND)
        server.since_us = now
        if server.room < 1:
            return FULL
        server.room -= 1
        return None

    def submit(self, process: Process, request: Request) -> None:
        """See `System.submit`: a server that drains serves those who still watch."""
        if self._of(process) is None or not process.running:
            request.answer("fail", error="the server is shutting down")
        elif request.f in ("segment", "request"):
            request.answer("ok")
        else:
            request.answer("fail", error="a server of streams keeps no data")

    # -- what the scenario and the judge ask -----------------------------------------------------------

    def network_changed(self) -> None:
        """See `System.network_changed`."""

    def primary(self) -> Process | None:
        """See `System.primary`: there is none."""
        return None

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`: every server is one."""
        found = (server.process for server in self._servers.values())
        return sorted(found, key=lambda process: (process.pod, process.uid))

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: nothing is kept."""
        return "nothing is kept", Nothing()

"""Servers of live streams: a viewer stays with one server for as long as the programme lasts.

A pushed stream (RTMP, WebSocket, WebRTC) is bound to the pod that its connection goes to. On SIGTERM a server
closes all of them, or takes no more and waits until its viewers have left; what the grace period does not
suffice for is cut off by SIGKILL (Kubernetes docs, "Pod Lifecycle", Termination of Pods). Viewers stay for an
exponential time, which has no memory: of those who are there when a server is told to stop, the share
``exp(-grace / mean)`` is still there when its grace is over. So nothing is drawn for them before.

A publisher (a client of the kind ``web``) pushes the programme to one server. The others have it only if
servers pass it on to each other (nginx-rtmp-module, ``push`` and ``pull``).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log1p
from typing import TYPE_CHECKING, Any, ClassVar

from statesim.kernel.spans import HOUR, SECOND
from statesim.systems.alike import Alike, Server
from statesim.systems.life import hang_up
from statesim.systems.parameters import MODEL, Parameters, row
from statesim.systems.portrait import By, Need, Portrait, Transition

if TYPE_CHECKING:
    from statesim.node.process import Exit, Process
    from statesim.systems.driver import Context, Request
    from statesim.systems.life import Life

NO_STREAM = "no such stream here: nobody pushes it to this server"
FULL = "the server takes no more streams just now"

STREAMING = Portrait(
    title="Servers of live streams",
    storage=Need("none: the programme comes from elsewhere", (By.NOBODY,), "nothing"),
    identity=Need(
        "the pod that a stream is bound to; without relay the one that has the programme",
        (By.ORCHESTRATOR,),
        "nothing where any other will do; else the programme has no name",
    ),
    session=Need(
        "a stream of an hour, and the viewer's buffer",
        (By.APPLICATION, By.ORCHESTRATOR),
        "nearly every stream in a rolling update, some of them several times",
    ),
    role=Need(
        "origin, which the programme is pushed to, or edge, which it is passed on to",
        (By.APPLICATION,),
        "nothing by itself: the next server that is pushed to is the origin",
    ),
    transitions=(
        Transition("no stream", "streaming", "a viewer connects, and the server takes it (accept_rate)"),
        Transition("streaming", "ended", "the viewer has seen enough"),
        Transition("streaming", "draining", "SIGTERM, with drain: no new streams"),
        Transition("draining", "ended", "the viewer leaves within the grace period"),
        Transition("draining", "cut", "SIGKILL: the grace period is over"),
        Transition("streaming", "cut", "SIGTERM without drain; its program or machine dies"),
        Transition("cut", "streaming", "the viewer connects again, to any server"),
    ),
    drift="with every viewer; it keeps nothing but their streams",
)


@dataclass(frozen=True, slots=True)
class StreamingParameters(Parameters):
    """How long viewers stay, and how a server parts with them."""

    mean_session: int = row(HOUR, "duration > 0", MODEL, "How long a viewer stays on average (exponential).")
    drain: bool = row(
        True, "true or false", MODEL, "Whether a server that is told to stop waits for its viewers to leave."
    )
    relay: bool = row(
        True,
        "true or false",
        "nginx-rtmp-module, directives push and pull",
        "Whether servers pass the programme on; if not, only the one that it is pushed to has it.",
    )
    drop_idle_publisher: int = row(
        10 * SECOND,
        "duration > 0",
        "nginx-rtmp-module, directive of that name",
        "Without relay: how long a server shows a programme of which nothing comes any more.",
    )
    accept_rate: int = row(
        1000, "whole number", MODEL, "How many new streams a server takes in a second; it refuses the others."
    )


class StreamServer(Server):
    """One run of a server's program.

    Attributes
    ----------
    room, since_us
        How many streams it would have taken at an instant.
    pushed_us
        When a publisher has last pushed something to it.
    watched, watching
        How many viewers it had when it was told to stop, and how many of them have not left.
    """

    __slots__ = ("pushed_us", "room", "since_us", "watched", "watching")

    def __init__(self, process: Process, life: Life, room: float, since_us: int) -> None:
        super().__init__(process, life)
        self.room = room
        self.since_us = since_us
        self.pushed_us: int | None = None
        self.watched = self.watching = 0


class StreamServers(Alike[StreamServer]):
    """The servers of one workload."""

    kind: ClassVar[str] = "streaming"
    takes: ClassVar[type[Any]] = StreamingParameters
    portrait: ClassVar[Portrait | None] = STREAMING
    keeps_none: ClassVar[str] = "a server of streams keeps no data"

    def __init__(self, context: Context, parameters: StreamingParameters) -> None:
        super().__init__(context, parameters)
        self._rng = context.streams.get(context.name, "viewers")

    def server_of(self, process: Process, life: Life) -> StreamServer:
        """See `Alike.server_of`."""
        return StreamServer(process, life, float(self.parameters.accept_rate), self.clock.now)

    def leaves(self, server: StreamServer) -> int | None:
        """See `Alike.leaves`: it ends when its last viewer has left, if it waits for them."""
        process = server.process
        server.watching = server.watched = len(process.connections)
        if not self.parameters.drain:
            self.host.listening(process, False)
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

    def gone(self, server: StreamServer, how: Exit) -> None:  # noqa: ARG002 - however it ended
        """See `Alike.gone`: who still watches is cut off."""
        self._tell_cut(server)

    def _tell_cut(self, server: StreamServer) -> None:
        """Record, once, how many viewers a server that was told to stop has cut off."""
        cut, server.watching = server.watching, 0
        if cut:
            whose = {"of": server.watched, "pod": server.process.pod}
            self.trace.emit(f"System/{self.name}", "StreamsCut", count=cut, **whose)

    def accept(self, process: Process, *, read_write: bool) -> str | None:
        """See `System.accept`: a new stream, if there were not too many within the last second."""
        refusal = super().accept(process, read_write=read_write)
        server = self.of(process)
        if refusal is not None or server is None:
            return refusal
        rate, now = self.parameters.accept_rate, self.clock.now
        server.room = min(float(rate), server.room + rate * (now - server.since_us) / SECOND)
        server.since_us = now
        if server.room < 1:
            return FULL
        server.room -= 1
        return None

    def serves(self, server: StreamServer) -> bool:
        """See `Alike.serves`: a server that drains serves those who still watch."""
        return server.process.running

    def serve(self, server: StreamServer, request: Request) -> None:
        """See `Alike.serve`: a request is what a publisher pushes."""
        if request.f == "request":
            server.pushed_us = self.clock.now
        if request.f != "segment":
            super().serve(server, request)
        elif self.parameters.relay or self._is_pushed_to(server):
            request.answer("ok")
        else:
            request.answer("fail", error=NO_STREAM)

    def _is_pushed_to(self, server: StreamServer) -> bool:
        since = server.pushed_us
        return since is not None and self.clock.now - since <= self.parameters.drop_idle_publisher

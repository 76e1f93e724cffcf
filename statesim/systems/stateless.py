"""A web tier: any copy is as good as any other, and nothing is kept.

On SIGTERM a graceful server closes its listening socket and finishes what is under way (nginx docs,
"Controlling nginx": quit). Until every proxy has heard that its endpoint is gone, new connections still
arrive and are refused: that is what a preStop delay is for (Kubernetes docs, "Pod Lifecycle", Termination).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from statesim.node.process import State
from statesim.systems.parameters import Parameters
from statesim.systems.portraits import STATELESS
from statesim.systems.statements import Nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.node.process import Exit, Process
    from statesim.systems.driver import Context, Request
    from statesim.systems.portrait import Portrait
    from statesim.systems.statements import Copy


@dataclass(frozen=True, slots=True)
class StatelessParameters(Parameters):
    """A web tier has none."""


class Stateless:
    """A system without state: it answers as soon as it runs, and keeps nothing."""

    kind: ClassVar[str] = "stateless"
    takes: ClassVar[type[Any]] = StatelessParameters
    portrait: ClassVar[Portrait | None] = STATELESS

    def __init__(self, context: Context, parameters: StatelessParameters) -> None:
        self.name = context.name
        self.parameters = parameters
        self._host = context.host
        self._running: dict[str, Process] = {}

    # -- what the kubelet tells ------------------------------------------------------------------------

    def started(self, process: Process) -> None:
        """See `node.process.Driver.started`."""
        self._running[process.uid] = process
        self._host.listening(process, True)

    def stopping(self, process: Process) -> int | None:  # noqa: ARG002 - part of the protocol
        """See `node.process.Driver.stopping`: finish what is under way, for as long as the image says."""
        return None

    def exited(self, process: Process, how: Exit) -> None:  # noqa: ARG002 - part of the protocol
        """See `node.process.Driver.exited`."""
        if self._running.get(process.uid) is process:
            del self._running[process.uid]

    def frozen(self, process: Process) -> None:
        """See `node.process.Driver.frozen`."""

    def thawed(self, process: Process) -> None:
        """See `node.process.Driver.thawed`."""

    # -- what clients ask ------------------------------------------------------------------------------

    def accept(self, process: Process, *, read_write: bool) -> str | None:  # noqa: ARG002 - part of the protocol
        """See `System.accept`: a server that is stopping has closed its listening socket."""
        return "connection refused" if process.state is State.STOPPING else None

    def submit(self, process: Process, request: Request) -> None:  # noqa: ARG002 - part of the protocol
        """See `System.submit`: every request is answered; data cannot be kept here."""
        if request.f == "request":
            request.answer("ok")
        else:
            request.answer("fail", error="this program keeps no data: no system is bound to its workload")

    # -- what the scenario and the judge ask -------------------------------------------------------------

    def network_changed(self) -> None:
        """See `System.network_changed`."""

    def primary(self) -> Process | None:
        """See `System.primary`: there is none."""
        return None

    def replicas(self) -> Sequence[Process]:
        """See `System.replicas`: every copy is one."""
        return sorted(self._running.values(), key=lambda process: (process.pod, process.uid))

    def surviving(self) -> tuple[str, Copy]:
        """See `System.surviving`: nothing is kept."""
        return "nothing is kept", Nothing()

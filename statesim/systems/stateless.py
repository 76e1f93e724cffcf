"""A web tier: any copy is as good as any other, and nothing is kept.

On SIGTERM a graceful server closes its listening socket and finishes what is under way (nginx docs,
"Controlling nginx": quit). Until every proxy has heard that its endpoint is gone, new connections still
arrive and are refused: that is what a preStop delay is for (Kubernetes docs, "Pod Lifecycle", Termination).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from statesim.node.process import State
from statesim.systems.alike import Alike, Server
from statesim.systems.parameters import Parameters
from statesim.systems.portraits import STATELESS

if TYPE_CHECKING:
    from statesim.node.process import Process
    from statesim.systems.life import Life
    from statesim.systems.portrait import Portrait


@dataclass(frozen=True, slots=True)
class StatelessParameters(Parameters):
    """A web tier has none."""


class Stateless(Alike[Server]):
    """A system without state: it answers as soon as it runs, and keeps nothing."""

    kind: ClassVar[str] = "stateless"
    takes: ClassVar[type[Any]] = StatelessParameters
    portrait: ClassVar[Portrait | None] = STATELESS
    keeps_none: ClassVar[str] = "this program keeps no data: no system is bound to its workload"

    def server_of(self, process: Process, life: Life) -> Server:
        """See `Alike.server_of`."""
        return Server(process, life)

    def leaves(self, server: Server) -> int | None:  # noqa: ARG002 - what is under way goes on
        """See `Alike.leaves`: finish what is under way, for as long as the image says."""
        return None

    def serves(self, server: Server) -> bool:
        """See `Alike.serves`: those who are connected are answered to the end."""
        return server.process.state in (State.RUNNING, State.STOPPING)

"""Servers whose own configuration says whom they follow: a name on each disk, and nobody who checks it.

PostgreSQL without a manager and MySQL are of this kind: a replica's upstream is written down
(``primary_conninfo``, ``CHANGE REPLICATION SOURCE TO``), and means whoever bears that name now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from statesim.node.process import State
from statesim.systems.replication import Replication, Server, Streamer
from statesim.systems.wal import Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

    from statesim.kernel.clock import Timer
    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.life import Life
    from statesim.systems.wal import Timeline


class Cluster(Database):
    """A data directory with its configuration.

    Attributes
    ----------
    upstream
        The pod that it follows; ``None`` = it leads.
    """

    __slots__ = ("upstream",)

    def __init__(
        self, system: str, timeline: Timeline, position: int = 0, upstream: str | None = None
    ) -> None:
        super().__init__(system, timeline, position)
        self.upstream = upstream


class Configured(Streamer):
    """One run of a member's container.

    Attributes
    ----------
    step
        What it is about to do.
    wants
        What it waits for another for: ``clone`` or ``rebuild``; "" = nothing.
    stuck
        Why it cannot stream from its upstream ever again; "" = it can.
    missed
        As replica: whom it has last streamed from, and when that fell silent.
    """

    __slots__ = ("missed", "step", "stuck", "wants")

    def __init__(self, process: Process, directory: Directory, life: Life) -> None:
        super().__init__(process, directory, life)
        self.step: Timer | None = None
        self.wants = ""
        self.stuck = ""
        self.missed: tuple[Self, int] | None = None

    @property
    def cluster(self) -> Cluster:
        """Return what is on its disk, where there must be something."""
        found: Cluster = self.directory.contents
        return found

    @property
    def up(self) -> bool:
        """Tell whether its server answers clients now."""
        return self.server is not Server.DOWN and self.process.state is State.RUNNING and not self.stopping

    def then(self, delay_us: int, fn: Callable[..., None], *args: Any) -> None:
        """Do this next, and nothing else that was to come."""
        if self.step is not None:
            self.step.cancel()
        self.step = self.life.later(delay_us, fn, *args)


M = TypeVar("M", bound=Configured)


class Members(Replication[M], Generic[M]):
    """The members of one system, and the streams between them."""

    def named(self, pod: str) -> M | None:
        """Return the run of a pod that was started last, if there is one."""
        return next((member for member in reversed(self.members.values()) if member.name == pod), None)

    def leading(self, but: M | None = None) -> M | None:
        """Return the primary (not `but`); of several the newest timeline's, and of these the longest."""
        accepting = [member for member in self.sorted() if member.accepts_writes and member is not but]
        timelines = ((member.data.timeline, member) for member in accepting)
        best = max(timelines, key=lambda pair: (pair[0].id, pair[0].length), default=None)
        return best[1] if best is not None else None

    def refresh_streams(self) -> None:
        """See `Replication.refresh_streams`: an upstream is a name, and means whoever bears it now."""
        for member in self.members.values():
            if member.server is Server.REPLICA and member.stream is None:
                upstream = member.cluster.upstream
                member.following = self.named(upstream) if upstream and not member.stuck else None
        super().refresh_streams()

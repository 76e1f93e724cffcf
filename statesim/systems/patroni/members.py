"""A Patroni member: an agent with its loop, its server, and its place in the stream of the log.

Agent and server are programs of one container (patroni/__main__.py, patroni/postgresql/__init__.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.life import Life
from statesim.systems.replication import Streamer

if TYPE_CHECKING:
    from statesim.kernel.clock import Clock, Timer
    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.standby_names import Standbys


class Member(Streamer):
    """One run of a member's container: a server and its agent, which are two programs.

    Attributes
    ----------
    agent
        The agent's timers; the server's are in `life`.
    phase_us, period_us
        Its agent's loop runs at `phase_us` plus whole periods. A loop that would change nothing is no event.
    loop
        The timer of the next loop that matters.
    busy
        What its agent is doing ("" = nothing): no other action meanwhile.
    label
        The role label that its pod has got from it.
    retrying
        The store is out of reach, and the agent has noticed.
    stuck
        Its data have diverged for good.
    waits
        It has said that it has no data, and that there is nobody to copy them from.
    crashed
        Its server died as a primary, while the agent lived.
    closing
        Its server shuts down in order, and takes nobody any more.
    paused
        Its agent has heard that the cluster's management is paused.
    promoted_us
        When it was promoted in this run.
    failsafe_us
        Since when it has led without the store, because all members answer it.
    heard
        As a replica: who told it in failsafe mode that it still leads, and until when it believes that.
    fed_us, watchdog
        When its watchdog was fed last, and what resets its machine if nobody feeds it again.
    names, confirming
        As primary: who must confirm commits, and whether the store will learn of it soon.
    believed_us
        Until when its primary believes that it still streams.
    lost_us
        Since when it cannot be heard.
    left_us
        While frozen: what was left of its agent's sleep.
    """

    __slots__ = (
        "agent",
        "believed_us",
        "busy",
        "closing",
        "confirming",
        "crashed",
        "failsafe_us",
        "fed_us",
        "heard",
        "label",
        "left_us",
        "loop",
        "lost_us",
        "names",
        "paused",
        "period_us",
        "phase_us",
        "promoted_us",
        "retrying",
        "stuck",
        "waits",
        "watchdog",
    )

    def __init__(
        self, process: Process, directory: Directory, clock: Clock, phase_us: int, period_us: int
    ) -> None:
        super().__init__(process, directory, Life(clock, process))
        self.agent = Life(clock, process)
        self.phase_us = phase_us
        self.period_us = period_us
        self.loop: Timer | None = None
        self.busy = ""
        self.label: str | None = None
        self.retrying = False
        self.stuck = False
        self.waits = False
        self.crashed = False
        self.closing = False
        self.paused = False
        self.names: Standbys | None = None
        self.promoted_us: int | None = None
        self.failsafe_us: int | None = None
        self.heard: tuple[str, int] | None = None
        self.fed_us = 0
        self.watchdog: Timer | None = None
        self.confirming = False
        self.believed_us = 0
        self.lost_us: int | None = None
        self.left_us = 0

    @property
    def active(self) -> bool:
        """Tell whether its agent can act now."""
        return self.runs and not self.agent.held

    @property
    def runs(self) -> bool:
        """Tell whether its container runs, and was not told to stop."""
        return self.process.running and not self.stopping

    @property
    def accepts_writes(self) -> bool:
        """See `Streamer.accepts_writes`."""
        return super().accepts_writes and not self.closing

    def next_loop(self, now: int) -> int:
        """Return when its agent's next loop is due."""
        return self.phase_us + ((now - self.phase_us) // self.period_us + 1) * self.period_us

    def last_loop(self, now: int) -> int:
        """Return when its agent's latest loop was due."""
        return self.next_loop(now) - self.period_us

    def stop_loop(self) -> None:
        """Forget the loop that was to come."""
        if self.loop is not None:
            self.loop.cancel()
            self.loop = None

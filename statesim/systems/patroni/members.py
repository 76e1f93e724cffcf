"""A Patroni member: an agent with its loop, its server, and its place in the stream of the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.systems.replication import Streamer

if TYPE_CHECKING:
    from statesim.kernel.clock import Timer
    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.life import Life


class Member(Streamer):
    """One run of a member's container: a server and its agent.

    Attributes
    ----------
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
        "believed_us",
        "busy",
        "confirming",
        "label",
        "left_us",
        "loop",
        "lost_us",
        "names",
        "period_us",
        "phase_us",
        "retrying",
        "stuck",
    )

    def __init__(
        self, process: Process, directory: Directory, life: Life, phase_us: int, period_us: int
    ) -> None:
        super().__init__(process, directory, life)
        self.phase_us = phase_us
        self.period_us = period_us
        self.loop: Timer | None = None
        self.busy = ""
        self.label: str | None = None
        self.retrying = False
        self.stuck = False
        self.names: str | None = None
        self.confirming = False
        self.believed_us = 0
        self.lost_us: int | None = None
        self.left_us = 0

    @property
    def active(self) -> bool:
        """Tell whether its agent can act now."""
        return self.process.running and not self.stopping

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

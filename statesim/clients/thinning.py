"""How many of a client's sessions are simulated, and for how many each of them stands.

A client with ``recording: flow`` may have a million sessions. At most `MOST_FOLLOWED` of them are simulated,
and each stands for many that are alike: it calls as often as any of them, so that it finds a dead connection
as late, waits as long and makes as many calls meanwhile. A sample of sessions is unbiased for what they do
each by itself; what they do together (an outage is a gap between the answers to all of them) is seen through
the calls of the sample.
"""

from __future__ import annotations

from math import exp
from typing import NamedTuple

from statesim.kernel.spans import SECOND
from statesim.scenario.clients import MOST_FOLLOWED


def cycle_us(took_us: float, mean_us: float) -> float:
    """Return the mean time between the begins of two calls of a session whose calls all take as long."""
    return took_us + mean_us * exp(-took_us / mean_us)


def spread_us2(took_us: float, mean_us: float) -> float:
    """Return the variance of that time (µs²): of the longer one of `took_us` and an exponential time."""
    square = took_us**2 + 2 * exp(-took_us / mean_us) * mean_us * (mean_us + took_us)
    return max(0.0, square - cycle_us(took_us, mean_us) ** 2)


class Thinning(NamedTuple):
    """The sessions of a client, and those of them that are simulated."""

    sessions: int
    simulated: int

    @property
    def each(self) -> float:
        """Return for how many sessions, and so for how many calls, a simulated one stands in the mean."""
        return self.sessions / self.simulated

    def stands_for(self, number: int) -> int:
        """Return how many sessions one of the simulated ones stands for, itself counted."""
        share, rest = divmod(self.sessions, self.simulated)
        return share + (number < rest)

    def mean_us(self, per_second: float) -> float | None:
        """Return the mean time between the callers of one session; ``None`` = there are none."""
        return SECOND * self.sessions / per_second if per_second else None

    def simulated_rate(self, per_second: float) -> float:
        """Return how many calls a second are simulated."""
        return per_second / self.each


def thinning(sessions: int, *, flow: bool) -> Thinning:
    """Return how a client's sessions are simulated."""
    return Thinning(sessions, min(sessions, MOST_FOLLOWED) if flow else sessions)

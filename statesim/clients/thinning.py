"""How many sessions and calls are followed one by one, and for how many each of them stands.

A client with ``recording: flow`` may have a million sessions. At most `MOST_FOLLOWED` of them are simulated,
each for many that are alike, and together they make at most as many calls a second. While calls are answered
at once, a simulated call stands for as many as there are more. Where calls take long, a session that waits
makes no other one, so that the many make more of them than the few: by the renewal theorem a session whose
calls take D and whose callers come at a mean distance of m begins one each ``D + m exp(-D/m)`` in the mean
(one caller may wait; Ross, "Introduction to Probability Models", 7.3), and a call of the few stands for as
many as both rates say.
"""

from __future__ import annotations

from math import exp, inf
from typing import NamedTuple

from statesim.kernel.clock import SECOND
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
    most_per_second: float

    def stands_for(self, number: int) -> int:
        """Return how many sessions one of the simulated ones stands for, itself counted."""
        share, rest = divmod(self.sessions, self.simulated)
        return share + (number < rest)

    def mean_us(self, per_second: float) -> float | None:
        """Return the mean time between the callers of one session; ``None`` = there are none."""
        return SECOND * self.sessions / per_second if per_second else None

    def simulated_rate(self, per_second: float) -> float:
        """Return how many calls a second are simulated."""
        return min(per_second, self.most_per_second)

    def simulated_mean_us(self, per_second: float) -> float | None:
        """Return the mean time between the callers of a simulated session; ``None`` = there are none."""
        return SECOND * self.simulated / self.simulated_rate(per_second) if per_second else None

    def thinned(self, per_second: float) -> bool:
        """Tell whether anything is left out."""
        return self.sessions > self.simulated or per_second > self.most_per_second

    def weight(self, took_us: int, per_second: float) -> float:
        """Return for how many calls a simulated one stands that has taken so long."""
        mean, few = self.mean_us(per_second), self.simulated_mean_us(per_second)
        if mean is None or few is None or not self.thinned(per_second):
            return 1.0
        return self.sessions * cycle_us(took_us, few) / (self.simulated * cycle_us(took_us, mean))


def thinning(sessions: int, *, flow: bool) -> Thinning:
    """Return how a client's sessions are simulated."""
    if not flow:
        return Thinning(sessions, sessions, inf)
    return Thinning(sessions, min(sessions, MOST_FOLLOWED), MOST_FOLLOWED)

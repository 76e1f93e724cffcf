"""When callers come: arrivals that do not depend on outcomes.

Arrivals are drawn from a stream of each session's own, four numbers for each arrival whatever becomes of it:
all variants of a scenario see the same callers at the same times (common random numbers).
"""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from statesim.kernel.distributions import Distribution


class Arrivals:
    """A Poisson process of callers at one session.

    Attributes
    ----------
    due_us
        When the next caller comes; ``None`` = nobody will, as the rate is zero.
    choice
        What that caller wants, as a number from 0 to 1.
    service_us
        How long the server will work for that caller.
    """

    __slots__ = ("_mean_us", "_random", "_rng", "_service", "_units", "choice", "due_us", "service_us")

    def __init__(self, rng: Random, service: Distribution, mean_us: float | None) -> None:
        self._rng = rng
        self._random = rng.random
        self._service = service
        self._mean_us = 1.0 if mean_us is None else mean_us
        self._units = 0.0
        self.due_us: int | None = 0
        self.advance()
        if mean_us is None:
            self.set_mean(0, None)

    def advance(self) -> None:
        """Go on to the caller after this one."""
        random = self._random
        if self.due_us is not None:
            self.due_us += 1 + int(-self._mean_us * log1p(-random()))
        self.choice = random()
        self.service_us = self._service.draw(self._rng)

    def skip_to(self, now: int) -> None:
        """Go on until the next caller is not past."""
        while self.due_us is not None and self.due_us < now:
            self.advance()

    def begin_anew(self, now: int) -> None:
        """Draw when the next caller comes from an instant on, whoever has come before.

        The time until the next caller of a Poisson process does not depend on what has been.
        """
        if self.due_us is not None:
            self.due_us = now
            self.advance()

    def set_mean(self, now: int, mean_us: float | None) -> None:
        """Change the mean time between callers; ``None`` = nobody comes any more.

        The time that is left until the next caller is stretched, not drawn again: an exponential
        distribution scales, and no draw may depend on when the rate is changed.
        """
        self.skip_to(now)
        if self.due_us is not None:
            self._units = (self.due_us - now) / self._mean_us
            self.due_us = None
        if mean_us is not None:
            self._mean_us = mean_us
            self.due_us = now + round(self._units * mean_us)

"""What clients ask and when: arrivals that do not depend on outcomes, and the kinds of operations.

Arrivals are drawn from a stream of each session's own, four numbers for each arrival whatever becomes of it:
all variants of a scenario see the same callers at the same times (common random numbers).
"""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from random import Random

    from statesim.kernel.distributions import Distribution

RECENT = 100


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


class Workload(Protocol):
    """What a client's operations are about; one for all sessions of a client."""

    shares: dict[str, float]

    def begin(self, choice: float) -> tuple[str, Any]:
        """Return `f` and value of a new operation; `choice` picks one, from 0 to 1."""

    def succeed(self, f: str, value: Any, result: Any) -> Any:
        """Note that an operation was answered ``ok``; return the value to be recorded."""


class SetWorkload:
    """Writers add integers to a set, each once; readers ask whether one that was acknowledged is there.

    This is Jepsen's ``set`` workload with the final read asked for element by element meanwhile, as
    ``set-full`` does: a read that misses an acknowledged element was stale, or the element is lost.

    Parameters
    ----------
    write_share
        Share of operations that write.
    first, step
        This client's elements are ``first``, ``first + step``, …: clients of one system do not share any.

    Attributes
    ----------
    acknowledged
        Elements whose write was answered ``ok``, in that order.
    """

    __slots__ = ("_next", "_read_scale", "_write_share", "acknowledged", "first", "shares", "step")

    def __init__(self, write_share: float, first: int = 0, step: int = 1) -> None:
        self._write_share = write_share
        self._read_scale = 1 / (1 - write_share) if write_share < 1 else 0.0
        self._next = first
        self.first = first
        self.step = step
        self.shares = {f: x for f, x in (("write", write_share), ("read", 1 - write_share)) if x > 0}
        self.acknowledged: list[int] = []

    def begin(self, choice: float) -> tuple[str, Any]:
        """Return a write of a new element, or a read of one among the last hundred acknowledged."""
        if choice < self._write_share:
            value = self._next
            self._next = value + self.step
            return "write", value
        acknowledged = self.acknowledged
        if not acknowledged:
            return "read", self.first
        recent = min(len(acknowledged), RECENT)
        back = int((choice - self._write_share) * self._read_scale * recent)
        return "read", acknowledged[-1 - min(back, recent - 1)]

    def succeed(self, f: str, value: Any, result: Any) -> Any:
        """Remember an acknowledged element; return ``[element, there]`` for a read."""
        if f == "write":
            self.acknowledged.append(value)
            return value
        return [value, result] if isinstance(result, bool) else result

    def mine(self, element: Any) -> bool:
        """Tell whether an element is one that this client may have written."""
        return isinstance(element, int) and (element - self.first) % self.step == 0


class WebWorkload:
    """Requests that change nothing."""

    __slots__ = ("shares",)

    def __init__(self) -> None:
        self.shares = {"request": 1.0}

    def begin(self, choice: float) -> tuple[str, Any]:  # noqa: ARG002 - part of the protocol
        """Return a request."""
        return "request", None

    def succeed(self, f: str, value: Any, result: Any) -> Any:  # noqa: ARG002 - part of the protocol
        """Return what the server sent."""
        return result

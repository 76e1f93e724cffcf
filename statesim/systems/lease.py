"""A leader lease in a consensus store: its renewals are known from their phase and cost no events.

While the holder's loop runs it renews at a fixed period. When the holder stops (it died, froze, or lost the
store) the expiry is the last renewal + ttl, plus up to half a second until the store's scan sees it
(etcd lessor: expired leases are looked for every 500 ms; recordings of a real cluster).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.clock import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from statesim.kernel.clock import Clock, Timer

SCAN_US = SECOND // 2


class Lease:
    """The leader key.

    Attributes
    ----------
    holder
        Who has it, ``None`` = nobody.
    term
        Counts its changes of hands.
    """

    __slots__ = (
        "_clock",
        "_expired",
        "_expiry",
        "_loop",
        "_renewed",
        "_renewing",
        "_rng",
        "_since",
        "_ttl",
        "holder",
        "term",
    )

    def __init__(
        self, clock: Clock, rng: Random, ttl_us: int, loop_us: int, expired: Callable[[str, int], None]
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._ttl = ttl_us
        self._loop = loop_us
        self._expired = expired
        self._expiry: Timer | None = None
        self._since = 0
        self._renewed = 0
        self._renewing = False
        self.holder: str | None = None
        self.term = 0

    def acquire(self, holder: str) -> int:
        """Give the free lease to a holder, which renews it from now on; return the new term."""
        self._cancel()
        self.holder = holder
        self.term += 1
        self.renew()
        return self.term

    def renew(self) -> None:
        """Let the holder's loop run from now on."""
        self._cancel()
        self._since = self._clock.now
        self._renewing = True

    def last_renewal(self) -> int:
        """Return when the holder last renewed it (µs)."""
        if not self._renewing:
            return self._renewed
        return self._since + (self._clock.now - self._since) // self._loop * self._loop

    def next_loop(self) -> int:
        """Return when the holder's loop runs next (µs)."""
        return self.last_renewal() + self._loop

    def stop(self) -> None:
        """Stop the renewals: the lease runs out a ttl after the last one."""
        if not self._renewing:
            return
        self._renewed = self.last_renewal()
        self._renewing = False
        due = self._renewed + self._ttl + round(self._rng.random() * SCAN_US)
        self._expiry = self._clock.at(max(due, self._clock.now), self._expire)

    def release(self) -> None:
        """Give the lease up at once."""
        self._cancel()
        self.holder = None
        self._renewing = False

    def _expire(self) -> None:
        holder = self.holder
        self.holder = None
        self._expiry = None
        if holder is not None:
            self._expired(holder, self._renewed)

    def _cancel(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

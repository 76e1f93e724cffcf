"""A lease in a consensus store: one holder, a time to live, an event when it runs out.

While the holder renews it at a known phase, the time of the last renewal follows from the clock and nothing
happens. When renewals stop, the expiry is armed; etcd looks for expired leases twice a second (etcd
server/lease/lessor.go), so it comes up to half a second late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.spans import MILLISECOND

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from statesim.kernel.clock import Clock, Timer

EXPIRY_SCAN_US = 500 * MILLISECOND


class Lease:
    """A key that vanishes when it is not renewed.

    Attributes
    ----------
    holder
        Who has it; ``None`` = nobody.
    term
        Counts the acquisitions.
    renewing
        Whether the holder renews it at its phase, as far as the store sees.
    released_us
        When it was given up last.
    """

    __slots__ = (
        "_clock",
        "_expired",
        "_period_us",
        "_phase_us",
        "_renewed_us",
        "_rng",
        "_timer",
        "_ttl_us",
        "holder",
        "released_us",
        "renewing",
        "term",
    )

    def __init__(
        self,
        clock: Clock,
        rng: Random,
        ttl_us: int,
        period_us: int,
        expired: Callable[[str, int], None],
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._ttl_us = ttl_us
        self._period_us = period_us
        self._expired = expired
        self._phase_us = 0
        self._renewed_us = 0
        self._timer: Timer | None = None
        self.holder: str | None = None
        self.term = 0
        self.renewing = False
        self.released_us = 0

    def last_renewal(self) -> int:
        """Return when it was renewed last (µs)."""
        if not self.renewing:
            return self._renewed_us
        ticks = (self._clock.now - self._phase_us) // self._period_us
        return max(self._renewed_us, self._phase_us + ticks * self._period_us)

    def acquire(self, holder: str, phase_us: int) -> bool:
        """Take it if nobody has it: a compare-and-set in the store."""
        if self.holder is not None:
            return False
        self.holder = holder
        self.term += 1
        self.renew(phase_us)
        return True

    def renew(self, phase_us: int) -> None:
        """Renew it now, and from now on at every `phase_us` plus whole periods."""
        self._disarm()
        self._renewed_us = self._clock.now
        self._phase_us = phase_us
        self.renewing = True

    def fall_silent(self) -> None:
        """Let no renewal get through from now on; it expires unless `renew` is called in time."""
        if not self.renewing:
            return
        self._renewed_us = self.last_renewal()
        self.renewing = False
        late = round(self._rng.random() * EXPIRY_SCAN_US)
        due = max(self._clock.now, self._renewed_us + self._ttl_us + late)
        self._timer = self._clock.at(due, self._expire)

    def release(self) -> None:
        """Give it up: the key is deleted."""
        self._disarm()
        self.holder = None
        self.renewing = False
        self.released_us = self._clock.now

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._timer = None
        holder, self.holder = self.holder, None
        if holder is not None:
            self._expired(holder, self._renewed_us)

"""Who of several copies of a program acts: the leader election that Kubernetes' own control plane uses.

Source: client-go tools/leaderelection/leaderelection.go: tryAcquireOrRenew, renew, release; defaults of
component-base config: a lease of 15 s, renewed every 2 s, given up by its holder after 10 s without success.
No candidate compares clocks: it takes over when it has *seen* the same record for the whole lease by its own.
It guards no resource: a leader that stood still may still act when it wakes up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from statesim.kernel.clock import Band
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from statesim.kernel.clock import Clock

LEASE_US = 15 * SECOND
RENEW_DEADLINE_US = 10 * SECOND
RETRY_US = 2 * SECOND
# a candidate's pauses are the retry period and up to this many times more of it (JitterFactor)
JITTER = 1.2
# what a leader that gives up in order leaves as the lease (release)
RELEASED_LEASE_US = 1 * SECOND


@dataclass(frozen=True, slots=True)
class Record:
    """A leader lock as it is stored (coordination.k8s.io Lease); holder "" = given up."""

    holder: str
    lease_us: int = LEASE_US
    acquired_us: int = 0
    renewed_us: int = 0
    transitions: int = 0


class Lock:
    """The record behind a compare-and-set: a write over another version of it is refused."""

    __slots__ = ("record",)

    def __init__(self, record: Record | None = None) -> None:
        self.record = record

    def write(self, seen: Record | None, new: Record) -> bool:
        """Replace the record, if it is still the one that was seen."""
        if self.record != seen:
            return False
        self.record = new
        return True


class Elector:
    """One candidate, and what it has seen of the lock.

    Attributes
    ----------
    observed, observed_us
        The record as it last saw it change, and when that was by its own clock.
    """

    __slots__ = ("_lock", "identity", "lease_us", "observed", "observed_us")

    def __init__(self, identity: str, lock: Lock, lease_us: int = LEASE_US) -> None:
        self.identity = identity
        self.lease_us = lease_us
        self.observed: Record | None = None
        self.observed_us = 0
        self._lock = lock

    @property
    def leads(self) -> bool:
        """Tell whether it holds the lock, as far as it has seen."""
        return self.observed is not None and self.observed.holder == self.identity

    def attempt(self, now: int) -> bool:
        """Try to acquire the lock, or to renew it; tell whether it leads (tryAcquireOrRenew)."""
        record = self._lock.record
        if record is None:
            return self._put(None, Record(self.identity, self.lease_us, now, now), now)
        if record != self.observed:
            self.observed, self.observed_us = record, now
        mine = record.holder == self.identity
        if record.holder and not mine and self.observed_us + record.lease_us > now:
            return False
        if mine:
            return self._put(record, replace(record, renewed_us=now, lease_us=self.lease_us), now)
        new = Record(self.identity, self.lease_us, now, now, record.transitions + 1)
        return self._put(record, new, now)

    def release(self, now: int) -> bool:
        """Give the lock up in order, so that another may take it at its next attempt (ReleaseOnCancel)."""
        if not self.leads or self.observed is None:
            return False
        left = Record("", RELEASED_LEASE_US, now, now, self.observed.transitions)
        return self._put(self._lock.record, left, now)

    def overdue(self, now: int) -> bool:
        """Tell whether it has failed to renew for so long that it must stop acting (RenewDeadline)."""
        return self.leads and now >= self.observed_us + RENEW_DEADLINE_US

    def _put(self, seen: Record | None, new: Record, now: int) -> bool:
        if not self._lock.write(seen, new):
            return False
        self.observed, self.observed_us = new, now
        return True


def pause_us(rng: Random) -> int:
    """Return how long a candidate waits for its next attempt (wait.JitterUntil)."""
    return RETRY_US + round(rng.random() * JITTER * RETRY_US)


class Failover:
    """A leader has died: a standby tries until it may take over.

    Until then nothing of the election was worth an event. Where in their periods the leader's renewals and
    the standby's attempts are when it dies is left to chance.
    """

    __slots__ = ("_clock", "_elected", "_rng", "_standby")

    def __init__(
        self, clock: Clock, rng: Random, leader: str, standby: str, elected: Callable[[Record], None]
    ) -> None:
        self._clock = clock
        self._rng = rng
        self._elected = elected
        now = clock.now
        renewed = max(0, now - round(rng.random() * RETRY_US))
        looked = max(0, now - round(rng.random() * RETRY_US))
        lock = Lock(Record(leader, LEASE_US, 0, renewed))
        self._standby = Elector(standby, lock)
        if looked >= renewed:
            self._standby.attempt(looked)
        clock.after(max(0, looked + pause_us(rng) - now), self._try, band=Band.CONTROL)

    def _try(self) -> None:
        standby = self._standby
        if standby.attempt(self._clock.now) and standby.observed is not None:
            self._elected(standby.observed)
        else:
            self._clock.after(pause_us(self._rng), self._try, band=Band.CONTROL)

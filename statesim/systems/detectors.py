"""Failure detectors: from when somebody is silent to when that counts, by arithmetic alone.

No detector knows whether somebody is dead; each says how long a silence is borne. While all are heard
nothing stands in a `Silences` and nothing is due: a driver notes a silence when it begins (a program ended, a
path was cut), sets one timer for `Silence.due_us`, and asks `lasts` when that fires.

* a lease that must be renewed: `lease.Lease`
* a timeout, with a suspicion before it: `Heartbeat` (Group Replication, RethinkDB)
* a timeout on which a group agrees: `agreed_us` (Galera)
* a silence measured by the rhythm of what was heard before: `PhiAccrual` (Cassandra)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import log
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

K = TypeVar("K", bound="Hashable")


class Silence(NamedTuple):
    """Since when somebody is not heard, and after how long that counts (µs)."""

    since_us: int
    patience_us: int

    @property
    def due_us(self) -> int:
        """Return when it counts."""
        return self.since_us + self.patience_us


class Silences(Generic[K]):
    """Who is not heard; of those who are, nothing stands here.

    A key is whatever is silent: a member, or a pair of members that a cut parts.
    """

    __slots__ = ("_of",)

    def __init__(self) -> None:
        self._of: dict[K, Silence] = {}

    def begin(self, who: K, now: int, patience_us: int) -> Silence | None:
        """Note that somebody has just fallen silent; ``None`` if an earlier silence counts no later."""
        before = self._of.get(who)
        if before is not None and before.due_us <= now + patience_us:
            return None
        silence = self._of[who] = Silence(now, patience_us)
        return silence

    def end(self, who: K) -> bool:
        """Note that somebody is heard again; tell whether it was silent."""
        return self._of.pop(who, None) is not None

    def get(self, who: K) -> Silence | None:
        """Return somebody's silence; ``None`` = it is heard."""
        return self._of.get(who)

    def lasts(self, who: K, silence: Silence) -> bool:
        """Tell whether somebody has not been heard since a silence began."""
        return self._of.get(who) is silence


class Standing(StrEnum):
    """What the others think of a member."""

    HEARD = "heard"
    SUSPECTED = "suspected"
    EXPELLED = "expelled"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A timeout with a suspicion before it.

    Group Replication suspects a member after five seconds and expels it when
    ``group_replication_member_expel_timeout`` has passed since then (MySQL manual, "Responses to Failure
    Detection and Network Partitioning"); a RethinkDB server is given up in one step, after its heartbeat
    timeout.

    Attributes
    ----------
    suspect_us
        The silence after which a member is suspected.
    expel_us
        How long a suspicion lasts before it counts.
    check_us
        How often suspicions are looked at: it counts up to that much later. 0 = at once.
    """

    suspect_us: int
    expel_us: int = 0
    check_us: int = 0

    def suspected_us(self, since_us: int) -> int:
        """Return when a member is suspected that has been silent since an instant."""
        return since_us + self.suspect_us

    def expelled_us(self, since_us: int, phase_us: int = 0) -> int:
        """Return when it is expelled: at the next look, and one was at `phase_us`."""
        due = self.suspected_us(since_us) + self.expel_us
        if not self.check_us:
            return due
        return due + (phase_us - due) % self.check_us

    def silence(self, since_us: int, phase_us: int = 0) -> Silence:
        """Return the silence that counts when the member is expelled."""
        return Silence(since_us, self.expelled_us(since_us, phase_us) - since_us)

    def standing(self, since_us: int, now: int, phase_us: int = 0) -> Standing:
        """Return what is thought of a member that has been silent since an instant."""
        if now >= self.expelled_us(since_us, phase_us):
            return Standing.EXPELLED
        return Standing.SUSPECTED if now >= self.suspected_us(since_us) else Standing.HEARD


def agreed_us(silences: Iterable[Silence], limit_us: int) -> int:
    """Return when a group goes on without its silent members, of which there are some.

    All of them must be suspected, so that the latest counts; but `limit_us` after the first fell silent the
    wait is over (Galera docs, ``evs.suspect_timeout`` and ``evs.inactive_timeout``).
    """
    every = tuple(silences)
    latest = max(silence.due_us for silence in every)
    return min(latest, min(silence.since_us for silence in every) + limit_us)


@dataclass(frozen=True, slots=True)
class PhiAccrual:
    """A silence measured by the mean interval between heartbeats (Hayashibara et al. 2004).

    Cassandra takes the intervals to be exponentially distributed, so that phi, the negative decimal logarithm
    of the chance that a heartbeat comes later still, is the silence over the mean interval and ln 10
    (``gms/FailureDetector.java``: ``ArrivalWindow.phi``, ``PHI_FACTOR``, ``interpret``).

    Attributes
    ----------
    threshold
        The phi above which somebody is convicted.
    interval_us
        The mean interval between heartbeats.
    """

    threshold: float
    interval_us: int

    def phi(self, silence_us: int) -> float:
        """Return how suspicious a silence is."""
        return silence_us / (self.interval_us * log(10))

    @property
    def patience_us(self) -> int:
        """Return the silence that convicts."""
        return round(self.threshold * log(10) * self.interval_us)

"""Letting a client's calls pass as a whole while nothing changes: ``recording: flow``.

Arrivals are a Poisson process: how many callers come in an interval is one draw, and when the next one comes
after it does not depend on them (Ross, "Introduction to Probability Models", 12th edition, 5.3). And a
simulation knows the future: nothing can change before the next call on its calendar. So a client whose calls
are all answered, or all in vain, rests until shortly before that: its callers are counted by one draw, what
they wrote is one write that stands for as many, and then it calls one by one again. What befalls the servers
next therefore finds the same calls under way, the same tail of a log and the same sessions as in a run that
records all.

How long before: at least `BEFORE_US`, five calls of each kind, and twice as long as the system may forget
what it has acknowledged, so that a write that stands for many is not half lost. Where calls are in vain, as
long as one of them and an attempt to connect take, so that the change finds some at every stage of both.
"""

from __future__ import annotations

from math import cos, exp, log, pi, sqrt
from typing import TYPE_CHECKING, NamedTuple

from statesim.clients.pool import Pool
from statesim.clients.tally import OK
from statesim.clients.thinning import cycle_us, spread_us2
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from statesim.clients.client import Client
    from statesim.clients.session import Session
    from statesim.clients.tally import Count, Tally
    from statesim.clients.thinning import Thinning
    from statesim.kernel.trace import TraceEvent

BEFORE_US = 2 * SECOND
CALLS_BEFORE = 5
SHORTEST_US = SECOND
SEEN_US = 90 * SECOND  # how long calls in vain are counted before their number is extrapolated
SEEN = 20  # answers from servers that are not known one by one, and failures
FEW = 30.0
# that something goes on as it was changes nothing
COMPLAINTS = ("FailedMount", "FailedAttachVolume", "FailedScheduling", "BackOff", "MultiAttach")


class Regime(NamedTuple):
    """What becomes of the calls of one kind while nothing changes.

    Attributes
    ----------
    took_us
        How long one takes.
    in_vain
        How many end how in a microsecond, of all sessions together; ``None`` = they are answered.
    """

    took_us: float
    in_vain: dict[str, float] | None = None


def draw(rng: Random, mean: float, variance: float) -> int:
    """Return a whole number with about this mean and variance: a Poisson variable where it is small.

    Larger ones are normal (Box and Muller, 1958), which a Poisson variable of mean 30 nearly is.
    """
    if mean < FEW:
        limit, product, count = exp(-mean), rng.random(), 0
        while product > limit:
            product *= rng.random()
            count += 1
        return count
    normal = sqrt(-2 * log(1 - rng.random())) * cos(2 * pi * rng.random())
    return max(0, round(mean + sqrt(variance) * normal))


def regime(count: Count, *, answering: bool, answer_us: float, steady_us: int) -> Regime | None:
    """Return what becomes of the calls of one kind, if that is clear.

    Parameters
    ----------
    count
        With what was counted since the latest change.
    answering
        Every server that they go to is known to answer, and to have answered after what failed; nobody waits
        for one.
    answer_us
        How long an answer takes.
    steady_us
        For how long calls that end have been counted as `Count.steady`; 0 = they are of no use.
    """
    good = count.since[OK]
    bad = sum(count.since.values()) - good
    if answering and good:
        return Regime(answer_us)
    if steady_us >= SEEN_US and bad >= SEEN and not good:
        return Regime(
            count.took_us / bad, {outcome: each / steady_us for outcome, each in count.steady.items() if each}
        )
    return None


class Calm:
    """When a client rests, and what its callers have done meanwhile.

    Parameters
    ----------
    beside
        The classes whose timers are callers' own: what they do changes nothing for others.
    rests
        It may rest at all: not where data will be restored as they were at some instant, since what was
        written in a rest is one record.
    """

    __slots__ = (
        "_beside",
        "_client",
        "_due_us",
        "_regimes",
        "_rests",
        "_rng",
        "_since_us",
        "_tally",
        "_thin",
    )

    def __init__(
        self,
        client: Client,
        tally: Tally,
        thin: Thinning,
        rng: Random,
        beside: tuple[type, ...],
        *,
        rests: bool,
    ) -> None:
        self._client = client
        self._tally = tally
        self._thin = thin
        self._rng = rng
        self._beside = beside
        self._rests = rests
        self._due_us = 0
        self._since_us = 0
        self._regimes: dict[str, Regime] = {}
        tally.settled = self.tell
        client.trace.listen(self._heard)
        client.vantage.topology.listen(self._changed)

    def begin(self) -> None:
        """Hear that callers come from now on."""
        self._since_us = self._client.clock.now
        if self._rests:
            self._client.clock.after(SHORTEST_US, self._look)

    def _heard(self, event: TraceEvent) -> None:
        if not event.object.startswith("Client/") and event.event not in COMPLAINTS:
            self._tally.changed(event.t_us)

    def _changed(self) -> None:
        self._tally.changed(self._client.clock.now)

    # -- resting ---------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Rest, if everything is clear and the next change is far away."""
        clock = self._client.clock
        clock.cause = None
        now, due = clock.now, self._next()
        if due is None:
            return
        if due - now < BEFORE_US + SHORTEST_US:
            clock.at(max(due, now) + SHORTEST_US, self._look)
        elif not self._settled():
            clock.after(SHORTEST_US, self._look)
        elif (wake_us := due - self._before_us()) - now < SHORTEST_US:
            clock.at(due + SHORTEST_US, self._look)
        else:
            self._due_us = due
            self._rest(wake_us)

    def _next(self) -> int | None:
        """Return when something may change: the next call of others, or what a client remembers ends."""
        due = self._client.clock.next_due(self._beside)
        return None if due is None else min(due, self._client.resolver.remembers_until(due))

    def _before_us(self) -> int:
        """Return how long before a change calls are made one by one again."""
        client = self._client
        in_vain = [round(told.took_us) for told in self._regimes.values() if told.in_vain is not None]
        if in_vain:
            cycles = (link.cycle_us for session in client.sessions for link in session.links.values())
            return BEFORE_US + max(*in_vain, *cycles)
        rate = self._thin.simulated_rate(client.rate)
        rarest = rate * min(client.workload.shares.values())
        calls = round(CALLS_BEFORE * SECOND / rarest) if rarest else 0
        system = client.system
        forgets = 0 if system is None else getattr(system.parameters, "horizon_us", 0)
        return max(BEFORE_US, calls, 2 * forgets)

    def _in_vain_us(self) -> int:
        """Return for how long calls in vain have been counted that tell how those to come end; 0 = not yet.

        Every session has ended a call since the latest change, and none waits since before the count began.
        Whoever keeps names for a time asks anew when they end, which nobody does who rests.
        """
        client, changed_us, begun_us = self._client, self._tally.changed_us, self._tally.steady_us
        for session in client.sessions:
            operation = session.operation
            if session.ended_us < changed_us or (operation and operation.invoked_us < begun_us):
                return 0
        return 0 if client.resolver.forgets else client.clock.now - begun_us

    def _settled(self) -> bool:
        """Find out what becomes of every kind of call now."""
        client, now = self._client, self._client.clock.now
        found: dict[str, Regime] = {}
        for f in client.workload.shares if client.rate else ():
            count, out = self._tally.counts[f], client.watches[f].out
            told = regime(
                count,
                answering=not out and not client.stuck(f, now) and self._answers(f, count),
                answer_us=client.answer_us,
                steady_us=self._in_vain_us() if out else 0,
            )
            if told is None:
                return False
            found[f] = told
        self._regimes = found
        return True

    def _answers(self, f: str, count: Count) -> bool:
        """Tell whether every server that calls go to is there, and has answered since the latest change.

        What failed since then, because a proxy heard later of the change, or a session met it late, is over
        when they have answered after it. Where servers are not known one by one, nothing may have failed.
        """
        good = count.since[OK] if sum(count.since.values()) == count.since[OK] else 0
        since_us = max(self._tally.changed_us, count.failed_us)
        answered: dict[int, bool] = {}
        for session in self._client.sessions:
            link = session.links[f]
            if isinstance(link, Pool):
                return good >= SEEN and link.all_carry()
            if self._client.short:
                return good >= SEEN
            connection = link.connection
            if connection is None or not connection.carries():
                return False
            key = id(connection.process)
            answered[key] = answered.get(key, False) or link.answered_us >= since_us
        return all(answered.values())

    def _rest(self, wake_us: int) -> None:
        client = self._client
        self.tell()
        client.resting = True
        for f, told in self._regimes.items():
            if told.in_vain is None:
                client.watches[f].pause()
        for session in client.sessions:
            session.rest()
        client.clock.at(wake_us, self._wake)

    # -- waking ----------------------------------------------------------------------------------------

    def _wake(self) -> None:
        client = self._client
        now = client.clock.now
        client.clock.cause = None
        client.resting = False
        for group in self._groups():
            self._count(group, now)
        for session in client.sessions:
            session.resume()
        for f, told in self._regimes.items():
            if told.in_vain is None:
                client.watches[f].resume(now)
        if not self._tally.blocks:
            self.tell()
        client.clock.at(self._due_us + SHORTEST_US, self._look)

    def _groups(self) -> Iterable[Sequence[Session]]:
        """Return the sessions that rest, in groups that talk to the same servers."""
        groups: dict[tuple[int, ...], list[Session]] = {}
        for session in self._client.sessions:
            if session.rested_us is not None:
                key = tuple(id(server) for server in session.servers())
                groups.setdefault(key, []).append(session)
        return groups.values()

    def _count(self, group: Sequence[Session], now: int) -> None:
        """Count what a group's callers have done: a draw for each kind of call that is answered."""
        client, first = self._client, self._client.sessions[0].process
        mean = self._thin.mean_us(client.rate)
        if mean is None:
            return
        time_us = sum(
            (now - (session.rested_us or now)) * self._thin.stands_for(session.process - first)
            for session in group
        )
        shares = client.workload.shares
        took = sum(shares[f] * told.took_us for f, told in self._regimes.items())
        calls = time_us / cycle_us(took, mean)
        variance = time_us * spread_us2(took, mean) / cycle_us(took, mean) ** 3
        for f, told in self._regimes.items():
            if told.in_vain is not None:
                self._fail(f, told.in_vain, time_us / self._thin.sessions)
                continue
            share = shares[f]
            number = draw(self._rng, share * calls, share**2 * variance + share * (1 - share) * calls)
            self._succeed(f, number, group[0])

    def _fail(self, f: str, in_vain: dict[str, float], time_us: float) -> None:
        """Count calls in vain at the pace that was seen: how often sessions call depends on their waits."""
        count = self._tally.counts[f]
        for outcome, each in in_vain.items():
            count.total[outcome] += each * time_us
            count.steady[outcome] += each * time_us  # so that the pace stays what it was

    def _succeed(self, f: str, number: int, session: Session) -> None:
        if f == "write" and number:
            _, element = session.caller.begin(0.0)  # writes come first
            self._tally.blocks[element] = number
            session.write(element)
        else:
            self._tally.counts[f].total[OK] += number

    # -- telling ---------------------------------------------------------------------------------------

    def tell(self) -> None:
        """Write to the trace what was counted since the last time."""
        client, now = self._client, self._client.clock.now
        if not client.opened:
            return
        since = self._since_us / SECOND
        self._since_us = now
        for f, count in self._tally.counts.items():
            new = {outcome: number or None for outcome, number in count.untold().items()}
            first = count.first_ok_us if new[OK] and count.told[OK] == new[OK] else None
            first_s = None if first is None else first / SECOND
            client.record("Traffic", f=f, since_s=since, **new, first_ok_s=first_s)

"""What a client has counted that keeps no history: how many calls of each kind ended how, and which elements.

It takes the rows that would go into the history. What is counted since the latest change of the world says
whether the client has come to rest: `calm` asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.kernel.spans import SECOND
from statesim.systems.statements import ABORTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

STEADY_US = 30 * SECOND  # until waits have grown as long as they get, and answers of a DNS are forgotten
OK, FAIL, INFO, ABORT = "ok", "failed", "unknown", "aborted"
OUTCOMES = (OK, FAIL, INFO, ABORT)


class Count:
    """The calls of one kind, by outcome.

    Attributes
    ----------
    total
        How many ended how, since the start of the run.
    told
        How many of these the trace has been told of.
    since
        The same, of calls that began and ended after the latest change.
    took_us
        How long those of `since` took that were not answered ``ok``, together.
    steady
        How many calls ended how since things have been steady: `STEADY_US` after the latest change, and after
        the last call that began before it has ended.
    failed_us
        When the last one ended that was not answered ``ok``; 0 = there was none.
    first_ok_us
        When the first success was.
    """

    __slots__ = ("failed_us", "first_ok_us", "since", "steady", "told", "took_us", "total")

    def __init__(self) -> None:
        self.total = dict.fromkeys(OUTCOMES, 0.0)
        self.told = dict.fromkeys(OUTCOMES, 0)
        self.since = dict.fromkeys(OUTCOMES, 0)
        self.steady = dict.fromkeys(OUTCOMES, 0.0)
        self.took_us = 0
        self.failed_us = 0
        self.first_ok_us: int | None = None

    def untold(self) -> dict[str, int]:
        """Return how many calls ended how that the trace has not been told of, and note that it is now."""
        now = {outcome: round(count) for outcome, count in self.total.items()}
        new = {outcome: count - self.told[outcome] for outcome, count in now.items()}
        self.told = now
        return new

    def changed(self) -> None:
        """Forget what was before a change."""
        self.since = dict.fromkeys(OUTCOMES, 0)
        self.took_us = 0


class Tally:
    """The counts of one client; stands where the rows of a history do.

    Parameters
    ----------
    kinds
        The operations there are.
    weight
        For how many calls one stands.

    Attributes
    ----------
    blocks
        Elements that stand for many writes, and for how many.
    changed_us
        When something changed last.
    steady_us
        From when on calls are counted as steady.
    settled
        Called when the last of `blocks` was written, or was not.
    acknowledged
        When each element's write was acknowledged (µs), and for how many writes it stands.
    """

    __slots__ = (
        "_begun",
        "_weight",
        "acknowledged",
        "blocks",
        "changed_us",
        "counts",
        "settled",
        "steady_us",
    )

    def __init__(self, kinds: Iterable[str], weight: float) -> None:
        self._weight = weight
        self._begun: dict[Any, tuple[int, str]] = {}
        self.changed_us = 0
        self.steady_us = STEADY_US
        self.counts = {f: Count() for f in kinds}
        self.blocks: dict[Any, int] = {}
        self.settled: Callable[[], None] | None = None
        self.acknowledged: dict[Any, tuple[int, float]] = {}

    def append(self, row: tuple[Any, ...]) -> None:
        """Take a row as `history.History` has them."""
        t, process, _, type_, f, value, error = row
        if type_ == "invoke":
            self._begun[process] = (t, f)
            return
        begun = self._begun.pop(process, (t, f))[0]
        block = self.blocks.pop(value, None) if f == "write" else None
        weight = self._weight if block is None else block
        outcome = _outcome(type_, error)
        count = self.counts[f]
        count.total[outcome] += weight
        if begun < self.changed_us:
            self._begin_steady(t)
        else:
            count.since[outcome] += 1
            count.took_us += 0 if outcome == OK else t - begun
            if t >= self.steady_us:
                count.steady[outcome] += weight
        if outcome != OK:
            count.failed_us = t
        else:
            if count.first_ok_us is None:
                count.first_ok_us = t
            if f == "write":
                self.acknowledged[value] = (t, weight)
        if block is not None and not self.blocks and self.settled is not None:
            self.settled()

    def changed(self, now: int) -> None:
        """Hear that something has changed in the world."""
        if self.changed_us != now:
            self.changed_us = now
            for count in self.counts.values():
                count.changed()
            self._begin_steady(now)

    def _begin_steady(self, now: int) -> None:
        """Count anew what is steady: after a change, and after a call has ended that began before it."""
        self.steady_us = now + STEADY_US
        for count in self.counts.values():
            count.steady = dict.fromkeys(OUTCOMES, 0.0)

    def close(self) -> None:
        """End the run: what is under way was never answered."""
        for _, f in self._begun.values():
            self.counts[f].total[INFO] += self._weight
        self._begun.clear()

    def lost(self, survived: Sequence[Any]) -> list[tuple[int, float]]:
        """Return when each lost element was acknowledged (µs), and for how many it stands, in order."""
        there = set(survived)
        return sorted(told for element, told in self.acknowledged.items() if element not in there)


def _outcome(type_: str, error: str) -> str:
    if type_ == "ok":
        return OK
    if type_ == "info":
        return INFO
    return ABORT if error.startswith(ABORTED) else FAIL

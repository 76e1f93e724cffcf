"""Two pieces of work in turns, and how much processor time one takes for each second of the other.

A machine that is shared is now fast, now slow, and so a number of seconds says nothing. What it says of two
pieces that take turns, round by round, it says of both: the median of the rounds' ratios is what counts.
"""

from __future__ import annotations

import gc
import resource
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def processor_s() -> float:
    """Return the processor time of this process and of the children that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def cost_of(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what `work` returns, and the processor time that it took."""
    gc.collect()
    begun = processor_s()
    made = work()
    return made, processor_s() - begun


@dataclass
class Row:
    """One line of the table at the end: a benchmark, what it shall keep, and what it has kept."""

    name: str
    bound: str
    measured: str
    kept: bool


@dataclass
class Race:
    """What has been measured of two pieces of work.

    Attributes
    ----------
    one, other
        What the two returned last: their exact counts.
    timed
        Whether this run measures at all; where it does not, each side has run once and `holds` asks nothing.
    """

    name: str
    table: list[Row]
    timed: bool
    one: Any = None
    other: Any = None
    costs: list[tuple[float, float]] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Return the median cost of the one per second of the other."""
        return median(one / other for one, other in self.costs)

    @property
    def seconds(self) -> tuple[float, float]:
        """Return the median processor time of each."""
        return median(one for one, _ in self.costs), median(other for _, other in self.costs)

    def holds(
        self,
        what: str,
        value: Callable[[Race], float],
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        missed: float | None = None,
        closer: float | None = None,
    ) -> None:
        """Ask that a value made of the race keeps a bound, and write it into the table.

        Parameters
        ----------
        what
            Which value: two rows of one benchmark need two names.
        missed
            What the value keeps for sure where it is known to miss the bound: asked instead of it, so that
            it becomes no worse. The table then shows both.
        closer
            What it keeps for sure where it is far within the bound: asked as well, so that twice the cost is
            noticed.
        """
        if not self.timed:
            return
        measured = value(self)
        bound, sign = (at_least, ">=") if at_least is not None else (at_most, "<=")
        assert bound is not None, "a row has a bound"
        asked = next(limit for limit in (missed, closer, bound) if limit is not None)

        def keeps(limit: float) -> bool:
            return measured >= limit if sign == ">=" else measured <= limit

        self.table.append(Row(f"{self.name}: {what}", f"{sign} {bound:g}", f"{measured:.3g}", keeps(bound)))
        assert keeps(asked), f"{what} is {measured:.3g}, and shall be {sign} {asked:g}"

"""Shrinks a fault plan to what is needed: the fewest faults, the earliest and simplest, the shortest run.

`ddmin` takes away what is not needed, `simpler_plans` names what would be simpler than what is left,
`earliest` finds when it can begin, and they go on until none changes anything. So no fault of the result can
be taken away, none shows it a second earlier, and nothing that was tried is simpler.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from statesim.experiment.ddmin import ddmin
from statesim.experiment.earliest import earliest
from statesim.experiment.executors import in_order, spread
from statesim.experiment.simpler_plans import (
    all_moved,
    durations,
    fewer_targets,
    fewer_words,
    moved,
    shorter,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor

    from statesim.experiment.search_plans import Plan
    from statesim.experiment.search_runs import Tried
    from statesim.experiment.search_town import OwnTown

    Test = Callable[[Plan], Tried]
    Candidates = Callable[[Plan, int], Iterable[Plan]]
    Moved = Callable[[Plan, int, int], Plan]

MOST_RUNS = 400


class Exhausted(Exception):  # noqa: N818 - no error: as many runs as were granted
    """All runs that were granted are used up."""


@dataclass
class Oracle:
    """Runs plans and remembers what they showed.

    A plan counts, and is remembered, when its turn comes; those that were run ahead in vain are forgotten.
    So what is found, and in how many runs, does not depend on how many run at a time.

    Attributes
    ----------
    test
        Runs a plan; another process can.
    best
        What shows it, and has been made from what showed it: the smallest so far.
    most
        How many runs are granted.
    told
        Called after each run.
    """

    test: Test
    best: Tried
    executor: Executor | None = None
    most: int = MOST_RUNS
    told: Callable[[Oracle], None] | None = None
    known: dict[str, Tried] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """Return how many plans were run."""
        return len(self.known)

    def first(
        self, plans: Iterable[Plan], accepts: Callable[[Tried], bool] = lambda tried: tried.holds
    ) -> Plan | None:
        """Return the first plan whose run is accepted, which then is the best; ``None`` if none is.

        Raises
        ------
        Exhausted
            If it takes more runs than are granted.
        """
        order = list({plan.key: plan for plan in plans}.values())
        for end, plan in enumerate(order):
            if plan.key in self.known and accepts(self.known[plan.key]):
                order = order[: end + 1]
                break
        left = self.most - self.runs
        new = [plan for plan in order if plan.key not in self.known]
        results = in_order(spread(self.test, new[:left], executor=self.executor))
        for plan in order:
            if plan.key not in self.known:
                if self.runs >= self.most:
                    raise Exhausted
                self.known[plan.key] = next(results)
                if self.told is not None:
                    self.told(self)
            tried = self.known[plan.key]
            if accepts(tried):
                self.best = tried
                return plan
        return None

    def shows(self, plan: Plan) -> bool:
        """Tell whether a plan shows it, whatever is best."""
        best = self.best
        found = self.first([plan]) is not None
        self.best = best
        return found


@dataclass(frozen=True, slots=True)
class Shrunk:
    """What was left of a plan.

    Attributes
    ----------
    tried
        The smallest plan, and what its run shows.
    minimal
        Whether it is known that each of its faults is needed; else the granted runs were used up before.
    runs
        How many plans were run for it.
    """

    tried: Tried
    minimal: bool
    runs: int


def shrink(oracle: Oracle, town: OwnTown, begin_s: int) -> Shrunk:
    """Return the smallest plan that shows what the oracle's best one does.

    Parameters
    ----------
    begin_s
        No fault is moved before this second.
    """
    try:
        plan = _fewest(oracle, oracle.best.plan)
        while True:
            before = plan
            plan = _simplest(oracle, plan, town, begin_s)
            plan = _fewest(oracle, plan)
            if plan == before:
                plan = _shortest(oracle, plan)
            if plan == before:
                return Shrunk(oracle.best, minimal=True, runs=oracle.runs)
    except Exhausted:
        return Shrunk(oracle.best, minimal=False, runs=oracle.runs)


def _fewest(oracle: Oracle, plan: Plan) -> Plan:
    """Return the plan with no more faults than are needed."""

    def first(parts: Iterable[tuple[int, ...]]) -> tuple[int, ...] | None:
        made = {plan.with_rows(plan.rows[i] for i in part): part for part in parts}
        found = oracle.first(made)
        return None if found is None else made[found]

    kept = ddmin(range(len(plan.rows)), first)
    return plan.with_rows(plan.rows[i] for i in kept)


def _simplest(oracle: Oracle, plan: Plan, town: OwnTown, begin_s: int) -> Plan:
    """Return the plan with each of its faults as simple and as early as can be, one after the other."""
    plan = _each(oracle, plan, partial(fewer_targets, town))
    plan = _each(oracle, plan, fewer_words)
    # together first: faults may need their distance; nothing comes after the last one
    for index in range(len(plan.rows) - 1):
        low_s = plan.rows[index - 1]["at"] if index else begin_s
        plan = _earliest(oracle, plan, index, low_s, all_moved)
    # a fault that passes others takes its place among them, so those that come later keep theirs
    for index in range(len(plan.rows)):
        plan = _earliest(oracle, plan, index, begin_s, moved)
    return _each(oracle, plan, shorter)


def _each(oracle: Oracle, plan: Plan, candidates: Candidates) -> Plan:
    """Return the plan with the first candidate that shows it in the place of each fault."""
    for index in range(len(plan.rows)):
        plan = oracle.first(candidates(plan, index)) or plan
    return plan


def _earliest(oracle: Oracle, plan: Plan, index: int, low_s: int, at: Moved) -> Plan:
    """Return the plan with a fault at the earliest time that shows it, not before `low_s`."""
    drawn_s = plan.rows[index]["at"]
    second = earliest(low_s, drawn_s, lambda s: oracle.first([at(plan, index, s)]) is not None)
    return plan if second == drawn_s else at(plan, index, second)


def _shortest(oracle: Oracle, plan: Plan) -> Plan:
    """Return the plan with the shortest run that tells the same story to its end.

    The same values, and whatever is well again in the longer run is so in the shorter one. Where values grow
    to the end whenever that is, they may be as small as what is looked for allows. Without faults even the
    shorter run shows nothing.
    """
    whole = oracle.best
    candidates = list(durations(plan))

    def same(tried: Tried) -> bool:
        return tried.holds and tried.values == whole.values and tried.left == whole.left

    def as_well(tried: Tried) -> bool:
        return tried.holds and tried.left == whole.left

    for accepts in (same, as_well):
        for candidate in candidates:
            if oracle.first([candidate], accepts) is None:
                continue
            if not oracle.shows(replace(candidate, rows=())):
                return candidate
            oracle.best = whole
    return plan

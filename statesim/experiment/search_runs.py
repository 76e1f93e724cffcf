"""Runs fault plans on one variant of a scenario and tells whether what is looked for is there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from statesim.analysis.metrics import metrics
from statesim.analysis.predicate import values
from statesim.experiment.run import record_of
from statesim.experiment.search_plans import Plan, draw
from statesim.kernel.spans import SECOND
from statesim.scenario.timeline import TimelineRow
from statesim.systems.catalogue import Catalogue
from statesim.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.analysis.predicate import Predicate
    from statesim.experiment.search_town import OwnTown
    from statesim.scenario.load import VariantScenario
    from statesim.systems.driver import System
    from statesim.world import Run

BEGIN_SHARE, END_SHARE = 1 / 3, 2 / 3  # of the duration: when the first fault is due, and the last one over
SETTLED_S = 10


@dataclass(frozen=True, slots=True)
class Tried:
    """What a plan's run showed.

    Attributes
    ----------
    holds
        Whether what is looked for is there.
    values
        The values of the metrics that it is about.
    elsewhere
        The values in the variant in which it shall not be there; empty where none is asked about.
    anyway
        Whether it is there without the faults as well, by chance; it then is not taken for what they do.
    left
        What was still out at the end: clients that could not write or read, systems without a primary.
    """

    seed: int
    plan: Plan
    holds: bool
    values: Mapping[str, Any]
    left: tuple[str, ...]
    anyway: bool = False
    elsewhere: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for, and in what.

    Attributes
    ----------
    base
        The variant without a timeline, or with its own one (`--keep-timeline`), to which a plan's rows come.
    systems
        Drivers beside those that ship.
    other
        Another variant, in which the same faults shall not show it.
    """

    base: VariantScenario
    predicate: Predicate
    systems: tuple[type[System], ...] = ()
    other: VariantScenario | None = None

    def scenario(self, plan: Plan, variant: VariantScenario | None = None) -> VariantScenario:
        """Return the variant (or another one) with a plan's faults."""
        base = self.base if variant is None else variant
        own = base.scenario
        rows = tuple(_row_model().validate_python(row) for row in plan.rows)
        changed = {"timeline": (*own.timeline, *rows), "duration_us": plan.duration_us}
        return replace(base, scenario=own.model_copy(update=changed))

    def world(self, plan: Plan, seed: int, variant: VariantScenario | None = None) -> World:
        """Return the world of a plan and a seed, not run yet."""
        return World(self.scenario(plan, variant), seed, catalogue=Catalogue(self.systems))

    def ask(self, plan: Plan, seed: int) -> Tried:
        """Run a plan; if it shows something, in the other variant as well."""
        tried = self.judged(plan, seed, self.world(plan, seed).run())
        if not tried.holds or self.other is None:
            return tried
        there = metrics(record_of(self.world(plan, seed, self.other).run()))
        elsewhere = values(self.predicate, there)
        return replace(tried, holds=not self.predicate.holds(there), elsewhere=elsewhere)

    def judged(self, plan: Plan, seed: int, run: Run) -> Tried:
        """Return what a run showed."""
        found = metrics(record_of(run))
        predicate = self.predicate
        return Tried(seed, plan, predicate.holds(found), values(predicate, found), tuple(_left(found)))


@cache
def _row_model() -> TypeAdapter[Any]:
    return TypeAdapter(TimelineRow)


def _left(found: Mapping[str, Any]) -> list[str]:
    clients = [
        f"clients.{name}.{what}"
        for name, numbers in found["clients"].items()
        for what in ("out_at_end", "read_out_at_end")
        if numbers.get(what)
    ]
    systems = [
        f"systems.{name}.no_primary_at_end"
        for name, numbers in found["systems"].items()
        if numbers.get("no_primary_at_end")
    ]
    return clients + systems


@dataclass(frozen=True, slots=True)
class Drawn:
    """Draws the plan of a seed and runs it: a function of the seed that other processes can call."""

    question: Question
    town: OwnTown
    words: tuple[str, ...]
    begin_s: int
    end_s: int
    most: int

    def plan(self, seed: int) -> Plan:
        """Return the plan of a seed."""
        rows = draw(seed, self.town, self.words, begin_s=self.begin_s, end_s=self.end_s, most=self.most)
        return Plan(rows, self.question.base.scenario.duration_us)

    def __call__(self, seed: int) -> Tried:
        """Draw the plan of a seed and run it; if it shows something, the same seed without faults as well."""
        plan = self.plan(seed)
        tried = self.question.ask(plan, seed)
        if tried.holds and self.question.ask(plan.with_rows(()), seed).holds:
            return replace(tried, holds=False, anyway=True)
        return tried


@dataclass(frozen=True, slots=True)
class OfSeed:
    """Runs plans on the world of one seed: a function of the plan that other processes can call."""

    question: Question
    seed: int

    def __call__(self, plan: Plan) -> Tried:
        """Run a plan."""
        return self.question.ask(plan, self.seed)


def season(run: Run) -> tuple[int, int]:
    """Return the first and the last second of faults, from a run without any: not before all has started."""
    ready: dict[str, int] = {}
    for event in run.events:
        if event.event == "Ready" and event.object.startswith("Pod/"):
            ready.setdefault(event.object, event.t_us)
    latest_us = run.duration_us * BEGIN_SHARE
    begin_us = max((at for at in ready.values() if at <= latest_us), default=0)
    begin_s = SETTLED_S * (begin_us // (SETTLED_S * SECOND) + 2)
    begin_s = min(begin_s, max(1, int(latest_us / SECOND)))
    return begin_s, max(begin_s + 2, int(run.duration_us * END_SHARE / SECOND))

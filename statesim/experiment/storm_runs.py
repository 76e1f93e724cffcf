"""Runs storms: one by its seed, or many over processes, and tells what broke."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from statesim.experiment.executors import in_order, spread
from statesim.experiment.storm import storm
from statesim.experiment.storm_calm import unsettled
from statesim.experiment.storm_guard import Guard
from statesim.scenario.load import load
from statesim.systems.catalogue import problems
from statesim.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statesim.kernel.clock import Clock
    from statesim.scenario.schema import Scenario

# a control plane that writes as fast as this decides on what is not older than the guard allows for
PROMPT_QPS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one storm.

    Attributes
    ----------
    broken
        Safety rules that broke in it, the first one first.
    unsettled
        What was not as it should be after the calm.
    lessons
        The excuses (`storm_excuses`) of the findings that were documented consequences of what people did.
    rows, events, cost
        Rows of the timeline, events of the trace, timers that fired.
    """

    seed: int
    unsafe: bool
    broken: tuple[str, ...]
    unsettled: tuple[str, ...]
    lessons: tuple[str, ...]
    rows: int
    events: int
    cost: int

    @property
    def passed(self) -> bool:
        """Tell whether no rule broke and everything came to rest."""
        return not self.broken and not self.unsettled

    @property
    def first(self) -> str:
        """Return the first thing that was wrong."""
        return (*self.broken, *(f"after the calm: {told}" for told in self.unsettled), "")[0]

    @property
    def command(self) -> str:
        """Return how to see it."""
        name = f"storm-{self.seed}"
        asked = f"statesim storm --seed {self.seed}{' --unsafe' if self.unsafe else ''} --write {name}.yaml"
        return f"{asked}; statesim run {name}.yaml --out out/{name}"


def weather(seed: int, *, unsafe: bool = False, clock: Clock | None = None) -> Outcome:
    """Run the storm of a seed and the calm after it.

    Parameters
    ----------
    unsafe
        See `storm`.
    clock
        Instead of the clock of every run: tests have one that shuffles what is due at the same instant.
    """
    scenario = storm(seed, unsafe=unsafe)
    return judge(scenario, unsafe=unsafe, clock=clock)


def judge(scenario: Scenario, *, unsafe: bool = False, clock: Clock | None = None) -> Outcome:
    """Run a storm that is given as a scenario."""
    loaded = load(scenario, systems=problems)
    world = World(loaded.variants[0], clock=clock)
    prompt = scenario.cluster.client_connection.controller_manager.qps >= PROMPT_QPS
    guard = Guard(world, prompt=prompt)
    run = world.run()
    return Outcome(
        seed=scenario.seed,
        unsafe=unsafe,
        broken=tuple(str(each) for each in guard.broken),
        unsettled=tuple(unsettled(world)),
        lessons=tuple(guard.lessons),
        rows=len(scenario.timeline),
        events=len(run.events),
        cost=run.cost,
    )


def weathers(seeds: Sequence[int], *, unsafe: bool = False, jobs: int = 1) -> Iterator[Outcome]:
    """Run many storms, over `jobs` processes, and yield their outcomes in the order of the seeds."""
    return in_order(spread(partial(weather, unsafe=unsafe), seeds, jobs=min(jobs, len(seeds))))

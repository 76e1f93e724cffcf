"""A sweep: every case of a plan with every seed, each run measured where it ran; only numbers come back."""

from __future__ import annotations

import gc
import multiprocessing
import pickle
import time
from contextlib import closing
from functools import cache, lru_cache
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.analysis.compare import never
from statesim.analysis.metrics import metrics
from statesim.analysis.sweep_record import Row
from statesim.errors import StatesimError
from statesim.experiment.executors import spread
from statesim.experiment.run import record_of
from statesim.systems.catalogue import Catalogue
from statesim.version import code_digest
from statesim.world import World

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping, Sequence

    from statesim.analysis.sweep_record import Key, Numbers
    from statesim.experiment.sweep_plan import Plan
    from statesim.scenario.load import VariantScenario
    from statesim.systems.driver import System

NEW_OBJECTS = 1_000_000  # between two collections in a worker: of the order of 100 MB


class Work(NamedTuple):
    """One run to be done, wherever: it holds all that is needed."""

    case: int
    seed: int
    scenario: bytes
    code: str
    systems: tuple[type[System], ...]


def runs(
    plans: Sequence[Plan],
    seeds: Sequence[int],
    *,
    done: Sequence[Collection[Key]] = (),
    executor: Any = None,
    jobs: int | None = None,
) -> Generator[tuple[int, Row], None, None]:
    """Run plans side by side, seed by seed; yield each row with its plan's number, as they come.

    Parameters
    ----------
    done
        For each plan the runs that are not to be repeated; none if it is empty.
    executor, jobs
        As for `spread`.

    Raises
    ------
    WorkersLost
        If workers died again and again.
    """
    owners: list[int] = []  # of each work that has been given out

    def works() -> Iterator[Work]:
        for number, work in _works(plans, seeds):
            if not done or (work.case, work.seed) not in done[number]:
                owners.append(number)
                yield work

    with closing(spread(measured, works(), executor=executor, jobs=jobs)) as found:
        for index, row in found:
            yield owners[index], row.shared()


def _works(plans: Sequence[Plan], seeds: Sequence[int]) -> Iterator[tuple[int, Work]]:
    """Yield the work of all plans, each with its plan's number, seed by seed."""
    for seed in seeds:
        for number, each in enumerate(plans):
            for case, scenario in enumerate(each.scenarios):
                yield number, Work(case, seed, scenario, each.outline.code, each.systems)


def measured(work: Work) -> Row:
    """Run and measure; an error of the run is a row that says so, and the other runs go on.

    Raises
    ------
    StatesimError
        If this is not the program that gave out the work.
    """
    began = time.thread_time()
    if work.code != code_digest():
        raise StatesimError("this worker has another version of statesim: install the same one everywhere")
    try:
        variant, catalogue = _variant(work.scenario), _catalogue(work.systems)
        _settle()
        world = World(variant, work.seed, catalogue=catalogue)
        record = record_of(world.run())
        numbers = flat({"duration_s": record.duration_s, **metrics(record)})
    except Exception as error:  # whatever it is: one run of thousands, and its seed is named
        return Row(work.case, work.seed, {}, f"{type(error).__name__}: {error}", time.thread_time() - began)
    return Row(work.case, work.seed, numbers, "", time.thread_time() - began)


def _settle() -> None:
    """Spare a worker's garbage collector what stays: all that has been imported, and most of a run's objects.

    Collections took a fifth of the time of a short run: every 700 new objects it looked at the modules again.
    The world of the run before, if it was a large one, goes before the next is built. In a process that is
    somebody's own all stays as it is.
    """
    if multiprocessing.parent_process() is None:
        return
    _settled()
    if gc.get_count()[1]:  # there were a million new objects
        gc.collect()


@cache
def _settled() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)


@lru_cache(maxsize=64)
def _variant(scenario: bytes) -> VariantScenario:
    variant: VariantScenario = pickle.loads(scenario)
    return variant


@lru_cache(maxsize=4)
def _catalogue(systems: tuple[type[System], ...]) -> Catalogue:
    return Catalogue(systems)


def flat(found: Mapping[str, Any], prefix: str = "") -> Numbers:
    """Return the numbers among metrics by their dotted paths: yes and no are 1 and 0, texts and lists go.

    A time until something that did not come before the run ended is infinite; ``None`` is a number that the
    run does not have (how long a failover took, where there was none).
    """
    numbers: Numbers = {}
    for name, value in found.items():
        if hasattr(value, "items"):
            numbers.update(flat(value, f"{prefix}{name}."))
        elif _never(found, name):
            numbers[f"{prefix}{name}"] = inf
        elif isinstance(value, bool):
            numbers[f"{prefix}{name}"] = int(value)
        elif value is None or isinstance(value, int | float):
            numbers[f"{prefix}{name}"] = value
    return numbers


def _never(found: Mapping[str, Any], name: str) -> bool:
    """Tell whether a time has no end because what it waits for did not come before the run ended."""
    if name == "rto_s" and found.get("no_primary_at_end"):
        return bool(found["rto_each_s"][-1] == found["rto_s"])  # it is the longest that is not over
    return never(found, name)

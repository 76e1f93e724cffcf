"""Search and shrink: draws fault plans until one shows what is looked for, and makes that one small.

Drawing is `search_plans`', running `search_runs`', shrinking `shrink`'s; here they become one search, which
tells how far it is, can be interrupted, and gives the same answer however many runs are under way at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from statesim.analysis.expectations import shown
from statesim.analysis.predicate_text import parse
from statesim.errors import Finding, ModelError, ScenarioError
from statesim.experiment.executors import ItemFailed, in_order, spread
from statesim.experiment.search_plans import MOST, Plan, chosen
from statesim.experiment.search_runs import Drawn, OfSeed, Question, Tried, season
from statesim.experiment.search_town import own_town
from statesim.experiment.shrink import MOST_RUNS, Oracle, Shrunk, shrink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    from statesim.scenario.load import Loaded, VariantScenario
    from statesim.systems.driver import System

    Told = Callable[["Progress"], None]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is.

    Attributes
    ----------
    stage
        Whether plans are drawn or the one that was found is shrunk.
    done, of
        Plans that were run in this stage, and how many may be.
    found
        How many of the drawn ones showed it.
    faults
        How many the smallest one has; 0 before one is found.
    """

    stage: Literal["search", "shrink"]
    done: int
    of: int
    found: int
    faults: int = 0


@dataclass
class Found:
    """What a search found out; it is filled while it goes on.

    Attributes
    ----------
    titles
        The titles of the variants that are run, by name; empty where they tell of what happens in them.
    words
        The kinds of faults that were drawn from.
    begin_s, end_s
        Between which seconds.
    tried
        How many plans were run.
    violating
        Those of them that showed it, in the order of their seeds (the first only, unless all were asked for).
    anyway
        How many plans showed it that do so without their faults as well, by chance.
    both
        How many plans showed it in the other variant as well, in which it shall not be there.
    shrunk
        The first of these, shrunk; ``None`` if there is none, or if it was not shrunk.
    interrupted
        Whether somebody stopped it before it was done.
    failed
        What went wrong in a run, if that stopped the shrinking.
    """

    question: Question
    titles: Mapping[str, str]
    words: tuple[str, ...]
    begin_s: int
    end_s: int
    tried: int = 0
    violating: list[Tried] = field(default_factory=list)
    anyway: int = 0
    both: int = 0
    shrunk: Shrunk | None = None
    interrupted: bool = False
    failed: str = ""

    @property
    def smallest(self) -> Tried | None:
        """Return the smallest plan that shows it; ``None`` if none was found."""
        if self.shrunk is not None:
            return self.shrunk.tried
        return self.violating[0] if self.violating else None


def variant_of(loaded: Loaded, name: str | None) -> VariantScenario:
    """Return the variant that is to be searched: the one that is named, or the only one.

    Raises
    ------
    ScenarioError
        If there is none of that name, or none is named and there are several.
    """
    if name is not None:
        return loaded.variant(name)
    if len(loaded.variants) == 1:
        return loaded.variants[0]
    names = ", ".join(variant.name for variant in loaded.variants)
    message = (
        f"{loaded.base.metadata.name} has {len(loaded.variants)} variants, and one is searched at a time"
    )
    raise ScenarioError([Finding(message, hint=f"choose with --variant: {names}")])


def question_of(
    loaded: Loaded,
    looked_for: str,
    *,
    variant: str | None = None,
    but_not: str | None = None,
    keep_timeline: bool = False,
    systems: Iterable[type[System]] = (),
) -> Question:
    """Return what is looked for, in words, as a question to runs.

    Raises
    ------
    ScenarioError
        If the predicate is none, or there is no such variant.
    """
    predicate = parse(looked_for)
    changed: dict[str, Any] = {"expect": ()}
    if not keep_timeline:
        changed["timeline"] = ()

    def bare(one: VariantScenario) -> VariantScenario:
        return replace(one, scenario=one.scenario.model_copy(update=changed))

    base = bare(variant_of(loaded, variant))
    other = None if but_not is None else bare(loaded.variant(but_not))
    if other is not None:
        _comparable(base, other)
    return Question(base, predicate, tuple(systems), other)


def _comparable(base: VariantScenario, other: VariantScenario) -> None:
    """Complain if the faults of one variant cannot strike the other one."""
    if base.name == other.name:
        raise ScenarioError(
            [Finding(f"{other.name} is the variant that is searched", hint="name another one")]
        )
    wrong = []
    towns = own_town(base), own_town(other)
    for what, (mine, theirs) in (
        ("nodes", tuple(town.machines for town in towns)),
        ("workloads", tuple([w.key for w in town.workloads] for town in towns)),
    ):
        if mine != theirs:
            lists = f"{', '.join(mine) or 'none'} and {', '.join(theirs) or 'none'}"
            wrong.append(Finding(f"{base.name} and {other.name} have different {what}: {lists}"))
    if wrong:
        raise ScenarioError([replace(one, hint="the same faults cannot strike both") for one in wrong])


def titles_of(loaded: Loaded) -> dict[str, str]:
    """Return the titles of variants, by name, unless they differ from others by what happens in them."""
    return {row.name: row.title for row in loaded.base.variants if row.title and "timeline" not in row.patch}


def prepared(
    question: Question,
    faults: Sequence[str],
    *,
    seed: int,
    most: int = MOST,
    titles: Mapping[str, str] | None = None,
) -> tuple[Drawn, Found]:
    """Look at the scenario without any faults: what can be struck, when, and what is there anyway.

    Raises
    ------
    ScenarioError
        If it is there without any, or nothing of `faults` can happen.
    """
    calm = Plan((), question.base.scenario.duration_us)
    world = question.world(calm, seed)
    run = world.run()
    without = question.judged(calm, seed, run)
    if without.holds:
        told = ", ".join(f"{path} is {shown(value)}" for path, value in without.values.items())
        raise ScenarioError(
            [Finding(f"{question.predicate} holds without any fault: {told}", hint="ask for more than that")]
        )
    town = own_town(
        question.base,
        [name for name, system in world.systems.items() if system.primary() is not None],
        [name for name, system in world.systems.items() if system.replicas()],
    )
    begin_s, end_s = season(run)
    words = chosen(faults, town)
    drawn = Drawn(question, town, words, begin_s, end_s, most)
    return drawn, Found(question, titles or {}, words, begin_s, end_s)


def search(
    drawn: Drawn,
    found: Found,
    seeds: range,
    *,
    executor: Executor | None = None,
    every: bool = False,
    most_runs: int = MOST_RUNS,
    told: Told | None = None,
) -> Found:
    """Run the plans of seeds until one shows it, and shrink that.

    Parameters
    ----------
    drawn, found
        As `prepared` gives them.
    executor
        As `executors.spread` takes it; what is found does not depend on it.
    every
        Run the plans of all seeds, to learn how many of them show it.
    most_runs
        How many runs shrinking may take; 0 = it is not shrunk.
    told
        Called after each run.
    """
    tell = told if told is not None else _silent
    try:
        for tried in in_order(spread(drawn, seeds, executor=executor)):
            found.tried += 1
            found.violating += [tried] if tried.holds else []
            found.anyway += tried.anyway
            found.both += bool(tried.elsewhere) and not tried.holds and not tried.anyway
            tell(Progress("search", found.tried, len(seeds), len(found.violating)))
            if tried.holds and not every:
                break
    except KeyboardInterrupt:
        found.interrupted = True
        return found
    except ItemFailed as error:
        told_of = f"the run of the plan of seed {error.item} failed: {error.__cause__!r}"
        raise ModelError(f"{told_of}; to see where: --seed {error.item} --jobs 1") from error
    if found.violating and most_runs:
        _shrink(drawn, found, executor, most_runs, tell)
    return found


def _silent(progress: Progress) -> None:
    """Tell nobody."""


def _shrink(drawn: Drawn, found: Found, executor: Executor | None, most_runs: int, told: Told) -> None:
    """Shrink the first plan that was found."""
    first = found.violating[0]

    def tell(oracle: Oracle) -> None:
        faults = len(oracle.best.plan.rows)
        told(Progress("shrink", oracle.runs, oracle.most, len(found.violating), faults))

    oracle = Oracle(OfSeed(drawn.question, first.seed), first, executor, most_runs, tell)
    try:
        found.shrunk = shrink(oracle, drawn.town, drawn.begin_s)
    except KeyboardInterrupt:
        found.shrunk = Shrunk(oracle.best, minimal=False, runs=oracle.runs)
        found.interrupted = True
    except ItemFailed as error:  # what was found is worth more than what is not known of a part of it
        found.shrunk = Shrunk(oracle.best, minimal=False, runs=oracle.runs)
        found.failed = repr(error.__cause__)

"""The Python face of the search: look for a failure, and keep the smallest one that shows it."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statesim.analysis.predicate_never import never
from statesim.analysis.predicate_text import parse
from statesim.api import Result, load, run
from statesim.asked import names, seed_of, seeds_of
from statesim.errors import Finding, ScenarioError
from statesim.experiment.executors import Processes, workers
from statesim.experiment.search import prepared, question_of, titles_of, variant_of
from statesim.experiment.search import search as searched
from statesim.experiment.search_plans import MOST, known_words
from statesim.experiment.search_shown import scenario_of
from statesim.experiment.shrink import MOST_RUNS
from statesim.library import folder as library
from statesim.library import locate
from statesim.scenario.moved import moved
from statesim.scenario.schema import Scenario
from statesim.scenario.written import to_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    from statesim.analysis.predicate import Predicate
    from statesim.experiment.search import Found, Progress
    from statesim.experiment.search_runs import Tried
    from statesim.scenario.load import Loaded, VariantScenario
    from statesim.systems.driver import System

SEEDS = 1_000


class SearchResult:
    """What a search found.

    Attributes
    ----------
    details
        Everything that it found out.
    """

    def __init__(self, details: Found, source: str | Path | Scenario, asked: Mapping[str, Any]) -> None:
        self.details = details
        self._source = source
        self._asked = asked

    @property
    def found(self) -> bool:
        """Tell whether a plan showed what was looked for."""
        return bool(self.details.violating)

    @property
    def tried(self) -> int:
        """Return how many drawn plans were run."""
        return self.details.tried

    @property
    def violating(self) -> list[int]:
        """Return the seeds of those that showed it: the first only, unless all seeds were asked for."""
        return [tried.seed for tried in self.details.violating]

    @property
    def minimal(self) -> bool:
        """Tell whether it is known that each fault of `timeline` is needed."""
        return self.details.shrunk is not None and self.details.shrunk.minimal

    @property
    def runs(self) -> int:
        """Return how many runs shrinking took."""
        return 0 if self.details.shrunk is None else self.details.shrunk.runs

    @property
    def smallest(self) -> Tried:
        """Return the smallest plan that shows it.

        Raises
        ------
        LookupError
            If none was found.
        """
        smallest = self.details.smallest
        if smallest is None:
            raise LookupError(f"none of {self.tried} plans shows {self.details.question.predicate}")
        return smallest

    @property
    def timeline(self) -> list[dict[str, Any]]:
        """Return its faults as rows of a timeline, without labels; times are seconds."""
        return [dict(row) for row in self.smallest.plan.rows]

    @property
    def values(self) -> dict[str, Any]:
        """Return the values of the metrics that were asked about, in its run."""
        return dict(self.smallest.values)

    def scenario(self, name: str | None = None) -> Scenario:
        """Return the scenario that shows it; what its manifests' files hold stands in it."""
        return Scenario.model_validate(self._data(name, None))

    def run(self) -> Result:
        """Run that scenario."""
        return run(self.scenario(), systems=self.details.question.systems)

    def save(self, path: str | Path) -> Path:
        """Write that scenario; return the path.

        It names the files of its manifests as they are found from there. Those of a shipped scenario, which
        lie where the next installation may move them, stand in it instead.
        """
        file = Path(path)
        inside = _folder(self._source) == library()
        data = self._data(_name(file.stem), None if inside else file.resolve().parent)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(to_yaml(data), encoding="utf-8")
        return file

    def _data(self, name: str | None, to: Path | None) -> dict[str, Any]:
        question, tried = self.details.question, self.smallest
        called = name or f"{question.base.scenario.metadata.name}-found"[:63]
        events = question.world(tried.plan, tried.seed).run().events
        made = scenario_of(self.details, tried, called, self.command, events)
        return moved(made, _folder(self._source), to)

    @property
    def command(self) -> str:
        """Return the search as somebody would type it."""
        name = self._source if isinstance(self._source, str | Path) else self._source.metadata.name
        words = ["statesim", "search", str(name)]
        for option, value in self._asked.items():
            words += [] if value in (None, False) else [option] if value is True else [option, str(value)]
        return shlex.join(words)

    def __repr__(self) -> str:
        predicate = self.details.question.predicate
        if not self.found:
            return f"<SearchResult: {predicate} in none of {self.tried} plans>"
        faults = len(self.smallest.plan.rows)
        return (
            f"<SearchResult: {predicate} by {faults} fault{'s' * (faults != 1)}, seed {self.smallest.seed}>"
        )


def search(
    source: str | Path | Scenario,
    looked_for: str,
    *,
    variant: str | None = None,
    but_not: str | None = None,
    faults: Sequence[str] = (),
    seeds: int = SEEDS,
    seed: int = 1,
    most: int = MOST,
    keep_timeline: bool = False,
    every: bool = False,
    most_runs: int = MOST_RUNS,
    jobs: int | None = None,
    executor: Executor | None = None,
    systems: Iterable[type[System]] = (),
    told: Callable[[Progress], None] | None = None,
) -> SearchResult:
    """Draw faults over a scenario until a run shows something, and shrink them to those that are needed.

    The same arguments give the same result, however many runs are under way at a time.

    Parameters
    ----------
    looked_for
        What a run shall show, as a comparison of metrics: ``clients.shop.lost > 0``.
    variant
        Which variant is searched; may be left out where there is only one.
    but_not
        Another variant, in which the same faults shall not show it.
    faults
        What is drawn from: words of the timeline, or ``faults``, ``actions``, ``all``; default ``faults``.
    seeds, seed
        How many plans are drawn, from which seed on; a plan's run has its seed.
    most
        How many faults a plan has at most.
    keep_timeline
        Let the scenario's own timeline happen as well.
    every
        Run the plans of all seeds, to learn how many show it.
    most_runs
        How many runs shrinking may take; 0 = what is found is not shrunk.
    jobs, executor
        Over how many processes (default: one for each core), or an executor as `executors.spread` takes it.
    systems
        Drivers of your own, as for `run`.
    told
        Called after each run, for progress.

    Raises
    ------
    ScenarioError
        If the scenario or what is asked is wrong, or what is looked for is there without any fault.

    Examples
    --------
    >>> import statesim
    >>> found = statesim.search("pg-node-crash", "clients.shop.lost > 0", variant="patroni-async", jobs=1)
    >>> found.timeline
    [{'at': 60, 'do': 'node-crash', 'on': {'primaryOf': 'pg'}, 'for': 30}]
    """
    brought, faults = tuple(systems), names(faults, "faults")
    many, first = seeds_of(seeds), seed_of(seed)
    plans = range(first, first + len(many))
    loaded = load(source, systems=brought)
    _check(source, loaded, looked_for, (variant, but_not), faults, brought)
    question = question_of(
        loaded, looked_for, variant=variant, but_not=but_not, keep_timeline=keep_timeline, systems=brought
    )
    asked = {
        "--for": looked_for,
        "--variant": variant,
        "--but-not": but_not,
        "--faults": ",".join(faults) or None,
        "--seed": None if seed == 1 else seed,
        "--most": None if most == MOST else most,
        "--keep-timeline": keep_timeline,
    }
    drawn, found = prepared(question, faults, seed=seed, most=most, titles=titles_of(loaded))
    result = SearchResult(found, source, asked)
    options: dict[str, Any] = {"every": every, "most_runs": most_runs, "told": told}
    if executor is not None:
        searched(drawn, found, plans, executor=executor, **options)
        return result
    with workers(jobs) as pool:
        searched(drawn, found, plans, executor=pool, **options)
        if found.interrupted and isinstance(pool, Processes):
            pool.stop()  # what is under way would be waited for
    return result


def _check(
    source: str | Path | Scenario,
    loaded: Loaded,
    looked_for: str,
    variants: tuple[str | None, str | None],
    faults: Sequence[str],
    systems: tuple[type[System], ...],
) -> None:
    """Complain about everything that is wrong with what is asked, at once."""
    findings: list[Finding] = []

    def heard(check: Callable[[], Any]) -> Any:
        try:
            return check()
        except ScenarioError as error:
            findings.extend(error.findings)
            return None

    named, but_not = variants
    chosen = [heard(lambda: variant_of(loaded, named))]
    if but_not is not None:
        chosen.append(heard(lambda: loaded.variant(but_not)))
    heard(lambda: known_words(faults))
    predicate = heard(lambda: parse(looked_for))
    if predicate is not None and (why := never(predicate)):
        findings.append(Finding(why, f"in {looked_for!r}"))
    for one in chosen:
        if one is not None and predicate is not None:
            heard(partial(_measured, one, predicate, _folder(source), systems))
    if findings:
        raise ScenarioError(list(dict.fromkeys(findings)))


def _measured(
    variant: VariantScenario, predicate: Predicate, folder: Path, systems: tuple[type[System], ...]
) -> None:
    """Complain about metrics that a variant's runs do not have, as if they stood in its ``expect:``."""
    data = moved(variant.scenario.to_dict(), folder, None)
    expect = [{"metric": path, "equals": 0} for path in dict.fromkeys(predicate.paths())]
    try:
        load(Scenario.model_validate({**data, "expect": expect}), systems=systems)
    except ScenarioError as error:
        raise ScenarioError([replace(each, message=_unplaced(each)) for each in error.findings]) from None


def _unplaced(found: Finding) -> str:
    """Return what is wrong without its place, which is none in a file."""
    return re.sub(r"^expect\[\d+\]\.metric: ", "", found.message)


def _folder(source: str | Path | Scenario) -> Path:
    """Return from where a scenario's files are found."""
    return Path() if isinstance(source, Scenario) else locate(source).parent


def _name(stem: str) -> str | None:
    """Return a file's name as that of a scenario; ``None`` if nothing of it can be one."""
    plain = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in stem.lower())
    return plain.strip("-")[:63].strip("-") or None

"""Run the variants of a scenario, one after the other, each a world of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from statesim.analysis.chapters import Chapter
from statesim.analysis.drift import Moved
from statesim.analysis.record import CARRIED, Operation, RunRecord
from statesim.analysis.side_by_side import side_by_side
from statesim.cluster.wire import Frame
from statesim.cluster.wire.journal import Changes
from statesim.errors import Finding, ScenarioError
from statesim.kernel.collector import patient_collector
from statesim.scenario.translated import translations
from statesim.scenario.words import did_you_mean
from statesim.systems.catalogue import CATALOGUE
from statesim.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from statesim.scenario.load import Loaded, VariantScenario
    from statesim.scenario.schema import Chapter as ChapterRow
    from statesim.systems.catalogue import Catalogue
    from statesim.world import Run

# a row is there already, in the same order: it needs another type, and no constructor that takes it apart
_operation = partial(tuple.__new__, Operation)


def run_variants(
    loaded: Loaded,
    *,
    seed: int | None = None,
    only: Sequence[str] = (),
    started: Callable[[VariantScenario], None] | None = None,
    finished: Callable[[RunRecord], None] | None = None,
    catalogue: Catalogue = CATALOGUE,
) -> list[RunRecord]:
    """Run a loaded scenario's variants in their order.

    Parameters
    ----------
    seed
        Replaces the scenario's seed; all variants see the same failures and arrivals.
    only
        Names of the variants to run; all if empty.
    started, finished
        Called around each variant, for progress.
    catalogue
        The drivers that the scenario may name.

    Raises
    ------
    ScenarioError
        If `only` names a variant that is not there.
    """
    known = [variant.name for variant in loaded.variants]
    unknown = [name for name in only if name not in known]
    if unknown:
        raise ScenarioError(
            [Finding(f"there is no variant {name!r}", hint=did_you_mean(name, known)) for name in unknown]
        )
    records = []
    for variant in loaded.variants:
        if only and variant.name not in only:
            continue
        if started is not None:
            started(variant)
        with patient_collector():
            record = record_of(World(variant, seed, catalogue=catalogue).run(), variant)
        records.append(record)
        if finished is not None:
            finished(record)
    return records


def run_side_by_side(
    scenarios: Sequence[Loaded], *, seed: int | None = None, only: Sequence[str] = ()
) -> list[RunRecord]:
    """Run several scenarios with all their variants (or `only` those), each called as `side_by_side` says."""
    records = [record for loaded in scenarios for record in run_variants(loaded, seed=seed, only=only)]
    names = side_by_side([(each.scenario, each.variant) for each in records], several=len(scenarios) > 1)
    return [replace(record, variant=name) for record, name in zip(records, names, strict=True)]


def record_of(run: Run, variant: VariantScenario | None = None) -> RunRecord:
    """Return a run's data in the form that analysis and views read.

    Parameters
    ----------
    variant
        What ran, for what its scenario says besides: chapters, and titles and labels in other languages.
    """
    first = run.events[0].fields
    frame = Frame(first["kubernetes"])
    return RunRecord(
        variant=run.variant,
        title=run.title,
        scenario=run.scenario,
        seed=run.seed,
        duration_us=run.duration_us,
        events=run.events,
        history=list(map(_operation, run.operations)),
        metadata={name: first[name] for name in CARRIED if name in first},
        objects=Changes(run.journal, frame),
        drift=[Moved(*row) for row in run.drift],
        chapters=() if variant is None else _in_order(variant.scenario.chapters, run.duration_us),
        translations={} if variant is None else translations(variant),
    )


def _in_order(rows: Iterable[ChapterRow], duration_us: int) -> list[Chapter]:
    """Return the chapters that a run reaches, in order of time."""
    reached = [row for row in rows if row.at_us <= duration_us]
    return [
        Chapter(row.at_us, row.title, row.title_zh, row.notes, row.notes_zh, tuple(row.show))
        for row in sorted(reached, key=lambda row: row.at_us)
    ]

"""The Python face of comparisons over many seeds: variants under common random numbers."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from statesim.analysis.bootstrap import RESAMPLES
from statesim.analysis.comparison_journal import note, opened, read_comparison_journals
from statesim.analysis.over_seeds import differing, over_seeds, told, typical_seed
from statesim.analysis.side_by_side import by_seed, cases_of, titles_of, whole_seeds
from statesim.analysis.sweep_table import table
from statesim.api import Result
from statesim.asked import names, seed_of, seeds_of, values_by_path
from statesim.errors import StatesimError
from statesim.scenario.words import did_you_mean
from statesim.underway import Underway
from statesim.views.compare_figure import comparison_figure
from statesim.views.compare_rows import rows
from statesim.views.comparison_outputs import write_comparison, write_comparison_pictures
from statesim.views.outputs import read_runs, writable
from statesim.views.speech import drawn_in, spoken
from statesim.views.sweep_outputs import write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import pandas as pd
    from matplotlib.figure import Figure

    from statesim.analysis.over_seeds import Compared
    from statesim.analysis.record import RunRecord
    from statesim.analysis.sweep_record import Effort, Numbers, Outline, Row
    from statesim.experiment.loading import Source


TELLING = 12  # metrics, where nobody says which
TIMELINES = "timelines"


class Comparing(Underway):
    """A comparison while it runs: iterate over `work` to do it.

    Seeds that were finished at an earlier time count as well, whichever they are.

    Attributes
    ----------
    names
        What the variants are called, in order.
    baseline
        The one that the others are compared with.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        seeds: Iterable[int],
        *,
        baseline: str | None = None,
        metrics: Sequence[str] = (),
        variants: Sequence[str] = (),
        settings: Mapping[str, Any] = {},  # only read
        out: str | Path | None = None,
        resume: bool = False,
    ) -> None:
        from statesim.experiment.sweep_plan import check_metrics, plan  # noqa: PLC0415 - the simulator

        if out is None and resume:
            raise StatesimError("there is nothing to resume without the directory of a comparison: say --out")
        self.sources = list(sources)
        self.variants, self.settings = names(variants, "variants"), dict(values_by_path(settings))
        plans = [
            plan(source, {path: [value] for path, value in settings.items()}, variants=self.variants)
            for source in self.sources
        ]
        self.outlines = [each.outline for each in plans]
        self.names = list(cases_of(self.outlines))
        if len(self.names) == 1:
            only = f"only {self.names[0]!r} would be run: there is nothing to compare it with"
            raise StatesimError(f"{only}; leave `variants` out, or name two")
        self.baseline = self.names[0] if baseline is None and self.names else baseline or ""
        if self.names and self.baseline not in self.names:
            hint = did_you_mean(self.baseline, self.names)
            raise StatesimError(f"there is no variant {self.baseline!r}" + (f"; {hint}" if hint else ""))
        check_metrics(plans, metrics)
        directory = None if out is None else writable(Path(out))
        journals = () if directory is None else opened(directory, self.outlines, resume=resume)
        super().__init__(plans, seeds, journals)

    @property
    def whole(self) -> list[int]:
        """Return the seeds that all variants have finished by now, those of an earlier time included."""
        return whole_seeds(by_seed(self.outlines, [rows.values() for rows in self.found]))

    def result(self) -> Comparison:
        """Return the comparison of the seeds that all variants have finished."""
        if not self.whole:
            raise StatesimError("there is no seed that all variants have finished")
        return Comparison(
            self.outlines,
            [rows.values() for rows in self.found],
            self.baseline,
            self._records,
            failed=self.failed,
            effort=self.effort,
        )

    def _records(self, seed: int) -> list[RunRecord]:
        from statesim.experiment.loading import load_with  # noqa: PLC0415 - the simulator
        from statesim.experiment.run import run_side_by_side  # noqa: PLC0415 - as above

        loaded = [load_with(source, self.settings, only=self.variants) for source in self.sources]
        return run_side_by_side(loaded, seed=seed, only=self.variants)


class Comparison:
    """Variants over many seeds.

    Attributes
    ----------
    baseline
        The variant that the others are compared with.
    numbers
        Variant -> seed -> metrics by their dotted paths; infinite is what never came.
    failures
        Runs that ended in an error, each with its scenario and variant; their seeds are in nobody's numbers.
    effort
        What it took; ``None`` if it was read back.
    """

    def __init__(
        self,
        outlines: Sequence[Outline],
        found: Sequence[Collection[Row]],
        baseline: str,
        records: Callable[[int], list[RunRecord]],
        *,
        failed: Iterable[tuple[int, Row]] = (),
        effort: Effort | None = None,
    ) -> None:
        self.outlines = list(outlines)
        self.baseline = baseline
        self.effort = effort
        self.failures = [
            (row, outlines[n].source, outlines[n].cases[row.case].variant)
            for n, row in sorted(failed, key=lambda each: (each[0], each[1].key))
        ]
        self._records = records
        self._found = list(found)
        rows = by_seed(outlines, found)
        seeds = whole_seeds(rows)
        self._rows = {name: [each[seed] for seed in seeds] for name, each in rows.items()}
        self.numbers: dict[str, dict[int, Numbers]] = {
            name: {row.seed: row.numbers for row in each} for name, each in self._rows.items()
        }

    @property
    def seeds(self) -> list[int]:
        """Return the seeds that every variant has."""
        return list(next(iter(self.numbers.values())))

    def has(self, metric: str) -> bool:
        """Tell whether any run has this metric."""
        return any(metric in row for found in self.numbers.values() for row in found.values())

    @cached_property
    def metrics(self) -> list[str]:
        """Return the metrics that differ between variants in some seed, the most telling ones first."""
        return differing(self.numbers)

    @cached_property
    def typical_seed(self) -> int:
        """Return the seed that is nearest to the middle of each variant in losses and outages."""
        return typical_seed(self.numbers)

    def of(self, *metrics: str) -> tuple[Compared, ...]:
        """Return the comparison of these metrics; of all that differ, if none is named.

        Raises
        ------
        ValueError
            If there is no such metric.
        """
        return over_seeds(self.numbers, metrics or self.metrics, baseline=self.baseline, resamples=RESAMPLES)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Return the table that a sweep has: a row for each run; scenario, variant, seed, metrics by path."""
        import pandas as pd  # noqa: PLC0415 - 0.4 s, and only tables need it

        parts = []
        for name, (number, case) in cases_of(self.outlines).items():
            outline, rows = self.outlines[number], self._rows[name]
            only = replace(outline, cases=(replace(outline.cases[case], variant=name),))
            parts.append(table(only, [row._replace(case=0) for row in rows]))
        return pd.concat(parts, ignore_index=True)

    def quick(self, *metrics: str) -> tuple[Compared, ...]:
        """Return `of` without the bootstrap's intervals, which take most of its time."""
        return over_seeds(self.numbers, metrics or self.metrics, baseline=self.baseline)

    def table(self, *metrics: str) -> pd.DataFrame:
        """Return `of` as a table: a row for each metric and variant, differences and their intervals."""
        import pandas as pd  # noqa: PLC0415 - as above

        return pd.DataFrame([row for each in self.of(*metrics) for row in told(each)])

    def records(self, seed: int | None = None) -> list[RunRecord]:
        """Return all variants' runs with one seed (the most typical one if none is named)."""
        return self._records(self.typical_seed if seed is None else seed)

    def figure(self, seed: int | None = None, *, theme: str = "paper", language: str | None = None) -> Figure:
        """Return one seed's timelines, and beside each what all seeds came to.

        Parameters
        ----------
        seed
            Default: the most typical one.
        language
            ``en`` or ``zh``; default: English.
        """
        with drawn_in(language):
            return self._drawn(self.records(seed), theme=theme)

    def _drawn(self, records: Sequence[RunRecord], *, theme: str = "paper") -> Figure:
        typical = records[0].seed == self.typical_seed
        return comparison_figure(records, self.numbers, baseline=self.baseline, typical=typical, theme=theme)

    def save(
        self, out: str | Path, *metrics: str, seed: int | None = None, pictures: bool = True
    ) -> list[Path]:
        """Write ``runs.csv``, ``comparison.json`` and ``comparison.svg`` and ``.png``; return the paths.

        All runs are noted in ``runs``, where `read_comparison` finds them; those whose timelines are drawn
        lie in ``timelines``, as `statesim run` writes them.

        Parameters
        ----------
        metrics
            Those in ``comparison.json``; the most telling dozen if none is named. The table has all of them.
        seed
            Whose timelines are drawn; default: the most typical one.
        """
        directory = writable(Path(out))
        note(directory, self.outlines, self._found)
        made = write_table(directory, self.runs)
        document = {
            "scenarios": [outline.scenario for outline in self.outlines],
            "baseline": self.baseline,
            "seeds": self.seeds,
            "typical_seed": self.typical_seed,
            "metrics": [row for each in self.of(*(metrics or self.metrics[:TELLING])) for row in told(each)],
        }
        made.append(write_comparison(directory, document))
        return [*made, *self.draw(directory, seed)] if pictures else made

    def draw(
        self, out: str | Path, seed: int | None = None, *, outcomes: Sequence[str] = (), theme: str = "paper",
        language: str | None = None,
    ) -> list[Path]:  # fmt: skip
        """Write ``comparison.svg`` and ``.png`` (``-slides-zh.png``), and their runs to ``timelines``.

        Parameters
        ----------
        outcomes
            Metrics that have a picture of their own, with a row for each variant:
            ``comparison-clients.shop.lost.png``.
        seed, language
            As for `figure`.
        """
        directory, records = writable(Path(out)), self.records(seed)
        with drawn_in(language):
            apart = [(each, self._side_by_side(each, theme=theme)) for each in outcomes]
            drawn = [(self._drawn(records, theme=theme), ""), *((figure, metric) for metric, figure in apart)]
            made = [p for each in drawn for p in write_comparison_pictures(directory, *each, theme=theme)]
        return [*made, *Result(records).save(directory / TIMELINES, pictures=False)]

    def _side_by_side(self, metric: str, *, theme: str) -> Figure:
        titles = titles_of(self.outlines, spoken())
        return rows(self.numbers, metric, baseline=self.baseline, titles=titles, theme=theme)

    def __repr__(self) -> str:
        names = ", ".join(outline.scenario for outline in self.outlines)
        return f"<Comparison of {names} over {len(self.seeds)} seeds>"


def read_comparison(out: str | Path) -> Comparison:
    """Read back what a comparison over many seeds left in a directory; nothing is simulated.

    Its picture can be drawn again with the timelines that lie there, and with no other seed's.

    Raises
    ------
    StatesimError
        If no comparison lies there.
    """
    directory = Path(out)
    document, found = read_comparison_journals(directory)
    outlines, rows = [outline for outline, _ in found], [each for _, each in found]

    def records(seed: int) -> list[RunRecord]:
        there = read_runs(directory / TIMELINES) if (directory / TIMELINES).is_dir() else []
        order = {name: place for place, name in enumerate(cases_of(outlines))}
        if {each.variant for each in there} != set(order) or {each.seed for each in there} != {seed}:
            raise StatesimError(
                f"in {directory / TIMELINES} are no timelines of seed {seed}, and nothing is simulated here: "
                "`statesim compare … --out … --resume` makes them"
            )
        return sorted(there, key=lambda each: order[each.variant])

    return Comparison(outlines, rows, document["baseline"], records)


@overload
def compare(
    *sources: Source,
    seed: int | None = None,
    seeds: None = None,
    variants: Sequence[str] = (),
    settings: Mapping[str, Any] = ...,
) -> Result: ...
@overload
def compare(
    *sources: Source,
    seed: int | None = None,
    seeds: int | Iterable[int],
    variants: Sequence[str] = (),
    settings: Mapping[str, Any] = ...,
    baseline: str | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    jobs: int | None = None,
    executor: Any = None,
) -> Comparison: ...
def compare(
    *sources: Source,
    seed: int | None = None,
    seeds: int | Iterable[int] | None = None,
    variants: Sequence[str] = (),
    settings: Mapping[str, Any] = {},  # only read
    baseline: str | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    jobs: int | None = None,
    executor: Any = None,
) -> Result | Comparison:
    """Run several scenarios (or one with variants) and put their runs side by side.

    Where there are several, each variant's name begins with its scenario's. With many seeds all variants see
    the same ones, and so the same failures and arrivals: they are compared seed by seed.

    Parameters
    ----------
    seed
        Replaces the scenario's seed; with a number of `seeds` the first of them.
    seeds
        How many, from 1 on; or which. None: one run of each variant.
    variants, settings
        As for `run`.
    baseline
        The variant that the others are compared with; the first if it is not given.
    out, resume
        Where finished runs are kept while it goes on, and whether it goes on with those; as for `sweep`.
    jobs, executor
        How many processes, or what works instead; as for `sweep`.

    Raises
    ------
    ScenarioError
        With everything that is wrong with a scenario.

    Examples
    --------
    >>> import statesim
    >>> found = statesim.compare("sts-ordered-scale", "real-manifest", seeds=2, jobs=1)
    >>> found
    <Comparison of sts-ordered-scale, real-manifest over 2 seeds>
    """
    if seeds is None:
        from statesim.experiment.loading import load_with  # noqa: PLC0415 - 0.4 s, and `read` runs nothing
        from statesim.experiment.run import run_side_by_side  # noqa: PLC0415 - as above

        only, values = names(variants, "variants"), values_by_path(settings)
        loaded = [load_with(source, values, only=only) for source in sources]
        return Result(run_side_by_side(loaded, seed=None if seed is None else seed_of(seed), only=only))
    chosen = seeds_of(seeds, None if seed is None else seed_of(seed))
    if len(set(chosen)) == 1:
        raise StatesimError("one seed tells of no difference how sure it is: take two, better two hundred")
    going = Comparing(
        sources, chosen, baseline=baseline, variants=variants, settings=settings, out=out, resume=resume
    )
    for _ in going.work(executor=executor, jobs=jobs):
        pass
    result = going.result()
    if out is not None:
        result.save(out, pictures=False)
    return result

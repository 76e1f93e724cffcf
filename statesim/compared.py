"""The Python face of comparisons over many seeds: variants under common random numbers."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from statesim.analysis.bootstrap import RESAMPLES
from statesim.analysis.over_seeds import differing, over_seeds, typical_seed
from statesim.analysis.sweep_table import table
from statesim.api import Result
from statesim.errors import StatesimError
from statesim.scenario.words import did_you_mean
from statesim.views.compare_figure import comparison_figure
from statesim.views.comparison_outputs import write_comparison
from statesim.views.outputs import writable
from statesim.views.sweep_outputs import write_table

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from matplotlib.figure import Figure

    from statesim.analysis.over_seeds import Compared
    from statesim.analysis.record import RunRecord
    from statesim.analysis.sweep_record import Numbers, Row
    from statesim.experiment.loading import Source
    from statesim.experiment.sweep_plan import Plan


TELLING = 12  # metrics, where nobody says which
TIMELINES = "timelines"


class Comparing:
    """A comparison while it runs: iterate over `work` to do it.

    Attributes
    ----------
    names
        What the variants are called, in order.
    baseline
        The one that the others are compared with.
    plan_of
        Of each variant, in the order of `names`: which plan, and which of its cases.
    done
        How many runs are finished by now.
    failed
        Runs that ended in an error of the program; their seeds are left out, in all variants.
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
    ) -> None:
        from statesim.experiment.run import side_by_side  # noqa: PLC0415 - the simulator
        from statesim.experiment.sweep_plan import check_metrics, plan  # noqa: PLC0415 - as above

        self.sources = list(sources)
        self.variants, self.settings = list(variants), dict(settings)
        self.seeds = list(dict.fromkeys(seeds))
        if not self.sources or not self.seeds:
            raise StatesimError("a comparison needs a scenario and at least one seed")
        self.plans: list[Plan] = [
            plan(source, {path: [value] for path, value in settings.items()}, variants=variants)
            for source in self.sources
        ]
        pairs = [(each.outline.scenario, case.variant) for each in self.plans for case in each.outline.cases]
        self.names = side_by_side(pairs, several=len(self.plans) > 1)
        self.baseline = self.names[0] if baseline is None else baseline
        if self.baseline not in self.names:
            hint = did_you_mean(self.baseline, self.names)
            raise StatesimError(f"there is no variant {self.baseline!r}" + (f"; {hint}" if hint else ""))
        check_metrics(self.plans, metrics)
        self.done = 0
        self.failed: list[tuple[int, Row]] = []
        self._rows: dict[tuple[int, int], list[Row]] = {}
        self.plan_of = [
            (number, case) for number, each in enumerate(self.plans) for case in range(len(each.scenarios))
        ]

    @property
    def total(self) -> int:
        """Return how many runs it is in all."""
        return len(self.names) * len(self.seeds)

    def work(self, *, executor: Any = None, jobs: int | None = None) -> Generator[Row, None, None]:
        """Run everything; yield rows as they come.

        It goes seed by seed through all variants of all scenarios: whoever stops early has whole seeds.
        """
        from statesim.experiment.sweep import runs_of  # noqa: PLC0415 - the simulator

        with closing(runs_of(self.plans, self.seeds, executor=executor, jobs=jobs)) as found:
            for number, row in found:
                if row.failed:
                    self.failed.append((number, row))
                else:
                    self._rows.setdefault((number, row.case), []).append(row)
                self.done += 1
                yield row

    @property
    def whole(self) -> list[int]:
        """Return the seeds that all variants have finished by now."""
        finished = [{row.seed for row in self._rows.get(key, [])} for key in self.plan_of]
        return [seed for seed in self.seeds if all(seed in seeds for seeds in finished)]

    def result(self) -> Comparison:
        """Return the comparison of the seeds that all variants have finished."""
        found = [{row.seed: row for row in self._rows.get(key, [])} for key in self.plan_of]
        whole = self.whole
        if not whole:
            raise StatesimError("there is no seed that all variants have finished")
        rows = [[rows[seed] for seed in whole] for rows in found]
        return Comparison(self, dict(zip(self.names, rows, strict=True)))


def seeds_from(first: int | None, count: int) -> range:
    """Return so many seeds, one after the other; from 1 on if nobody says which is the first."""
    begin = 1 if first is None else first
    return range(begin, begin + count)


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
    """

    def __init__(self, asked: Comparing, rows: dict[str, list[Row]]) -> None:
        self.baseline = asked.baseline
        self.failures = [
            (row, asked.plans[n].outline.source, asked.plans[n].outline.cases[row.case].variant)
            for n, row in sorted(asked.failed, key=lambda each: (each[0], each[1].key))
        ]
        self._asked = asked
        self._rows = rows
        self.numbers: dict[str, dict[int, Numbers]] = {
            name: {row.seed: row.numbers for row in found} for name, found in rows.items()
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
        """Return the seed whose outages are nearest to the median of each variant's."""
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
        for (number, case), (name, rows) in zip(self._asked.plan_of, self._rows.items(), strict=True):
            outline = self._asked.plans[number].outline
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
        """Run all variants with one seed (the most typical one if none is named), for their timelines."""
        from statesim.experiment.loading import load_with  # noqa: PLC0415 - the simulator
        from statesim.experiment.run import run_side_by_side  # noqa: PLC0415 - as above

        asked, chosen = self._asked, self.typical_seed if seed is None else seed
        loaded = [load_with(source, asked.settings, only=asked.variants) for source in asked.sources]
        return run_side_by_side(loaded, seed=chosen, only=asked.variants)

    def figure(self, seed: int | None = None, *, theme: str = "paper") -> Figure:
        """Return one seed's timelines, and beside each what all seeds came to.

        Parameters
        ----------
        seed
            Default: the most typical one.
        """
        return self._drawn(self.records(seed), typical=seed is None, theme=theme)

    def _drawn(self, records: Sequence[RunRecord], *, typical: bool, theme: str = "paper") -> Figure:
        return comparison_figure(records, self.numbers, baseline=self.baseline, typical=typical, theme=theme)

    def save(
        self, out: str | Path, *metrics: str, seed: int | None = None, pictures: bool = True
    ) -> list[Path]:
        """Write ``runs.csv``, ``comparison.json`` and ``comparison.svg`` and ``.png``; return the paths.

        The runs whose timelines are drawn lie in ``timelines``, as `statesim run` writes them.

        Parameters
        ----------
        metrics
            Those in ``comparison.json``; the most telling dozen if none is named. The table has all of them.
        seed
            Whose timelines are drawn; default: the most typical one.
        """
        directory = writable(Path(out))
        made = write_table(directory, self.runs)
        document = {
            "baseline": self.baseline,
            "seeds": self.seeds,
            "typical_seed": self.typical_seed,
            "metrics": [row for each in self.of(*(metrics or self.metrics[:TELLING])) for row in told(each)],
        }
        if not pictures:
            return [*made, *write_comparison(directory, document, None)]
        records = self.records(seed)
        figure = self._drawn(records, typical=seed is None)
        made += write_comparison(directory, document, figure)
        return [*made, *Result(records).save(directory / TIMELINES, pictures=False)]

    def __repr__(self) -> str:
        names = ", ".join(each.outline.scenario for each in self._asked.plans)
        return f"<Comparison of {names} over {len(self.seeds)} seeds>"


def told(found: Compared) -> Iterator[dict[str, Any]]:
    """Yield a metric's comparison as plain data, a row for each variant."""
    for column in found.columns:
        pair = column.paired
        bounds = [("mean", column.mean)]
        bounds += [] if pair is None else [("difference", pair.mean), ("bootstrap", pair.resampled)]
        row: dict[str, Any] = {"metric": found.metric, "variant": column.variant, "runs": column.runs}
        for name, interval in bounds:
            row[name] = interval and interval.estimate
            row[f"{name}_low"], row[f"{name}_high"] = (
                (interval.low, interval.high) if interval else (None, None)
            )
        row |= {"median": column.median, "not_over": column.open_}
        if pair is not None:
            row |= {"lower": pair.lower, "equal": pair.equal, "higher": pair.higher}
            row |= {"variance_ratio": pair.narrowed, "includes_0": pair.mean and not pair.tells}
        yield row


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

        loaded = [load_with(source, settings, only=variants) for source in sources]
        return Result(run_side_by_side(loaded, seed=seed, only=variants))
    chosen = seeds_from(seed, seeds) if isinstance(seeds, int) else seeds
    going = Comparing(sources, chosen, baseline=baseline, variants=variants, settings=settings)
    for _ in going.work(executor=executor, jobs=jobs):
        pass
    return going.result()

"""The Python face of sweeps: run a scenario with many seeds and settings, look at the distributions."""

from __future__ import annotations

from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statesim.analysis.comparison_journal import lies_in as comparison_lies_in
from statesim.analysis.sweep_journal import Journal, lies_in, outline_in, read_journal
from statesim.analysis.sweep_summary import Distribution, distributions, headlines
from statesim.analysis.sweep_table import table
from statesim.analysis.tidy import known, shown_setting
from statesim.asked import lists_by_path, names, seeds_of
from statesim.errors import StatesimError
from statesim.scenario.words import did_you_mean
from statesim.underway import Underway
from statesim.views.outputs import writable
from statesim.views.speech import drawn_in
from statesim.views.sweep_outputs import write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    import pandas as pd
    from matplotlib.figure import Figure

    from statesim.analysis.statistics import Interval
    from statesim.analysis.sweep_record import Effort, Key, Numbers, Outline, Row
    from statesim.experiment.loading import Source
    from statesim.experiment.sweep_plan import Plan
    from statesim.systems.driver import System

    # any executor of `concurrent.futures`, or a `distributed.Client`
    AnyExecutor = Executor | Any


_BAND = (("", "estimate"), ("_low", "low"), ("_high", "high"))


def _band(name: str, found: Interval | None) -> dict[str, float | None]:
    """Return an estimate and its bounds as columns."""
    return {f"{name}{end}": None if found is None else getattr(found, which) for end, which in _BAND}


class Sweep:
    """What a sweep leaves behind.

    Attributes
    ----------
    outline
        What it is about: scenario, settings, cases.
    failed
        Runs that ended in an error of the program; they are in no table.
    effort
        What it took; ``None`` if it was read back.
    """

    def __init__(
        self,
        outline: Outline,
        rows: Iterable[Row],
        *,
        failed: Sequence[Row] = (),
        effort: Effort | None = None,
    ) -> None:
        self.outline = outline
        self.failed = list(failed)
        self.effort = effort
        self._rows = sorted(rows, key=lambda row: row.key)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Return the table: a row for each run; scenario, variant, seed, settings, metrics by path."""
        return table(self.outline, self._rows)

    @property
    def settings(self) -> list[str]:
        """Return which columns of the table are settings."""
        return list(self.outline.settings)

    def distributions(self, *metrics: str) -> list[Distribution]:
        """Return the distribution of each metric for each variant with its settings.

        Parameters
        ----------
        metrics
            Columns of `runs`; without any RTO, RPO, unavailability, lost writes, availability.

        Raises
        ------
        ValueError
            If there is no such metric; it says which is meant.
        """
        chosen = metrics or headlines(self.runs)
        return distributions(self.runs, [row.case for row in self._rows], chosen)

    def summary(self, *metrics: str) -> pd.DataFrame:
        """Return `distributions` as a table, a row each: median, tail, worst seed, mean.

        ``_low`` and ``_high`` are the 95 % bounds: of percentiles by order statistics (infinite where there
        are too few runs for one), of the mean by the bootstrap.
        """
        import pandas as pd  # noqa: PLC0415 - as above

        rows = []
        for each in self.distributions(*metrics):
            case = self.outline.cases[each.case]
            rows.append(
                {
                    "metric": each.metric,
                    "variant": case.variant,
                    **{path: case.settings.get(path) for path in self.settings},
                    **{name: getattr(each, name) for name in ("n", "none", "never", "median")},
                    **_band("p95", each.bounds[0]),
                    **_band("p99", each.bounds[1]),
                    "worst": each.worst,
                    "worst_seed": each.seed,
                    **_band("mean", each.mean),
                }
            )
        return pd.DataFrame(rows)

    def ecdf(self, metric: str, by: Sequence[str] | None = None, **options: Any) -> Figure:
        """Return a metric's distributions as curves with their bands; see `views.ecdf.distribution`."""
        from statesim.views.ecdf import distribution  # noqa: PLC0415 - only pictures need it

        return distribution(self.runs, metric, by=by or self.varied, **options)

    def heatmap(self, metric: str, x: str, y: str, **options: Any) -> Figure:
        """Return a metric over two settings; see `views.heatmap.heatmap`."""
        from statesim.views.heatmap import heatmap  # noqa: PLC0415 - as above

        return heatmap(self.runs, metric, x, y, **options)

    def nines(self, metric: str, by: Sequence[str] | None = None, **options: Any) -> Figure:
        """Return availabilities in nines; see `views.nines.nines`."""
        from statesim.views.nines import nines  # noqa: PLC0415 - as above

        return nines(self.runs, metric, by=by or self.varied, **options)

    @property
    def varied(self) -> list[str]:
        """Return the columns that tell cases apart."""
        return [name for name in ("variant", *self.settings) if self.runs[name].nunique() > 1]

    @property
    def numbers(self) -> dict[str, dict[int, Numbers]]:
        """Return case -> seed -> metrics by their dotted paths; infinite is what never came."""
        found: dict[str, dict[int, Numbers]] = {}
        for row in self._rows:
            case = self.outline.cases[row.case]
            settings = [shown_setting(path, value) for path, value in case.settings.items()]
            found.setdefault(", ".join([case.variant, *settings]), {})[row.seed] = row.numbers
        return found

    def save(
        self, out: str | Path, *, pictures: bool = True, theme: str = "paper", language: str | None = None
    ) -> list[Path]:
        """Write ``runs.csv``, ``runs.parquet`` (where pyarrow is installed) and the pictures; see `draw`."""
        directory = writable(Path(out))
        made = write_table(directory, self.runs)
        return [*made, *self.draw(directory, theme=theme, language=language)] if pictures else made

    def draw(self, out: str | Path, *, theme: str = "paper", language: str | None = None) -> list[Path]:
        """Write the pictures: distributions, nines, and a heat map for each two settings.

        Parameters
        ----------
        language
            ``en`` or ``zh``; default: English.
        """
        from statesim.views.sweep_pictures import write_sweep_pictures  # noqa: PLC0415 - as above

        directory = writable(Path(out))
        directory.mkdir(parents=True, exist_ok=True)
        with drawn_in(language):
            return write_sweep_pictures(directory, self.runs, self.settings, theme=theme)

    def only(self, variants: Sequence[str]) -> Sweep:
        """Return the sweep of some of its variants; of all, if none is named.

        Raises
        ------
        StatesimError
            If there is no such variant; it says which is meant.
        """
        there = list(dict.fromkeys(case.variant for case in self.outline.cases))
        for name in variants:
            if name not in there:
                hint = did_you_mean(name, there)
                raise StatesimError(f"there is no variant {name!r}" + (f"; {hint}" if hint else ""))
        if not variants:
            return self
        rows = [row for row in self._rows if self.outline.cases[row.case].variant in variants]
        return Sweep(self.outline, rows, failed=self.failed, effort=self.effort)

    def known(self, metrics: Sequence[str]) -> list[str]:
        """Return metrics, if all of them are columns of the table.

        Raises
        ------
        StatesimError
            If one is not; it says which is meant.
        """
        try:
            known(self.runs, metrics)
        except ValueError as error:
            raise StatesimError(str(error)) from None
        return list(metrics)

    def draw_distributions(
        self,
        out: str | Path,
        *metrics: str,
        named: Sequence[str] = (),
        theme: str = "paper",
        language: str | None = None,
    ) -> list[Path]:
        """Write a picture of each metric's distribution; without any of RTO, RPO, outages, losses.

        Parameters
        ----------
        named
            Words at the end of each picture's name.
        language
            ``en`` or ``zh``; default: English.
        """
        from statesim.views.sweep_pictures import write_distributions  # noqa: PLC0415 - as above

        directory = writable(Path(out))
        chosen = metrics or headlines(self.runs)
        by, runs = self.varied, self.runs
        with drawn_in(language):
            return write_distributions(directory, runs, chosen, by=by, named=named, theme=theme)

    def _repr_html_(self) -> str:
        return str(self.summary().to_html(index=False, na_rep=""))

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        cases = len(self.outline.cases)
        return f"<Sweep of {self.outline.scenario}: {cases} case{'s' if cases > 1 else ''}, {len(self)} runs>"


class Sweeping(Underway):
    """A sweep while it runs: iterate over `work` to do it. What was finished before stays in it."""

    def __init__(self, plan: Plan, seeds: Iterable[int], journal: Journal | None = None) -> None:
        super().__init__([plan], seeds, [journal] if journal else [])

    @property
    def plan(self) -> Plan:
        """Return what is run."""
        return self.plans[0]

    @property
    def rows(self) -> dict[Key, Row]:
        """Return what is finished, by case and seed, all runs of an earlier time included."""
        return self.found[0]

    def result(self) -> Sweep:
        """Return what is finished by now."""
        failed = sorted((row for _, row in self.failed), key=lambda row: row.key)
        return Sweep(self.plan.outline, self.rows.values(), failed=failed, effort=self.effort)


def prepare(
    source: Source,
    *,
    seeds: int | Iterable[int] = 1000,
    settings: Mapping[str, Sequence[Any]] | None = None,
    variants: Sequence[str] = (),
    out: str | Path | None = None,
    resume: bool = False,
    systems: Iterable[type[System]] = (),
    metrics: Iterable[str] = (),
) -> Sweeping:
    """Check everything that `sweep` will need, and return what does the work; see there.

    Parameters
    ----------
    metrics
        Those that will be told of: a misspelt one is an error now.
    """
    from statesim.experiment.sweep_plan import check_metrics, plan  # noqa: PLC0415 - the simulator: as above

    if out is None and resume:
        raise StatesimError("there is nothing to resume without the directory of a sweep: say --out")
    drivers, only = tuple(systems), names(variants, "variants")
    tried, chosen = lists_by_path(settings or {}), seeds_of(seeds)
    planned = plan(source, tried, variants=only, systems=drivers)
    if resume and (order := _order_there(Path(out or ""), planned.outline)):
        again = plan(source, order, variants=only, systems=drivers)
        if again.outline.digest == planned.outline.digest:
            planned = again
    check_metrics((planned,), metrics)
    journal = None
    if out is not None:
        if comparison_lies_in(directory := writable(Path(out))):
            raise StatesimError(f"in {directory} lies a comparison, which is no sweep: take another --out")
        journal = Journal.opened(directory, planned.outline, resume=resume)
    return Sweeping(planned, chosen, journal)


def _order_there(directory: Path, now: Outline) -> Mapping[str, Sequence[Any]] | None:
    """Return the settings in the order of the sweep that lies in a directory, if only the order differs."""
    from statesim.scenario.settings import in_order_of  # noqa: PLC0415 - as above

    if not lies_in(directory):
        return None
    there = outline_in(directory).settings
    order = in_order_of(there, now.settings)
    same = order is None or list(order.items()) == list(now.settings.items())
    return None if same else order


def sweep(
    source: Source,
    *,
    seeds: int | Iterable[int] = 1000,
    settings: Mapping[str, Sequence[Any]] | None = None,
    variants: Sequence[str] = (),
    out: str | Path | None = None,
    resume: bool = False,
    jobs: int | None = None,
    executor: AnyExecutor = None,
    systems: Iterable[type[System]] = (),
    finished: Callable[[Row], None] | None = None,
) -> Sweep:
    """Run a scenario with many seeds, in every variant and with every combination of settings.

    All variants and settings see the same seeds, and so the same failures and arrivals. The result is the
    same, byte for byte, whatever does the work and in whatever order.

    Parameters
    ----------
    seeds
        How many, from 1 on; or which.
    settings
        The values to try, by path: ``{"systems.pg.parameters.ttl": ["30s", "60s"]}``. A variant that has no
        place for a path is run without it.
    variants
        The variants to run; all if empty.
    out
        Where the journal of finished runs is kept, and the table is written at the end.
    resume
        Go on with the sweep that lies in `out`: only what is missing is run, and all that was finished stays,
        whatever its seed.
    jobs
        How many processes; one for each core if it is not given. 1 works in this process.
    executor
        What works instead: any executor of `concurrent.futures`, or a `distributed.Client` of Dask.
    systems
        Drivers of your own, as for `run`.
    finished
        Called after each run.

    Raises
    ------
    ScenarioError
        With everything that is wrong with the scenario or a setting, before anything is run.
    StatesimError
        If `out` holds another sweep, or none that could be resumed, or workers died again and again.

    Examples
    --------
    >>> import statesim
    >>> swept = statesim.sweep("sts-ordered-scale", seeds=3, jobs=1)
    >>> swept
    <Sweep of sts-ordered-scale: 1 case, 3 runs>
    >>> swept.runs["workloads.db.ready_at_end"].tolist()
    [5, 5, 5]
    """
    going = prepare(
        source, seeds=seeds, settings=settings, variants=variants, out=out, resume=resume, systems=systems
    )
    with closing(going.work(executor=executor, jobs=jobs)) as rows:
        for row in rows:
            if finished is not None:
                finished(row)
    result = going.result()
    if out is not None:
        result.save(out, pictures=False)
    return result


def read_sweep(out: str | Path) -> Sweep:
    """Read back what a sweep left in a directory; nothing is simulated.

    Raises
    ------
    StatesimError
        If no sweep lies there.
    """
    return Sweep(*read_journal(Path(out)))

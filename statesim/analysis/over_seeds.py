"""Variants compared over many seeds: what each came to, and how it differs from one of them, seed by seed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, TypeAlias

from statesim.analysis.compare import rank, telling
from statesim.analysis.direction import direction
from statesim.analysis.paired import Paired, paired
from statesim.analysis.statistics import Interval, mean_interval, observed_quantiles
from statesim.analysis.tidy import OUTAGES
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Numbers: TypeAlias = Mapping[str, float | int | None]
    # variant -> seed -> metrics by their dotted paths; infinite is what never came
    Runs: TypeAlias = Mapping[str, Mapping[int, Numbers]]


@dataclass(frozen=True, slots=True)
class Column:
    """One variant's values of one metric, and how they differ from the baseline's.

    Attributes
    ----------
    runs
        How many runs have a value.
    mean, median
        Over all of them; the mean is ``None`` if one is infinite.
    open_
        In how many runs the outage was not over when they ended (what is measured is then a part of it), or
        what was waited for never came.
    paired
        The differences to the baseline; ``None`` for the baseline itself.
    """

    variant: str
    runs: int
    mean: Interval | None
    median: float | None
    open_: int
    paired: Paired | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One metric in all variants."""

    metric: str
    columns: tuple[Column, ...]

    @property
    def better(self) -> int:
        """Return 1 if more is better, -1 if less is, 0 if neither can be said."""
        return direction(self.metric)


def differing(runs: Runs) -> list[str]:
    """Return the metrics whose values differ between variants in some seed, the most telling ones first."""
    there = filter(telling, _paths(runs))
    return sorted(
        (path for path in there if len({tuple(_values(found, path)) for found in runs.values()}) > 1),
        key=rank,
    )


def over_seeds(
    runs: Runs, metrics: Sequence[str], *, baseline: str | None = None, resamples: int = 0
) -> tuple[Compared, ...]:
    """Compare the variants with one of them, seed by seed.

    Parameters
    ----------
    runs
        All variants with the same seeds.
    metrics
        Paths, as `differing` finds them.
    baseline
        The first variant if it is not given.
    resamples
        Of the bootstrap's intervals; 0: without these.

    Raises
    ------
    ValueError
        If there is no such variant or metric.
    """
    base = next(iter(runs)) if baseline is None else baseline
    if base not in runs:
        raise ValueError(_unknown("variant", base, list(runs)))
    there = _paths(runs)
    for metric in metrics:
        if metric not in there:
            raise ValueError(_unknown("metric", metric, there))
    return tuple(Compared(metric, _columns(runs, metric, base, resamples)) for metric in metrics)


def _paths(runs: Runs) -> list[str]:
    return list(dict.fromkeys(path for found in runs.values() for row in found.values() for path in row))


def _columns(runs: Runs, metric: str, base: str, resamples: int) -> tuple[Column, ...]:
    values = {name: _values(found, metric) for name, found in runs.items()}
    return tuple(_column(name, metric, values, base, found, resamples) for name, found in runs.items())


def _unknown(kind: str, name: str, known: Sequence[str]) -> str:
    hint = did_you_mean(name, known)
    return f"there is no {kind} {name!r}" + (f"; {hint}" if hint else "")


def _values(found: Mapping[int, Numbers], metric: str) -> list[float | None]:
    return [found[seed].get(metric) for seed in sorted(found)]


def _column(
    name: str,
    metric: str,
    values: Mapping[str, list[float | None]],
    base: str,
    found: Mapping[int, Numbers],
    resamples: int,
) -> Column:
    own = [value for value in values[name] if value is not None]
    finite = bool(own) and all(map(isfinite, own))
    return Column(
        variant=name,
        runs=len(own),
        mean=mean_interval(own) if finite else None,
        median=observed_quantiles(own, (0.5,))[0] if own else None,
        open_=_open(metric, found),
        paired=None
        if name == base
        else paired(values[name], values[base], resamples=resamples, name=f"{metric} {name}"),
    )


def _open(metric: str, found: Mapping[int, Numbers]) -> int:
    whose, _, name = metric.rpartition(".")
    reads = "read_" if name.startswith("read_") else ""
    if name.removeprefix("read_") in OUTAGES:
        return sum(bool(row.get(f"{whose}.{reads}out_at_end")) for row in found.values())
    return sum(row.get(metric) == inf for row in found.values())


# -- what an audience asks first: lost writes, downtime, two primaries -----------------------------------

# by path: of whom, which metric, and whether it is added up or the longest of it taken
OUTCOMES: Mapping[str, tuple[str, str, Callable[[list[float | int]], float | int]]] = {
    "clients.all.lost": ("clients.", ".lost", sum),
    "clients.all.unavailable_s": ("clients.", ".unavailable_s", max),
    "systems.all.dual_primary_s": ("systems.", ".dual_primary_s", max),
}
_OPEN = "clients.all.out_at_end"


def outcomes(runs: Runs) -> dict[str, dict[int, dict[str, float | int | None]]]:
    """Return runs with three metrics each: all writes lost, the longest time out, and with two primaries.

    Their paths are those of `OUTCOMES`; ``None`` is what a run has no number for.
    """
    return {name: {seed: _outcome(row) for seed, row in found.items()} for name, found in runs.items()}


def _outcome(row: Numbers) -> dict[str, float | int | None]:
    told: dict[str, float | int | None] = {}
    for path, (begins, ends, of) in OUTCOMES.items():
        there = [v for p, v in row.items() if v is not None and p.startswith(begins) and p.endswith(ends)]
        told[path] = of(there) if there else None
    told[_OPEN] = max((v or 0 for p, v in row.items() if p.endswith(".out_at_end")), default=0)
    return told


def typical_seed(runs: Runs) -> int:
    """Return the seed that is nearest to the middle of each variant, in each of the `outcomes`.

    How far a value is from the middle is told by how many seeds lie between, and not by how large it is: a
    seed that loses nothing is not typical where most lose a write, although nothing is nearly one. That is
    summed over variants and outcomes; of equals it is the smallest seed.
    """
    seeds = sorted(next(iter(runs.values())))
    far = dict.fromkeys(seeds, 0.0)
    for found in outcomes(runs).values():
        for path in OUTCOMES:
            told = {seed: found[seed][path] for seed in seeds}
            values = sorted(value for value in told.values() if value is not None)
            if values:
                for seed, value in told.items():
                    far[seed] += 1.0 if value is None else _from_middle(value, values)
    return min(far, key=lambda seed: (round(far[seed], 9), seed))


def _from_middle(value: float, ordered: Sequence[float]) -> float:
    """Return what share of the values lies between one of them and their median: 0 for a median."""
    n = len(ordered)
    least, most = bisect_right(ordered, value) / n, 1 - bisect_left(ordered, value) / n
    return max(0.0, 0.5 - least, 0.5 - most)


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

"""Distributions over the runs of a sweep: for each case the middle, the tail, the worst seed.

What did not come, or was not over, before its run ended is infinite and counts in every quantile; a mean is
of the others, and `never` says how many that leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan
from typing import TYPE_CHECKING

from statesim.analysis.bootstrap import bootstrap
from statesim.analysis.direction import direction
from statesim.analysis.statistics import Interval, observed_quantiles, quantile_interval
from statesim.analysis.tidy import known, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

# what a sweep is for, in the order in which it is told: (metrics of, name)
HEADLINES = (
    ("systems", "rto_s"),
    ("systems", "rpo_s"),
    ("clients", "unavailable_s"),
    ("clients", "lost"),
    ("clients", "availability"),
)
TAILS = (0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Distribution:
    """One metric over the runs of one variant with one combination of settings.

    Attributes
    ----------
    case
        Which variant with which settings, by its number.
    n, none, never
        How many runs there are; in how many of them the metric has no value, and an infinite one.
    median
        Of the runs that have a value, infinite ones included.
    tail
        For each of `TAILS` the value that this share of the runs keeps: percentiles 95 and 99 of a time,
        5 and 1 of what is better the more there is of it.
    bounds
        Of each of them the interval (order statistics, 95 %), whatever the distribution is; infinite on a
        side on which there are too few runs for a bound.
    worst, seed
        The worst value, and the first seed that has it.
    mean
        Over finite values, with the bootstrap's interval (BCa, 95 %); ``None`` if there are none.
    """

    metric: str
    case: int
    n: int
    none: int
    never: int
    median: float
    tail: tuple[float, ...]
    bounds: tuple[Interval, ...]
    worst: float
    seed: int
    mean: Interval | None


def headlines(runs: pd.DataFrame) -> list[str]:
    """Return the metrics of a sweep's table that tell of outages and losses, where there are any values."""
    found = []
    for group, name in HEADLINES:
        there = [c for c in runs.columns if c.startswith(f"{group}.") and c.rpartition(".")[2] == name]
        found += [column for column in there if runs[column].notna().any()]
    return found


def distributions(runs: pd.DataFrame, cases: Sequence[int], metrics: Sequence[str]) -> list[Distribution]:
    """Return a distribution for each metric and each case that has values of it, in the order of both.

    Parameters
    ----------
    runs
        A sweep's table.
    cases
        For each of its rows the number of its case: its variant with its settings.
    metrics
        Columns of the table.

    Raises
    ------
    ValueError
        If the table has no such column; it says which is meant.
    """
    known(runs, metrics)
    import pandas as pd  # noqa: PLC0415 - 0.4 s, and only tables need it

    numbered = pd.Series(list(cases), index=runs.index)
    found = []
    for metric in metrics:
        values = values_of(runs, metric)
        for case in sorted(set(cases)):
            mine = numbered == case
            if values[mine].notna().any():
                found.append(_distribution(metric, case, values[mine], runs["seed"][mine]))
    return found


def _distribution(metric: str, case: int, found: pd.Series[float], seeds: pd.Series[int]) -> Distribution:
    pairs = [(float(v), int(seed)) for v, seed in zip(found, seeds, strict=True) if not isnan(v)]
    values = [value for value, _ in pairs]
    finite = [value for value in values if isfinite(value)]
    high = direction(metric) > 0
    bounds = tuple(quantile_interval(values, 1 - q if high else q) for q in TAILS)
    worst = min(values) if high else max(values)
    return Distribution(
        metric=metric,
        case=case,
        n=len(found),
        none=len(found) - len(values),
        never=len(values) - len(finite),
        median=observed_quantiles(values, (0.5,))[0],
        tail=tuple(each.estimate for each in bounds),
        bounds=bounds,
        worst=worst,
        seed=min(seed for value, seed in pairs if value == worst),
        mean=bootstrap(finite, name=metric) if finite else None,
    )

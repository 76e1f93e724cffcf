"""Pairs: two variants that saw the same seeds, compared seed by seed.

Both runs of a pair see the same failures and arrivals (common random numbers), so that what chance does to
both cancels in their difference: Var(X - Y) = Var X + Var Y - 2 Cov(X, Y) (Law, "Simulation Modeling and
Analysis", 11.2). The paired-t interval is that of 10.2.1 there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import inf, isfinite
from typing import TYPE_CHECKING

from statesim.analysis.bootstrap import RESAMPLES, bootstrap, quantile
from statesim.analysis.statistics import (
    CONFIDENCE,
    Interval,
    mean_interval,
    sign_chance,
    variance_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ROUNDING = 1e-20  # of a variance: what the last bits of floating-point numbers make of equal differences


@dataclass(frozen=True, slots=True)
class Paired:
    """The differences, value minus baseline, of pairs.

    Attributes
    ----------
    n
        How many pairs have both values.
    lower, equal, higher
        In how many of them the value is lower than the baseline's, the same, or higher.
    mean
        The mean difference and Student's interval; ``None`` if a value is infinite or there is no pair.
    resampled
        The same with the BCa bootstrap's interval, which bears skewed differences.
    median
        The median difference, with the bootstrap's percentiles; ``None`` as above.
    narrowed
        How many times as large the variance of the difference would be with independent seeds: above 1 where
        the common seeds helped. ``None`` if nothing varies; infinite if all differences are the same.
    chance
        How likely so uneven a split of `lower` against `higher` is, if both are as likely (sign test).
    """

    n: int
    lower: int
    equal: int
    higher: int
    mean: Interval | None
    resampled: Interval | None
    median: Interval | None
    narrowed: float | None
    chance: float

    @property
    def tells(self) -> bool:
        """Tell whether the interval of the mean difference leaves out 0: that it is no work of chance."""
        return self.mean is not None and 0 not in self.mean


def paired(
    values: Sequence[float | None],
    baseline: Sequence[float | None],
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    name: str = "",
) -> Paired:
    """Compare the values of one variant with another's, seed by seed.

    Parameters
    ----------
    values, baseline
        One for each seed, in the same order; ``None`` where a run has none, infinite for what never came.
    resamples, name
        How many resamples the bootstrap draws (0: none, and no such interval), and the name of its stream of
        chance.

    Raises
    ------
    ValueError
        If they are not equally many.
    """
    pairs = [
        (own, other)
        for own, other in zip(values, baseline, strict=True)
        if own is not None and other is not None
    ]
    lower, higher = sum(a < b for a, b in pairs), sum(a > b for a, b in pairs)
    counts = (len(pairs), lower, len(pairs) - lower - higher, higher)
    chance = sign_chance(lower, higher)
    if not pairs or not all(isfinite(each) for pair in pairs for each in pair):
        return Paired(*counts, None, None, None, None, chance)
    apart = [own - other for own, other in pairs]

    def resampled(of: Callable[..., Interval], apart: Sequence[float]) -> Interval | None:
        return of(apart, confidence=confidence, resamples=resamples, name=name) if resamples else None

    return Paired(
        *counts,
        mean=mean_interval(apart, confidence),
        resampled=resampled(bootstrap, apart),
        median=resampled(partial(bootstrap, statistic=quantile(0.5), method="percentile"), apart),
        narrowed=narrowed([own for own, _ in pairs], [other for _, other in pairs]),
        chance=chance,
    )


def narrowed(values: Sequence[float], baseline: Sequence[float]) -> float | None:
    """Return (Var X + Var Y) / Var(X - Y): how much more independent seeds would let the difference vary.

    That many times the seeds would be needed to be as sure without common random numbers.
    """
    alone = variance_of(values) + variance_of(baseline)
    together = variance_of([own - other for own, other in zip(values, baseline, strict=True)])
    if together <= alone * _ROUNDING:
        return inf if alone > 0 else None
    return alone / together

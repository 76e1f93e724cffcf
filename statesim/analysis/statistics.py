"""Small statistics in plain Python: quantiles, and means with the uncertainty that a sample leaves."""

from __future__ import annotations

from math import ceil, floor
from random import Random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Estimate(NamedTuple):
    """A mean and the interval that holds it with the confidence that was asked for."""

    mean: float
    low: float
    high: float
    size: int


def quantile(values: Sequence[float], q: float) -> float:
    """Return the `q`-quantile (0 to 1), interpolated between neighbours (Hyndman and Fan's type 7).

    Raises
    ------
    ValueError
        If there are no values, or `q` is not between 0 and 1.
    """
    return quantiles(values, (q,))[0]


def quantiles(values: Sequence[float], qs: Sequence[float]) -> list[float]:
    """Return several quantiles for one sort; see `quantile`."""
    if not values:
        raise ValueError("a quantile needs at least one value")
    if any(not 0 <= q <= 1 for q in qs):
        raise ValueError("a quantile lies between 0 and 1")
    ordered = sorted(values)
    found = []
    for q in qs:
        position = q * (len(ordered) - 1)
        low, high = floor(position), ceil(position)
        found.append(ordered[low] + (ordered[high] - ordered[low]) * (position - low))
    return found


def mean_with_interval(
    values: Sequence[float], *, confidence: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Estimate:
    """Return the mean and its percentile-bootstrap interval; the same values and seed give the same answer.

    Parameters
    ----------
    confidence
        Share of repetitions in which the interval would hold the true mean.
    resamples
        How often the sample is drawn from itself.

    Raises
    ------
    ValueError
        If there are no values.
    """
    count = len(values)
    if count == 0:
        raise ValueError("a mean needs at least one value")
    mean = sum(values) / count
    if count == 1:
        return Estimate(mean, mean, mean, 1)
    random = Random(seed).random
    means = [sum([values[int(random() * count)] for _ in range(count)]) / count for _ in range(resamples)]
    tail = (1 - confidence) / 2
    low, high = quantiles(means, (tail, 1 - tail))
    return Estimate(mean, low, high, count)

"""When a simulated number agrees with a formula: its value lies within an interval that is seldom wrong.

The seeds are fixed, so that a test that holds goes on to hold. The level says how often it would fail for other seeds,
if the simulator is right: that of four standard deviations, six times in a hundred thousand.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

from statesim.analysis.statistics import Interval, ecdf, mean_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOUR_SIGMA = 2 * NormalDist().cdf(4) - 1


def of_runs(values: Sequence[float]) -> Interval:
    """Return the interval of the mean of independent runs, one value each (Student's t)."""
    return mean_interval(list(values), FOUR_SIGMA)


def normal(estimate: float, deviation: float) -> Interval:
    """Return the interval of an estimate whose standard deviation theory gives."""
    return Interval(estimate, estimate - 4 * deviation, estimate + 4 * deviation, FOUR_SIGMA, "normal")


def follows(values: Sequence[float], cdf: Callable[[float], float]) -> bool:
    """Tell whether values can have come from a distribution: its curve lies in their band at four sigma throughout.

    The band is that of Dvoretzky, Kiefer and Wolfowitz (see `statesim.analysis.statistics.ecdf`).
    """
    seen = ecdf(values, FOUR_SIGMA)
    before = (0.0, *seen.share[:-1])  # the curve of the values steps up at each
    return all(
        share - seen.margin <= cdf(x) <= below + seen.margin
        for x, below, share in zip(seen.x, before, seen.share, strict=True)
    )

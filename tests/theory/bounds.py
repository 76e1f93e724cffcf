"""When a simulated number agrees with a formula: its value lies within an interval that is seldom wrong.

The seeds are fixed, so that a test that holds goes on to hold. The level says how often it would fail for other seeds,
if the simulator is right: that of four standard deviations, six times in a hundred thousand.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

from statesim.analysis.statistics import Interval, mean_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

FOUR_SIGMA = 2 * NormalDist().cdf(4) - 1


def of_runs(values: Sequence[float]) -> Interval:
    """Return the interval of the mean of independent runs, one value each (Student's t)."""
    return mean_interval(list(values), FOUR_SIGMA)


def normal(estimate: float, deviation: float) -> Interval:
    """Return the interval of an estimate whose standard deviation theory gives."""
    return Interval(estimate, estimate - 4 * deviation, estimate + 4 * deviation, FOUR_SIGMA, "normal")

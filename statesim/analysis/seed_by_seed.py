"""Which of several samples differ, when all of them saw the same seeds.

Intervals of single samples overlap where chance moves all of them together, however surely one lies above
the other. So each two are compared seed by seed (`statesim.analysis.paired`), and because there are many
pairs, each at a level that keeps the chance of any false difference at 5 %: Bonferroni's inequality (Law,
"Simulation Modeling and Analysis", 9.7 and 10.4).
"""

from __future__ import annotations

from itertools import combinations
from math import copysign, inf
from typing import TYPE_CHECKING, NamedTuple

from statesim.analysis.paired import Paired, paired
from statesim.analysis.statistics import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Sample = Mapping[int, float]  # by seed


class SeedBySeed(NamedTuple):
    """What comparing all pairs came to.

    Attributes
    ----------
    pairs
        How many were compared.
    higher, lower
        The two samples, by their places, that differ most surely; ``None`` if no two do.
    found
        Their difference, higher minus lower.
    """

    pairs: int
    higher: int | None = None
    lower: int | None = None
    found: Paired | None = None


def seed_by_seed(samples: Sequence[Sample], confidence: float = CONFIDENCE) -> SeedBySeed | None:
    """Compare each two samples in the seeds that both have.

    Returns
    -------
    SeedBySeed | None
        ``None`` if there are not two samples, or two of them have fewer than two seeds in common.
    """
    places = list(combinations(range(len(samples)), 2))
    if not places or min(len(samples[a].keys() & samples[b].keys()) for a, b in places) < 2:
        return None
    level = (1 - confidence) / len(places)
    strengths = [_strength(_compared(samples[a], samples[b], level), level) for a, b in places]
    most = max(range(len(places)), key=lambda place: abs(strengths[place]))
    if strengths[most] == 0:
        return SeedBySeed(len(places))
    higher, lower = places[most] if strengths[most] > 0 else reversed(places[most])
    return SeedBySeed(len(places), higher, lower, _compared(samples[higher], samples[lower], level))


def _compared(own: Sample, other: Sample, level: float) -> Paired:
    common = [seed for seed in own if seed in other]
    values = ([sample[seed] for seed in common] for sample in (own, other))
    return paired(*values, confidence=1 - level, resamples=0)


def _strength(found: Paired, level: float) -> float:
    """Return how far 0 lies outside the interval of the mean difference, in its half widths; 0: within it.

    Differences that are all the same leave that interval no width, however few they are: there the sign test
    judges. Negative where the other sample is the higher one.
    """
    mean = found.mean
    if mean is None or not found.tells:
        return 0.0
    if mean.width == 0:
        return copysign(inf, mean.estimate) if found.chance <= level else 0.0
    return 2 * mean.estimate / mean.width

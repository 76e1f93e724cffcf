"""Small statistics in plain Python: quantiles, and intervals that say how sure a number is.

A value may be infinite: what had not come when its run ended. Quantiles, order statistics and the empirical
distribution bear that; means do not, and refuse it. `statesim.analysis.bootstrap` has the intervals that are
found by resampling.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import atan, ceil, comb, cos, exp, floor, fsum, inf, isfinite, lgamma, log, log1p, pi, sin, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate, and between what bounds the true value lies with a given confidence.

    Attributes
    ----------
    low, high
        Infinite where there are too few values for a bound on that side.
    confidence
        0.95: of a hundred such intervals, each from its own sample, 95 hold the true value.
    method
        How it was found, in the words of statistics.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    method: str

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def width(self) -> float:
        """Return how far the bounds are apart."""
        return self.high - self.low


def quantiles(values: Sequence[float], qs: Sequence[float]) -> list[float]:
    """Return quantiles (0 to 1), interpolated between neighbours (Hyndman and Fan's type 7).

    Raises
    ------
    ValueError
        If there are no values, or a quantile is not between 0 and 1.
    """
    ordered = _ordered(values, qs)
    found = []
    for q in qs:
        position = q * (len(ordered) - 1)
        low, high = ordered[floor(position)], ordered[ceil(position)]
        between = 0.0 if low == high else (high - low) * (position - floor(position))
        found.append(low + between)
    return found


def observed_quantiles(values: Sequence[float], qs: Sequence[float]) -> list[float]:
    """Return, for each share (0 to 1), the smallest value that at least that share does not exceed.

    Always one of the values (Hyndman and Fan's type 1, "Sample Quantiles in Statistical Packages", The
    American Statistician 50, 1996): no half of a write is lost, and the point lies on the empirical curve.

    Raises
    ------
    ValueError
        If there are no values, or a quantile is not between 0 and 1.
    """
    ordered = _ordered(values, qs)
    # 0.07 * 100 is a little more than 7 in binary: that is still the seventh
    return [ordered[max(0, ceil(q * len(ordered) - 1e-9) - 1)] for q in qs]


def _ordered(values: Sequence[float], qs: Sequence[float]) -> list[float]:
    """Return the values in order, if quantiles of them can be told."""
    if not values:
        raise ValueError("a quantile needs at least one value")
    if any(not 0 <= q <= 1 for q in qs):
        raise ValueError("a quantile lies between 0 and 1")
    return sorted(values)


def mean_of(values: Sequence[float]) -> float:
    """Return the arithmetic mean, summed without loss.

    Raises
    ------
    ValueError
        If there are no values, or one is not finite.
    """
    if not values or not all(map(isfinite, values)):
        raise ValueError("a mean needs values, all of them finite")
    return fsum(values) / len(values)


def variance_of(values: Sequence[float]) -> float:
    """Return the unbiased variance of a sample (its sum of squares over n - 1); 0 for one value."""
    centre = mean_of(values)
    return fsum((value - centre) ** 2 for value in values) / max(1, len(values) - 1)


def mean_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """Return the mean and Student's interval of it: mean ± t(n - 1) · s / √n.

    Exact for normal values and good for the mean of many (Student, "The Probable Error of a Mean",
    Biometrika 6, 1908; Law, "Simulation Modeling and Analysis", 4.5). For few and skewed values: `bootstrap`.
    """
    _checked(confidence)
    centre, n = mean_of(values), len(values)
    if n < 2:
        return Interval(centre, -inf, inf, confidence, "Student's t")
    half = student_t(n - 1, confidence) * sqrt(variance_of(values) / n)
    return Interval(centre, centre - half, centre + half, confidence, "Student's t")


@cache
def student_t(df: int, confidence: float = CONFIDENCE) -> float:
    """Return the t between whose negative and itself Student's distribution has that much of its mass.

    Found by halving; the mass is the finite sum of Abramowitz and Stegun, "Handbook of Mathematical
    Functions", 26.7.3 (odd `df`) and 26.7.4 (even `df`).
    """
    low, high = 0.0, 1.0
    while _student_mass(high, df) < confidence:
        low, high = high, high * 2
    for _ in range(100):
        middle = (low + high) / 2
        if _student_mass(middle, df) < confidence:
            low = middle
        else:
            high = middle
    return high


def _student_mass(t: float, df: int) -> float:
    angle = atan(t / sqrt(df))
    sine, cosine = sin(angle), cos(angle)
    odd = df % 2 == 1
    term, total = (cosine if odd else 1.0), 0.0
    for step in range((df - 1) // 2 if odd else df // 2):
        total += term
        term *= cosine**2 * ((2 * step + 2) / (2 * step + 3) if odd else (2 * step + 1) / (2 * step + 2))
    return 2 / pi * (angle + sine * total) if odd else sine * total


def quantile_interval(values: Sequence[float], q: float, confidence: float = CONFIDENCE) -> Interval:
    """Return a quantile and an interval of it between two of the values, whatever their distribution is.

    The number of values below the true quantile is binomial, so that the r-th and the s-th smallest hold it
    between them with at least that confidence, at most half of the rest on either side (David and Nagaraja,
    "Order Statistics", 7.1; Hahn and Meeker, "Statistical Intervals", 5.2). A tail needs many values: the
    99th percentile has no upper bound below 368 of them, and the interval says so with an infinite one.
    """
    _checked(confidence)
    estimate = observed_quantiles(values, (q,))[0]
    ordered, rest = sorted(values), (1 - confidence) / 2
    below = _binomial_sums(len(ordered), q)  # below[k]: at most k of them
    first = bisect_right(
        below, rest
    )  # the largest r for which fewer than r lie below the quantile that seldom
    low = ordered[first - 1] if first > 0 else -inf
    last = next((k for k, sum_ in enumerate(below) if 1 - sum_ <= rest and k < len(ordered)), None)
    high = ordered[last] if last is not None else inf
    return Interval(estimate, low, high, confidence, "order statistics")


def _binomial_sums(n: int, p: float) -> list[float]:
    """Return, for k from 0 to n, how likely at most k of n successes are."""
    if p in {0.0, 1.0}:
        return [1.0 if p == 0.0 or k == n else 0.0 for k in range(n + 1)]
    odds = [
        exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p))
        for k in range(n + 1)
    ]
    sums, total = [], 0.0
    for chance in odds:
        total += chance
        sums.append(min(1.0, total))
    return sums


def proportion_interval(successes: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Return a share and Wilson's interval of it, which holds for shares of none and of all as well.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22, 1927.

    Raises
    ------
    ValueError
        If there are no trials, or more successes than trials.
    """
    _checked(confidence)
    if not 0 <= successes <= n or n == 0:
        raise ValueError("a share needs trials, and at most as many successes")
    z, share = NormalDist().inv_cdf((1 + confidence) / 2), successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == n else middle + half
    return Interval(share, low, high, confidence, "Wilson")


def sign_chance(better: int, worse: int) -> float:
    """Return how likely so uneven a split is if either side is as likely (the sign test, two-sided)."""
    n, fewer = better + worse, min(better, worse)
    as_uneven = 2 * sum(comb(n, k) for k in range(fewer + 1))
    return float(min(Fraction(1), Fraction(as_uneven, 2**n)))


@dataclass(frozen=True, slots=True)
class Ecdf:
    """The share of values at or below each value, and the band in which the whole true curve lies.

    Attributes
    ----------
    x
        The distinct finite values, from the smallest on; the curve steps up at each.
    share, low, high
        The curve after that step, and the band's edges.
    margin
        Half the band's height, before it is cut at 0 and 1.
    n
        How many values there were, infinite ones among them.
    """

    x: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    margin: float
    n: int
    confidence: float


def ecdf(values: Sequence[float], confidence: float = CONFIDENCE) -> Ecdf:
    """Return the empirical distribution with the band of Dvoretzky, Kiefer and Wolfowitz.

    Its half height is √(ln(2 / (1 - confidence)) / 2n), with Massart's constant: "The Tight Constant in the
    Dvoretzky-Kiefer-Wolfowitz Inequality", Annals of Probability 18, 1990. The band is for the curve as a
    whole, and so wider than an interval of one percentile.

    Raises
    ------
    ValueError
        If there are no values.
    """
    _checked(confidence)
    if not values:
        raise ValueError("a distribution needs at least one value")
    ordered, n = sorted(values), len(values)
    margin = sqrt(log(2 / (1 - confidence)) / (2 * n))
    x = tuple(dict.fromkeys(value for value in ordered if isfinite(value)))
    share = tuple(bisect_right(ordered, value) / n for value in x)
    low = tuple(max(0.0, each - margin) for each in share)
    high = tuple(min(1.0, each + margin) for each in share)
    return Ecdf(x, share, low, high, margin, n, confidence)


def _checked(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError("a confidence lies between 0 and 1")

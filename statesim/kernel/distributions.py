"""How long things take: distributions with known means, drawn by inverse CDF from one uniform number.

Times are integer microseconds. One draw takes exactly one number from the stream (``Fixed`` takes none),
so that changing a parameter does not shift later draws.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from statesim.kernel.streams import Chance

_NORMAL = NormalDist()
_SMALLEST = 2.0**-53


class Distribution(Protocol):
    """A random duration."""

    @property
    def mean(self) -> float:
        """Return the expected value, in microseconds."""

    def draw(self, rng: Chance) -> int:
        """Return one value, in microseconds, never negative."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always `value` microseconds."""

    value: int

    @property
    def mean(self) -> float:
        """Return the value itself."""
        return float(self.value)

    def draw(self, rng: Chance) -> int:  # noqa: ARG002 - part of the protocol
        """Return the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Uniform:
    """Evenly between `low` and `high` microseconds."""

    low: int
    high: int

    @property
    def mean(self) -> float:
        """Return the middle."""
        return (self.low + self.high) / 2

    def draw(self, rng: Chance) -> int:
        """Return one value."""
        return self.low + round((self.high - self.low) * rng.random())


@dataclass(frozen=True, slots=True)
class Exponential:
    """Memoryless, with mean `mean_us` microseconds."""

    mean_us: int

    @property
    def mean(self) -> float:
        """Return the parameter."""
        return float(self.mean_us)

    def draw(self, rng: Chance) -> int:
        """Return one value."""
        return round(-self.mean_us * math.log1p(-rng.random()))


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Skewed to the right: half the values lie below `median_us`; `sigma` is the spread of the logarithm."""

    median_us: int
    sigma: float

    @property
    def mean(self) -> float:
        """Return median · exp(sigma² / 2)."""
        return self.median_us * math.exp(self.sigma**2 / 2)

    def draw(self, rng: Chance) -> int:
        """Return one value."""
        return round(self.median_us * math.exp(self.sigma * _NORMAL.inv_cdf(max(rng.random(), _SMALLEST))))


@dataclass(frozen=True, slots=True)
class Weibull:
    """Wearing out (`shape` > 1) or failing young (`shape` < 1); `scale_us` is the 63rd percentile."""

    scale_us: int
    shape: float

    @property
    def mean(self) -> float:
        """Return scale · Γ(1 + 1/shape)."""
        return self.scale_us * math.gamma(1 + 1 / self.shape)

    def draw(self, rng: Chance) -> int:
        """Return one value."""
        stretched: float = (-math.log1p(-rng.random())) ** (1 / self.shape)
        return round(self.scale_us * stretched)


@dataclass(frozen=True, slots=True)
class Empirical:
    """Values that were measured, each as likely as its weight (equal weights where none are given)."""

    values: tuple[int, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("an empirical distribution needs at least one value")
        if self.weights and len(self.weights) != len(self.values):
            raise ValueError("an empirical distribution needs one weight for each value")

    def _cumulative(self) -> list[float]:
        total, running = 0.0, []
        for weight in self.weights or (1.0,) * len(self.values):
            total += weight
            running.append(total)
        return running

    @property
    def mean(self) -> float:
        """Return the weighted average."""
        weights = self.weights or (1.0,) * len(self.values)
        return sum(v * w for v, w in zip(self.values, weights, strict=True)) / sum(weights)

    def draw(self, rng: Chance) -> int:
        """Return one of the values."""
        cumulative = self._cumulative()
        return self.values[min(bisect_left(cumulative, rng.random() * cumulative[-1]), len(self.values) - 1)]

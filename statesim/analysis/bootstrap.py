"""Intervals by resampling: what the estimate would have been with other samples from the same values.

Resamples come from a stream of their own, named by what is resampled, so that the same values give the same
interval wherever it is computed. Of NumPy's generators only the raw output of PCG64 is used: NumPy keeps that
from version to version, which it does not promise for the methods of its `Generator` (NEP 19).
"""

from __future__ import annotations

from math import isfinite
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from statesim.analysis.statistics import CONFIDENCE, Interval
from statesim.kernel.streams import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]
    # one number of each row of a table: a mean, a median
    Statistic: TypeAlias = Callable[[Numbers], Numbers]

RESAMPLES = 4000
_CELLS = 1_000_000  # of a table of resamples at once: 8 MB
Method = Literal["bca", "percentile"]


def mean(rows: Numbers) -> Numbers:
    """Return the mean of each row."""
    means: Numbers = rows.mean(axis=-1)
    return means


def quantile(q: float) -> Statistic:
    """Return the statistic that is a quantile (0 to 1) of each row; the jackknife of BCa cannot judge it."""

    def of(rows: Numbers) -> Numbers:
        import numpy as np  # noqa: PLC0415 - 0.1 s, and only intervals need it

        found: Numbers = np.quantile(rows, q, axis=-1)
        return found

    return of


def bootstrap(
    values: Sequence[float],
    statistic: Statistic = mean,
    *,
    confidence: float = CONFIDENCE,
    method: Method = "bca",
    resamples: int = RESAMPLES,
    name: str = "",
) -> Interval:
    """Return a statistic of values, and its bootstrap interval.

    Parameters
    ----------
    statistic
        Takes a table and returns a number for each of its rows: `mean`, ``quantile(0.5)``.
    method
        ``bca`` corrects the bias and the skewness of the resampled statistics (Efron, "Better Bootstrap
        Confidence Intervals", JASA 82, 1987; Efron and Tibshirani, "An Introduction to the Bootstrap", 14.3),
        ``percentile`` takes their quantiles as they are (13.3 there).
    name
        Names the stream of chance: two names give resamples that are independent of each other.

    Raises
    ------
    ValueError
        If there are no values, or one is not finite.
    """
    import numpy as np  # noqa: PLC0415 - as above

    if not values or not all(map(isfinite, values)):
        raise ValueError("a bootstrap needs values, all of them finite")
    if not 0 < confidence < 1:
        raise ValueError("a confidence lies between 0 and 1")
    sample = np.asarray(values, dtype=np.float64)
    estimate = float(statistic(sample[None, :])[0])
    found = np.concatenate([statistic(sample[rows]) for rows in _resamples(len(values), resamples, name)])
    tails = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    if method == "bca":
        tails = _corrected(tails, found, estimate, sample, statistic)
    low, high = np.quantile(found, tails)
    return Interval(estimate, float(low), float(high), confidence, f"bootstrap, {_SAID[method]}")


_SAID = {"bca": "BCa", "percentile": "percentile"}


def _resamples(n: int, resamples: int, name: str) -> Iterator[NDArray[np.int64]]:
    """Yield tables of places: each row draws `n` of `n` with replacement."""
    import numpy as np  # noqa: PLC0415 - as above

    bits = np.random.PCG64(int.from_bytes(digest("statistics", "bootstrap", name, n), "big"))
    rows = max(1, _CELLS // n)
    for done in range(0, resamples, rows):
        raw: Any = bits.random_raw(min(rows, resamples - done) * n)
        # 53 bits make a number from 0 to 1, as Python's and NumPy's own `random` do
        places = ((raw >> np.uint64(11)) * (2.0**-53) * n).astype(np.int64)
        yield places.reshape(-1, n)


def _corrected(
    tails: Numbers, found: Numbers, estimate: float, sample: Numbers, statistic: Statistic
) -> Numbers:
    """Return which quantiles of the resampled statistics BCa takes for an interval's ends.

    The bias z0 is where the estimate stands among them (of those that equal it, one half below), the
    acceleration the skewness of the jackknife's values: equations 14.9, 14.10, 14.14 and 14.15 of Efron and
    Tibshirani.
    """
    import numpy as np  # noqa: PLC0415 - as above

    normal = NormalDist()
    below = float(((found < estimate).sum() + (found <= estimate).sum()) / (2 * len(found)))
    left_out = _jackknife(sample, statistic)
    apart = left_out.mean() - left_out
    spread = float((apart**2).sum())
    if not 0 < below < 1 or spread == 0:
        return tails
    z0 = normal.inv_cdf(below)
    acceleration = float((apart**3).sum()) / (6 * spread**1.5)
    shifted = [z0 + normal.inv_cdf(float(tail)) for tail in tails]
    return np.array([normal.cdf(z0 + each / (1 - acceleration * each)) for each in shifted])


def _jackknife(sample: Numbers, statistic: Statistic) -> Numbers:
    """Return the statistic without the first value, without the second, and so on."""
    import numpy as np  # noqa: PLC0415 - as above

    n = len(sample)
    if n == 1:
        return sample
    kept, rows = np.arange(n - 1), max(1, _CELLS // n)
    parts = []
    for done in range(0, n, rows):
        without = np.arange(done, min(n, done + rows))[:, None]
        parts.append(statistic(sample[kept + (kept >= without)]))
    return np.concatenate(parts)

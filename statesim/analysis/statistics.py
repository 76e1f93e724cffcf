"""Small statistics in plain Python: quantiles."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def quantiles(values: Sequence[float], qs: Sequence[float]) -> list[float]:
    """Return quantiles (0 to 1), interpolated between neighbours (Hyndman and Fan's type 7).

    Raises
    ------
    ValueError
        If there are no values, or a quantile is not between 0 and 1.
    """
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

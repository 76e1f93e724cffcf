"""How many requests a cache answers itself, by Che's approximation for LRU.

An object is in the cache if it was asked for within the last T_C, the characteristic time: that in which
as many different objects are asked for as the cache holds. So T_C solves
``sum(1 - exp(-rate * p_i * T_C)) = capacity``, and a request for object i is a hit with the chance
``1 - exp(-rate * p_i * T_C)`` (Fricker, Robert and Roberts, "A versatile and accurate approximation for LRU
cache performance", 2012). A cache that began empty a time t ago has had only that long to meet an object:
then ``min(t, T_C)`` stands for T_C (transients: Carlsson and Eager, 2018, arXiv 1803.03914).

Here time is counted in requests, ``n = rate * t``: how warm a cache is depends on how many requests it has
had, not on how fast they came. So its whole state is one number, whatever the rate did meanwhile.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, inf

from statesim.systems.zipf import Zipf, zipf

PRECISION = 1e-9


class Curve:
    """How warm a cache of a given size becomes.

    Parameters
    ----------
    popularity
        Of the objects that are asked for.
    capacity
        How many of them it holds.

    Attributes
    ----------
    full_after
        After how many requests it is as warm as it gets: the characteristic time, in requests; ``inf`` if
        it holds all objects.
    """

    __slots__ = ("_full", "_popularity", "full_after")

    def __init__(self, popularity: Zipf, capacity: int) -> None:
        self._popularity = popularity
        self.full_after = self._characteristic(capacity)
        self._full = self._after(self.full_after)

    def _characteristic(self, capacity: int) -> float:
        if capacity >= self._popularity.objects:
            return inf
        low, high = 0.0, 1.0
        while self._different(high) < capacity:
            low, high = high, high * 2
        while high - low > PRECISION * high:
            middle = (low + high) / 2
            low, high = (middle, high) if self._different(middle) < capacity else (low, middle)
        return high

    def _different(self, requests: float) -> float:
        """Return how many different objects so many requests are for."""
        return sum(count * (1 - exp(-p * requests)) for count, p in self._popularity.classes)

    def held(self, requests: float) -> float:
        """Return how many objects are in a cache that has had so many requests since it was empty."""
        return self._different(min(requests, self.full_after))

    def hit_ratio(self, requests: float = inf) -> float:
        """Return which share of requests is answered from a cache that has had so many since it was empty."""
        return self._full if requests >= self.full_after else self._after(requests)

    def _after(self, requests: float) -> float:
        return sum(count * p * (1 - exp(-p * requests)) for count, p in self._popularity.classes)

    def chance(self, item: int, requests: float) -> float:
        """Return how likely one object is there."""
        return 1 - exp(-self._popularity.popularity(item) * min(requests, self.full_after))

    def requests_to(self, share: float) -> float:
        """Return after how many requests the hit ratio is at a share (below 1) of what it becomes."""
        wanted = share * self.hit_ratio()
        low, high = 0.0, 1.0
        while self.hit_ratio(high) < wanted:
            low, high = high, high * 2
        while high - low > PRECISION * high:
            middle = (low + high) / 2
            low, high = (middle, high) if self.hit_ratio(middle) < wanted else (low, middle)
        return high


@lru_cache(maxsize=64)
def curve(objects: int, exponent: float, capacity: int) -> Curve:
    """Return the curve of a cache; solved once for each size and popularity."""
    return Curve(zipf(objects, exponent), capacity)

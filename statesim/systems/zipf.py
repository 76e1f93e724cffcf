"""Objects of unequal popularity, after Zipf: the n-th is asked for in proportion to ``n ** -exponent``.

Requests for web pages and videos follow it with exponents of 0.6 to 0.9 (Breslau and others, "Web Caching and
Zipf-like Distributions", 1999). Objects of nearly equal popularity are put into classes, so that a sum over a
million of them is one over a thousand classes or two.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate, pairwise

ALONE = 1000  # so many of the most popular objects are a class of their own each
WIDTH = 0.01  # the others share one as long as their ranks differ by less than this


class Zipf:
    """How popular each object is.

    Parameters
    ----------
    objects
        How many there are; they are numbered from 0, the most popular one first.
    exponent
        How unequal they are: at 0 all are alike.

    Attributes
    ----------
    classes
        ``(how many, popularity of each)``, the most popular ones first; the popularities of all sum to 1.
    """

    __slots__ = ("_ends", "_firsts", "classes", "objects")

    def __init__(self, objects: int, exponent: float) -> None:
        self.objects = objects
        firsts = [0]
        while firsts[-1] < objects:
            last = firsts[-1]
            firsts.append(min(objects, last + (1 if last < ALONE else max(1, int(last * WIDTH)))))
        sums = [
            sum((rank + 1.0) ** -exponent for rank in range(first, end)) for first, end in pairwise(firsts)
        ]
        total = sum(sums)
        counts = [end - first for first, end in pairwise(firsts)]
        self.classes: list[tuple[int, float]] = [
            (count, each / count / total) for count, each in zip(counts, sums, strict=True)
        ]
        self._firsts = firsts
        self._ends = list(accumulate(each / total for each in sums))

    def draw(self, choice: float) -> int:
        """Return the object that a number from 0 to 1 picks."""
        index = min(bisect_right(self._ends, choice), len(self.classes) - 1)
        begin = self._ends[index - 1] if index else 0.0
        count, popularity = self.classes[index]
        return self._firsts[index] + min(count - 1, int((choice - begin) / popularity))

    def popularity(self, item: int) -> float:
        """Return which share of all requests is for an object."""
        return self.classes[bisect_right(self._firsts, item) - 1][1]


@lru_cache(maxsize=16)
def zipf(objects: int, exponent: float) -> Zipf:
    """Return the popularity of that many objects; made once, as it takes a sum over all of them."""
    return Zipf(objects, exponent)

"""Drawing lots: whole numbers, choices and moments from one stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from statesim.kernel.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Lot:
    """A stream of chance in the words of somebody who draws."""

    def __init__(self, seed: int, *purpose: str) -> None:
        self._random = Streams(seed).get(*purpose).random

    def chance(self, share: float) -> bool:
        """Tell yes in that share of the draws."""
        return self._random() < share

    def between(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, candidates: Sequence[T]) -> T:
        """Return one of the candidates."""
        return candidates[int(self._random() * len(candidates))]

    def some(self, candidates: Sequence[T], least: int) -> list[T]:
        """Return a subset of at least that many, in their order; every size is as likely."""
        size = self.between(min(least, len(candidates)), len(candidates))
        keyed = sorted(range(len(candidates)), key=[self._random() for _ in candidates].__getitem__)
        return [candidates[i] for i in sorted(keyed[:size])]

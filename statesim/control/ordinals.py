"""Whole numbers in order: cheap to ask for the first, the last and those between, as they come and go."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Ordinals:
    """A set of whole numbers, in ascending order."""

    __slots__ = ("_sorted",)

    def __init__(self, ascending: Iterable[int] = ()) -> None:
        self._sorted = list(ascending)

    def __len__(self) -> int:
        return len(self._sorted)

    def __iter__(self) -> Iterator[int]:
        return iter(self._sorted)

    def __reversed__(self) -> Iterator[int]:
        return reversed(self._sorted)

    def __contains__(self, ordinal: int) -> bool:
        place = bisect_left(self._sorted, ordinal)
        return place < len(self._sorted) and self._sorted[place] == ordinal

    def add(self, ordinal: int) -> None:
        """Take a number in; nothing if it is there."""
        place = bisect_left(self._sorted, ordinal)
        if place == len(self._sorted) or self._sorted[place] != ordinal:
            self._sorted.insert(place, ordinal)

    def discard(self, ordinal: int) -> None:
        """Take a number out; nothing if it is not there."""
        place = bisect_left(self._sorted, ordinal)
        if place < len(self._sorted) and self._sorted[place] == ordinal:
            del self._sorted[place]

"""A record that is only ever added to: what is old in it is kept compressed, and unpacked for who reads it.

A run over 100,000 pods leaves five million rows. As objects they take some 400 bytes each, packed 20.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar, overload

T = TypeVar("T")

# so many rows are always there as they are: no run of a few minutes has anything packed
LOOSE = 50_000
CHUNK = 2_048
# so many chunks that were read last stay unpacked, for who goes to and fro in a record
_AT_HAND = 8


class Packed(Sequence[T]):
    """Rows in order. The last `loose` or more of them are as they were given, older ones compressed.

    A row must not be changed once it is in: what is read of an old one is a copy. `change` puts another in
    its place.

    Parameters
    ----------
    make
        Makes a row of its parts again, where a row is a named tuple: it is packed as a plain one then, which
        takes a third of the time.
    """

    __slots__ = ("_at_hand", "_chunk", "_chunks", "_first", "_full", "_make", "_tail")

    def __init__(
        self, loose: int = LOOSE, chunk: int = CHUNK, make: Callable[[Iterable[Any]], T] | None = None
    ) -> None:
        self._chunk = chunk
        self._make = make
        self._full = loose + chunk
        self._chunks: list[bytes] = []
        self._first = 0  # the place of the first row that is not compressed
        self._tail: list[T] = []
        self._at_hand: dict[int, list[T]] = {}

    def append(self, row: T) -> None:
        """Add a row."""
        self._tail.append(row)
        if len(self._tail) >= self._full:
            old = self._tail[: self._chunk]
            del self._tail[: self._chunk]
            self._chunks.append(self._pack(old))
            self._first += self._chunk

    def change(self, index: int, row: T) -> None:
        """Put another row in the place of one."""
        if index >= self._first:
            self._tail[index - self._first] = row
            return
        number, place = divmod(index, self._chunk)
        rows = self._read(number)
        rows[place] = row
        self._chunks[number] = self._pack(rows)

    def _read(self, number: int) -> list[T]:
        rows = self._at_hand.pop(number, None)
        if rows is None:
            rows = self._unpack(number)
            if len(self._at_hand) >= _AT_HAND:
                del self._at_hand[next(iter(self._at_hand))]
        self._at_hand[number] = rows
        return rows

    def __len__(self) -> int:
        return self._first + len(self._tail)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        first = self._first
        if isinstance(index, slice):
            return self._tail[index] if not first else [self[i] for i in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        if place >= first:
            return self._tail[place - first]
        if place < 0:
            raise IndexError(index)
        number, place = divmod(place, self._chunk)
        return self._read(number)[place]

    def __iter__(self) -> Iterator[T]:
        old = chain.from_iterable(map(self._unpacked, range(len(self._chunks))))
        return chain(old, self._tail) if self._chunks else iter(self._tail)

    def _unpacked(self, number: int) -> list[T]:
        rows = self._at_hand.get(number)
        return self._unpack(number) if rows is None else rows

    def _pack(self, rows: list[T]) -> bytes:
        plain = rows if self._make is None else list(map(tuple, rows))  # type: ignore[arg-type]
        return zlib.compress(pickle.dumps(plain, pickle.HIGHEST_PROTOCOL), 1)

    def _unpack(self, number: int) -> list[T]:
        rows = pickle.loads(zlib.decompress(self._chunks[number]))
        return rows if self._make is None else list(map(self._make, rows))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(other) != len(self):
            return NotImplemented if not isinstance(other, Sequence) else False
        return all(one == another for one, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

"""Named sources of chance: each draw's stream is keyed by what it is for, never by the order of creation.

A stream's seed is a BLAKE2 digest of (seed, path). Adding ``db-9`` therefore leaves ``db-0``'s crash where
it was, and variants of one scenario see the same failures and arrivals (common random numbers). Only
``Random.random()`` is ever drawn from: the one sequence that Python promises to keep between versions.
"""

from __future__ import annotations

import random
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def digest(*path: object, size: int = 8) -> bytes:
    """Return a digest of `path` that is the same in every process and on every machine."""
    return blake2b("\x1f".join(str(part) for part in path).encode(), digest_size=size).digest()


class Chance(Protocol):
    """Where uniform numbers come from; ``random.Random`` is one."""

    def random(self) -> float:
        """Return the next number from 0 to 1."""


class _Told(random.Random):
    """A stream that begins with numbers it was told, and goes on by chance."""

    def __init__(self, seed: int, first: Sequence[float]) -> None:
        super().__init__(seed)
        self._first = iter(first)

    def random(self) -> float:
        """Return the next number from 0 to 1."""
        told = next(self._first, None)
        return super().random() if told is None else told


class _Seldom:
    """A stream that is kept as the count of what was drawn from it; it costs nothing until then."""

    __slots__ = ("_path", "_streams")

    def __init__(self, streams: Streams, path: tuple[str, ...]) -> None:
        self._streams = streams
        self._path = path

    def random(self) -> float:
        """Return the next number from 0 to 1."""
        return self._streams.next(self._path)


# A stream from which more was drawn than this is kept open: 2.5 KB, but each further number costs nothing.
_FEW = 16


class Streams:
    """All streams of one run.

    Parameters
    ----------
    told
        Numbers from 0 to 1 with which streams begin, by path: what chance decided in a run that is replayed.
    """

    __slots__ = ("_drawn", "_open", "_told", "seed")

    def __init__(self, seed: int, told: Mapping[tuple[str, ...], Sequence[float]] | None = None) -> None:
        self.seed = seed
        self._told = told or {}
        self._open: dict[tuple[str, ...], random.Random] = {}
        self._drawn: dict[int, int] = {}

    def get(self, *path: str) -> random.Random:
        """Return the stream of `path`, for example ``get("fault", "3", "up")``; the same one each time."""
        stream = self._open.get(path)
        if stream is None:
            stream = self._open[path] = self._opened(path, self._drawn.pop(self._seed(path), 0))
        return stream

    def seldom(self, *path: str) -> Chance:
        """Return the stream of `path` for somebody who draws a few numbers from it: the same numbers.

        An open stream takes 2.5 KB, and every pod has several from which one number is drawn or none.
        """
        return self._open.get(path) or _Seldom(self, path)

    def next(self, path: tuple[str, ...]) -> float:
        """Return the next number of the stream of `path`, which is not kept open unless much is drawn."""
        stream = self._open.get(path)
        if stream is None:
            seed = self._seed(path)
            drawn = self._drawn.get(seed, 0)
            if drawn < _FEW:
                self._drawn[seed] = drawn + 1
                return self._opened(path, drawn).random()
            stream = self.get(*path)
        return stream.random()

    def _seed(self, path: tuple[str, ...]) -> int:
        return int.from_bytes(digest(self.seed, *path), "big")

    def _opened(self, path: tuple[str, ...], drawn: int) -> random.Random:
        told = self._told.get(path)
        seed = self._seed(path)
        stream = random.Random(seed) if told is None else _Told(seed, told)
        for _ in range(drawn):
            stream.random()
        return stream

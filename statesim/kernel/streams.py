"""Named sources of chance: each draw's stream is keyed by what it is for, never by the order of creation.

A stream's seed is a BLAKE2 digest of (seed, path). Adding ``db-9`` therefore leaves ``db-0``'s crash where
it was, and variants of one scenario see the same failures and arrivals (common random numbers). Only
``Random.random()`` is ever drawn from: the one sequence that Python promises to keep between versions.
"""

from __future__ import annotations

import random
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def digest(*path: object, size: int = 8) -> bytes:
    """Return a digest of `path` that is the same in every process and on every machine."""
    return blake2b("\x1f".join(str(part) for part in path).encode(), digest_size=size).digest()


class _Told(random.Random):
    """A stream that begins with numbers it was told, and goes on by chance."""

    def __init__(self, seed: int, first: Sequence[float]) -> None:
        super().__init__(seed)
        self._first = iter(first)

    def random(self) -> float:
        """Return the next number from 0 to 1."""
        told = next(self._first, None)
        return super().random() if told is None else told


class Streams:
    """All streams of one run.

    Parameters
    ----------
    told
        Numbers from 0 to 1 with which streams begin, by path: what chance decided in a run that is replayed.
    """

    __slots__ = ("_open", "_told", "seed")

    def __init__(self, seed: int, told: Mapping[tuple[str, ...], Sequence[float]] | None = None) -> None:
        self.seed = seed
        self._told = told or {}
        self._open: dict[tuple[str, ...], random.Random] = {}

    def get(self, *path: str) -> random.Random:
        """Return the stream of `path`, for example ``get("Node/n-a-1", "crash")``; the same one each time."""
        stream = self._open.get(path)
        if stream is None:
            seed = int.from_bytes(digest(self.seed, *path), "big")
            told = self._told.get(path)
            stream = random.Random(seed) if told is None else _Told(seed, told)
            self._open[path] = stream
        return stream

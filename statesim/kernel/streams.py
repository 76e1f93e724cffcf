"""Named sources of chance: each draw's stream is keyed by what it is for, never by the order of creation.

A stream's seed is a BLAKE2 digest of (seed, path). Adding ``db-9`` therefore leaves ``db-0``'s crash where
it was, and variants of one scenario see the same failures and arrivals (common random numbers). Only
``Random.random()`` is ever drawn from: the one sequence that Python promises to keep between versions.
"""

from __future__ import annotations

import random
from hashlib import blake2b


def digest(*path: object, size: int = 8) -> bytes:
    """Return a digest of `path` that is the same in every process and on every machine."""
    return blake2b("\x1f".join(str(part) for part in path).encode(), digest_size=size).digest()


class Streams:
    """All streams of one run."""

    __slots__ = ("_open", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._open: dict[tuple[str, ...], random.Random] = {}

    def get(self, *path: str) -> random.Random:
        """Return the stream of `path`, for example ``get("Node/n-a-1", "crash")``; the same one each time."""
        stream = self._open.get(path)
        if stream is None:
            stream = random.Random(int.from_bytes(digest(self.seed, *path), "big"))
            self._open[path] = stream
        return stream

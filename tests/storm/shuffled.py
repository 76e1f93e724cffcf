"""A clock that shuffles what is due at the same instant within its band."""

from __future__ import annotations

import random
from collections.abc import Callable
from heapq import heappush
from typing import Any

from statesim.kernel.clock import Band, Clock, Timer


class ShuffledClock(Clock):
    """Virtual time in which the order within a band is drawn by lot instead of being that of creation.

    What is declared (time, band) stays, so that an outcome which changes tells of a race that nobody has
    declared.
    """

    __slots__ = ("_draw",)

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._draw = random.Random(seed).random

    def after(self, delay: int, fn: Callable[..., Any], *args: Any, band: Band = Band.PHYSICS) -> Timer:
        timer = Timer(self.now + delay, fn, args, self.cause)
        heappush(self._calendar, (timer.due, band + 0.9 * self._draw(), next(self._numbers), timer))
        return timer

    def at(self, due: int, fn: Callable[..., Any], *args: Any, band: Band = Band.PHYSICS) -> Timer:
        return self.after(due - self.now, fn, *args, band=band)

"""How often a client is asked for something, as the timeline changes it."""

from __future__ import annotations

from typing import NamedTuple


class Change(NamedTuple):
    """A rate that is set, or a factor; `share` of the way is done."""

    rate: float | None
    factor: float | None
    share: float

    def of(self, rate: float) -> float:
        """Return what a rate becomes."""
        goal = rate * (self.factor or 0.0) if self.rate is None else self.rate
        return rate + (goal - rate) * self.share


class Demand:
    """The rate that the scenario gives, and the changes that are in force, in the order of their begins."""

    __slots__ = ("_base", "_changes")

    def __init__(self, base: float) -> None:
        self._base = base
        self._changes: dict[str, Change] = {}

    @property
    def rate(self) -> float:
        """Return how many operations a second are asked for now."""
        rate = self._base
        for change in self._changes.values():
            rate = change.of(rate)
        return rate

    def change(self, name: str, change: Change) -> None:
        """Put a change in force, go on with it, or end it (nothing of it is left)."""
        if change.share:
            self._changes[name] = change
        else:
            self._changes.pop(name, None)

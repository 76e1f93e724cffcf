"""The table of knobs: a parameter, values for it from low to high, an outcome, and which way that goes.

An outcome is a function from a system's parameters to a number: how long, how many, whether (0 or 1). A value
with a number beside it, as in ``("3s", 4.0)``, says how large its outcome is as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

RISES = "rises"  # more of it, more of the outcome
FALLS = "falls"
DIFFERS = "differs"  # of words that have no order


@dataclass(frozen=True)
class Knob:
    """One row: a parameter and what it moves."""

    kind: str
    parameter: str
    direction: str
    outcome: Callable[..., float]
    values: tuple[Any, ...]
    beside: dict[str, Any]

    @property
    def written(self) -> list[Any]:
        """Return the values as a scenario writes them, from low to high."""
        return [value[0] if isinstance(value, tuple) else value for value in self.values]

    def problem(self) -> str | None:
        """Turn it, and return what is not as the row says."""
        found = [self.outcome(**self.beside, **{self.parameter: value}) for value in self.written]
        for value, outcome in zip(self.values, found, strict=True):
            if isinstance(value, tuple) and outcome != pytest.approx(value[1], rel=0.02, abs=0.1):
                return f"{self.parameter}: {value[0]} gives {outcome}, expected about {value[1]}"
        held = {
            RISES: all(a < b for a, b in pairwise(found)),
            FALLS: all(a > b for a, b in pairwise(found)),
            DIFFERS: all(a != b for a, b in combinations(found, 2)),
        }
        if len(found) < 2 or not held[self.direction]:
            told = ", ".join(
                f"{value}: {outcome}" for value, outcome in zip(self.written, found, strict=True)
            )
            return f"{self.outcome.__name__} {self.direction} with {self.parameter}? {told}"
        return None


KNOBS: list[Knob] = []


class Knobs:
    """The rows of one kind.

    Parameters
    ----------
    kind
        The kind of system.
    beside
        What every outcome gets beside the parameter that is turned.
    """

    def __init__(self, kind: str, /, **beside: Any) -> None:
        self._kind = kind
        self._beside = beside

    def _add(self, *row: Any, values: tuple[Any, ...], beside: dict[str, Any]) -> None:
        KNOBS.append(Knob(self._kind, *row, values, {**self._beside, **beside}))

    def rises(self, parameter: str, outcome: Callable[..., float], /, *values: Any, **beside: Any) -> None:
        """Say that there is more of the outcome with each value."""
        self._add(parameter, RISES, outcome, values=values, beside=beside)

    def falls(self, parameter: str, outcome: Callable[..., float], /, *values: Any, **beside: Any) -> None:
        """Say that there is less of the outcome with each value."""
        self._add(parameter, FALLS, outcome, values=values, beside=beside)

    def differs(self, parameter: str, outcome: Callable[..., float], /, *values: Any, **beside: Any) -> None:
        """Say that no two values have the same outcome."""
        self._add(parameter, DIFFERS, outcome, values=values, beside=beside)

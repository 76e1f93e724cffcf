"""Predicates: what a search looks for, as a comparison of metrics that a run's numbers meet or not.

`predicate_text.parse` reads one from text. A metric that has no value (``null``: it never came to that) is
neither more nor less than anything, as in a scenario's ``expect:``.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from statesim.analysis.expectations import shown, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMPARED = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_DIGITS = range(-6, 7)  # what a bound may be rounded to: from millions to a millionth


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric by its dotted name: ``clients.shop.lost``."""

    path: str

    def value(self, metrics: Mapping[str, Any]) -> Any:
        """Return its value; ``None`` if it has none."""
        return value_at(metrics, self.path)

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, true, false or null."""

    what: float | None

    def value(self, _: Mapping[str, Any]) -> Any:
        """Return it."""
        return self.what

    def __str__(self) -> str:
        words = {True: "true", False: "false", None: "null"}
        plain = isinstance(self.what, bool) or self.what is None
        return words[self.what] if plain else shown(self.what)  # type: ignore[index]


Operand = Metric | Constant


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and one of the signs of `COMPARED`."""

    left: Operand
    sign: str
    right: Operand

    def holds(self, metrics: Mapping[str, Any]) -> bool:
        """Tell whether a run with these metrics meets it."""
        left, right = self.left.value(metrics), self.right.value(metrics)
        if self.sign not in ("==", "!=") and not (_ordered(left) and _ordered(right)):
            return False
        return bool(COMPARED[self.sign](left, right))

    def paths(self) -> Iterator[str]:
        """Yield the metrics that it is about."""
        yield from (each.path for each in (self.left, self.right) if isinstance(each, Metric))

    def witness(self, metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return rows of an ``expect:`` that these metrics meet; whatever meets the rows meets this."""
        match self.left, self.right:
            case Metric(path), Constant(bound):
                return [_row(path, self.sign, bound, self.left.value(metrics))]
            case Constant(bound), Metric(path):
                return [_row(path, _SWAPPED[self.sign], bound, self.right.value(metrics))]
            case Metric(first), Metric(second):
                values = self.left.value(metrics), self.right.value(metrics)
                return _apart(first, self.sign, second, *values)
            case _:
                return []

    def refutation(self, metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return rows of an ``expect:`` that these metrics meet; what meets them does not meet this."""
        missing = [path for path in self.paths() if value_at(metrics, path) is None]
        if missing and self.sign not in ("==", "!="):
            return [{"metric": missing[0], "equals": None}]
        return Comparison(self.left, _OPPOSITE[self.sign], self.right).witness(metrics)

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"


@dataclass(frozen=True, slots=True)
class Both:
    """All of its parts."""

    parts: tuple[Predicate, ...]

    def holds(self, metrics: Mapping[str, Any]) -> bool:
        """Tell whether a run with these metrics meets it."""
        return all(part.holds(metrics) for part in self.parts)

    def paths(self) -> Iterator[str]:
        """Yield the metrics that it is about."""
        for part in self.parts:
            yield from part.paths()

    def witness(self, metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
        """See `Comparison.witness`."""
        return [row for part in self.parts for row in part.witness(metrics)]

    def refutation(self, metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
        """See `Comparison.refutation`; of several parts that do not hold the first."""
        return next((part.refutation(metrics) for part in self.parts if not part.holds(metrics)), [])

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, Either) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of its parts."""

    parts: tuple[Predicate, ...]

    def holds(self, metrics: Mapping[str, Any]) -> bool:
        """Tell whether a run with these metrics meets it."""
        return any(part.holds(metrics) for part in self.parts)

    def paths(self) -> Iterator[str]:
        """Yield the metrics that it is about."""
        for part in self.parts:
            yield from part.paths()

    def witness(self, metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
        """See `Comparison.witness`; of several parts that hold the first."""
        return next((part.witness(metrics) for part in self.parts if part.holds(metrics)), [])

    def refutation(self, metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
        """See `Comparison.refutation`."""
        return [row for part in self.parts for row in part.refutation(metrics)]

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


Predicate = Comparison | Both | Either


def values(predicate: Predicate, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the metrics that a predicate is about, in its order."""
    return {path: value_at(metrics, path) for path in predicate.paths()}


def _ordered(value: Any) -> bool:
    return isinstance(value, int | float)


def _row(path: str, sign: str, bound: Any, value: Any) -> dict[str, Any]:
    """Return the row that says of a metric what its comparison with a constant says, or a little more."""
    if sign in (">", ">="):
        least = bound if sign == ">=" else _rounded(bound, value, up=True)
        return {"metric": path, "atLeast": least}
    if sign in ("<", "<="):
        most = bound if sign == "<=" else _rounded(bound, value, up=False)
        return {"metric": path, "atMost": most}
    return {"metric": path, "equals": value}


def _rounded(bound: float, value: float, *, up: bool) -> float:
    """Return the roundest number beyond `bound` (above it if `up`) that is not beyond `value`."""
    for digits in _DIGITS:
        unit = 10.0**-digits
        steps = math.floor(bound / unit) + 1 if up else math.ceil(bound / unit) - 1
        found = round(steps * unit, max(digits, 0))
        if bound < found <= value if up else value <= found < bound:
            return int(found) if found == int(found) else found
    return value


def _apart(first: str, sign: str, second: str, a: Any, b: Any) -> list[dict[str, Any]]:
    """Return the rows that keep two metrics on their sides: each no nearer to the other than it is."""
    if sign in (">", ">="):
        return [{"metric": first, "atLeast": a}, {"metric": second, "atMost": b}]
    if sign in ("<", "<="):
        return [{"metric": first, "atMost": a}, {"metric": second, "atLeast": b}]
    return [{"metric": first, "equals": a}, {"metric": second, "equals": b}]

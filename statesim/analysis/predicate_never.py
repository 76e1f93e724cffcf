"""Why no run can ever meet a predicate: whoever looks for that has written something else than he meant."""

from __future__ import annotations

from itertools import combinations
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from statesim.analysis.predicate import Both, Comparison, Constant, Either, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statesim.analysis.predicate import Predicate

_SHARES = frozenset({"availability", "read_availability", "hit_ratio", "hit_ratio_min"})
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class _Bound(NamedTuple):
    """What one comparison with a constant leaves of a metric's values."""

    said: str
    path: str
    low: float = -inf
    low_in: bool = True
    high: float = inf
    high_in: bool = True
    null: bool = False

    def excludes(self, other: _Bound) -> bool:
        """Tell whether no value meets both."""
        if self.null or other.null:
            return self.null != other.null
        low, high = max(self.low, other.low), min(self.high, other.high)
        at_low = all(each.low_in for each in (self, other) if each.low == low)
        at_high = all(each.high_in for each in (self, other) if each.high == high)
        return low > high or (low == high and not (at_low and at_high))


def never(predicate: Predicate) -> str | None:
    """Return why no run can meet a predicate; ``None`` if one may, as far as can be seen from it alone.

    Metrics are counts, seconds and ratios: none is below 0, and a share of all is not above 1. Metrics that
    are compared with each other are left to the runs.
    """
    match predicate:
        case Either(parts):
            told = [never(part) for part in parts]
            return "; ".join(dict.fromkeys(filter(None, told))) if all(told) else None
        case Both(parts):
            alone = next(filter(None, map(never, parts)), None)
            return alone or _contradiction([bound for part in _flat(parts) for bound in _bounds(part)])
        case Comparison():
            return next((_beyond(bound) for bound in _bounds(predicate) if _beyond(bound)), None)


def _flat(parts: Sequence[Predicate]) -> Iterator[Comparison]:
    for part in parts:
        if isinstance(part, Both):
            yield from _flat(part.parts)
        elif isinstance(part, Comparison):
            yield part


def _bounds(told: Comparison) -> Iterator[_Bound]:
    match told.left, told.sign, told.right:
        case Metric(path), sign, Constant(value):
            pass
        case Constant(value), turned, Metric(path):
            sign = _TURNED[turned]
        case _:
            return
    if isinstance(value, bool) or sign == "!=":
        return
    if value is None:
        if sign == "==":
            yield _Bound(str(told), path, null=True)
        return
    open_ = sign in ("<", ">")
    if sign in ("<", "<="):
        yield _Bound(str(told), path, high=value, high_in=not open_)
    elif sign in (">", ">="):
        yield _Bound(str(told), path, low=value, low_in=not open_)
    else:
        yield _Bound(str(told), path, low=value, high=value)


def _beyond(bound: _Bound) -> str | None:
    if not bound.null and bound.excludes(_Bound("", bound.path, low=0)):
        return f"{bound.said} can never hold: {bound.path} is never below 0"
    if bound.path.rpartition(".")[2] in _SHARES and bound.excludes(_Bound("", bound.path, high=1)):
        return f"{bound.said} can never hold: {bound.path} is a share, never above 1"
    return None


def _contradiction(bounds: Sequence[_Bound]) -> str | None:
    for one, other in combinations(bounds, 2):
        if one.path == other.path and one.excludes(other):
            return f"{one.said} and {other.said} can never hold together"
    return None

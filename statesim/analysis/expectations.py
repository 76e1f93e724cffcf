"""Expectations: the rows of a scenario's ``expect:``, judged on its metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from statesim.analysis.metric_names import METRIC_NAMES
from statesim.scenario.words import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_MISSING = object()


class Expectation(Protocol):
    """One row: a metric's path, a variant (``None`` = every one), and what its value shall be."""

    @property
    def metric(self) -> str:
        """Return the path, ``clients.shop.lost``."""

    @property
    def variant(self) -> str | None:
        """Return which variant is meant; ``None`` = every one."""

    @property
    def equals(self) -> Any:
        """Return the value that it shall have."""

    @property
    def at_most(self) -> float | None:
        """Return the largest value that passes."""

    @property
    def at_least(self) -> float | None:
        """Return the smallest value that passes."""

    @property
    def between(self) -> Sequence[float] | None:
        """Return the smallest and the largest value that pass."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation judged on one variant.

    Attributes
    ----------
    expected
        In words: ``at most 45``.
    actual
        The metric's value; ``None`` if it has none or there is no such metric.
    why
        One sentence, also for those that pass.
    """

    metric: str
    variant: str
    expected: str
    actual: Any
    passed: bool
    why: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as it stands in ``metrics.json``."""
        return {name: getattr(self, name) for name in self.__slots__}


def evaluate(variants: Mapping[str, Mapping[str, Any]], rows: Iterable[Expectation]) -> list[Outcome]:
    """Judge each row on each variant that it is about, in order of rows and variants.

    A metric or a variant that does not exist fails, and its `why` names the nearest that does.
    """
    results = []
    for row in rows:
        names = list(variants) if row.variant is None else [row.variant]
        results += [_judge(row, name, variants) for name in names]
    return results


def _judge(row: Expectation, variant: str, variants: Mapping[str, Mapping[str, Any]]) -> Outcome:
    wanted, tests = _wanted(row)
    if variant not in variants:
        why = f"there is no variant {variant}{_nearest(variant, variants)}"
        return Outcome(row.metric, variant, wanted, None, passed=False, why=why)
    actual = _found(variants[variant], row.metric)
    if actual is _MISSING:
        near = _nearest(row.metric, (*metric_paths(variants[variant]), *_counted()))
        why = f"there is no metric {row.metric}{near}"
        return Outcome(row.metric, variant, wanted, None, passed=False, why=why)
    bounds = (row.between, row.at_least, row.at_most)
    if actual is None and any(bound is not None for bound in bounds):
        why = f"{row.metric} has no value here: it never came to that"
        return Outcome(row.metric, variant, wanted, None, passed=False, why=why)
    try:
        passed = all(test(actual) for test in tests)
    except TypeError:
        why = f"{row.metric} is {actual!r}, which cannot be compared with a number"
        return Outcome(row.metric, variant, wanted, actual, passed=False, why=why)
    why = f"{row.metric} is {shown(actual)}" + ("" if passed else f", expected {wanted}")
    return Outcome(row.metric, variant, wanted, actual, passed, why)


def _wanted(row: Expectation) -> tuple[str, list[Any]]:
    """Return what a row wants in words, and as tests of a value."""
    words, tests = [], []
    if row.between is not None:
        low, high = row.between
        words.append(f"between {shown(low)} and {shown(high)}")
        tests.append(lambda value: low <= value <= high)
    if row.at_least is not None:
        least = row.at_least
        words.append(f"at least {shown(least)}")
        tests.append(lambda value: value >= least)
    if row.at_most is not None:
        most = row.at_most
        words.append(f"at most {shown(most)}")
        tests.append(lambda value: value <= most)
    if row.equals is not None or not tests:
        words.append(f"equal to {shown(row.equals)}")
        tests.append(lambda value: value == row.equals)
    return " and ".join(words), tests


def shown(value: Any) -> str:
    """Return a value as a person writes it: no superfluous digits."""
    if value is None:
        return "nothing"
    if isinstance(value, float):
        digits = 3 if not 0.99 < abs(value) < 1 else 9  # availabilities differ in what comes after the nines
        return f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return str(value)


def value_at(metrics: Mapping[str, Any], path: str) -> Any:
    """Return the value of a metric: 0 of what is counted and never happened, ``None`` if it has none."""
    found = _found(metrics, path)
    return None if found is _MISSING else found


def _found(metrics: Mapping[str, Any], path: str) -> Any:
    found = lookup(metrics, path)
    return 0 if found is _MISSING and path in _counted() else found


def lookup(metrics: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path (keys may themselves hold dots); a private mark if there is none."""
    if path in metrics:
        return metrics[path]
    for key, value in metrics.items():
        if path.startswith(f"{key}.") and hasattr(value, "items"):
            found = lookup(value, path[len(key) + 1 :])
            if found is not _MISSING:
                return found
    return _MISSING


def _counted() -> Iterator[str]:
    """Yield the metrics that count something, which is 0 where it never happened."""
    for group, names in METRIC_NAMES.items():
        if group == "findings" or group.startswith("events."):
            yield from (f"{group}.{name}" for name in names)


def metric_paths(metrics: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the path of every value."""
    for key, value in metrics.items():
        if hasattr(value, "items"):
            yield from metric_paths(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _nearest(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f"; did you mean {near}?" if near else ""

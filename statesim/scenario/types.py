"""Pydantic types of the scenario file: durations, quantities, rates, distributions, references."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from statesim.kernel import distributions as chance
from statesim.scenario import targets
from statesim.scenario.units import parse_bytes, parse_cpu, parse_duration, parse_rate

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, words: Iterable[str]) -> str:
    """Return ``; did you mean X?`` for the nearest right word, or the list of all of them."""
    known = list(words)
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {found[0]!r}?" if found else f"; known are {', '.join(known)}"


def parse_distribution(value: Any) -> chance.Distribution:
    """Return a distribution of durations: a duration, or ``{exponential: 30m}`` and its kin.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if not isinstance(value, dict):
        return value if hasattr(value, "draw") else chance.Fixed(parse_duration(value))
    if len(value) != 1:
        raise ValueError(f"a distribution has one name, as in {{exponential: 30m}}; not {list(value)}")
    name, of = next(iter(value.items()))
    match name:
        case "fixed":
            return chance.Fixed(parse_duration(of))
        case "uniform":
            low, high = of
            return chance.Uniform(parse_duration(low), parse_duration(high))
        case "exponential":
            return chance.Exponential(parse_duration(of))
        case "lognormal":
            return chance.Lognormal(parse_duration(of["median"]), float(of["sigma"]))
        case "weibull":
            return chance.Weibull(parse_duration(of["scale"]), float(of["shape"]))
        case "empirical":
            values = of["values"] if isinstance(of, dict) else of
            weights = tuple(of.get("weights", ())) if isinstance(of, dict) else ()
            return chance.Empirical(tuple(parse_duration(v) for v in values), weights)
        case _:
            known = ("fixed", "uniform", "exponential", "lognormal", "weibull", "empirical")
            raise ValueError(f"unknown distribution {name!r}{nearest(str(name), known)}")


def _duration(value: Any) -> int:
    return parse_duration(value)


def _maybe_never(value: Any) -> chance.Distribution | None:
    return None if value in (None, "never") else parse_distribution(value)


def _reference(value: Any) -> str:
    return targets.parse_ref(value).key


_DURATION = {"type": ["string", "number"], "description": "a duration: 300ms, 90s, 5m, 1h30m"}
_STRETCH = {"type": ["string", "number", "object"], "description": "a duration or a distribution"}

Duration = Annotated[int, BeforeValidator(_duration), WithJsonSchema(_DURATION)]
Stretch = Annotated[Any, BeforeValidator(parse_distribution), WithJsonSchema(_STRETCH)]
MaybeNever = Annotated[Any, BeforeValidator(_maybe_never), WithJsonSchema(_STRETCH)]
Rate = Annotated[float, BeforeValidator(parse_rate), WithJsonSchema({"type": ["string", "number"]})]
Cpu = Annotated[int, BeforeValidator(parse_cpu), WithJsonSchema({"type": ["string", "number"]})]
Bytes = Annotated[int, BeforeValidator(parse_bytes), WithJsonSchema({"type": ["string", "number"]})]
WorkloadRef = Annotated[str, BeforeValidator(_reference)]
TargetField = Annotated[
    Any, BeforeValidator(targets.parse_target), WithJsonSchema({"type": ["string", "object"]})
]

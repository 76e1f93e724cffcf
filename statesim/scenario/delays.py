"""How long something takes, as a scenario writes it: a duration, or a distribution of durations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.kernel.distributions import (
    Distribution,
    Empirical,
    Exponential,
    Fixed,
    Lognormal,
    Uniform,
    Weibull,
)
from statesim.scenario.units import UnitError, format_duration, parse_duration
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

_KNOWN = (Fixed, Uniform, Exponential, Lognormal, Weibull, Empirical)


def parse_delay(value: Any) -> Distribution:
    """Return the distribution that a duration or a mapping such as ``{uniform: [1s, 3s]}`` means.

    Raises
    ------
    UnitError
        If it is neither.
    """
    if isinstance(value, _KNOWN):
        return value
    if not isinstance(value, dict):
        return Fixed(parse_duration(value))
    if set(value) == {"values", "weights"}:
        value = {"empirical": value}
    if len(value) != 1:
        raise UnitError(f"expected one distribution, like {{uniform: [1s, 3s]}}, found {len(value)} keys")
    ((form, parameters),) = value.items()
    build = _FORMS.get(form)
    if build is None:
        raise UnitError(f"{form} is not a distribution", did_you_mean(str(form), _FORMS))
    return build(parameters)


def _uniform(value: Any) -> Distribution:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise UnitError(f"uniform expects two durations, like [1s, 3s], found {value!r}")
    low, high = parse_duration(value[0]), parse_duration(value[1])
    if low > high:
        raise UnitError(f"uniform expects the smaller one first, found {value[0]} and {value[1]}")
    return Uniform(low, high)


def _exponential(value: Any) -> Distribution:
    return Exponential(parse_duration(_named(value, ("mean",))["mean"] if isinstance(value, dict) else value))


def _lognormal(value: Any) -> Distribution:
    given = _named(value, ("median", "sigma"), form="lognormal")
    return Lognormal(parse_duration(given["median"]), _number("sigma", given["sigma"], zero=True))


def _weibull(value: Any) -> Distribution:
    given = _named(value, ("scale", "shape"), form="weibull")
    return Weibull(parse_duration(given["scale"]), _number("shape", given["shape"]))


def _empirical(value: Any) -> Distribution:
    if not isinstance(value, dict):
        value = {"values": value}
    given = _named(value, ("values",), optional=("weights",), form="empirical")
    values, weights = given["values"], given.get("weights") or []
    if not isinstance(values, list | tuple) or not values or not isinstance(weights, list | tuple):
        raise UnitError("empirical expects a list of durations, like [1s, 2s, 2s]")
    if weights and len(weights) != len(values):
        raise UnitError(
            f"empirical expects one weight for each value, found {len(weights)} for {len(values)}"
        )
    numbers = tuple(_number("weights", weight, zero=True) for weight in weights)
    if weights and not sum(numbers):
        raise UnitError("empirical expects a weight above zero")
    return Empirical(tuple(parse_duration(item) for item in values), numbers)


def _named(
    value: Any, names: tuple[str, ...], *, optional: tuple[str, ...] = (), form: str = "exponential"
) -> dict[str, Any]:
    shape = f"{{{', '.join(names)}}}"
    if not isinstance(value, dict):
        raise UnitError(f"{form} expects {shape}, found {value!r}")
    for key in value:
        if key not in names and key not in optional:
            raise UnitError(f"{form} has no {key}", did_you_mean(str(key), (*names, *optional)))
    for name in names:
        if name not in value:
            raise UnitError(f"{form} expects {shape}: {name} is missing")
    return value


def _number(name: str, value: Any, *, zero: bool = False) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or value < 0
        or (value == 0 and not zero)
    ):
        raise UnitError(f"{name} must be a number {'of at least' if zero else 'above'} 0, found {value!r}")
    return float(value)


_FORMS: dict[str, Callable[[Any], Distribution]] = {
    "fixed": lambda value: Fixed(parse_duration(value)),
    "uniform": _uniform,
    "exponential": _exponential,
    "lognormal": _lognormal,
    "weibull": _weibull,
    "empirical": _empirical,
}


def written(delay: Distribution) -> Any:
    """Return a distribution as a scenario writes it."""
    match delay:
        case Fixed(value):
            return format_duration(value)
        case Uniform(low, high):
            return {"uniform": [format_duration(low), format_duration(high)]}
        case Exponential(mean):
            return {"exponential": format_duration(mean)}
        case Lognormal(median, sigma):
            return {"lognormal": {"median": format_duration(median), "sigma": sigma}}
        case Weibull(scale, shape):
            return {"weibull": {"scale": format_duration(scale), "shape": shape}}
        case Empirical(values, weights):
            found: dict[str, Any] = {"values": [format_duration(value) for value in values]}
            return {"empirical": {**found, "weights": list(weights)} if weights else found}
        case _:
            raise TypeError(f"a scenario cannot write {delay!r}")

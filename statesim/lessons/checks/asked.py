"""What an exercise asks for inside an answer, and what is said of anything else, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.scenario.units import UnitError, parse_duration, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def whole(answer: Mapping[str, Any], name: str, least: int, most: int) -> int:
    """Return a whole number of an answer.

    Raises
    ------
    ValueError
        If it is none, or none of those.

    Examples
    --------
    >>> whole({"replicas": "2"}, "replicas", 1, 9)
    Traceback (most recent call last):
    ValueError: replicas: expected a whole number from 1 to 9, found '2'
    """
    value = answer[name]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{name}: expected a whole number from {least} to {most}, found {shown(value)}")
    return value


def settings(answer: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return settings of an answer.

    Raises
    ------
    ValueError
        If they are none.
    """
    value = answer[name]
    if not isinstance(value, dict):
        raise ValueError(f'{name}: expected settings, like {{"name": value}}, found {shown(value)}')
    return named(value, f"{name}: ")


def named(value: Mapping[Any, Any], where: str = "") -> dict[str, Any]:
    """Return settings whose names are texts.

    Raises
    ------
    ValueError
        If one is none.
    """
    return dict(zip(names(value, where), value.values(), strict=True))


def names(value: Iterable[Any], where: str = "") -> list[str]:
    """Return names.

    Raises
    ------
    ValueError
        If one of them is no text.
    """
    found = list(value)
    for each in found:
        if not isinstance(each, str):
            raise ValueError(f'{where}expected a name, like "a", found {shown(each)}')
    return found


def seconds(answer: Mapping[str, Any], name: str) -> float:
    """Return a duration of an answer in seconds.

    Raises
    ------
    UnitError
        If it is none.
    """
    try:
        return parse_duration(answer[name]) / 1_000_000
    except UnitError as error:
        raise UnitError(f"{name}: {error}", error.hint) from None

"""What people ask for from Python, checked as the command line checks it: before anything is run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import index
from typing import Any

from statesim.errors import StatesimError


def names(given: Any, what: str) -> list[str]:
    """Return a list of names: of variants, of faults.

    Raises
    ------
    StatesimError
        If it is a single one, whose letters would be taken for names, or no list of names at all.
    """
    found = [given] if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    if isinstance(given, str) or not all(isinstance(name, str) for name in found):
        example = next((name for name in found if isinstance(name, str)), "NAME")
        raise StatesimError(f"{what} is a list of names, as {what}=[{example!r}], and not {given!r}")
    return found


def seed_of(given: Any, what: str = "seed") -> int:
    """Return a seed: a whole number from 0 on.

    Raises
    ------
    StatesimError
        If it is none.
    """
    try:
        found = -1 if isinstance(given, bool) else index(given)  # numpy's numbers are numbers as well
    except TypeError:
        found = -1
    if found < 0:
        raise StatesimError(f"{what} is a whole number from 0 on, and not {given!r}")
    return found


def seeds_of(given: Any, first: int | None = None) -> Sequence[int]:
    """Return seeds: so many from `first` on (default: 1), or those that are listed.

    Raises
    ------
    StatesimError
        If it is neither a number from 1 on nor a list of seeds.
    """
    if isinstance(given, range) and given and min(given) >= 0:
        return given
    if not isinstance(given, str | bytes | Mapping) and isinstance(given, Iterable):
        found = [seed_of(each, "each of seeds") for each in given]
        if not found:
            raise StatesimError("seeds is empty: at least one is needed")
        return found
    number: Any = given
    try:
        count = 0 if isinstance(given, bool) else index(number)
    except TypeError:
        count = 0
    if count < 1:
        told = "a number from 1 on, or a list of seeds, as seeds=[3, 7]"
        raise StatesimError(f"seeds is {told}, and not {given!r}")
    begin = 1 if first is None else first
    return range(begin, begin + count)


def values_by_path(given: Any) -> Mapping[str, Any]:
    """Return settings: a value for each path.

    Raises
    ------
    StatesimError
        If it is no dictionary.
    """
    if not isinstance(given, Mapping):
        told = 'a dictionary of values by their paths, as {"duration": "3m"}'
        raise StatesimError(f"settings is {told}, and not {given!r}")
    return given


def lists_by_path(given: Any) -> Mapping[str, Sequence[Any]]:
    """Return settings of which several values are tried: a list for each path.

    Raises
    ------
    StatesimError
        If it is no dictionary, or a value stands where a list of them should.
    """
    found = {}
    for path, values in values_by_path(given).items():
        if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
            told = f"settings[{path!r}] is a list of the values to try, as [{values!r}]"
            raise StatesimError(f"{told}, and not {values!r}")
        found[path] = list(values)
    return found

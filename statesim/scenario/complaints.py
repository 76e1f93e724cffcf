"""Pydantic's errors in our own words, each at its place in the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from statesim.scenario.fields import IN_QUOTES
from statesim.scenario.timeline import NOT_YET
from statesim.scenario.units import shown
from statesim.scenario.where import finding, quoted
from statesim.scenario.words import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from statesim.errors import Finding
    from statesim.scenario.fields import Slip
    from statesim.scenario.where import Path, Where

_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "tuple_type": "a list",
    "list_type": "a list",
}
_LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def complaints(
    error: ValidationError, data: Any, where: Where, prefix: Path = (), leave: Collection[Path] = ()
) -> list[Finding]:
    """Return what a failed validation found, one sentence for each thing wrong; unknown keys are not named.

    Parameters
    ----------
    data
        What was validated.
    where
        The document that holds it, at `prefix`.
    leave
        Paths of values that nothing is said about.
    """
    found = []
    for details in error.errors(include_url=False):
        path = _path(details["loc"], data, missing=details["type"] == "missing")
        if details["type"] != "extra_forbidden" and (*prefix, *path) not in leave:
            found += _complaints(details, where, (*prefix, *path))
    return found


def _complaints(details: ErrorDetails, where: Where, path: Path) -> list[Finding]:
    if details["type"] == "statesim":
        return slipped(details["ctx"]["slips"], details["input"], where, path)
    return [_complaint(details, where, path)]


def slipped(slips: Iterable[Slip], value: Any, where: Where, path: Path = ()) -> list[Finding]:
    """Return what a validator said about the value at `path`."""
    found = []
    for slip in slips:
        spot = (*path, *slip.at)
        hint = quoted(_inner(value, slip.at), where, spot) if slip.hint == IN_QUOTES else slip.hint
        found.append(finding(where, spot, slip.message, hint))
    return found


def _inner(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _complaint(details: ErrorDetails, where: Where, path: Path) -> Finding:
    context = details.get("ctx", {})
    kind, value = details["type"], details["input"]
    if kind == "missing":
        return finding(where, path[:-1], f"{path[-1]} is missing")
    if kind == "union_tag_not_found":
        return finding(where, path, "do is missing: what happens, like do: node-crash")
    if kind == "union_tag_invalid":
        return _unknown_word(context, where, path)
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"])
        return finding(where, path, f"expected {_one_of(words)}, found {shown(value)}", _meant(value, words))
    if kind in _LIMITS:
        name, limit = _LIMITS[kind]
        return finding(where, path, f"must be {limit} {context[name]}, found {shown(value)}")
    if kind in _EXPECTED:
        hint = quoted(value, where, path) if kind == "string_type" else None
        return finding(where, path, f"expected {_EXPECTED[kind]}, found {shown(value)}", hint)
    return finding(where, path, f"{shown(value)} cannot stand here")


def _meant(value: Any, words: list[str]) -> str | None:
    found = nearest(str(value), words)
    return f"did you mean {found}?" if found else None


def _unknown_word(context: dict[str, Any], where: Where, path: Path) -> Finding:
    word = str(context["tag"])
    spot = (*path, "do")
    if word in NOT_YET:
        return finding(where, spot, f"{word} is a known word that this version does not simulate yet")
    known = re.findall(r"'([^']*)'", context["expected_tags"])
    return finding(
        where, spot, f"{word} is not something that can be done", did_you_mean(word, [*known, *NOT_YET])
    )


def _path(loc: tuple[int | str, ...], data: Any, *, missing: bool) -> Path:
    """Return the path in the data that pydantic's location means: without the tags of unions."""
    path: list[int | str] = []
    node: Any = data
    for index, part in enumerate(loc):
        inner = _step(node, part)
        if inner is None and not (missing and index == len(loc) - 1):
            continue
        node = None if inner is None else inner[0]
        path.append(part)
    return tuple(path)


def _step(node: Any, part: int | str) -> tuple[Any] | None:
    """Return what stands at `part` of a mapping or list, ``None`` if there is nothing."""
    if isinstance(node, dict):
        return (node[part],) if part in node else None
    if isinstance(node, list | tuple) and isinstance(part, int) and part < len(node):
        return (node[part],)
    return None


def _one_of(words: list[str]) -> str:
    """Return a choice of words as one says it: ``a, b or c``."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last

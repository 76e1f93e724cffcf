"""Pydantic's errors in our own words, each at its place in the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from statesim.errors import Finding
from statesim.scenario.model import inner_models, keys_of
from statesim.scenario.positions import Nowhere, Path, Where, dotted
from statesim.scenario.timeline import NOT_YET
from statesim.scenario.units import shown
from statesim.scenario.words import did_you_mean, nearest

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from statesim.scenario.model import Model

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


def finding(where: Where, path: Path, message: str, hint: str | None = None, *, key: bool = False) -> Finding:
    """Return a finding about the value at `path` (about its key if `key`)."""
    name = dotted(path)
    return Finding(f"{name}: {message}" if name else message, *where.spot(path, key=key), hint)


def complaints(
    error: ValidationError,
    model: type[Model],
    data: Any,
    where: Where | None = None,
    *,
    strict_keys: bool = False,
) -> list[Finding]:
    """Return what a failed validation found, one sentence for each thing wrong.

    Parameters
    ----------
    data
        What was validated as `model`.
    where
        Where it stands.
    strict_keys
        Leave unknown keys to `unknown_keys`, which the loader asks in any case.
    """
    place = where or Nowhere()
    found = [] if strict_keys else unknown_keys(model, data, place, attributes=True)
    for details in error.errors(include_url=False):
        if details["type"] != "extra_forbidden":
            found.append(_complaint(details, data, place))
    return found


def _complaint(details: ErrorDetails, data: Any, where: Where) -> Finding:
    path = _path(details["loc"], data, missing=details["type"] == "missing")
    context = details.get("ctx", {})
    kind, value = details["type"], details["input"]
    if kind == "statesim":
        return finding(where, (*path, *context["at"]), context["message"], context["hint"])
    if kind == "missing":
        return finding(where, path[:-1], f"{path[-1]} is missing")
    if kind == "union_tag_not_found":
        return finding(where, path, "do is missing: what happens, like do: node-crash")
    if kind == "union_tag_invalid":
        return _unknown_word(context, where, path)
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"])
        return finding(
            where, path, f"expected {' or '.join(words)}, found {shown(value)}", _meant(value, words)
        )
    if kind in _LIMITS:
        name, limit = _LIMITS[kind]
        return finding(where, path, f"must be {limit} {context[name]}, found {shown(value)}")
    if kind in _EXPECTED:
        quote = kind == "string_type" and isinstance(value, int | float) and not isinstance(value, bool)
        hint = f'write "{value}"' if quote else None
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


def unknown_keys(
    annotation: Any, data: Any, where: Where, path: Path = (), *, attributes: bool = False
) -> list[Finding]:
    """Return every key below `path` that its part of a scenario does not take.

    Parameters
    ----------
    annotation
        The model that `data` is to be, or a field's annotation that leads to models.
    attributes
        Let attributes' names pass as well: the data comes from Python.
    """
    models = inner_models(annotation)
    if not models:
        return []
    if isinstance(data, list | tuple):
        rows = enumerate(data)
        return [
            f
            for i, row in rows
            for f in unknown_keys(annotation, row, where, (*path, i), attributes=attributes)
        ]
    if not isinstance(data, dict):
        return []
    if len(models) > 1:
        models = [m for m in models if m.model_fields["do"].default == data.get("do")]
        if not models:
            return []
    if _is_dictionary(annotation):
        rows_ = data.items()
        return [
            f
            for k, row in rows_
            for f in unknown_keys(models[0], row, where, (*path, k), attributes=attributes)
        ]
    found = []
    keys = keys_of(models[0], attributes=attributes)
    for key, value in data.items():
        if key in keys:
            inner = models[0].model_fields[keys[key]].annotation
            found += unknown_keys(inner, value, where, (*path, key), attributes=attributes)
        else:
            hint = did_you_mean(str(key), keys_of(models[0]))
            found.append(finding(where, (*path, key), "unknown key", hint, key=True))
    return found


def _is_dictionary(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is dict

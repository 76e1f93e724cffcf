"""What a field of the scenario's JSON Schema takes, in words and in tables."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from statesim.scenario.export import json_schema
from statesim.scenario.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_DURATION = "(us|ms|s|m|h|d))+"
_PATTERNS = {
    "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$": "a name (DNS label)",
    r"^\d+(\.\d+)?/[smhd]$": "a rate: 20/s",
}
_PLAIN = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true, false",
    "object": "a mapping",
    "null": "nothing",
}


@cache
def definitions() -> Mapping[str, Mapping[str, Any]]:
    """Return every model of the scenario file by its name; the file itself is ``Scenario``."""
    schema = json_schema()
    return {"Scenario": schema, **schema["$defs"]}


def table(fields: Mapping[str, Any], required: Sequence[str] = ()) -> list[str]:
    """Return the lines of a table of fields."""
    rows = [
        f"| `{name}` | {cell(takes(field))} | {_default(field, name in required)} "
        f"| {cell(field.get('description', ''))} |"
        for name, field in fields.items()
    ]
    return ["| key | takes | default | meaning |", "| --- | --- | --- | --- |", *rows]


def cell(text: str) -> str:
    """Return text as it may stand in a cell of a table."""
    return " ".join(text.replace("|", "\\|").split())


def takes(field: Mapping[str, Any]) -> str:
    """Return what a field takes: its kinds of values, or the words that it knows."""
    return " or ".join(dict.fromkeys(_kinds(field)))


def _kinds(field: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        yield f"[{name}](#{name.lower()})"
    elif "anyOf" in field or "oneOf" in field:
        found = [kind for each in field.get("anyOf", field.get("oneOf")) for kind in _kinds(each)]
        if "a duration" in found:  # a bare number is one in seconds
            found = [kind for kind in found if kind != "a number"]
        yield from (kind for kind in found if kind != "nothing")
    elif "const" in field:
        yield f"`{field['const']}`"
    elif "enum" in field:
        yield ", ".join(f"`{word}`" for word in field["enum"])
    elif field.get("type") == "array":
        yield f"a list of {takes(field['items'])}" if field.get("items") else "a list"
    elif field.get("type") == "object":
        yield from _object(field)
    else:
        yield _text(field)


def _object(field: Mapping[str, Any]) -> Iterator[str]:
    values = field.get("additionalProperties")
    if field.get("properties"):
        inner = ", ".join(f"{name}: …" for name in field["properties"])
        yield f"`{{{inner}}}`"
    elif isinstance(values, dict) and values:
        yield f"a mapping of {takes(values)}"
    else:
        yield "a mapping"


def _text(field: Mapping[str, Any]) -> str:
    pattern = field.get("pattern", "")
    if _DURATION in pattern:
        return "a duration"
    if pattern.startswith("^(") and pattern.endswith("/[^/]+$"):
        return "`Kind/name`"
    return _PATTERNS.get(pattern) or _PLAIN.get(field.get("type", ""), "anything")


def _default(field: Mapping[str, Any], required: bool) -> str:
    if required:
        return "**needed**"
    value = field.get("default")
    if isinstance(value, int) and not isinstance(value, bool):
        if "a duration" in takes(field):
            return f"`{format_duration(value)}`"
        if "bytes" in field.get("description", ""):
            return f"`{value >> 30}Gi`"
    if value in (None, {}, [], "") or isinstance(value, dict):
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"

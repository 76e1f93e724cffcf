"""Settings: values of a scenario that are changed from outside: ``systems.pg.parameters.ttl=15s``.

A path goes through the keys of the file and through the names of what stands in lists (or their places, from
0): ``clients.shop.operations.rate``, ``cluster.nodes.n.count``, ``timeline.0.at``. A key may hold dots
itself. Keys that are not there yet are made; whether a scenario takes them is checked when it is loaded.
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

from statesim.errors import Finding, ScenarioError, StatesimError
from statesim.scenario.patching import merge_patch
from statesim.scenario.positions import read_yaml
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# what a setting cannot change, and what does
_FIXED = {
    "seed": "--seed and --seeds change it (seed= and seeds= in Python)",
    "variants": "a path goes through the scenario, and the variants' patches are applied before it",
    "expect": "expectations are judged by `statesim run` as the scenario has them",
    "chapters": "they are words about the scenario as it is",
    "metadata": None,
    "apiVersion": None,
    "kind": None,
}


class Misplaced(StatesimError):  # noqa: N818 - where a path leads
    """A path leads nowhere in a document.

    Attributes
    ----------
    hint
        The nearest right word.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.hint = hint
        super().__init__(message)


def parse_values(texts: Sequence[str]) -> dict[str, Any]:
    """Return the values by path of texts like ``systems.pg.parameters.ttl=30s``; values are read as YAML.

    Raises
    ------
    ScenarioError
        With each text that is not of that form, or whose path stands in two of them.
    """
    return _all_parsed(texts, "{}")


def parse_settings(texts: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Return all values by path of texts like ``systems.pg.parameters.ttl=15s,30s,60s``.

    Raises
    ------
    ScenarioError
        As `parse_values` does.
    """
    return {path: tuple(values) for path, values in _all_parsed(texts, "[{}]").items()}


def _all_parsed(texts: Sequence[str], form: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    findings: list[Finding] = []
    for text in texts:
        try:
            path, value = _parsed(text, form)
        except ScenarioError as error:
            findings += error.findings
            continue
        if path in found:
            findings.append(Finding(f"{path} is set twice", f"--set {text}", hint="say it once"))
        found[path] = value
    if findings:
        raise ScenarioError(findings)
    return found


def _parsed(text: str, form: str) -> tuple[str, Any]:
    path, equals, written = text.partition("=")
    path, written = path.strip(), written.strip()
    findings: list[Finding] = []
    documents = read_yaml(form.format(written), f"--set {text}", findings) if written else []
    if not (path and equals and documents) and not findings:
        hint = "like systems.pg.parameters.ttl=30s"
        findings.append(
            Finding("expected a path into the scenario, = and a value", f"--set {text}", hint=hint)
        )
    if findings:
        raise ScenarioError(findings)
    return path, documents[0].data


def setting_text(path: str, value: Any) -> str:
    """Return the text that `parse_setting` and `parse_settings` read as this setting."""
    plain = str(value)
    if isinstance(value, str) and plain.strip() == plain:
        try:
            if parse_settings([f"{path}={plain}"])[path] == (value,):
                return f"{path}={plain}"
        except ScenarioError:
            pass
    return f"{path}={json.dumps(value, ensure_ascii=False)}"


def once(settings: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Return settings with each value of a path once, where it stands first."""
    return {
        path: list({_written(value): value for value in values}.values()) for path, values in settings.items()
    }


def in_order_of(
    there: Mapping[str, Sequence[Any]], settings: Mapping[str, Sequence[Any]]
) -> dict[str, list[Any]] | None:
    """Return settings in the order in which others name the same paths and values; ``None`` for others."""
    found = {path: {_written(value): value for value in values} for path, values in settings.items()}
    order = {path: [_written(value) for value in values] for path, values in there.items()}
    if {path: set(values) for path, values in found.items()} != {path: set(o) for path, o in order.items()}:
        return None
    return {path: [found[path][written] for written in values] for path, values in order.items()}


def _written(value: Any) -> str:
    """Return a value as a text that tells it from all others: 1 is neither 1.0 nor true."""
    return json.dumps(value, sort_keys=True, default=repr)


def several(value: Any) -> tuple[Any, ...]:
    """Return the values in what may be several, ``30s,60s`` or ``[30s, 60s]``; none in one value."""
    if isinstance(value, str) and "," in value:
        try:
            value = parse_settings([f"x={value}"])["x"]
        except ScenarioError:
            return ()
    return tuple(value) if isinstance(value, list | tuple) and len(value) > 1 else ()


def combinations(settings: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Yield each combination of one value for each path, the last path's values changing fastest."""
    for values in product(*settings.values()):
        yield dict(zip(settings, values, strict=True))


def patch_for(document: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return the merge patch that sets the value at `path` of a scenario as plain data.

    Raises
    ------
    Misplaced
        If a list on the way has nothing of that name, or nothing can stand there.
    """
    first = path.partition(".")[0]
    if first in _FIXED:
        raise Misplaced(f"{first} is not a setting", _FIXED[first])
    patch: dict[str, Any] = _patch(document, path, value, "")
    return patch


def _patch(here: Any, path: str, value: Any, walked: str) -> Any:
    """Return the patch of what stands `here`, at `walked`, for the rest of a path."""
    if not path:
        return value
    if isinstance(here, list | tuple):
        index, rest = _item(here, path, walked)
        items = list(here)
        inner = _patch(items[index], rest, value, f"{walked}{path.removesuffix(rest).rstrip('.')}.")
        items[index] = merge_patch(items[index], inner)
        return items
    if here is not None and not isinstance(here, dict):
        raise Misplaced(f"{walked.rstrip('.')} is {here!r}: {path} cannot stand in it")
    key, rest = _key(here or {}, path)
    return {key: _patch((here or {}).get(key), rest, value, f"{walked}{key}.")}


def _key(here: Mapping[str, Any], path: str) -> tuple[str, str]:
    """Part a path into the longest key that is there, else its first word, and the rest."""
    there = [key for key in here if path == key or path.startswith(f"{key}.")]
    key = max(there, key=len) if there else path.partition(".")[0]
    return key, path[len(key) + 1 :]


def _item(here: Sequence[Any], path: str, walked: str) -> tuple[int, str]:
    """Part a path into the place of the item that it names first, and the rest."""
    named = {str(item["name"]): i for i, item in enumerate(here) if isinstance(item, dict) and "name" in item}
    there = [name for name in named if path == name or path.startswith(f"{name}.")]
    if there:
        name = max(there, key=len)
        return named[name], path[len(name) + 1 :]
    word, _, rest = path.partition(".")
    if word.isdecimal() and int(word) < len(here):
        return int(word), rest
    places = f"it has {len(here)} rows: 0 to {len(here) - 1}" if len(here) > 1 else "it has 1 row: 0"
    hint = did_you_mean(word, named) if named else places if here else "it is empty"
    raise Misplaced(f"{walked.rstrip('.')} has no {word}", hint)

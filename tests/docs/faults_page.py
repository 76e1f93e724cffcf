"""The page docs/reference/faults.md: every word after ``do:``, from the models of the timeline's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.faults.catalogue import CATALOGUE
from tests.docs.schema_words import cell, definitions, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# what every row may say is told once
_COMMON = ("at", "every", "label", "label_zh", "random", "alert", "do")

_INTRODUCTION = """\
# Faults and what people do

Every row of a scenario's `timeline` says what happens after `do:`, to whom, and when. Made from the models that read the rows.
What each does to machines, programs and Kubernetes' objects, and how targets are written, is in [the scenario file](scenario.md).

| key of every row | meaning |
| --- | --- |
| `at: 60s` | when |
| `every: 30d` | again and again, so long after each other |
| `random: {mtbf: 30d, mttr: 20m}` | again and again, by chance, where the row allows it; see [Random](schema.md#random) and [Again](schema.md#again) |
| `alert: {…}` | when a person is called for this reason, where the row is something that a person does; see [Alert](schema.md#alert) |
| `label: "…"`, `label_zh: "…"` | what pictures call it, in English and in Chinese |
| `for: 60s` | it ends by itself, where it can end |
"""


def _rows() -> dict[str, dict[str, Any]]:
    found = {}
    for name, model in definitions().items():
        word = model.get("properties", {}).get("do", {}).get("const")
        if word is not None:
            found[word] = {"name": name, **model}
    return found


ROWS: dict[str, dict[str, Any]] = _rows()


def page() -> str:
    """Return the page's text.

    Raises
    ------
    KeyError
        If the product can do something that the scenario file has no row for.
    """
    words = sorted(CATALOGUE)
    index = [
        f"| [`{word}`](#{word}) | {cell(ROWS[word]['properties']['do']['description'])} |" for word in words
    ]
    lines = [_INTRODUCTION, "| `do:` | |", "| --- | --- |", *index]
    return "\n".join([*lines, *(line for word in words for line in _section(word, ROWS[word]))]) + "\n"


def _section(word: str, model: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"## {word}", "", cell(model.get("description", "")))
    own = {name: field for name, field in model["properties"].items() if name not in _COMMON}
    ways = [key for key in ("random", "alert") if key in model["properties"]]
    if ways:
        yield from ("", f"Takes {' and '.join(f'`{key}`' for key in ways)} instead of `at`.")
    if own:
        yield from ("", *table(own, model.get("required", ())))

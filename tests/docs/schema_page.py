"""The page docs/reference/schema.md: every key of the scenario file, from the models themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.docs.faults_page import ROWS
from tests.docs.schema_words import cell, definitions, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_INTRODUCTION = """\
# Every key of the scenario file

Made from the models that read the file. [The scenario file](scenario.md) explains it by example; the rows of `timeline` have
[a page of their own](faults.md); the parameters of each system stand on [its page](systems.md). `statesim schema` prints the same
as JSON Schema, which editors use to complete and to check.

A *duration* is written as Kubernetes writes it (`300ms`, `90s`, `5m`, `1h30m`, `2d`), and a bare number is seconds. Where the
table also allows `{mean: …}`, `{fixed: …}`, `{uniform: …}` and the like, it may be drawn by lot."""


def page() -> str:
    """Return the page's text."""
    timeline = {model["name"] for model in ROWS.values()}
    others = [(name, model) for name, model in definitions().items() if name not in timeline]
    return (
        "\n".join([_INTRODUCTION, *(line for name, model in others for line in _section(name, model))]) + "\n"
    )


def _section(name: str, model: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"## {name}", "")
    if model.get("description"):
        yield from (cell(model["description"]), "")
    properties = dict(model.get("properties", {}))
    if name == "Scenario":
        properties["timeline"] = {
            "type": "array",
            "description": "What goes wrong and what people do: [its rows](faults.md).",
        }
    yield from table(properties, model.get("required", ()))

"""The JSON Schema of the scenario file, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from statesim.scenario.schema import Scenario


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario file."""
    schema = Scenario.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "statesim scenario",
        "required": sorted({*schema.get("required", []), "apiVersion", "kind"}),
    }

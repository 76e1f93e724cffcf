"""What a scenario's titles and labels are called in other languages: ``translations.json`` beside a trace."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def translations_text(told: Mapping[str, Mapping[str, str]]) -> str:
    """Return what ``translations.json`` holds: for each language its texts by the scenario's own."""
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def read_translations(path: Path) -> dict[str, dict[str, str]]:
    """Read a ``translations.json`` back; where there is none, nothing is translated."""
    if not path.is_file():
        return {}
    found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return found

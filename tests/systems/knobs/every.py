"""All rows of all kinds."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from tests.systems.knobs.table import KNOBS, Knob


def knobs() -> list[Knob]:
    """Return the rows of every module beside this one."""
    for module in sorted(Path(__file__).parent.glob("*.py")):
        import_module(f"tests.systems.knobs.{module.stem}")
    return KNOBS

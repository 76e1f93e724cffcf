"""What a comparison over many seeds leaves in a directory beside the table of its runs."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from statesim.views.outputs import whole_file, write_text
from statesim.views.style import save

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.figure import Figure

JSON = "comparison.json"
PICTURES = ("comparison.svg", "comparison.png")


def write_comparison(directory: Path, document: Mapping[str, Any], figure: Figure | None) -> list[Path]:
    """Write ``comparison.json``, and the picture twice; return the paths."""
    text = json.dumps(_plain(document), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(directory / JSON, f"{text}\n")
    made = [directory / JSON]
    if figure is not None:
        for name in PICTURES:
            with whole_file(directory / name) as part:
                save(figure, part)
            made.append(directory / name)
    return made


def _plain(value: Any) -> Any:
    """Return data that JSON can hold: no number stands for what is infinite."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value

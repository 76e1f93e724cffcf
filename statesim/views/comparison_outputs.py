"""What a comparison over many seeds leaves in a directory beside the table of its runs."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from statesim.analysis.comparison_journal import JSON
from statesim.views.outputs import named_for, whole_file, write_text
from statesim.views.style import save

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.figure import Figure

KINDS = ("svg", "png")


def write_comparison(directory: Path, document: Mapping[str, Any]) -> Path:
    """Write ``comparison.json``; return its path."""
    text = json.dumps(_plain(document), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(directory / JSON, f"{text}\n")
    return directory / JSON


def write_comparison_pictures(
    directory: Path, figure: Figure, of: str = "", *, theme: str = "paper"
) -> list[Path]:
    """Write the picture twice, named after the metric that it is of, if it is of one; return the paths."""
    stem = named_for("-".join(filter(None, ("comparison", of))), theme)
    names = [f"{stem}.{kind}" for kind in KINDS]
    for name in names:
        with whole_file(directory / name) as part:
            save(figure, part)
    return [directory / name for name in names]


def _plain(value: Any) -> Any:
    """Return data that JSON can hold: no number stands for what is infinite."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value

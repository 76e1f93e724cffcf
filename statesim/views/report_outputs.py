"""What is drawn of a run when it is written: its timeline as pictures, and the report that holds it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from statesim.views.html import report
from statesim.views.leftovers import REPORT
from statesim.views.outputs import write_pictures, write_text
from statesim.views.speech import drawn_in
from statesim.views.style import png_bytes, svg_text
from statesim.views.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from statesim.analysis.reading import Reading


def write_shown(
    directory: Path, readings: Sequence[Reading], metrics: Mapping[str, Any], theme: str, language: str
) -> list[Path]:
    """Write the timeline's pictures and ``report.html``; return the paths.

    `theme` is that of the pictures; the timeline in the report is always on paper. Where no font has the
    letters of the language, pictures are in English, and the report around them is not.
    """
    with drawn_in(language):
        drawn = write_pictures(directory, readings, theme=theme)
        if theme == "paper":
            svg = (directory / "timeline.svg").read_text(encoding="utf-8")
        else:
            svg = svg_text(timeline(readings, language=None))
        html = report(readings, metrics, svg, png=partial(_pixels, readings, language), language=language)
    write_text(directory / REPORT, html)
    return [*drawn, directory / REPORT]


def _pixels(readings: Sequence[Reading], language: str) -> bytes:
    return png_bytes(timeline(readings, language=language))

"""Makes what the lessons show, beforehand: for a room in which nothing can be run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.api import run
from statesim.views.outputs import write_text
from statesim.views.replay.page import page
from statesim.views.style import save

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from statesim.lessons.course import Lesson


def make(out: Path, lessons: Sequence[Lesson]) -> Iterator[Path]:
    """Run what lessons show; yield each page that plays it, and each picture, when it is written.

    Both open without statesim and without a network.
    """
    out.mkdir(parents=True, exist_ok=True)
    for lesson in lessons:
        for shown in lesson.runs:
            result = run(shown["scenario"], variants=shown.get("variants", ()))
            played = out / f"{lesson.name}-{shown['scenario']}.html"
            write_text(played, page(result.replay_document()))
            yield played
            options = {"window": tuple(shown["window"])} if "window" in shown else {}
            for name, variant in result.variants.items():
                path = out / f"{lesson.name}-{shown['scenario']}-{name}.png"
                save(variant.timeline(**options), path)
                yield path

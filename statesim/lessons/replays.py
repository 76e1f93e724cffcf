"""Makes what the lessons show, beforehand: for a room in which nothing can be run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.api import run
from statesim.views.outputs import write_text
from statesim.views.replay.page import page
from statesim.views.style import save

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from statesim.lessons.course import Lesson


def shown(lessons: Iterable[Lesson]) -> int:
    """Return how many runs lessons show."""
    return sum(len(lesson.runs) for lesson in lessons)


def make(out: Path, lessons: Iterable[Lesson]) -> Iterator[list[Path]]:
    """Run what lessons show; yield the page that plays a run, and its pictures, when they are written.

    All open without statesim and without a network, a page in the language of its lesson.
    """
    out.mkdir(parents=True, exist_ok=True)
    for lesson in lessons:
        for each in lesson.runs:
            result = run(each["scenario"], variants=each.get("variants", ()))
            made = [out / f"{lesson.name}-{each['scenario']}.html"]
            write_text(made[0], page(result.replay_document(), lesson.lang))
            options: dict[str, Any] = {"language": lesson.lang}
            options |= {"window": tuple(each["window"])} if "window" in each else {}
            for name, variant in result.variants.items():
                made.append(out / f"{lesson.name}-{each['scenario']}-{name}.png")
                save(variant.timeline(**options), made[-1])
            yield made

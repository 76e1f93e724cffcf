"""Copies the course out to where somebody works with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.errors import StatesimError
from statesim.lessons.course import TRACKS
from statesim.lessons.notebook import notebook, written
from statesim.lessons.notes import notes_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from statesim.lessons.course import Lesson


def copy_out(
    out: Path,
    lessons: Sequence[Lesson],
    track: int | None = None,
    *,
    solved: bool = False,
    force: bool = False,
) -> list[Path]:
    """Write the notebooks of lessons and the speaker's notes; return the paths.

    Parameters
    ----------
    track
        Only what this track has room for; everything if none is named.
    solved
        With the exercises solved.
    force
        Overwrite what is there.

    Raises
    ------
    StatesimError
        If a notebook of that name is there: somebody may have worked in it.
    """
    texts = {
        out / f"{each.name}.ipynb": written(notebook(each, track or TRACKS[-1], solved=solved))
        for each in lessons
    }
    texts[out / "speaker-notes.md"] = notes_page(lessons)
    there = [path.name for path in texts if path.exists()]
    if there and not force:
        raise StatesimError(f"{out} has {', '.join(there)} already; choose another folder, or add --force")
    out.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return list(texts)

"""The speaker's pages: what to say, what to ask, where people go wrong, how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.lessons.course import BREAKS, COMMON, ENGLISH, TRACKS, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.lessons.course import Lesson


def lesson_notes(lesson: Lesson) -> str:
    """Return the notes of one lesson, as Markdown."""
    took = [(lesson.minutes[track], track) for track in TRACKS if track in lesson.minutes]
    minutes = " · ".join(lesson.hint("minutes").format(took=mine, track=of) for mine, of in took)
    pauses = [
        lesson.hint("break").format(took=pause, track=track)
        for track, (after, pause) in BREAKS.items()
        if after == lesson.name
    ]
    head = [f"## {lesson.name}: {lesson.title}", f"*{lesson.learned}*", minutes]
    return "\n\n".join([*head, *lesson.notes, *pauses])


def notes_page(lessons: Sequence[Lesson]) -> str:
    """Return the notes of several lessons, as one page of Markdown."""
    lang = lessons[0].lang if lessons else ENGLISH
    head = read(COMMON, lang).notes
    return "\n\n".join([*head, *map(lesson_notes, lessons)]) + "\n"

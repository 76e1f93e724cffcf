"""The speaker's pages: what to say, what to ask, where people go wrong, how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.lessons.course import COMMON, ENGLISH, TRACKS, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.lessons.course import Lesson


def lesson_notes(lesson: Lesson) -> str:
    """Return the notes of one lesson, as Markdown."""
    took = [(lesson.minutes[track], track) for track in TRACKS if track in lesson.minutes]
    minutes = " · ".join(lesson.hint("minutes").format(took=mine, track=of) for mine, of in took)
    return "\n\n".join([f"## {lesson.name}: {lesson.title}", f"*{lesson.learned}*", minutes, *lesson.notes])


def notes_page(lessons: Sequence[Lesson]) -> str:
    """Return the notes of several lessons, as one page of Markdown."""
    lang = lessons[0].lang if lessons else ENGLISH
    head = read(COMMON, lang).notes
    return "\n\n".join([*head, *map(lesson_notes, lessons)]) + "\n"

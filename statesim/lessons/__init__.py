"""The course: notebooks in which people predict, run, see, and are checked by a run of what they answered.

>>> from statesim import lessons
>>> lessons.lesson("02-storage").minutes[90] > 0
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from statesim.lessons.course import Lesson, course, lesson
    from statesim.lessons.judging import check
    from statesim.lessons.places import data

__all__ = ["Lesson", "check", "course", "data", "lesson"]

_LAZY = {
    "Lesson": "statesim.lessons.course",
    "check": "statesim.lessons.judging",
    "course": "statesim.lessons.course",
    "data": "statesim.lessons.places",
    "lesson": "statesim.lessons.course",
}


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'statesim.lessons' has no attribute {name!r}")

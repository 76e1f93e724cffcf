"""Makes a notebook of a lesson: nbformat 4.5, without outputs, the same bytes each time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from statesim.lessons.course import ENGLISH, TRACKS

if TYPE_CHECKING:
    from statesim.lessons.course import Lesson
    from statesim.lessons.text import Cell

_SPOKEN = f'lang="{ENGLISH}"'  # the one thing in the code that differs between languages


def notebook(lesson: Lesson, track: int = TRACKS[-1], *, solved: bool = False) -> dict[str, Any]:
    """Return the notebook of a lesson.

    Parameters
    ----------
    track
        Only what this track has room for.
    solved
        With the solutions instead of the places for answers.
    """
    cells = lesson.cells(track, solved=solved)
    return {
        "cells": [_cell(cell, text.replace(_SPOKEN, f'lang="{lesson.lang}"')) for cell, text in cells],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "statesim": {"lesson": lesson.name, "lang": lesson.lang},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(cell: Cell, text: str) -> dict[str, Any]:
    base = {
        "id": cell.id,
        "metadata": {"tags": [cell.role]} if cell.role else {},
        "source": text.splitlines(keepends=True),
    }
    if cell.code:
        return {"cell_type": "code", **base, "execution_count": None, "outputs": []}
    return {"cell_type": "markdown", **base}


def written(document: dict[str, Any]) -> str:
    """Return a notebook as its file has it."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"

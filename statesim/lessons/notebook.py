"""Makes a notebook of a lesson: nbformat 4.5, without outputs, the same bytes each time."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from statesim.lessons.course import ENGLISH, TRACKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.lessons.course import Lesson
    from statesim.lessons.text import Cell

_SPOKEN = f'lang="{ENGLISH}"'


def notebook(lesson: Lesson, track: int = TRACKS[-1], *, solved: bool = False) -> dict[str, Any]:
    """Return the notebook of a lesson.

    Parameters
    ----------
    track
        Only what this track has room for.
    solved
        With the solutions instead of the places for answers.
    """
    cells, words = lesson.cells(track, solved=solved), lesson.words
    return {
        "cells": [
            _cell(cell, code_in(text, lesson.lang, words) if cell.code else text) for cell, text in cells
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "statesim": {"lesson": lesson.name, "lang": lesson.lang},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def code_in(code: str, lang: str, words: Mapping[str, str]) -> str:
    """Return code with what differs between languages: which one is named, and texts that people read.

    Parameters
    ----------
    words
        What such texts are called, by their English. They are a whole literal, or what follows a comma in it.

    Examples
    --------
    >>> code_in('guess = {"nobody, seconds": ..., "seconds": ...}', "zh", {"seconds": "秒"})
    'guess = {"nobody, 秒": ..., "秒": ...}'
    """
    code = code.replace(_SPOKEN, f'lang="{lang}"')
    if not words:
        return code
    longest_first = sorted(words, key=lambda english: -len(english))
    any_of = "|".join(map(re.escape, longest_first))
    return re.sub(rf'(?:(?<=")|(?<=, ))(?:{any_of})(?=")', lambda found: words[found[0]], code)


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

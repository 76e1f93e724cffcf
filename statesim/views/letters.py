"""How wide letters are, in inches: measured on the font's outlines, so that it needs no canvas."""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

from statesim.views.fonts import MISSING, families

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

NO_BREAK = "\N{NO-BREAK SPACE}"
# what is never parted: "15 min", "(15 min", "1,205 of"; a number at the end stands alone
_WORD = re.compile(r"\(?\d(?:[\d.,]*\d)? \S+|\S+")
# Chinese has no spaces: a line may end after any character, but not before a mark that closes something
HAN_LETTERS = "\u2e80-\u9fff\uf900-\ufaff"
HAN = rf"[{HAN_LETTERS}][，。、；：！？）》」』”’…]*"  # noqa: RUF001 - Chinese marks
_PIECE = re.compile(rf"{HAN}|[^{HAN_LETTERS}]+")


@cache
def inches(text: str, points: float, *, bold: bool = False) -> float:
    """Return how wide a text is at that size, in the fonts that it is drawn with."""
    return float(_outlines(text, points, bold=bold)[:, 0].max()) / 72 if text.strip() else 0.0


@cache
def upright(text: str, points: float) -> tuple[float, float]:
    """Return from where to where (inches above its baseline) a text has ink: ``pg`` hangs below 0."""
    heights = _outlines(text, points)[:, 1]
    return float(heights.min()) / 72, float(heights.max()) / 72


def _outlines(text: str, points: float, *, bold: bool = False) -> NDArray[np.floating[Any]]:
    """Return the corners of a text's outlines, in points right of its beginning and above its baseline."""
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415 - 0.3 s, and only needed to draw
    from matplotlib.textpath import TextPath  # noqa: PLC0415 - as above

    font = FontProperties(family=list(families()), weight="bold" if bold else "normal")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", MISSING)
        outlines = TextPath((0, 0), text.replace("$", "S"), size=points, prop=font)
    return outlines.vertices


def fit(text: str, width: float, points: float, *, bold: bool = False) -> str:
    """Return a text cut in its middle until it is no wider than `width` inches."""
    if inches(text, points, bold=bold) <= width:
        return text
    for keep in range(len(text) - 1, 6, -1):
        cut = f"{text[: keep - 5]}…{text[-5:]}"
        if inches(cut, points, bold=bold) <= width:
            return cut
    return text[:6]


def wrapped(text: str, width: float, points: float, *, bold: bool = False) -> list[str]:
    """Return a text in lines no wider than `width` inches, parted between words.

    A number stays with the word after it, mostly its unit: ``6 min``, ``7 users``. Chinese is parted between
    characters.
    """
    lines: list[str] = []
    for word, joint in _parts(text):
        longer = f"{lines[-1]}{joint}{word}" if lines else word
        if lines and inches(longer, points, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield what is never parted, each with what stands before it if that is on the same line."""
    for word in _WORD.findall(text):
        pieces = _PIECE.findall(word) or [word]
        for number, piece in enumerate(pieces):
            yield piece, "" if number else " "


def glued(text: str, joint: str) -> str:
    """Return a text with `joint` for the space between a number and the word that stays with it."""
    return _WORD.sub(lambda word: word[0].replace(" ", joint), text)

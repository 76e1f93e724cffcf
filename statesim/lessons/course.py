"""The lessons in order, each in the languages it has: what is learned, how long it takes, its cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from statesim.errors import StatesimError
from statesim.lessons.places import folder
from statesim.lessons.text import Cell, Document, parse
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from statesim.lessons.verdict import Beside, Verdict

ENGLISH, CHINESE = "en", "zh"
LANGUAGES = (ENGLISH, CHINESE)
TRACKS = (20, 45, 90)
BREAKS = {90: ("04-session", 5)}  # of a track: after which lesson, and for how many minutes
COMMON = "common"  # what checks say in every lesson
_NOT_SHOWN = ("solution", "hint", "notes", "words")


@dataclass(frozen=True)
class Lesson:
    """One lesson in one language.

    Attributes
    ----------
    name
        As its files are called: ``02-storage``.
    lang
        The language of its prose.
    source
        What was written: code and English.
    translation
        The same prose in the language of this lesson; nothing if that is English.
    """

    name: str
    lang: str
    source: Document
    translation: Document | None = None

    @property
    def title(self) -> str:
        """Return what it is called."""
        return str(self._front["title"])

    @property
    def learned(self) -> str:
        """Return what is learned, a sentence."""
        return str(self._front["learned"])

    @property
    def _front(self) -> Mapping[str, Any]:
        return (self.translation or self.source).front

    @property
    def minutes(self) -> Mapping[int, int]:
        """Return the minutes that it takes in each of the tracks that it is part of."""
        found: Mapping[int, int] = self.source.front["minutes"]
        return found

    @property
    def runs(self) -> Sequence[Mapping[str, Any]]:
        """Return the runs that it shows: scenario, variants, window."""
        found: Sequence[Mapping[str, Any]] = self.source.front["runs"]
        return found

    def prose(self, cell: Cell) -> str:
        """Return a cell's text in the lesson's language; code is the same in all."""
        if cell.code or self.translation is None:
            return cell.text
        told = self.translation.cell(cell.id)
        if told is None:
            raise StatesimError(f"{self.name}: {cell.id} is not translated into {self.lang}")
        return told.text

    @property
    def words(self) -> dict[str, str]:
        """Return what texts in the code are called in the lesson's language, by their English.

        They stand in a cell of their own, with the role ``words``, as a list; the translation has the same
        list in the same order.
        """
        cell = next((cell for cell in self.source.cells if cell.role == "words"), None)
        if cell is None or self.translation is None:
            return {}
        english, told = _listed(cell.text), _listed(self.prose(cell))
        if len(english) != len(told):
            found = f"{len(told)} of {len(english)} words"
            raise StatesimError(
                f"{self.name}: {cell.id} has {found} in {self.lang}: they go in the same order"
            )
        return dict(zip(english, told, strict=True))

    def cells(self, track: int = TRACKS[-1], *, solved: bool = False) -> list[tuple[Cell, str]]:
        """Return what a notebook is made of: each cell and its text.

        Parameters
        ----------
        track
            Only what this track has room for.
        solved
            With the solutions instead of the places for answers.
        """
        solutions = {cell.options["solves"]: cell for cell in self.source.cells if cell.role == "solution"}
        shown = [cell for cell in self.source.cells if cell.role not in _NOT_SHOWN]
        return [
            (cell, solutions[cell.id].text if solved and cell.id in solutions else self.prose(cell))
            for cell in shown
            if track <= max(self.minutes) and cell.options.get("track", 0) <= track
        ]

    @property
    def notes(self) -> list[str]:
        """Return what the speaker should know, in the order of the lesson."""
        return [self.prose(cell) for cell in self.source.cells if cell.role == "notes"]

    def hint(self, name: str) -> str:
        """Return what a check says, of this lesson or of all."""
        for lesson in (self, read(COMMON, self.lang)):
            cell = lesson.source.cell(f"hint-{name}")
            if cell is not None:
                return lesson.prose(cell)
        raise StatesimError(f"{self.name} has no hint called {name}")

    def check(self, number: int, answer: Any) -> Verdict:
        """Judge an answer to an exercise of this lesson; see `statesim.lessons.check`."""
        from statesim.lessons.judging import check  # noqa: PLC0415 - it simulates; listing lessons does not

        return check(self.name, number, answer, lang=self.lang)

    def beside(self, guessed: Mapping[str, Any], found: Mapping[str, Any]) -> Beside:
        """Return guesses beside what a run found; a guess that is still ``...`` was none."""
        from statesim.lessons.verdict import Beside  # noqa: PLC0415 - as above

        heads = [self.hint(f"beside-{word}") for word in ("what", "guessed", "found")]
        return Beside(guessed, found, (heads[0], heads[1], heads[2]))


def _listed(text: str) -> list[str]:
    """Return the points of a list in Markdown."""
    return [line[2:] for line in text.splitlines() if line.startswith("- ")]


def sources() -> Path:
    """Return where the lessons' texts lie."""
    return folder() / "source"


def names() -> list[str]:
    """Return the lessons' names in order."""
    return sorted(path.stem for path in sources().glob("[0-9]*.md") if "." not in path.stem)


@cache
def read(name: str, lang: str) -> Lesson:
    """Return a lesson, or what is common to all, by its exact name."""
    source = parse((sources() / f"{name}.md").read_text(encoding="utf-8"), f"{name}.md")
    if lang == ENGLISH:
        return Lesson(name, lang, source)
    told = f"{name}.{lang}.md"
    return Lesson(name, lang, source, parse((sources() / told).read_text(encoding="utf-8"), told))


def lesson(name: str, lang: str = ENGLISH) -> Lesson:
    """Return a lesson: by its name, its number, or what comes after that: ``02-storage``, ``2``, ``storage``.

    Raises
    ------
    StatesimError
        If there is no such lesson, or it is not told in that language.

    Examples
    --------
    >>> lesson("storage").name
    '02-storage'
    """
    if lang not in LANGUAGES:
        raise StatesimError(f"lessons are told in {' and '.join(LANGUAGES)}, not in {lang!r}")
    known = names()
    found = [each for each in known if name in (each, *each.split("-", 1), each[:2].lstrip("0"))]
    if not found:
        hint = did_you_mean(name, [*known, *(each.split("-", 1)[1] for each in known)])
        told = hint or f"the lessons are {', '.join(known)}"
        raise StatesimError(f"there is no lesson {name!r}; {told}")
    return read(found[0], lang)


def course(lang: str = ENGLISH, track: int | None = None) -> list[Lesson]:
    """Return all lessons in order, or those of a track."""
    if track is not None and track not in TRACKS:
        raise StatesimError(
            f"the tracks take {', '.join(map(str, TRACKS))} minutes; there is none of {track}"
        )
    found = [lesson(name, lang) for name in names()]
    return [each for each in found if track is None or track in each.minutes]

"""Builds what is made of the lessons' sources: ``python -m statesim.lessons.build``.

Notebooks in each language and one page of notes for the speaker go to ``notebooks/en`` and ``notebooks/zh``.
A translation remembers the digest of the English that it was made of; where the English has changed since,
nothing is built and the place is named. ``--translated NAME`` says that a lesson's translation has been read
again, and makes it remember the English of today.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from statesim.errors import Finding, ScenarioError
from statesim.lessons.course import CHINESE, COMMON, LANGUAGES, course, names, sources
from statesim.lessons.notebook import notebook, written
from statesim.lessons.notes import notes_page
from statesim.lessons.places import folder
from statesim.lessons.text import parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def stale(name: str, lang: str = CHINESE) -> list[str]:
    """Return what is wrong with a translation: what it lacks, and what is older than the English."""
    source = parse((sources() / f"{name}.md").read_text(encoding="utf-8"), f"{name}.md")
    path = sources() / f"{name}.{lang}.md"
    told = parse(path.read_text(encoding="utf-8"), path.name)
    prose = {cell.id: cell for cell in source.cells if not cell.code}
    wrong = [f"{path.name}: {cell.id} is not translated" for cell in prose.values() if not told.cell(cell.id)]
    for cell in told.cells:
        english = prose.get(cell.id)
        if english is None:
            wrong.append(f"{path.name}: there is no prose called {cell.id} in {name}.md")
        elif cell.options.get("of") != english.digest:
            wrong.append(f"{path.name}: {cell.id} is of another English ({english.digest} is today's)")
    return wrong


def built() -> dict[Path, str]:
    """Return every file that is made of the sources, and its text."""
    made: dict[Path, str] = {}
    for lang in LANGUAGES:
        lessons = course(lang)
        made |= {folder() / lang / f"{each.name}.ipynb": written(notebook(each)) for each in lessons}
        made[folder() / lang / "speaker-notes.md"] = notes_page(lessons)
    return made


def remember(name: str, lang: str = CHINESE) -> None:
    """Make a translation remember today's English."""
    source = parse((sources() / f"{name}.md").read_text(encoding="utf-8"), f"{name}.md")
    path = sources() / f"{name}.{lang}.md"
    lines = path.read_text(encoding="utf-8").splitlines()
    for cell in source.cells:
        head = f'+++ {{"id": "{cell.id}"'
        lines = [
            f'{head}, "of": "{cell.digest}"}}' if line.startswith((f"{head},", f"{head}}}")) else line
            for line in lines
        ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build everything, or say what is not in order."""
    options = argparse.ArgumentParser(prog="python -m statesim.lessons.build", description=__doc__)
    options.add_argument("--translated", metavar="NAME", action="append", default=[])
    for name in options.parse_args(arguments).translated:
        remember(name)
    wrong = [told for name in (COMMON, *names()) for told in stale(name)]
    if wrong:
        raise ScenarioError([Finding(told) for told in wrong])
    made = built()
    for lang in LANGUAGES:
        for old in (folder() / lang).glob("*"):
            if old not in made:
                old.unlink()
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"built {len(made)} files in {folder()}\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ScenarioError as error:
        sys.exit("\n".join(map(str, error.findings)))

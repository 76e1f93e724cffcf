"""Lessons run from top to bottom in both languages, unsolved and solved, and are built of their sources."""

from __future__ import annotations

import json
from resource import RUSAGE_CHILDREN, getrusage
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

from statesim.lessons.build import built, stale
from statesim.lessons.course import COMMON, LANGUAGES, TRACKS, lesson, names
from statesim.lessons.notebook import notebook
from statesim.lessons.places import folder

if TYPE_CHECKING:
    from pathlib import Path

# of a whole notebook, as processor time: what else a machine does is not the notebook's
MOST_S = 60
DONE = {lang: lesson(names()[0], lang).hint("well-done") for lang in LANGUAGES}
NOT_YET = {lang: lesson(names()[0], lang).hint("not-yet") for lang in LANGUAGES}


def children_s() -> float:
    """Return the processor time of programs that this one has begun and that have ended."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def outputs(document: dict[str, Any]) -> list[Any]:
    """Run a notebook, which must not take long in all; return the outputs of each cell of code."""
    made = nbformat.reads(json.dumps(document), as_version=4)
    before = children_s()
    NotebookClient(made, timeout=300, kernel_name="python3").execute()
    took_s = children_s() - before
    assert took_s > 0.1, "the kernel's time is counted once it has ended"
    assert took_s < MOST_S, f"{took_s:.0f} s of processor time"
    return [cell for cell in made.cells if cell.cell_type == "code"]


def verdicts(cells: list[Any]) -> list[str]:
    """Return what the checks said."""
    checks = [cell for cell in cells if "check" in cell.metadata.get("tags", ())]
    return [output.data["text/plain"] for cell in checks for output in cell.outputs]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    # the code is the same in both, and in English it runs with its solutions below
    "lang",
    [pytest.param(lang, marks=pytest.mark.thorough) if lang == "en" else lang for lang in LANGUAGES],
)
@pytest.mark.parametrize("name", names())
def test_a_lesson_runs_from_top_to_bottom_with_its_exercises_open(name: str, lang: str) -> None:
    cells = outputs(notebook(lesson(name, lang)))
    for shown in (output.get("data", {}) for cell in cells for output in cell.outputs):
        assert "image/png" in shown or not shown.get("text/plain", "").startswith("<Figure"), "no picture"
    told = verdicts(cells)
    assert told
    assert all(NOT_YET[lang] in text for text in told)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", names())
def test_the_solutions_of_a_lesson_are_well_done(name: str) -> None:
    told = verdicts(outputs(notebook(lesson(name), solved=True)))
    assert told
    assert all(DONE["en"] in text for text in told), told


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "track"), [(n, t) for n in names() for t in TRACKS[:-1] if t in lesson(n).minutes]
)
def test_a_shorter_track_of_a_lesson_stands_by_itself(name: str, track: int) -> None:
    whole, short = notebook(lesson(name)), notebook(lesson(name), track)
    if short != whole:
        assert outputs(short)


@pytest.mark.parametrize("path", sorted(built()), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_what_is_built_is_as_its_source(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == built()[path], "run: python -m statesim.lessons.build"


def test_nothing_else_lies_beside_what_is_built() -> None:
    assert sorted(path for lang in LANGUAGES for path in (folder() / lang).iterdir()) == sorted(built())


@pytest.mark.parametrize("name", [COMMON, *names()])
def test_every_prose_is_translated_from_the_english_of_today(name: str) -> None:
    assert stale(name) == []


@pytest.mark.parametrize("path", sorted(built()), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_notebook_is_valid_and_has_no_outputs(path: Path) -> None:
    if path.suffix == ".ipynb":
        made = nbformat.read(path, as_version=4)
        nbformat.validate(made)
        assert all(not cell.outputs for cell in made.cells if cell.cell_type == "code")

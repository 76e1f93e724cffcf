"""The course: lessons of one form, tracks that fit their time, translations that are kept in step."""

from __future__ import annotations

import ast
import io
import re
import string
from itertools import pairwise
from pathlib import Path
from tokenize import generate_tokens

import pytest

from statesim import lessons
from statesim.errors import StatesimError
from statesim.lessons.checks import CHECKS
from statesim.lessons.course import BREAKS, COMMON, LANGUAGES, TRACKS, Lesson, course, lesson, names, read
from statesim.lessons.notebook import code_in, notebook
from statesim.lessons.notes import notes_page
from statesim.lessons.text import Cell, parse
from tests.lessons.workshop_page import plan, together, tracks

CHINESE_LETTER = re.compile(r"[\u4e00-\u9fff]")
CHECK_FILES = sorted((Path(lessons.__file__).parent / "checks").glob("*.py"))


def cells(name: str) -> list[Cell]:
    return list(lesson(name).source.cells)


@pytest.mark.parametrize("name", names())
def test_a_lesson_is_predicted_run_revealed_and_exercised_in_that_order(name: str) -> None:
    firsts = [role for role in dict.fromkeys(cell.role for cell in cells(name)) if role]
    assert [role for role in firsts if role in ("predict", "run", "reveal", "exercise", "answer", "check")] == [
        "predict", "run", "reveal", "exercise", "answer", "check",
    ]  # fmt: skip


@pytest.mark.parametrize("name", names())
def test_each_exercise_has_a_place_a_solution_and_a_check(name: str) -> None:
    answers = [cell.id for cell in cells(name) if cell.role == "answer"]
    solved = [cell.options["solves"] for cell in cells(name) if cell.role == "solution"]
    checked = [cell.text for cell in cells(name) if cell.role == "check"]
    assert answers == solved
    assert [int(found) for text in checked for found in re.findall(r"check\((\d+),", text)] == [
        at + 1 for at in range(len(CHECKS[name]))
    ]
    assert len(answers) == len(CHECKS[name])


def test_every_lesson_has_checks_and_nothing_else_has() -> None:
    assert list(CHECKS) == names()


@pytest.mark.parametrize("name", names())
def test_a_lesson_tells_the_speaker_and_the_room_what_they_need(name: str) -> None:
    for lang in LANGUAGES:
        told = lesson(name, lang)
        assert len(told.notes) >= 2
        assert told.title
        assert told.learned.endswith((".", "。"))
        assert told.runs


@pytest.mark.parametrize("name", [COMMON, *names()])
def test_a_translation_is_chinese_and_keeps_the_places_of_numbers(name: str) -> None:
    told = read(name, "zh")
    for cell in told.source.cells:
        if not cell.code:
            chinese = told.prose(cell)
            assert CHINESE_LETTER.search(chinese), cell.id
            assert fields(chinese) == fields(cell.text) or cell.role != "hint", cell.id


def fields(text: str) -> set[str | None]:
    return {found[1] for found in string.Formatter().parse(text)} - {None}


@pytest.mark.parametrize("name", names())
def test_links_and_commands_are_the_same_in_both_languages(name: str) -> None:
    told = lesson(name, "zh")
    for cell in told.source.cells:
        if not cell.code:
            commands = re.findall(r"`(?:statesim|kubectl) [^`]+`", cell.text)
            assert commands == re.findall(r"`(?:statesim|kubectl) [^`]+`", told.prose(cell)), cell.id
            assert cell.text.count("](") == told.prose(cell).count("]("), cell.id


@pytest.mark.parametrize("name", names())
def test_languages_have_the_same_code_but_for_the_language_and_what_people_read(name: str) -> None:
    english, chinese = (notebook(lesson(name, lang))["cells"] for lang in LANGUAGES)
    words = lesson(name, "zh").words
    assert [cell["id"] for cell in english] == [cell["id"] for cell in chinese]
    for one, other in zip(english, chinese, strict=True):
        if one["cell_type"] == "code":
            code = code_in("".join(one["source"]), "zh", words)
            assert code == "".join(other["source"])
            assert kinds(code) == kinds("".join(one["source"]))  # nothing but texts has changed


def kinds(code: str) -> list[int]:
    """Return the kinds of the tokens of code, one after the other."""
    return [each.type for each in generate_tokens(io.StringIO(code.replace("%matplotlib", "#")).readline)]


@pytest.mark.parametrize("name", names())
def test_every_text_in_the_code_that_is_translated_stands_in_it_and_those_with_spaces_are(name: str) -> None:
    told = lesson(name, "zh")
    code = [cell.text for cell in told.source.cells if cell.code]
    for english, chinese in told.words.items():
        assert any(code_in(text, "en", {english: chinese}) != text for text in code), english
        assert fields(chinese) == fields(english)
    left = {
        literal
        for cell in notebook(told)["cells"]
        if cell["cell_type"] == "code" and not {"answer", "check"} & {*cell["metadata"].get("tags", ())}
        for literal in re.findall(r'"([A-Za-z]+(?: [A-Za-z]+)+)"', "".join(cell["source"]))
    }
    assert left == set()


def test_a_translation_that_lacks_a_word_is_told() -> None:
    source = parse('---\na: 1\n---\n+++ {"id": "words", "role": "words"}\n\n- minutes\n- hours\n', "x.md")
    told = parse('---\na: 1\n---\n+++ {"id": "words"}\n\n- 分钟\n', "x.zh.md")
    with pytest.raises(StatesimError, match="words has 1 of 2 words in zh"):
        _ = Lesson("x", "zh", source, told).words


def test_pictures_and_causes_in_lessons_are_in_the_language_of_the_lesson() -> None:
    cells = [cell.text for name in names() for cell in lesson(name).source.cells if cell.code]
    drawn = [text for text in cells if re.search(r"\.why\(|\.timeline\(|\.replay\(|\bnines\(", text)]
    assert len(drawn) >= 14
    assert [text for text in drawn if "language=lesson.lang" not in text] == []


@pytest.mark.parametrize("track", TRACKS)
def test_a_track_fits_its_time_with_its_break_and_fills_most_of_it(track: int) -> None:
    assert 0.85 * track <= together(track) <= track


def test_a_speaker_of_any_language_reads_when_the_break_is_and_how_long() -> None:
    for lang in LANGUAGES:
        for track, (after, took) in BREAKS.items():
            assert track in lesson(after, lang).minutes
            said = lesson(after, lang).hint("break").format(took=took, track=track)
            sections = re.split(r"\n(?=## \d\d-)", notes_page(course(lang)))
            assert [part[3:].partition(":")[0] for part in sections if said in part] == [after]


@pytest.mark.parametrize("name", names())
def test_a_longer_track_never_has_less_of_a_lesson(name: str) -> None:
    told = lesson(name)
    took = [told.minutes[track] for track in TRACKS if track in told.minutes]
    kept = [{cell.id for cell, _ in told.cells(track)} for track in TRACKS if track in told.minutes]
    assert took == sorted(took)
    assert all(less <= more for less, more in pairwise(kept))
    assert 90 in told.minutes


def test_every_hint_that_a_check_gives_is_told_and_every_hint_is_given() -> None:
    given = {"well-done", "not-yet", "open", "refused", "form", "minutes", "break"} | {
        f"beside-{word}" for word in ("what", "guessed", "found")
    }
    for path in CHECK_FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                hint = node.args[0] if node.func.attr in ("good", "not_yet") else None
                given |= {hint.value} if isinstance(hint, ast.Constant) else set()
    told = {
        cell.id.removeprefix("hint-")
        for name in (COMMON, *names())
        for cell in read(name, "en").source.cells
        if cell.role == "hint"
    }
    assert given == told


@pytest.mark.parametrize("asked", ["02-storage", "2", "02", "storage"])
def test_a_lesson_is_found_by_its_name_its_number_and_its_word(asked: str) -> None:
    if asked != "02":
        assert lesson(asked).name == "02-storage"
    else:
        assert lesson(asked.lstrip("0")).name == "02-storage"


def test_a_lesson_that_is_not_there_is_said_with_the_nearest_one() -> None:
    with pytest.raises(StatesimError, match="storage"):
        lesson("storag")
    with pytest.raises(StatesimError, match="en and zh"):
        lesson("storage", "fr")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# no front matter", "front matter"),
        ("---\na: 1\n---\nprose without a cell", "expected"),
        ("---\na: 1\n---\n+++ {\"role\": \"x\"}\nprose", "no id"),
        ("---\na: 1\n---\n```{code-cell}\n:id: x\nend = 0", "no end"),
        ("---\na: 1\n---\n+++ {\"id\": \"x\"}\na\n+++ {\"id\": \"x\"}\nb", "more than one"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_be_read_says_where(text: str, told: str) -> None:
    with pytest.raises(StatesimError, match=f"a.md.*{told}"):
        parse(text, "a.md")


def test_the_guide_for_speakers_has_the_times_that_the_lessons_have() -> None:
    page = (Path(__file__).parents[2] / "docs/howto/give-a-workshop.md").read_text(encoding="utf-8")
    assert tracks() in page
    assert plan() in page

"""`statesim lessons`: what it lists, what it copies, and what it says of a wrong word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from statesim.cli import app
from statesim.errors import StatesimError
from statesim.lessons.course import course, lesson, names
from statesim.lessons.places import data

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["lessons", *words], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output


def test_all_lessons_are_listed_with_their_minutes_in_both_languages() -> None:
    for lang in ("en", "zh"):
        listed = run("--lang", lang)
        for each in course(lang):
            assert each.name in listed
            assert each.title.split(":")[0].split("：")[0] in listed


def test_a_track_lists_only_its_lessons() -> None:
    listed = run("--track", "20")
    assert [name for name in names() if name in listed] == [each.name for each in course(track=20)]


def test_one_lesson_is_told_with_what_it_runs() -> None:
    told = run("storage")
    assert "killed-or-deleted" in told
    assert lesson("02-storage").learned in told


def test_notes_are_printed_in_the_language_that_was_asked_for() -> None:
    assert lesson("02-storage", "zh").notes[0] in run("2", "--notes", "--lang", "zh")


def test_a_copy_has_the_notebooks_and_the_notes_and_is_not_overwritten(tmp_path: Path) -> None:
    run("--copy", str(tmp_path / "w"), "--lang", "zh", "--no-replays")
    assert sorted(path.stem for path in (tmp_path / "w").glob("*.ipynb")) == names()
    assert "讲者备注" in (tmp_path / "w/speaker-notes.md").read_text(encoding="utf-8")
    mine = tmp_path / "w/02-storage.ipynb"
    mine.write_text("my answers", encoding="utf-8")
    again = CliRunner().invoke(app, ["lessons", "--copy", str(tmp_path / "w"), "--no-replays"])
    assert isinstance(again.exception, StatesimError)
    assert "--force" in str(again.exception)
    assert mine.read_text(encoding="utf-8") == "my answers"
    run("--copy", str(tmp_path / "w"), "--force", "--no-replays")
    assert json.loads(mine.read_text(encoding="utf-8"))["metadata"]["statesim"] == {
        "lesson": "02-storage",
        "lang": "en",
    }


def test_a_copy_of_a_track_has_only_what_it_has_time_for(tmp_path: Path) -> None:
    run("--copy", str(tmp_path), "--track", "20", "--no-replays")
    assert sorted(path.stem for path in tmp_path.glob("*.ipynb")) == [each.name for each in course(track=20)]
    cells = json.loads((tmp_path / "02-storage.ipynb").read_text(encoding="utf-8"))["cells"]
    assert "predict-power" not in [cell["id"] for cell in cells]


def test_solutions_take_the_place_of_the_open_answers(tmp_path: Path) -> None:
    run("2", "--copy", str(tmp_path / "open"), "--no-replays")
    run("2", "--copy", str(tmp_path / "solved"), "--solutions", "--no-replays")
    texts = [
        (tmp_path / each / "02-storage.ipynb").read_text(encoding="utf-8") for each in ("open", "solved")
    ]
    assert ["PersistentVolumeClaim\\n" in text for text in texts] == [False, True]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_replays_are_pages_and_pictures_that_open_without_the_program(tmp_path: Path) -> None:
    run("6", "--copy", str(tmp_path))
    made = {path.name: path.stat().st_size for path in (tmp_path / "replays").iterdir()}
    assert "06-split-brain-frozen-agent.html" in made
    assert "06-split-brain-patroni-partitioned-synchronous.png" in made
    assert all(size > 10_000 for size in made.values())
    page = (tmp_path / "replays/06-split-brain-frozen-agent.html").read_text(encoding="utf-8")
    assert "http://" not in page.split("<script", 1)[0]
    assert '<div id="statesim-stage" lang="en">' in page


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_replays_of_chinese_lessons_open_in_chinese(tmp_path: Path) -> None:
    told = run("3", "--copy", str(tmp_path), "--lang", "zh")
    pages = sorted((tmp_path / "replays").glob("*.html"))
    assert f"made {len(pages)} page" in told
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert '<html lang="zh-CN">' in text
        assert '<div id="statesim-stage" lang="zh-CN">' in text


def test_a_copy_may_be_without_replays(tmp_path: Path) -> None:
    told = run("3", "--copy", str(tmp_path), "--no-replays")
    assert "replays" not in told
    assert not (tmp_path / "replays").exists()


def test_options_of_a_copy_want_a_copy() -> None:
    for option in ("--solutions", "--no-replays"):
        done = CliRunner().invoke(app, ["lessons", option])
        assert done.exit_code == 2
        assert "--copy" in done.output


def test_data_that_is_not_there_is_said() -> None:
    assert data("how-many-nines.csv").exists()
    with pytest.raises(StatesimError, match=r"did you mean how-many-nines\.csv"):
        data("how-many-nine.csv")

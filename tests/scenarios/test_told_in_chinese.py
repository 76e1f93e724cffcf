"""What the scenarios of the lessons show, and what to look for, in Chinese: the same commands, nothing left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import statesim
from statesim.errors import ScenarioError
from statesim.lessons.course import course
from statesim.library import locate
from statesim.scenario.schema import Metadata

if TYPE_CHECKING:
    from pathlib import Path

SHOWN = sorted({run["scenario"] for lesson in course() for run in lesson.runs} | {"how-many-nines"})
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("name", SHOWN)
def test_what_the_lessons_run_says_in_chinese_what_it_shows_with_the_same_commands(name: str) -> None:
    metadata = statesim.load(name).base.metadata
    assert metadata.description_zh
    assert HAN.search(metadata.description_zh)
    commands = re.compile(r"`[^`]+`")
    assert commands.findall(metadata.description_zh) == commands.findall(metadata.description)
    assert len(metadata.look_for_zh) == len(metadata.look_for) > 0
    for english, chinese in zip(metadata.look_for, metadata.look_for_zh, strict=True):
        assert commands.findall(chinese) == commands.findall(english)
        assert HAN.search(chinese)
        assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", commands.sub("", chinese)), chinese


def test_a_scenario_is_told_in_english_where_it_has_no_chinese() -> None:
    plain = Metadata(name="x", title="A", description="B.", look_for=("C.",))
    assert plain.said_in("zh") == plain
    told = Metadata(
        name="x", title="A", description="B.", look_for=("C.",), description_zh="乙。", look_for_zh=("丙。",)
    )
    chinese = told.said_in("zh")
    assert (chinese.title, chinese.description, chinese.look_for) == ("A", "乙。", ("丙。",))
    assert told.said_in("en") is told


def test_sentences_in_chinese_are_as_many_as_in_english_or_the_place_is_named(tmp_path: Path) -> None:
    text = locate("sts-ordered-scale").read_text(encoding="utf-8")
    path = tmp_path / "less.yaml"
    path.write_text(
        text.replace("metadata:\n", "metadata:\n  lookFor_zh: [甲。, 乙。, 丙。, 丁。]\n", 1),
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError) as error:
        statesim.load(path)
    finding = error.value.findings[0]
    assert "expected a sentence for each of lookFor; found 4 for" in finding.message
    assert finding.line == 4


def test_a_trace_has_the_scenarios_own_words_and_what_they_are_called_lies_beside_it() -> None:
    record = statesim.run("killed-or-deleted", variants=["pod-claim"]).records[0]
    metadata = statesim.load("killed-or-deleted").base.metadata
    started = record.events[0].fields
    assert (started["description"], started["look_for"]) == (
        metadata.description.strip(),
        [*metadata.look_for],
    )
    assert not HAN.search(str(started))
    assert record.said(started["look_for"][0], "zh") == metadata.look_for_zh[0]
    assert record.said(started["description"], "zh") == str(metadata.description_zh).strip()

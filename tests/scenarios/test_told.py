"""What people are told about the shipped scenarios: that each is in the list, and has titles that stand alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import statesim
from statesim.library import shipped
from tests.scenarios.told import COMMAND, rows

SCENARIOS = shipped()
# what needs the title before it: any two variants may stand beside each other, and each alone
LEANING = re.compile(r"the same\b|it (has|is)\b|them\b|.*\bas above\b|同上|同样", re.IGNORECASE)


def test_every_shipped_scenario_stands_in_the_list_with_a_command_and_none_else_does() -> None:
    assert sorted(rows()) == sorted(path.stem for path in SCENARIOS)
    for name, row in rows().items():
        question, answer, command = (cell.strip() for cell in row.strip("|").split("|")[1:])
        assert question.endswith("?")
        assert answer.endswith(".")
        assert COMMAND.fullmatch(command), f"{name}: {command} is no command"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_a_chapter_that_speaks_of_some_variants_shows_one_for_each_word_of_their_names(path: Path) -> None:
    base = statesim.load(path).base
    names = [variant.name for variant in base.variants]
    telling = {word for name in names for word in name.split("-") if len(word) >= 7}
    words = {word: {name for name in names if word in name.split("-")} for word in telling}
    for chapter in base.chapters:
        if chapter.at_us in (0, base.duration_us):  # these compare all
            continue
        said = f"{chapter.title} {chapter.notes}".lower()
        for word, named in words.items():
            if re.search(rf"\b{word}", said) and len(named) < len(names):
                assert named & set(chapter.show), f"{chapter.title!r} speaks of {word} and does not show it"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_titles_of_variants_stand_alone_in_both_languages(path: Path) -> None:
    for variant in statesim.load(path).base.variants:
        assert variant.title
        for title in (variant.title, variant.title_zh or ""):  # names of the field are the same in Chinese
            assert not LEANING.match(title), f"{variant.name}: {title}"

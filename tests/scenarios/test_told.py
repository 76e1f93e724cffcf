"""What people are told about the shipped scenarios: that each is in the list, and that the commands work."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import statesim
from statesim.cli import app
from statesim.library import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs/reference/scenarios.md"
SCENARIOS = shipped()
# what needs the title before it: any two variants may stand beside each other, and each alone
LEANING = re.compile(r"the same\b|it (has|is)\b|them\b|.*\bas above\b|同上|同样", re.IGNORECASE)
COMMAND = re.compile(r"`(statesim \w+ out/[^`]*)`")


@cache
def rows() -> dict[str, str]:
    """Return the list's rows by the scenario that they name first."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found = ((re.match(r"\| `([a-z0-9-]+)` \|", line), line) for line in lines)
    return {match[1]: line for match, line in found if match}


def commands(name: str, path: Path) -> Iterator[str]:
    """Yield every command that the list and the scenario itself tell people to type."""
    told = [rows().get(name, ""), *(statesim.load(path).base.metadata.look_for or ())]
    for text in told:
        yield from COMMAND.findall(text)


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


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=pytest.mark.thorough) if n % 2 else path for n, path in enumerate(SCENARIOS)],
    ids=lambda p: p.stem,
)
def test_a_scenario_shows_what_people_are_told_to_look_at(path: Path, tmp_path: Path) -> None:
    name = path.stem
    assert statesim.load(path).base.metadata.look_for, f"{name} says nowhere what to look for"
    statesim.run(path).save(tmp_path / "out" / name, pictures=False)
    for command in commands(name, path):
        _, verb, directory, *rest = shlex.split(command)
        assert directory == f"out/{name}"
        answer = CliRunner().invoke(app, [verb, str(tmp_path / directory), *rest])
        assert answer.exit_code == 0, f"{command}: {answer.output}{answer.exception or ''}"
        assert answer.stdout.strip(), f"{command} shows nothing"

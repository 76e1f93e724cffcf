"""The guide to finding a failure, run as it is written."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import statesim
from statesim.cli import app
from statesim.experiment.search_plans import GROUPS

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "howto" / "find-a-failure.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "reference" / "search.md").read_text(encoding="utf-8")
CONSOLE, SHOWN, _, NOTHING = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)


def call(line: str) -> str:
    answer = CliRunner().invoke(app, shlex.split(line)[1:])
    assert answer.exit_code == 0, answer.output
    return answer.output


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("guide")
    command, _, _ = CONSOLE.removeprefix("$ ").partition("\n")
    return folder, call(f"{command.replace('split.yaml', str(folder / 'split.yaml'))} --jobs 1")


def test_the_search_prints_what_the_guide_says(searched: tuple[Path, str]) -> None:
    folder, output = searched
    there = output.replace(str(folder) + "/", "")
    lines = [line for line in there.splitlines() if line.strip()]
    assert lines[:-1] == CONSOLE.splitlines()[1:-1]
    assert lines[-1].startswith("wrote split.yaml; see it:  ")
    assert lines[-1].endswith("run split.yaml --out out/split")


def test_the_scenario_has_the_timeline_of_the_guide(searched: tuple[Path, str]) -> None:
    text = (searched[0] / "split.yaml").read_text(encoding="utf-8")
    for section in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)[0].split("expect:"):
        assert section in text


def test_what_the_guide_shows_can_be_shown(searched: tuple[Path, str]) -> None:
    folder, _ = searched
    for line in SHOWN.splitlines():
        words = line.removeprefix("$ ").replace("out/split", str(folder / "out"))
        assert call(words.replace("split.yaml", str(folder / "split.yaml") + " --no-pictures"))
    run = statesim.read(folder / "out").variants["orchestrator"].metrics
    assert run["systems"]["mysql"]["primaries_max"] == 2
    promoted = [e for e in statesim.read(folder / "out").records[0].events if e.event == "Promoted"]
    assert [event.object for event in promoted] == ["Member/mysql-1"]


def test_the_python_of_the_guide_finds_the_same(searched: tuple[Path, str]) -> None:
    timeline = ast.literal_eval(re.findall(r"found\.timeline +# (.*)", GUIDE)[0])
    found = statesim.search("mysql-failover", "clients.shop.lost > 0", variant="orchestrator", jobs=1)
    assert found.timeline == timeline


def test_the_bound_for_nothing_found_is_the_one_that_is_printed() -> None:
    from statesim.analysis.statistics import proportion_interval

    assert f"{proportion_interval(0, 200).high:.1%}" in NOTHING


def test_the_reference_lists_every_word_and_every_option() -> None:
    for group in ("faults", "actions"):
        (row,) = re.findall(rf"\| `{group}`: .*", REFERENCE)
        assert re.findall(r"`([a-z-]+)`", row)[1:] == list(GROUPS[group])
    options = set(re.findall(r"--[a-z-]+", CliRunner().invoke(app, ["search", "--help"]).output)) - {"--help"}
    assert options <= set(re.findall(r"--[a-z-]+", REFERENCE))

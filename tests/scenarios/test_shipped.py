"""The scenarios that ship keep their promises, the same on every run."""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import statesim
from statesim.analysis.event_names import EVENT_NAMES
from statesim.cli import app
from statesim.library import shipped
from tests.scenarios.told import commands, ending

SCENARIOS = shipped()


@pytest.fixture(scope="module", params=SCENARIOS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture(scope="module")
def result(path: Path) -> statesim.Result:
    """Run each scenario once, for all tests of it; then it is let go, as all of them fill a machine's memory."""
    return statesim.run(path)


def test_what_a_shipped_scenario_expects_holds(result: statesim.Result) -> None:
    failed = [row for row in result.metrics["expectations"] if not row["passed"]]
    assert failed == []
    assert result.metrics["expectations"], "a shipped scenario says what it shows"


def test_every_cause_is_an_earlier_event(result: statesim.Result) -> None:
    for record in result.records:
        assert all(event.cause is None or event.cause < event.id for event in record.events)
        assert [event.id for event in record.events] == list(range(len(record.events)))


def test_every_event_has_its_row_in_the_table(result: statesim.Result) -> None:
    seen = {
        (event.object.partition("/")[0], event.event) for record in result.records for event in record.events
    }
    assert {(kind, event) for kind, event in seen if event not in EVENT_NAMES[kind]} == set()


def test_a_scenario_shows_what_people_are_told_to_look_at(
    path: Path, result: statesim.Result, tmp_path: Path
) -> None:
    name = path.stem
    assert statesim.load(path).base.metadata.look_for, f"{name} says nowhere what to look for"
    result.save(tmp_path / "out" / name, pictures=False)
    for command in commands(name, path):
        _, verb, directory, *rest = shlex.split(command)
        assert directory == f"out/{name}"
        answer = CliRunner().invoke(app, [verb, str(tmp_path / directory), *rest])
        assert answer.exit_code == 0, f"{command}: {answer.output}{answer.exception or ''}"
        *_, last = answer.stdout.strip().splitlines() or [""]
        assert last, f"{command} shows nothing"
        assert ending(path, command).casefold() in last.casefold()


@pytest.mark.slow
def test_the_same_scenario_and_seed_leave_the_same_bytes(tmp_path: Path) -> None:
    def digests(out: Path, hash_seed: str) -> dict[str, str]:
        command = [sys.executable, "-m", "statesim", "run", "pg-node-crash", "--out", str(out), "--quiet"]
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": hash_seed}, check=True, capture_output=True
        )
        files = sorted(path for path in out.rglob("*") if path.suffix in (".jsonl", ".json", ".svg"))
        return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    first = digests(tmp_path / "a", "0")
    assert len(first) == 32, (
        "five traces, histories, journals, drifts, chapters and translations, the metrics and the picture"
    )
    assert first == digests(tmp_path / "b", "0")
    assert first == digests(tmp_path / "c", "4711")


def test_from_kubernetes_1_32_on_the_replacement_comes_ten_seconds_later(tmp_path: Path) -> None:
    path = next(p for p in SCENARIOS if p.stem == "pg-node-crash")
    text = path.read_text(encoding="utf-8").replace('kubernetes: "1.31"', 'kubernetes: "1.32"')
    newer = tmp_path / "newer.yaml"
    newer.write_text(text.replace("file: manifests/", f"file: {path.parent}/manifests/"), encoding="utf-8")
    before, later = (
        statesim.run(each, variants=["deployment-emptydir"]).metrics["variants"]["deployment-emptydir"]
        for each in (path, newer)
    )
    measured = [m["workloads"]["pg"]["first_replacement_s"] for m in (before, later)]
    assert measured[1] - measured[0] == pytest.approx(10, abs=0.001)

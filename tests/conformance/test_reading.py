"""What a recording must look like, and what the command says of one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from statesim.analysis.conformance.recording import find, read
from statesim.cli import app
from statesim.errors import ScenarioError

RECORDINGS = Path(__file__).parent / "recordings"


def run(*args: str) -> Any:
    return CliRunner().invoke(app, ["conformance", *args])


def test_the_command_prints_a_table_of_a_directory_it_has_never_seen(tmp_path: Path) -> None:
    for name in ("deploy_pod_kill", "sts_on_delete"):
        shutil.copy(RECORDINGS / f"{name}.json", tmp_path)
    done = run(str(tmp_path))
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.output.splitlines()[:3]] == [
        "recording",
        "deploy_pod_kill",
        "sts_on_delete",
    ]
    assert "2 of 2 recordings agree" in done.output


def test_the_command_exits_1_and_shows_both_worlds_where_one_differs(tmp_path: Path) -> None:
    raw = json.loads((RECORDINGS / "sts_on_delete.json").read_text(encoding="utf-8"))
    raw["events"] = [e for e in raw["events"] if (e["object"], e["event"]) != ("Pod/db-1", "Terminating")]
    (tmp_path / "changed.json").write_text(json.dumps(raw), encoding="utf-8")
    done = run(str(tmp_path))
    assert done.exit_code == 1
    assert "only here" in done.output
    assert "0 of 1 recordings agree" in done.output


def test_a_recording_that_cannot_be_replayed_does_not_keep_the_others_from_being_so(tmp_path: Path) -> None:
    shutil.copy(RECORDINGS / "deploy_pod_kill.json", tmp_path / "b.json")
    raw = json.loads((RECORDINGS / "sts_on_delete.json").read_text(encoding="utf-8"))
    raw["manifests"][1]["spec"]["replicsa"] = 3
    (tmp_path / "a.json").write_text(json.dumps(raw), encoding="utf-8")
    done = run(str(tmp_path))
    assert done.exit_code == 2
    assert "cannot be replayed" in done.output
    assert "replicsa" in done.output
    assert "1 of 2 recordings agree" in done.output


def test_budgets_of_older_clusters_are_read(tmp_path: Path) -> None:
    raw = json.loads((RECORDINGS / "sts_pod_kill.json").read_text(encoding="utf-8"))
    selector = {"matchLabels": {"app": "db"}}
    budget = {
        "apiVersion": "policy/v1beta1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "db"},
        "spec": {"minAvailable": 1, "selector": selector},
    }
    raw["manifests"].append(budget)
    raw["actions"].append({"t": 0.1, "action": "apply", "kind": "PodDisruptionBudget", "name": "db"})
    (tmp_path / "a.json").write_text(json.dumps(raw), encoding="utf-8")
    assert run(str(tmp_path)).exit_code == 0


def test_a_directory_without_recordings_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no recordings"):
        find(tmp_path)
    with pytest.raises(ScenarioError, match="no such directory"):
        find(tmp_path / "nothing")


def test_all_that_a_recording_lacks_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"kubernetes": 1.2, "nodes": []}', encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read(path)
    told = [finding.message for finding in error.value.findings]
    assert "kubernetes is of the wrong type" in told
    assert {"recorded_until_s is missing", "manifests is missing", "actions is missing"} <= set(told)


@pytest.mark.parametrize(
    ("part", "row", "told"),
    [
        ("actions", {"action": "patch", "name": "db"}, "actions[0]: t is missing"),
        ("actions", {"t": 1, "action": "patch", "name": "db"}, "actions[0]: kind is missing"),
        ("actions", {"t": 1, "action": "cordn", "node": "n1"}, "did you mean cordon?"),
        ("events", {"t": 1, "event": "Ready"}, "events[0]: object is missing"),
        ("manifests", {"kind": "Service", "metadata": {}}, "manifests[0]: metadata.name is missing"),
        ("nodes", "n1", "nodes[0]: expected a mapping"),
    ],
)
def test_a_row_that_is_wrong_is_told_and_the_other_recordings_are_judged(
    tmp_path: Path, part: str, row: Any, told: str
) -> None:
    shutil.copy(RECORDINGS / "deploy_pod_kill.json", tmp_path / "b.json")
    raw = json.loads((RECORDINGS / "sts_on_delete.json").read_text(encoding="utf-8"))
    raw[part].insert(0, row)
    (tmp_path / "a.json").write_text(json.dumps(raw), encoding="utf-8")
    done = run(str(tmp_path))
    assert done.exit_code == 2
    assert told in done.output
    assert "1 of 2 recordings agree" in done.output


def test_what_was_applied_and_is_not_there_is_no_agreement(tmp_path: Path) -> None:
    raw = json.loads((RECORDINGS / "sts_on_delete.json").read_text(encoding="utf-8"))
    raw["actions"].append({"t": 20.0, "action": "apply", "kind": "Service", "name": "other"})
    (tmp_path / "a.json").write_text(json.dumps(raw), encoding="utf-8")
    done = run(str(tmp_path))
    assert done.exit_code == 2
    assert "Service/other is applied, and no manifest describes it" in done.output


def test_broken_json_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"kubernetes": \n  oops}', encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read(path)
    assert (error.value.findings[0].line, error.value.findings[0].column) == (2, 3)

"""What an older version, or a hand, left in a folder is read as far as it goes, and said plainly where it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import statesim
from statesim.analysis.measured import EACH, is_of_today
from statesim.cli import app
from statesim.errors import StatesimError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "out"
    statesim.run("sts-ordered-scale").save(folder, pictures=False)
    return folder


def with_metrics(folder: Path, to: Path, change: Any) -> Path:
    """Copy a run, with its metrics changed."""
    to.mkdir()
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    document = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    change(document)
    (to / "metrics.json").write_text(json.dumps(document), encoding="utf-8")
    return to


def less(document: dict[str, Any]) -> None:
    """Leave out what was not measured once."""
    document["version"] = "0.0.9"
    for variant in document["variants"].values():
        del variant["drift"]
        for workload in variant["workloads"].values():
            del workload["promoted"]


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "statesim", *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "scenario",
    [
        *("pg-node-crash", "bare-container"),
        *(pytest.param(name, marks=pytest.mark.thorough) for name in ("cold-cdn", "rds-or-in-the-cluster")),
    ],
)
def test_runs_of_today_have_all_that_is_looked_for(scenario: str) -> None:
    assert is_of_today(statesim.run(scenario).metrics)


def test_each_name_that_is_looked_for_is_missed(written: Path) -> None:
    whole = statesim.run("pg-node-crash", variants=["patroni-sync"]).metrics
    for group, names in EACH.items():
        for name in names:
            document = json.loads(json.dumps(whole))
            for owner in document["variants"]["patroni-sync"][group].values():
                del owner[name]
            assert not is_of_today(document), name


def test_metrics_of_an_older_version_are_measured_again_and_what_was_expected_stays(
    written: Path, tmp_path: Path
) -> None:
    today = statesim.read(written)
    older = statesim.read(with_metrics(written, tmp_path / "older", less))
    assert older.metrics == today.metrics
    assert older.replay_document() == today.replay_document()


def test_metrics_of_today_are_taken_as_they_were_written(written: Path, tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        document["version"] = "0.0.9"

    assert statesim.read(with_metrics(written, tmp_path / "same", change)).metrics["version"] == "0.0.9"


def test_a_trace_without_what_is_needed_is_said_with_its_version_and_what_to_do(
    written: Path, tmp_path: Path
) -> None:
    older = with_metrics(written, tmp_path / "older", less)
    lines = (older / "trace.jsonl").read_text(encoding="utf-8").splitlines()
    start = json.loads(lines[0])
    del start["duration_s"]
    (older / "trace.jsonl").write_text("\n".join([json.dumps(start), *lines[1:]]) + "\n", encoding="utf-8")
    words = ("replay", "plot", "watch", "judge", "export --format csv", "explain pod/db-0", "get pods")
    for name, *more in map(str.split, words):
        with pytest.raises(StatesimError, match=r"'duration_s': it was written by statesim 0\.0\.9") as told:
            app([name, str(older), *more], standalone_mode=False)
        assert f"run sts-ordered-scale --seed 7 --out {older}" in str(told.value)
    done = command("replay", str(older))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {older}: what lies here has no 'duration_s'")
    assert {path.name for path in older.iterdir()} == {path.name for path in written.iterdir()}


def test_a_folder_that_holds_no_run_is_said_as_before(tmp_path: Path) -> None:
    with pytest.raises(StatesimError, match="no run lies here"):
        statesim.read(tmp_path)

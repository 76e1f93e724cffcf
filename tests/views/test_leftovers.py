"""A run into a directory where another lies: what would be taken for its own goes, the rest stays."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import made_traces as made
import pytest

from statesim.api import Result
from statesim.views.leftovers import earlier

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def short() -> list:
    return [made.patroni(duration_s=150), made.statefulset(duration_s=150)]


def names(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def test_variants_and_pictures_of_an_earlier_run_go(short: list, tmp_path: Path) -> None:
    Result(short).save(tmp_path, pictures=False)
    drawn = (
        "timeline-50s-120s.png", "timeline-statefulset-1m-1m30s.png", "timeline-patroni-async.png",
        "timeline-2.png", "timeline-statefulset-patroni-async.png", "timeline-statefulset-patroni-async-1m-2m.png",
        "topology-84s.png", "topology-patroni-async-1m20s.png", "topology-end.png", "topology-statefulset-end.png",
        "roles.png", "sessions-statefulset-50s-120s-slides.png", "timeline-patroni-async-drift-dark.png",
        "timeline.svg", "timeline.png", "report.html",
    )  # fmt: skip
    for name in drawn:
        (tmp_path / name).write_text("old")
    result = Result([replace(short[0], variant="other")])
    result.save(tmp_path, pictures=False)
    assert names(tmp_path) == {"trace.jsonl", "history.jsonl", "metrics.json"}
    assert not (tmp_path / "statefulset").exists()
    assert {path.name for path in result.removed} >= set(drawn)


def test_a_single_runs_files_go_when_variants_follow(short: list, tmp_path: Path) -> None:
    Result(short[:1]).save(tmp_path, pictures=False)
    Result(short).save(tmp_path, pictures=False)
    assert not (tmp_path / "trace.jsonl").exists()
    assert (tmp_path / "statefulset" / "trace.jsonl").exists()


def test_what_nobody_knows_to_be_a_runs_own_stays(short: list, tmp_path: Path) -> None:
    Result(short).save(tmp_path, pictures=False)
    theirs = (
        "notes.md", "timeline-mine.png", "topology-statefulset.png", "timeline-50s-120s.svg", "trace.txt",
        "statefulset/notes.md", "unknown/trace.jsonl", "manifests/topology-84s.png",
    )  # fmt: skip
    for name in theirs:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    Result(short[:1]).save(tmp_path, pictures=False)
    assert set(theirs) <= names(tmp_path)
    assert not (tmp_path / "statefulset" / "trace.jsonl").exists()


def test_a_run_into_the_same_directory_removes_nothing_that_it_writes(short: list, tmp_path: Path) -> None:
    first, again = Result(short), Result(short)
    first.save(tmp_path, pictures=False)
    before = names(tmp_path)
    again.save(tmp_path, pictures=False)
    assert (names(tmp_path), again.removed) == (before, [])


@pytest.mark.parametrize("text", ["", "[]", '{"variants": {"a": {}}}', "{", '{"variants": 3}'])
def test_where_no_run_of_this_program_lies_nothing_goes(text: str, tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text(text)
    (tmp_path / "trace.jsonl").write_text("somebody's")
    assert earlier(tmp_path) == []


def test_no_name_leads_out_of_the_directory(tmp_path: Path) -> None:
    inside = tmp_path / "out"
    inside.mkdir()
    (tmp_path / "trace.jsonl").write_text("beside it")
    document = {
        "scenario": "x",
        "seed": 7,
        "version": "0",
        "variants": {"..": {}, "../": {}, str(tmp_path): {}},
    }
    (inside / "metrics.json").write_text(json.dumps(document))
    assert earlier(inside) == []
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "trace.jsonl").write_text("linked to")
    (inside / "linked").symlink_to(elsewhere)
    (inside / "metrics.json").write_text(json.dumps({**document, "variants": {"linked": {}}}))
    assert earlier(inside) == []

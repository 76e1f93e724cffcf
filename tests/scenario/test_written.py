"""A scenario written as YAML for people is the same scenario, and one that people can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from statesim.experiment.storm import storm
from statesim.library import folder, shipped
from statesim.scenario.load import load
from statesim.scenario.moved import moved
from statesim.scenario.positions import read_yaml
from statesim.scenario.written import WIDTH, to_yaml


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_what_is_written_is_read_as_the_same(path: Path) -> None:
    base = load(path).base
    assert load(to_yaml(base.to_dict()), folder=path.parent).base == base


@pytest.mark.parametrize("path", shipped()[::6], ids=lambda path: path.stem)
def test_with_its_manifests_in_it_it_needs_no_files(path: Path, tmp_path: Path) -> None:
    loaded = load(path)
    data = moved(loaded.base.to_dict(), path.parent, None)
    alone = load(to_yaml(data), folder=tmp_path)
    assert [each.manifests for each in alone.variants] == [each.manifests for each in loaded.variants]


def test_files_are_named_as_they_are_found_from_elsewhere(tmp_path: Path) -> None:
    there = moved({"manifests": [{"file": "manifests/pg-patroni.yaml"}]}, folder(), tmp_path)
    assert (tmp_path / there["manifests"][0]["file"]).resolve() == folder() / "manifests" / "pg-patroni.yaml"


def test_short_things_stand_on_one_line_and_nothing_is_quoted_that_need_not_be() -> None:
    row = {"at": "1m", "do": "node-crash", "on": {"primaryOf": "pg"}, "for": "30s"}
    text = to_yaml({"timeline": [row], "about": "first\nsecond\n", "kubernetes": "1.31", "rate": 10.0})
    assert text.splitlines() == [
        "timeline:",
        "  - {at: 1m, do: node-crash, on: {primaryOf: pg}, for: 30s}",
        "about: |",
        "  first",
        "  second",
        "kubernetes: '1.31'",
        "rate: 10",
    ]


def test_lines_are_no_longer_than_a_slide_is_wide() -> None:
    for seed in range(20):
        data = storm(seed).to_dict()
        text = to_yaml(data)
        assert read_yaml(text, "storm", [])[0].data == data
        assert max(map(len, text.splitlines())) <= WIDTH + 20

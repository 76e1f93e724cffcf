"""`statesim compare --seeds`: what it keeps, how it goes on, and how it is drawn again."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

import statesim
from statesim.cli import main
from statesim.cli.work import drawn, one_interrupt
from statesim.compared import Comparing
from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Callable

    Told = Callable[..., tuple[int, str, str]]

OF = ("compare", "pg-node-crash", "--variant", "patroni-async", "--variant", "patroni-sync", "--jobs", "1")
ASKED = (*OF, "--set", "duration=2m", "--set", "clients.shop.operations.rate=2/s")
SMALL = ("compare", "sts-ordered-scale", "real-manifest", "--jobs", "1", "--metric", "nodes.unnoticed_s")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """Return what calls the command line in a wide terminal: (exit code, stdout, stderr)."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["statesim", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capsys.readouterr()
        return int(stopped.value.code or 0), captured.out, captured.err

    return run


def test_a_comparison_goes_on_and_is_then_what_it_would_have_been_in_one_go(
    told: Told, tmp_path: Path
) -> None:
    parts, whole = tmp_path / "parts", tmp_path / "whole"
    going = Comparing(["sts-ordered-scale", "real-manifest"], range(1, 5), out=parts)
    rows = going.work(jobs=1)
    assert [next(rows).seed for _ in range(3)] == [1, 1, 2]
    rows.close()

    code, _, err = told(*SMALL, "--seeds", 4, "--out", parts)
    assert code == 2
    assert "a sweep of sts-ordered-scale with 2 finished runs: go on with it (--resume)" in err
    code, out, _ = told(*SMALL, "--seeds", 4, "--out", parts, "--resume")
    assert code == 0
    assert "4 seeds for each of 2 variants = 8 runs, 3 of them finished before" in out
    assert told(*SMALL, "--seeds", 4, "--out", whole)[0] == 0
    for name in ("runs.csv", "runs.parquet", "comparison.json", "comparison.svg"):
        assert (parts / name).read_bytes() == (whole / name).read_bytes()


def test_fewer_seeds_than_lie_there_leave_those_in(told: Told, tmp_path: Path) -> None:
    assert told(*SMALL, "--seeds", 3, "--out", tmp_path)[0] == 0
    code, out, _ = told(*SMALL, "--seeds", 2, "--out", tmp_path, "--resume")
    assert code == 0
    assert "4 runs, 4 of them finished before" in out
    assert "2 finished runs of other seeds lie there too: they stay in the tables" in out
    assert json.loads((tmp_path / "comparison.json").read_text())["seeds"] == [1, 2, 3]


def test_only_a_comparison_of_the_same_scenarios_goes_on(told: Told, tmp_path: Path) -> None:
    assert told(*SMALL, "--seeds", 2, "--out", tmp_path)[0] == 0
    asked = ("compare", "sts-ordered-scale", "broken-rollout", "--seeds", 2, "--jobs", 1)
    code, out, err = told(*asked, "--out", tmp_path, "--resume")
    assert (code, out) == (2, "")
    assert "it is of real-manifest, sts-ordered-scale, not of sts-ordered-scale, broken-rollout" in err
    code, out, err = told(*SMALL, "--seeds", 2, "--out", tmp_path / "other", "--resume")
    assert (code, out) == (2, "")
    assert "no comparison lies there" in err
    assert not (tmp_path / "other").exists()


def test_a_comparison_and_a_sweep_do_not_share_a_directory(told: Told, tmp_path: Path) -> None:
    sweep = ("sweep", "sts-ordered-scale", "--seeds", 2, "--jobs", 1, "--no-pictures", "--out")
    assert told(*sweep, tmp_path / "a")[0] == 0
    code, _, err = told(*SMALL, "--seeds", 2, "--out", tmp_path / "a")
    assert code == 2
    assert "lies a sweep, which is no comparison" in err
    assert told(*SMALL, "--seeds", 2, "--out", tmp_path / "b")[0] == 0
    code, _, err = told(*sweep, tmp_path / "b")
    assert code == 2
    assert "lies a comparison, which is no sweep" in err


def test_a_comparison_is_drawn_again_without_simulating(told: Told, tmp_path: Path) -> None:
    assert told(*ASKED, "--seeds", 3, "--baseline", "patroni-sync", "--out", tmp_path)[0] == 0
    picture = tmp_path / "comparison.svg"
    before = picture.read_bytes()
    picture.unlink()
    code, out, err = told("plot", tmp_path)
    assert (code, err) == (0, "")
    assert "difference to" in out
    assert "The timelines are those of seed" in out
    assert picture.read_bytes() == before
    chosen = ["--metric", "clients.all.unavailable_s", "--metric", "clients.shop.lost", "--theme", "slides"]
    assert told("plot", tmp_path, *chosen)[0] == 0
    drawn = sorted(path.name for path in tmp_path.glob("comparison*.png"))
    assert drawn == [
        "comparison-clients.all.unavailable_s-slides.png", "comparison-clients.shop.lost-slides.png",
        "comparison-slides.png", "comparison.png",
    ]  # fmt: skip
    assert picture.read_bytes() == before
    code, _, err = told("plot", tmp_path, "--metric", "clients.all.losd")
    assert code == 2
    assert "did you mean clients.all.lost" in " ".join(err.replace("│", " ").split())
    code, _, err = told("plot", tmp_path, "--at", "60s")
    assert code == 2
    assert "lies a comparison: its pictures take --metric and --theme" in err
    # what each scenario's runs came to is a sweep's, and is drawn as one
    assert told("plot", tmp_path / "runs" / "pg-node-crash")[0] == 0
    assert (tmp_path / "runs" / "pg-node-crash" / "ecdf-shop-unavailable_s.png").exists()


def test_what_was_compared_in_python_is_read_back_with_its_numbers(tmp_path: Path) -> None:
    found = statesim.compare("real-manifest", "sts-ordered-scale", seeds=[9, 2], jobs=1)
    found.save(tmp_path)
    again = statesim.read_comparison(tmp_path)
    assert (again.baseline, again.seeds, again.numbers) == (found.baseline, [2, 9], found.numbers)
    assert again.runs.equals(found.runs)
    with pytest.raises(StatesimError, match="no timelines of seed 4711, and nothing is simulated"):
        again.figure(4711)
    found.save(tmp_path)  # the same again is no other comparison
    with pytest.raises(StatesimError, match="no comparison lies here"):
        statesim.read_comparison(tmp_path / "runs")


def test_two_scenarios_of_one_name_are_not_mixed_up() -> None:
    with pytest.raises(StatesimError, match="two scenarios are called real-manifest"):
        statesim.compare("real-manifest", "real-manifest", seeds=2, jobs=1)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal for a process alone")
def test_an_interrupt_while_pictures_are_drawn_says_that_the_numbers_are_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from statesim.cli.common import console

    def draw() -> list[Path]:
        signal.raise_signal(signal.SIGINT)
        return [Path("never.png")]

    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(typer.Exit) as left, one_interrupt():
            drawn(draw, console(), "To draw: statesim plot out")
    finally:
        signal.signal(signal.SIGINT, before)
    assert left.value.exit_code == 130
    told = " ".join(capsys.readouterr().out.split())
    assert "stopped while drawing; all numbers are written. To draw: statesim plot out" in told

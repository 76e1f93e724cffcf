"""Variants under common random numbers: seen from Python and at the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

import statesim
from statesim.analysis.over_seeds import outcomes, over_seeds
from statesim.cli import app
from statesim.cli.compare import compare_over_seeds
from statesim.cli.work import Work
from statesim.compared import Comparing
from statesim.errors import StatesimError
from statesim.views.compare_figure import COLUMN, cell_of, compare_marks, draw
from statesim.views.letters import inches

if TYPE_CHECKING:
    from collections.abc import Generator

    from statesim.analysis.sweep_record import Row

OUT, LOST = "clients.shop.unavailable_s", "clients.shop.lost"
ASKED: dict[str, Any] = {
    "seeds": 6,
    "variants": ["patroni-async", "patroni-sync"],
    "settings": {"duration": "3m", "clients.shop.operations.rate": "4/s"},
    "jobs": 1,
}


@pytest.fixture(scope="module")
def compared() -> statesim.Comparison:
    return statesim.compare("pg-node-crash", **ASKED)


def test_all_variants_see_the_same_seeds_and_the_runs_are_those_of_run(compared: statesim.Comparison) -> None:
    alone = statesim.run("pg-node-crash", seed=3, variants=["patroni-sync"], settings=ASKED["settings"])
    own = alone.variants["patroni-sync"].metrics["clients"]["shop"]

    assert compared.seeds == [1, 2, 3, 4, 5, 6]
    assert compared.numbers["patroni-sync"][3][OUT] == own["unavailable_s"]
    assert list(compared.numbers) == ["patroni-async", "patroni-sync"]


def test_common_seeds_narrow_what_the_failure_decides(compared: statesim.Comparison) -> None:
    """Both variants lose their primary at the same phase of the lease: the outage's chance is nearly all shared."""
    pair = compared.of(OUT)[0].columns[1].paired

    assert pair is not None
    assert pair.narrowed is not None
    assert pair.narrowed > 10


def test_the_interval_is_that_of_seeds_of_their_own_times_the_root_of_the_ratio(
    compared: statesim.Comparison,
) -> None:
    from statesim.analysis.statistics import student_t, variance_of

    values = [[float(row[OUT] or 0) for row in found.values()] for found in compared.numbers.values()]
    pair = compared.of(OUT)[0].columns[1].paired
    assert pair is not None
    assert pair.mean is not None
    assert pair.narrowed is not None
    alone = student_t(5) * (sum(map(variance_of, values)) / 6) ** 0.5

    assert pair.mean.width / 2 == pytest.approx(alone / pair.narrowed**0.5)


def test_the_tables_hold_every_run_and_every_comparison(compared: statesim.Comparison) -> None:
    assert len(compared.runs) == 12
    assert {"scenario", "variant", "seed", "duration_s", OUT} <= set(compared.runs.columns)
    rows = compared.table(OUT, LOST)
    assert list(rows["variant"]) == ["patroni-async", "patroni-sync"] * 2
    assert rows["difference"].notna().tolist() == [False, True, False, True]


def test_the_figure_has_a_panel_and_the_outcomes_of_all_seeds_for_each_variant(
    compared: statesim.Comparison,
) -> None:
    seed = compared.typical_seed
    marks = compare_marks(compared.records(), compared.numbers, baseline="patroni-async")

    assert [panel.variant for panel in marks.timeline.panels] == ["patroni-async", "patroni-sync"]
    assert f"seed {seed}, the most typical of 6" in marks.timeline.title
    out = next(strip for strip in marks.strips if strip.title == "Time without service")
    assert [len(cell.values) for cell in out.cells] == [6, 6]
    assert out.cells[0].told[1] == "baseline"
    assert out.cells[0].this == compared.numbers["patroni-async"][seed][OUT]
    assert any(note == "Time with two primaries: 0 in every run of every variant." for note in marks.notes)


def test_cells_stand_beside_their_panels_over_one_axis(compared: statesim.Comparison) -> None:
    marks = compare_marks(compared.records(2), compared.numbers, baseline="patroni-sync", typical=False)
    figure = draw(marks)
    boxes = [ax.get_position() for ax in figure.axes]
    timeline, cells = boxes[0], figure.axes[1:]

    assert marks.timeline.title.endswith("seed 2")
    assert all(box.x0 > timeline.x1 for box in boxes[1:])
    assert all(timeline.y0 - 0.01 <= box.y0 <= box.y1 <= timeline.y1 + 0.01 for box in boxes[1:])
    assert len({ax.get_xlim() for ax in cells}) == len(marks.strips)


@pytest.mark.parametrize(
    ("times", "told_first"), [(1.0, "-53 min ± 253 min, 0 is in it"), (3e7, "-1,111,111 d ± 5,275,000 d")]
)
def test_no_line_of_a_cell_is_wider_than_its_column(times: float, told_first: str) -> None:
    apart = [times * each for each in (-20_000.0, 9000, 4000, -12_000, 3000)]
    runs = {
        "a": {n: {OUT: 90_000.0 + 7000 * n} for n in range(5)},
        "b": {n: {OUT: 90_000.0 + 7000 * n + apart[n]} for n in range(5)},
    }
    (found,) = over_seeds(outcomes(runs), ["clients.all.unavailable_s"])
    told = cell_of(found.columns[1], found, outcomes(runs), 0).told

    assert told[1] == told_first
    assert "0 is in it" in f"{told[1]}; {told[2]}"
    assert "better in" in told[2]
    for line, points in zip(told, (20, 17, 13, 13, 13), strict=False):
        assert inches(line, points, bold=points > 13) < COLUMN


def test_what_is_saved_is_whole_and_the_same_whatever_does_the_work(
    compared: statesim.Comparison, tmp_path: Path
) -> None:
    first, again = tmp_path / "a", tmp_path / "b"
    made = compared.save(first, pictures=False)
    statesim.compare("pg-node-crash", **{**ASKED, "jobs": 2}).save(again, pictures=False)

    assert {"runs.csv", "comparison.json"} <= {path.name for path in made}
    for path in made:
        assert path.read_bytes() == (again / path.name).read_bytes()
    document = json.loads((first / "comparison.json").read_text())
    assert document["baseline"] == "patroni-async"
    sync = next(row for row in document["metrics"] if row["variant"] == "patroni-sync")
    assert {"difference", "difference_low", "bootstrap_low", "variance_ratio", "lower"} <= set(sync)


def test_one_run_each_is_what_compare_without_seeds_does() -> None:
    result = statesim.compare("pg-node-crash", variants=["patroni-sync"], settings={"duration": "2m"})

    assert isinstance(result, statesim.Result)
    assert list(result.variants) == ["patroni-sync"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"baseline": "patroni-syn"}, "did you mean patroni-sync"),
        ({"metrics": ["clients.shp.lost"]}, "did you mean shop"),
        ({"seeds": []}, "at least one seed"),
        ({"variants": ["patroni-sync"]}, "only 'patroni-sync' would be run: there is nothing to compare"),
        ({"variants": "patroni-sync"}, r"variants is a list of names, as variants=\['patroni-sync'\]"),
    ],
)
def test_bad_input_is_told_before_anything_runs(asked: dict[str, Any], told: str) -> None:
    given = {"seeds": [1], **asked}
    with pytest.raises(StatesimError, match=told):
        Comparing(["pg-node-crash"], given.pop("seeds"), **given)


def test_the_command_prints_differences_and_writes_the_picture(tmp_path: Path) -> None:
    words = [
        "compare",
        "pg-node-crash",
        "--seeds",
        "3",
        "--jobs",
        "1",
        "--set",
        "duration=2m",
        "--metric",
        OUT,
    ]
    words += ["--variant", "patroni-async", "--variant", "patroni-sync", "--baseline", "patroni-sync"]
    told = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "out")])

    assert told.exit_code == 0, told.output
    assert "difference to" in told.output
    assert "less is better" in told.output
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "runs.csv",
        "comparison.json",
        "comparison.svg",
        "comparison.png",
    }
    drawn = statesim.read(tmp_path / "out" / "timelines")
    assert list(drawn.variants) == ["patroni-async", "patroni-sync"]
    assert drawn.metrics["seed"] in (1, 2, 3)
    assert f"those of seed {drawn.metrics['seed']}, the most typical" in told.output


@pytest.mark.parametrize("option", ["--baseline", "--metric", "--out", "--jobs", "--dask"])
def test_options_of_many_seeds_ask_for_them(option: str) -> None:
    told = CliRunner().invoke(app, ["compare", "pg-node-crash", option, "1"])

    assert told.exit_code == 2
    assert "add --seeds 200" in told.output


def test_seed_0_is_the_first_of_many_where_somebody_says_so(tmp_path: Path) -> None:
    both = ["sts-ordered-scale", "real-manifest"]
    assert statesim.compare(*both, seed=0, seeds=2, jobs=1).seeds == [0, 1]
    words = ["compare", *both, "--seeds", "2", "--seed", "0", "--jobs", "1"]
    told = CliRunner().invoke(app, [*words, "--out", str(tmp_path), "--metric", "nodes.unnoticed_s"])
    assert told.exit_code == 0, told.output
    assert json.loads((tmp_path / "comparison.json").read_text())["seeds"] == [0, 1]


def test_a_metric_that_no_run_has_costs_nothing_that_was_run(tmp_path: Path) -> None:
    words = ["compare", "pg-node-crash", "--seeds", "2", "--jobs", "1", "--set", "duration=2m"]
    words += ["--variant", "patroni-async", "--variant", "patroni-sync"]
    words += ["--metric", "clients.shop.hit_ratio", "--out", str(tmp_path)]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0, told.output
    assert "no run has a value of clients.shop.hit_ratio" in told.output
    assert (tmp_path / "runs.csv").exists()


def test_whoever_stops_early_has_whole_seeds_of_all_scenarios() -> None:
    going = Comparing(["sts-ordered-scale", "real-manifest"], range(1, 1000))
    rows = going.work(jobs=1)
    seeds = [next(rows).seed for _ in range(5)]
    rows.close()

    assert seeds == [1, 1, 2, 2, 3]
    assert (going.done, going.whole) == (5, [1, 2])
    found = going.result()
    assert found.seeds == [1, 2]
    first, _ = statesim.compare("real-manifest", "sts-ordered-scale", seeds=2, jobs=1).numbers.values()
    assert list(found.numbers.values())[1] == first


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal for a process alone")
def test_an_interrupt_before_the_first_seed_is_done_says_that_nothing_is_kept(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "statesim", "compare", "a-year-of-patroni", "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "--seeds", "1000", "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "120"},
    )
    assert process.stdout is not None
    assert "1,000 seeds for each of" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert process.returncode == 130, stderr
    assert "stopped after " in stderr
    assert "no seed is finished in all variants; nothing is kept" in stderr
    assert not (tmp_path / "out").exists()


class Impatient(Comparing):
    """Is interrupted after its fifth run, by whoever sits at the terminal."""

    def work(self, *, executor: Any = None, jobs: int | None = None) -> Generator[Row, None, None]:
        for row in super().work(executor=executor, jobs=jobs):
            yield row
            if self.done == 5:
                signal.raise_signal(signal.SIGINT)


def test_an_interrupt_keeps_the_seeds_that_all_variants_have_finished(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT)
    going = Impatient(["sts-ordered-scale", "real-manifest"], range(1, 1000))
    with pytest.raises(typer.Exit) as left:
        compare_over_seeds(going, Work(jobs=1), [], tmp_path, every=False)

    assert left.value.exit_code == 130
    assert signal.getsignal(signal.SIGINT) is before
    told = " ".join(capsys.readouterr().out.split())
    assert "stopped after 5 of 1,998 runs: what follows is of the 2 seeds" in told
    assert json.loads((tmp_path / "comparison.json").read_text())["seeds"] == [1, 2]
    assert (tmp_path / "runs.csv").exists()
    assert not (tmp_path / "comparison.png").exists()

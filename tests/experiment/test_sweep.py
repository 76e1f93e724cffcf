"""A sweep is a table of runs, the same whatever does the work, and can be left and gone on with."""

from __future__ import annotations

import json
import random
import shutil
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from math import inf, isinf
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import statesim
from statesim.errors import ScenarioError, StatesimError
from statesim.experiment.sweep import flat
from statesim.library import folder
from statesim.swept import Sweep, prepare, read_sweep, sweep
from tests.experiment.breaking import Breaking

if TYPE_CHECKING:
    from pathlib import Path

    from statesim.experiment.sweep import Row

TTL = "systems.pg.parameters.ttl"
# short, so that a test can have many: three minutes, few calls
SHORT = {"duration": ["3m"], "clients.shop.operations.rate": ["2/s"]}
ASKED: dict[str, Any] = {
    "source": "pg-node-crash",
    "seeds": 4,
    "settings": {**SHORT, TTL: ["30s", "60s"]},
    "variants": ["statefulset", "patroni-async"],
}


@pytest.fixture(scope="module")
def swept() -> Sweep:
    return sweep(**ASKED, jobs=1)


def files(directory: Path) -> dict[str, bytes]:
    return {name: (directory / name).read_bytes() for name in ("runs.csv", "runs.parquet")}


class Unordered(Executor):
    """Works when it has several things to do, and on them in an order of its own."""

    def __init__(self, seed: int) -> None:
        self._waiting: list[tuple[Future[Any], Any, Any]] = []
        self._random = random.Random(seed)

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._waiting.append((future, fn, args))
        if len(self._waiting) == 12:  # as many as this sweep has runs
            self._random.shuffle(self._waiting)
            for each, work, given in self._waiting:
                each.set_result(work(*given))
        return future


def test_there_is_a_row_for_each_seed_of_each_variant_and_setting(swept: Sweep) -> None:
    rows = swept.runs[["variant", TTL, "seed"]].astype(object).where(swept.runs.notna(), None)
    expected = [
        (v, ttl, s)
        for v, ttl in (("statefulset", None), ("patroni-async", "30s"), ("patroni-async", "60s"))
        for s in (1, 2, 3, 4)
    ]
    assert list(rows.itertuples(index=False, name=None)) == expected


def test_a_row_holds_the_metrics_of_the_run_that_its_command_shows(swept: Sweep) -> None:
    runs = swept.runs
    row = runs[(runs["variant"] == "patroni-async") & (runs[TTL] == "60s") & (runs["seed"] == 3)].iloc[0]
    settings = {path: values[0] for path, values in SHORT.items()}
    alone = statesim.run(
        "pg-node-crash", seed=3, variants=["patroni-async"], settings={**settings, TTL: "60s"}
    )
    numbers = flat(alone.variants["patroni-async"].metrics)
    assert len(numbers) > 100
    for name, value in numbers.items():
        assert pd.isna(row[name]) if value is None else row[name] == value, name


def test_seeds_and_settings_make_a_difference(swept: Sweep) -> None:
    by_ttl = swept.runs[swept.runs["variant"] == "patroni-async"].groupby(TTL)["systems.pg.rto_s"]
    assert by_ttl.nunique().tolist() == [4, 4]
    assert by_ttl.mean()["60s"] > by_ttl.mean()["30s"] + 20


def test_what_never_came_is_infinite_and_what_was_not_there_is_empty(swept: Sweep) -> None:
    lost = swept.runs[swept.runs["variant"] == "statefulset"]
    assert all(map(isinf, lost["systems.pg.rto_s"]))  # nobody starts the only pod again
    assert lost["workloads.pg.first_replacement_s"].isna().all()
    assert flat({"rto_s": 20.0, "rto_each_s": [20.0, 3.0], "no_primary_at_end": True})["rto_s"] == 20.0
    assert flat({"rto_s": 20.0, "rto_each_s": [3.0, 20.0], "no_primary_at_end": True})["rto_s"] == inf


@pytest.mark.parametrize("seed", range(3))
def test_the_bytes_do_not_depend_on_the_order_of_the_work(swept: Sweep, tmp_path: Path, seed: int) -> None:
    swept.save(tmp_path / "one by one")
    sweep(**ASKED, executor=Unordered(seed), out=tmp_path / "unordered")
    assert files(tmp_path / "one by one") == files(tmp_path / "unordered")


def test_the_bytes_do_not_depend_on_processes_and_threads(swept: Sweep, tmp_path: Path) -> None:
    swept.save(tmp_path / "one by one")
    sweep(**ASKED, jobs=2, out=tmp_path / "processes")
    with ThreadPoolExecutor(2) as pool:
        sweep(**ASKED, executor=pool, out=tmp_path / "threads")
    expected = files(tmp_path / "one by one")
    assert files(tmp_path / "processes") == expected
    assert files(tmp_path / "threads") == expected


def test_both_files_hold_the_table(swept: Sweep, tmp_path: Path) -> None:
    swept.save(tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "runs.parquet"), swept.runs, check_dtype=False)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "runs.csv"), swept.runs, check_dtype=False)


def left_after(count: int, out: Path) -> list[Row]:
    """Begin the sweep, and leave it when that many runs are finished."""
    work = prepare(**ASKED, out=out).work(jobs=1)
    rows = [next(work) for _ in range(count)]
    work.close()
    return rows


@pytest.mark.parametrize("count", [1, 7, 12])
def test_a_sweep_that_was_left_goes_on_with_what_is_missing(swept: Sweep, tmp_path: Path, count: int) -> None:
    before = left_after(count, tmp_path / "left")
    after: list[Row] = []
    sweep(**ASKED, jobs=1, out=tmp_path / "left", resume=True, finished=after.append)
    assert len(before) + len(after) == 12
    assert {row.key for row in before}.isdisjoint(row.key for row in after)
    swept.save(tmp_path / "at once")
    assert files(tmp_path / "left") == files(tmp_path / "at once")


def test_a_line_that_was_being_written_is_run_again(swept: Sweep, tmp_path: Path) -> None:
    left_after(5, tmp_path)
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-40])
    after: list[Row] = []
    result = sweep(**ASKED, jobs=1, out=tmp_path, resume=True, finished=after.append)
    assert len(after) == 8
    assert result.runs.equals(swept.runs)
    assert read_sweep(tmp_path).runs.equals(swept.runs)


def test_more_seeds_go_on_with_those_that_are_there(tmp_path: Path) -> None:
    left_after(12, tmp_path)
    after: list[Row] = []
    result = sweep(**{**ASKED, "seeds": 5}, jobs=1, out=tmp_path, resume=True, finished=after.append)
    assert {row.seed for row in after} == {5}
    assert sorted(set(result.runs["seed"])) == [1, 2, 3, 4, 5]


def test_fewer_seeds_or_others_take_nothing_away(swept: Sweep, tmp_path: Path) -> None:
    left_after(12, tmp_path)
    fewer = prepare(**{**ASKED, "seeds": 2}, out=tmp_path, resume=True)
    assert (fewer.total, fewer.before, fewer.beside) == (6, 6, 6)
    result = sweep(**{**ASKED, "seeds": [2, 9]}, jobs=1, out=tmp_path, resume=True)
    assert sorted(set(result.runs["seed"])) == [1, 2, 3, 4, 9]
    there = pd.read_csv(tmp_path / "runs.csv")
    assert len(there) == 15
    pd.testing.assert_frame_equal(
        there[there["seed"] < 9].reset_index(drop=True), swept.runs, check_dtype=False
    )


def test_the_order_of_settings_and_of_their_values_does_not_matter(swept: Sweep, tmp_path: Path) -> None:
    left_after(7, tmp_path / "left")
    other = {TTL: ["60s", "30s"], **dict(reversed(SHORT.items()))}
    after: list[Row] = []
    asked = {**ASKED, "settings": other}
    sweep(**asked, jobs=1, out=tmp_path / "left", resume=True, finished=after.append)
    assert len(after) == 5
    swept.save(tmp_path / "at once")
    assert files(tmp_path / "left") == files(tmp_path / "at once")


def test_where_one_setting_changes_what_another_sets_it_is_the_order_that_is_named(tmp_path: Path) -> None:
    settings = {"clients.shop.operations.rate": ["2/s"], "clients.shop.operations": [{"rate": "3/s"}]}
    asked = {"source": "pg-node-crash", "seeds": 1, "variants": ["statefulset"], "out": tmp_path}
    next(prepare(**asked, settings=settings).work(jobs=1))
    assert prepare(**asked, settings=settings, resume=True).before == 1
    with pytest.raises(StatesimError, match=r"one changes what another sets, stood in the order .*rate=2/s"):
        prepare(**asked, settings=dict(reversed(settings.items())), resume=True)


def test_a_value_that_is_given_twice_is_tried_once() -> None:
    going = prepare(**{**ASKED, "settings": {**SHORT, TTL: ["30s", "60s", "30s"]}})
    assert going.plan.outline.cases == prepare(**ASKED).plan.outline.cases
    assert list(going.plan.outline.settings[TTL]) == ["30s", "60s"]


def test_where_no_sweep_lies_there_is_nothing_to_resume_and_the_nearest_is_named(tmp_path: Path) -> None:
    left_after(1, tmp_path / "pg-crash")
    with pytest.raises(StatesimError, match=r"nothing to resume in .*: .*did you mean .*/pg-crash\?"):
        prepare(**ASKED, out=tmp_path / "pg-crahs", resume=True)
    with pytest.raises(StatesimError, match=r"no sweep lies there .*; without --resume one is begun there"):
        prepare(**ASKED, out=tmp_path / "not" / "there", resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["pg-crash"]


def test_finished_work_is_not_thrown_away_by_accident(tmp_path: Path) -> None:
    left_after(2, tmp_path)
    with pytest.raises(
        StatesimError, match=r"lies a sweep of pg-node-crash with 2 finished runs: .*--resume"
    ):
        sweep(**ASKED, jobs=1, out=tmp_path)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"settings": {**SHORT, TTL: ["30s", "45s"]}},
            f"its settings are .*{TTL}=30s,60s, not .*{TTL}=30s,45s",
        ),
        ({"variants": ["patroni-async"]}, "its variants are statefulset, patroni-async, not patroni-async"),
        (
            {"source": "sts-ordered-scale", "settings": {}, "variants": []},
            "it is of pg-node-crash, not of sts-ord",
        ),
    ],
)
def test_another_sweep_is_not_gone_on_with(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    left_after(2, tmp_path)
    with pytest.raises(StatesimError, match=told):
        prepare(**{**ASKED, **changed}, out=tmp_path, resume=True)


@pytest.mark.parametrize("name", ["pg-node-crash.yaml", "manifests/pg-patroni.yaml"])
def test_a_changed_scenario_or_file_is_not_gone_on_with(tmp_path: Path, name: str) -> None:
    shutil.copytree(folder(), tmp_path / "scenarios")
    asked = {**ASKED, "source": tmp_path / "scenarios" / "pg-node-crash.yaml", "out": tmp_path / "out"}
    next(prepare(**asked).work(jobs=1))
    assert prepare(**asked, resume=True).before == 1
    file = tmp_path / "scenarios" / name
    file.write_text(
        file.read_text(encoding="utf-8").replace("cpu: 8", "cpu: 9").replace("replicas: 3", "replicas: 5")
    )
    with pytest.raises(StatesimError, match="or a file that it names, has changed since"):
        prepare(**asked, resume=True)


def test_another_statesim_does_not_go_on_with_it_and_takes_nothing_away(tmp_path: Path) -> None:
    left_after(2, tmp_path)
    journal = tmp_path / "journal.jsonl"
    first, _, rest = journal.read_text(encoding="utf-8").partition("\n")
    older = json.dumps({**json.loads(first), "code": "another program"})
    journal.write_text(f"{older}\n{rest}", encoding="utf-8")
    there = journal.read_bytes()
    with pytest.raises(
        StatesimError, match=r"cannot go on: statesim itself has changed since\. Take another"
    ):
        prepare(**ASKED, out=tmp_path, resume=True)
    assert journal.read_bytes() == there


def test_whatever_is_wrong_is_told_before_anything_runs() -> None:
    settings = {TTL: ["15s", "60s"], "clients.shpo.sessions": [3], "clients.shop.sesions": [3]}
    with pytest.raises(ScenarioError) as error:
        prepare("pg-node-crash", settings=settings)
    assert [str(finding) for finding in error.value.findings] == [
        "setting clients.shpo.sessions: clients has no shpo (did you mean shop?)"
    ]
    del settings["clients.shpo.sessions"]
    with pytest.raises(ScenarioError) as error:
        prepare("pg-node-crash", settings=settings, variants=["patroni-async"])
    told = [str(finding) for finding in error.value.findings]
    assert all("variant patroni-async, setting systems.pg.parameters.ttl=" in line for line in told)
    assert any("ttl must be at least loop_wait" in line for line in told)
    assert any("did you mean sessions?" in line for line in told)


def test_a_setting_that_no_variant_has_is_told_the_nearest_one() -> None:
    with pytest.raises(
        ScenarioError, match=r"a system of kind patroni has no parameter tll \(did you mean ttl\?\)"
    ):
        prepare("pg-node-crash", settings={"systems.pg.parameters.tll": ["30s"]})


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("ttl", "setting ttl: a scenario has no ttl (did you mean systems.pg.parameters.ttl?)"),
        ("systm.pg.kind", "setting systm.pg.kind: a scenario has no systm (did you mean systems?)"),
        ("metadata.name", "setting metadata.name: metadata is not a setting"),
    ],
)
def test_a_path_that_begins_nowhere_is_told_where_to_begin(path: str, told: str) -> None:
    with pytest.raises(ScenarioError) as error:
        prepare("pg-node-crash", settings={path: [1]})
    assert [str(finding) for finding in error.value.findings] == [told]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_breaks_is_named_and_the_others_go_on(tmp_path: Path, jobs: int) -> None:
    asked: dict[str, Any] = {
        "source": "pg-node-crash",
        "seeds": 8,
        "settings": {"systems.pg.kind": ["breaking"], **SHORT},
        "variants": ["statefulset"],
        "systems": [Breaking],
    }
    result = sweep(**asked, jobs=jobs, out=tmp_path)
    broken = {row.seed for row in result.failed}
    assert 0 < len(broken) < 8
    assert broken | set(result.runs["seed"]) == set(range(1, 9))
    assert all(row.failed.startswith("ZeroDivisionError: in the ") for row in result.failed)
    tried: list[Row] = []
    sweep(**asked, jobs=jobs, out=tmp_path, resume=True, finished=tried.append)
    assert {row.seed for row in tried} == broken  # whoever has mended the program wants these


def test_rows_share_their_names_so_that_many_fit(tmp_path: Path) -> None:
    left_after(2, tmp_path)
    rows = [*prepare(**ASKED, out=tmp_path, resume=True).rows.values(), *prepare(**ASKED).work(jobs=1)]
    named = {id(name) for row in rows for name in row.numbers}
    assert len(named) == len({name for row in rows for name in row.numbers})


def test_a_worker_with_another_program_is_refused() -> None:
    from statesim.experiment.sweep import Work, measured

    going = prepare("sts-ordered-scale", seeds=1)
    work = Work(0, 1, going.plan.scenarios[0], "another", ())
    with pytest.raises(StatesimError, match="another version of statesim"):
        measured(work)

"""A sweep on a Dask cluster: a scheduler and two workers on the loopback, of which one is killed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from statesim.cli import main
from statesim.errors import StatesimError
from statesim.experiment.dask_cluster import connected
from statesim.experiment.executors import ItemFailed, in_order, spread
from statesim.swept import read_sweep, sweep
from tests.experiment.dask_lab import dask_cluster
from tests.experiment.work import fragile, square

if TYPE_CHECKING:
    from pathlib import Path

    from statesim.experiment.sweep import Row

ASKED: dict[str, Any] = {
    "source": "pg-node-crash",
    "seeds": 10,
    "settings": {"duration": ["3m"], "systems.pg.parameters.ttl": ["30s", "60s"]},
    "variants": ["patroni-async"],
}


def test_a_worker_that_dies_loses_nothing_and_the_bytes_are_those_of_this_process(tmp_path: Path) -> None:
    finished: list[Row] = []
    with dask_cluster(workers=2) as (address, workers), connected(address) as client:
        client.wait_for_workers(2)

        def kill_one_early(row: Row) -> None:
            finished.append(row)
            if len(finished) == 4:
                workers[0].kill()
                workers[0].wait()

        sweep(**ASKED, executor=client, out=tmp_path / "dask", finished=kill_one_early)
        client.wait_for_workers(1)
        assert len(client.nthreads()) == 1
    assert len(finished) == len({row.key for row in finished}) == 20
    sweep(**ASKED, jobs=1, out=tmp_path / "here")
    for name in ("runs.csv", "runs.parquet"):
        assert (tmp_path / "dask" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


def test_the_command_line_and_any_work_use_a_cluster(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with dask_cluster(workers=1) as (address, _), connected(address) as client:
        client.wait_for_workers(1)
        asked = ("sweep", "sts-ordered-scale", "--seeds", "3", "--dask", address, "--out", str(tmp_path))
        monkeypatch.setattr(sys, "argv", ["statesim", *asked])
        with pytest.raises(SystemExit) as stopped:
            main()
        assert not stopped.value.code
        assert "processors busy" in capsys.readouterr().out
        assert len(read_sweep(tmp_path)) == 3
        assert list(in_order(spread(square, range(30), executor=client))) == [n * n for n in range(30)]
        with pytest.raises(ItemFailed, match=r"item 5 \(5\): ZeroDivisionError"):
            list(spread(fragile, range(9), executor=client))


def test_a_cluster_that_is_not_there_is_told_with_the_commands_that_make_one() -> None:
    with (
        pytest.raises(
            StatesimError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1 .*`dask scheduler`"
        ),
        connected("tcp://127.0.0.1:1", wait_s=0.2),
    ):
        pass

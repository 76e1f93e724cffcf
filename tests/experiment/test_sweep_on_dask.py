"""A sweep on a Dask cluster: a scheduler and two workers on the loopback, of which one is killed."""

from __future__ import annotations

import subprocess
import sys
from operator import length_hint
from typing import TYPE_CHECKING, Any

import pytest

from statesim.cli import main
from statesim.errors import StatesimError
from statesim.experiment.dask_cluster import connected, misaddressed
from statesim.experiment.executors import LEAST_ON_CLUSTER, ItemFailed, Serial, in_order, spread
from statesim.searched import search
from statesim.swept import read_sweep, sweep
from tests.experiment.dask_lab import dask_cluster
from tests.experiment.work import fragile, square

if TYPE_CHECKING:
    from concurrent.futures import Executor
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
        asked = (
            "sweep",
            "sts-ordered-scale",
            "--seeds",
            "3",
            "--dask",
            address,
            "--out",
            str(tmp_path / "sweep"),
        )
        monkeypatch.setattr(sys, "argv", ["statesim", *asked])
        with pytest.raises(SystemExit) as stopped:
            main()
        assert not stopped.value.code
        assert "processors busy" in capsys.readouterr().out
        assert len(read_sweep(tmp_path / "sweep")) == 3
        assert list(in_order(spread(square, range(30), executor=client))) == [n * n for n in range(30)]
        assert _most_under_way(client) == LEAST_ON_CLUSTER  # of a single thread
        with pytest.raises(ItemFailed, match=r"item 5 \(5\): ZeroDivisionError"):
            list(spread(fragile, range(9), executor=client))
        _compare(address, tmp_path, monkeypatch)
        _search(client)


def _compare(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("sts-ordered-scale", "real-manifest", "--seeds", "2", "--metric", "nodes.unnoticed_s")
    for place, work in (("dask", ("--dask", address)), ("here", ("--jobs", "1"))):
        words = ["statesim", "compare", *asked, *work, "--out", str(tmp_path / place)]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as stopped:
            main()
        assert not stopped.value.code
    for name in ("runs.csv", "comparison.json"):
        assert (tmp_path / "dask" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


def _search(client: Any) -> None:
    """What is found is found here as well, after as many plans and runs."""
    asked: dict[str, Any] = {
        "variant": "patroni-async",
        "faults": ("container-kill",),
        "seeds": 2,
        "most": 3,
        "most_runs": 4,
    }
    found = [
        search("pg-node-crash", "clients.shop.sessions_broken > 0", **asked, **work)
        for work in ({"executor": client}, {"jobs": 1})
    ]
    there, here = ((each.tried, each.runs, each.timeline, each.details.violating) for each in found)
    assert there == here
    assert found[0].timeline


def test_a_cluster_that_is_not_there_is_told_with_the_commands_that_make_one() -> None:
    with (
        pytest.raises(
            StatesimError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1 .*`dask scheduler`"
        ),
        connected("tcp://127.0.0.1:1", wait_s=0.2),
    ):
        pass


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("foo", "did you mean tcp://foo:8786?"),
        ("tcp://foo", "did you mean tcp://foo:8786?"),
        ("tcp://[::1]", "did you mean tcp://[::1]:8786?"),
        ("http://foo:8786", "'http' is not among tcp, tls, ws, wss"),
        ("tcp://foo:99999", "there is no port 99999"),
        ("tcp:/foo:8786", "it is like tcp://scheduler:8786"),
        ("", "it is like tcp://scheduler:8786"),
    ],
)
def test_what_is_no_address_is_told(address: str, told: str) -> None:
    assert told in str(misaddressed(address))


@pytest.mark.parametrize(
    "address", ["tcp://scheduler:8786", "10.0.0.1:8786", "tcp://[::1]:8786", "tls://a.b:1"]
)
def test_addresses_of_schedulers_are_taken(address: str) -> None:
    assert misaddressed(address) is None


@pytest.mark.parametrize(
    ("address", "told"), [("foo", "has no port"), ("tls://127.0.0.1:1", "needs certificates")]
)
def test_a_wrong_address_opens_nothing(address: str, told: str) -> None:
    """A client of Dask runs a loop in a thread of its own, and what it began it waits for at the end."""
    program = (
        "import sys, threading; from statesim.errors import StatesimError\n"
        "from statesim.experiment.dask_cluster import connected\n"
        "try:\n"
        "    connected(sys.argv[1]).__enter__()\n"
        "except StatesimError as error:\n"
        "    print(error, threading.active_count())\n"
    )
    run = subprocess.run([sys.executable, "-c", program, address], capture_output=True, text=True, check=True)
    assert told in run.stdout
    assert run.stdout.split()[-1] == "1"
    assert run.stderr == ""


ITEMS = 10_000


class Growing:
    """Looks like a client of a cluster to which workers come, and then go."""

    def __init__(self) -> None:
        self.threads = 0

    def get_executor(self, **_: object) -> Executor:
        return Serial()

    def nthreads(self) -> dict[str, int]:
        return {f"worker {number}": 4 for number in range(self.threads // 4)}


def test_as_much_is_under_way_as_twice_the_threads_that_a_cluster_has_by_then() -> None:
    cluster, drawn, under_way = Growing(), iter(range(ITEMS)), []
    for landed, _ in enumerate(spread(square, drawn, executor=cluster), 1):
        under_way.append(ITEMS - length_hint(drawn) - landed)
        cluster.threads = 400 if 100 <= landed < 2000 else 0
        if landed == 4000:
            break
    assert max(under_way[:90]) < LEAST_ON_CLUSTER
    assert max(under_way) == 2 * 400 - 1
    assert under_way[-1] < LEAST_ON_CLUSTER


def _most_under_way(client: Any) -> int:
    drawn, most = iter(range(60)), 0
    for landed, _ in enumerate(spread(square, drawn, executor=client)):
        most = max(most, 60 - length_hint(drawn) - landed)
    return most

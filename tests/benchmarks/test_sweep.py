"""A sweep keeps its workers at work: what it needs beside the runs themselves is little."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from statesim.experiment.executors import Processes, workers
from statesim.swept import prepare
from tests.benchmarks.race import Row

if TYPE_CHECKING:
    from collections.abc import Iterable

JOBS = 2
BUSY = 0.85


class Worked(NamedTuple):
    """What processes have had of the processors, and how long they have waited for one, in seconds."""

    ran_s: float
    waited_s: float


def worked(processes: Iterable[int]) -> Worked:
    """Return what the kernel's scheduler says: run time and time on a run queue (Linux, sched-stats.rst)."""
    files = [path for pid in processes for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    found = [[int(word) for word in path.read_text().split()] for path in files]
    return Worked(sum(row[0] for row in found) / 1e9, sum(row[1] for row in found) / 1e9)


def counted() -> bool:
    """Tell whether this system keeps such counts."""
    path = Path("/proc/self/schedstat")
    return path.exists() and path.read_text().split()[:2] != ["0", "0"]


@pytest.mark.skipif(not counted(), reason="the system does not count how long processes wait for a processor")
def test_a_sweeps_workers_wait_for_nothing_but_processors(
    table: list[Row], request: pytest.FixtureRequest
) -> None:
    """The share of the time in which the workers ran, or would have run on a machine of their own.

    Other programs on the machine take processors away, and not work: so time on a run queue counts as use.
    It begins with the first finished run, as a worker first has to start.
    """
    timed = request.config.getoption("benchmark_enable")
    seeds = 60 if timed else 4
    going = prepare("pg-node-crash", seeds=seeds, variants=["patroni-async"])
    with workers(JOBS) as pool:
        assert isinstance(pool, Processes)
        rows = going.work(executor=pool, jobs=JOBS)
        next(rows)
        before, began_s = worked(pool.processes), going.effort.wall_s
        assert sum(1 for _ in rows) == seeds - 1
        after, wall_s = worked(pool.processes), going.effort.wall_s - began_s
    assert len(going.rows) == seeds
    if not timed:
        return
    used = (after.ran_s + after.waited_s - before.ran_s - before.waited_s) / (JOBS * wall_s)
    in_runs = going.effort.cpu_s / after.ran_s
    told = f"{used:.0%}, {in_runs:.0%} of their processor time in runs"
    table.append(Row("sweep", f"workers busy at least {BUSY:.0%}", told, kept=used >= BUSY))
    assert used >= BUSY, told

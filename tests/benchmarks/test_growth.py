"""Ten times the pods cost ten times the time and the memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from cProfile import Profile
from functools import cache

import pytest

from statesim.world import World
from tests.benchmarks.conftest import ROWS
from tests.benchmarks.growth import SHAPES, Cost, growth
from tests.benchmarks.race import Race

# ten times the pods, at most so much more than ten times the cost
BOUND = 1.2


def calls(shape: str, pods: int) -> tuple[int, int, int]:
    """Return how many events and timers a run has, and how many functions it calls: no clock is asked."""
    world = World(growth(shape, pods, per_node=25))
    profile = Profile()
    run = profile.runcall(world.run)
    return len(run.events), run.cost, sum(row.callcount for row in profile.getstats())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "events", "timers"),
    [
        ("deployments", (4_812, 19_126), (6_652, 27_934)),
        ("statefulset", (5_404, 21_903), (6_600, 27_913)),
    ],
)
def test_the_calls_of_a_run_grow_with_its_pods(
    shape: str, events: tuple[int, int], timers: tuple[int, int]
) -> None:
    small, large = calls(shape, 200), calls(shape, 800)
    assert (small[0], large[0]) == events
    assert (small[1], large[1]) == timers
    assert large[2] < BOUND * 4 * small[2]


@cache
def measured(shape: str, pods: int) -> Cost:
    """Return what a run costs in a process of its own: the least processor time of a few."""
    command = [sys.executable, "-m", "tests.benchmarks.growth", shape, str(pods)]
    costs = []
    for _ in range(3 if pods < 5_000 else 1):
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        costs.append(Cost(**json.loads(told)))
    return min(costs, key=lambda cost: cost.cpu_s)


def sizes() -> list[tuple[int, int]]:
    """Return the steps to be measured; the last takes minutes, and is taken where it is asked for."""
    return [(1_000, 10_000), *([(10_000, 100_000)] if os.environ.get("STATESIM_BENCH_ALL") else [])]


@pytest.mark.parametrize(("few", "many"), sizes(), ids=lambda pods: f"{pods:,}")
@pytest.mark.parametrize("shape", SHAPES)
def test_growth(shape: str, few: int, many: int, timed: bool, request: pytest.FixtureRequest) -> None:
    if not timed:
        pytest.skip("make bench measures this")
    small, large = measured(shape, few), measured(shape, many)
    table = Race(f"growth of {shape}, {few:,} to {many:,} pods", request.config.stash[ROWS], timed)
    step = many / few
    missed = 2.5 if many <= 10_000 else 4.0
    table.holds("time over linear", lambda _: large.cpu_s / small.cpu_s / step, at_most=BOUND, missed=missed)
    table.holds("memory over linear", lambda _: large.grown_mib / small.grown_mib / step, at_most=BOUND)
    table.holds("GiB at the peak", lambda _: large.peak_mib / 1024, at_most=2.0)

"""`make bench` times these; in every other run they count, and nothing is timed.

A benchmark asserts its exact counts (events, timers) always. What it asks of time it asks through `race`, as
a ratio of two pieces of work that took turns, and only where `--benchmark-enable` is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tests.benchmarks.race import Race, Row, cost_of

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = pytest.StashKey[list[Row]]()


class Racing(Protocol):
    """The fixture `race`."""

    def __call__(self, one: Callable[[], Any], other: Callable[[], Any], rounds: int = 5) -> Race:
        """Let the two take turns."""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = []


@pytest.fixture
def timed(benchmark: Any) -> bool:
    """Tell whether this run measures time: a benchmark may take larger sizes then."""
    return not benchmark.disabled


@pytest.fixture
def table(request: pytest.FixtureRequest) -> list[Row]:
    """Return the lines of the table at the end."""
    return request.config.stash[ROWS]


@pytest.fixture
def race(request: pytest.FixtureRequest, benchmark: Any, timed: bool) -> Racing:
    """Let two pieces of work take turns; each returns its exact counts."""

    def run(one: Callable[[], Any], other: Callable[[], Any], rounds: int = 5) -> Race:
        measured = Race(request.node.name.removeprefix("test_"), request.config.stash[ROWS], timed)

        def turn() -> None:
            measured.one, first = cost_of(one)
            measured.other, second = cost_of(other)
            if timed:
                measured.costs.append((first, second))

        benchmark.pedantic(turn, rounds=rounds, warmup_rounds=1 if timed else 0)
        if timed:
            del measured.costs[0]  # the round that warms up
            benchmark.extra_info.update(ratio=measured.ratio, seconds=measured.seconds)
        return measured

    return run


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print what was asked and what was measured."""
    rows = config.stash[ROWS]
    if not rows:
        return
    terminalreporter.section("ratios")
    wide = max(len(row.name) for row in rows)
    for row in rows:
        told = "" if row.kept else "   misses it"
        terminalreporter.write_line(f"{row.name:<{wide}}  {row.bound:>10}  {row.measured:>8}{told}")

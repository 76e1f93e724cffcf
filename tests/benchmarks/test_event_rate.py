"""How many events a second are simulated and recorded, of those that bare SimPy fires with as many processes.

The other side is as cheap as an event can be: so many processes that do nothing but wait, with as many
timeouts in the heap as the world has pods (and sessions), and nothing is written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from statesim.api import Result, load
from statesim.experiment.run import run_variants
from statesim.kernel.clock import Clock
from statesim.world import World
from tests.benchmarks.bare import bare_timeouts, delays_us, end_us
from tests.benchmarks.worlds import deployments

if TYPE_CHECKING:
    from tests.benchmarks.conftest import Racing
    from tests.benchmarks.race import Race


class Counts(NamedTuple):
    """What a run made: events of the trace, rows of the clients' history, timers that fired."""

    traced: int
    rows: int
    timers: int


def recorded(race: Race) -> float:
    """Return recorded events (of the trace and of the history) a second over bare timeouts a second."""
    return (race.one.traced + race.one.rows) / race.other / race.ratio


def operations(race: Race) -> float:
    """Return the same with an operation, which begins and ends, counted once."""
    return (race.one.traced + race.one.rows / 2) / race.other / race.ratio


def timers(race: Race) -> float:
    """Return timers a second over bare timeouts a second."""
    return race.one.timers / race.other / race.ratio


@pytest.mark.parametrize(
    ("pods", "counts"),
    [(100, Counts(2_490, 0, 2_964)), (1_000, Counts(18_814, 0, 26_062))],
    ids=["100 pods", "1,000 pods"],
)
def test_control_plane(race: Racing, pods: int, counts: Counts) -> None:
    variant = deployments(pods)

    def ours() -> Counts:
        run = World(variant).run()
        return Counts(len(run.events), len(run.operations), run.cost)

    measured = race(ours, lambda: bare_timeouts(pods, 20 * counts.traced))
    assert measured.one == counts
    measured.holds("traced events", recorded, at_least=0.25, missed=0.011)


def test_clients_and_patroni(race: Racing) -> None:
    """Three members, ten sessions at 10/s, every operation recorded; the primary's machine loses power."""
    variant = next(v for v in load("pg-node-crash").variants if v.name == "patroni-sync")
    processes = 3 + 10

    def ours() -> Counts:
        run = World(variant).run()
        return Counts(len(run.events), len(run.operations), run.cost)

    measured = race(ours, lambda: bare_timeouts(processes, 400_000), rounds=9)
    assert measured.one == Counts(175, 22_999, 32_277)
    measured.holds("recorded events", recorded, at_least=0.12)
    measured.holds("operations counted once", operations, at_least=0.12, missed=0.05)
    measured.holds("timers", timers, at_least=0.12)


@pytest.mark.parametrize("count", [10, 1_000], ids=["10 timers", "1,000 timers"])
def test_timers(race: Racing, count: int) -> None:
    """What this clock asks for a timer that does nothing but set the next: as bare as SimPy's processes."""

    def ours() -> int:
        clock = Clock()

        def again(delay: int) -> None:
            clock.after(delay, again, delay)

        delays = delays_us(count)
        for delay in delays:
            clock.after(delay, again, delay)
        clock.run(end_us(delays, 200_000))
        return clock.events

    measured = race(ours, lambda: bare_timeouts(count, 200_000))
    assert measured.one == measured.other
    measured.holds("timers", lambda race: 1 / race.ratio, at_least=1)


def test_a_whole_run(race: Racing) -> None:
    """What reading the scenario, turning the run into a record and measuring it add to the five simulations."""

    def whole() -> int:
        loaded = load("pg-node-crash")
        result = Result(run_variants(loaded), loaded.base.expect)
        assert len(result.metrics["variants"]) == 5
        return sum(len(record.events) + len(record.history) for record in result.records)

    variants = load("pg-node-crash").variants

    def simulated() -> int:
        runs = [World(variant).run() for variant in variants]
        return sum(len(run.events) + len(run.operations) for run in runs)

    measured = race(whole, simulated)
    assert measured.one == measured.other == 92_616
    measured.holds("times the simulation alone", lambda race: race.ratio, at_most=1.4)

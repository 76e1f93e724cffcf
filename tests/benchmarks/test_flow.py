"""Clients that count (`recording: flow`) cost by change: not by time, and not by how many they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.api import load
from statesim.kernel.spans import DAY, MINUTE
from statesim.world import World

if TYPE_CHECKING:
    from statesim.scenario.load import VariantScenario
    from tests.benchmarks.conftest import Racing
    from tests.benchmarks.race import Race


class Counts(NamedTuple):
    """Timers that fired, and events of the trace."""

    timers: int
    traced: int


YEAR = Counts(703, 128)
SESSIONS = Counts(30_831, 2_902)
A_YEAR = Counts(59_595, 7_271)
COUNTING = (Counts(1_758, 210), Counts(26_620, 174))


def counting(
    length_us: int, *, quiet: bool = False, recording: str = "flow", **client: Any
) -> VariantScenario:
    """Return Patroni with clients who ask at 10/s, and unless it is quiet a machine that loses power."""
    variant = next(v for v in load("pg-node-crash").variants if v.name == "patroni-async")
    scenario = variant.scenario
    clients = [each.model_copy(update={"recording": recording, **client}) for each in scenario.clients]
    update: dict[str, Any] = {"clients": clients, "duration_us": length_us}
    if quiet:
        update["timeline"] = []
    return replace(variant, scenario=scenario.model_copy(update=update))


def callers(sessions: int) -> VariantScenario:
    """Return five minutes with a failover and so many sessions, of which each calls every hundred seconds."""
    (client,) = load("pg-node-crash").base.clients
    operations = client.operations.model_copy(update={"rate": sessions / 100})
    return counting(5 * MINUTE, sessions=sessions, operations=operations)


def run(variant: VariantScenario) -> Counts:
    done = World(variant).run()
    return Counts(done.cost, len(done.events))


def ratio(race: Race) -> float:
    return race.ratio


def test_quiet_year(race: Racing) -> None:
    """A year in which nothing happens, beside two minutes in which nothing happens."""
    year, minutes = counting(365 * DAY, quiet=True), counting(2 * MINUTE, quiet=True)
    measured = race(lambda: run(year), lambda: run(minutes), rounds=7)
    assert measured.one == measured.other == YEAR
    measured.holds("times two minutes", ratio, at_most=1.2)


def test_million_sessions(race: Racing) -> None:
    """A million sessions beside a thousand, a failover in both; each calls every hundred seconds."""
    million, thousand = (callers(number) for number in (1_000_000, 1_000))
    measured = race(lambda: run(million), lambda: run(thousand), rounds=7)
    assert measured.one == measured.other == SESSIONS
    measured.holds("times a thousand", ratio, at_most=2, closer=1.4)


def test_counting(race: Racing) -> None:
    """Twenty minutes with a failover: counted, beside every operation recorded."""
    flow, full = (counting(20 * MINUTE, recording=how) for how in ("flow", "full"))
    measured = race(lambda: run(flow), lambda: run(full), rounds=5)
    assert (measured.one, measured.other) == COUNTING
    measured.holds("times recording", ratio, at_most=0.35)


def test_year(race: Racing) -> None:
    """A year with its failures, 157 million operations, beside twenty minutes with every operation recorded."""
    year = next(v for v in load("a-year-of-patroni").variants if v.name == "asynchronous")
    full = counting(20 * MINUTE, recording="full")
    measured = race(lambda: run(year), lambda: run(full), rounds=3)
    assert measured.one == A_YEAR
    measured.holds("times twenty minutes recorded", ratio, at_most=15)

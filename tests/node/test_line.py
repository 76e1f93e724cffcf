"""Who waits in line at a program, and for how long: against what queueing theory says."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace

import pytest

from statesim.kernel.clock import Clock
from statesim.node.line import Line
from statesim.node.process import Process, State

SERVICE = 10


class Desk:
    """A program with a line, and when each request was begun, by its number."""

    def __init__(self, workers: int, backlog: int) -> None:
        self.clock = Clock()
        pod = SimpleNamespace(name="web", uid="u", ordinal=None, ip="10.0.0.1")
        self.process = Process(pod, "n", "c", "web:1", 0, "")
        self.line = Line(self.clock, self.process, workers, backlog)
        self.begun: dict[int, int] = {}

    def come(self, number: int, at: int, service: int = SERVICE) -> None:
        self.clock.at(at, self._come, number, service)

    def _come(self, number: int, service: int) -> None:
        if not self.line.serve(service, self._begin, number):
            self.begun[number] = -1

    def _begin(self, number: int) -> None:
        self.begun[number] = self.clock.now

    def served(self, *times: int, until: int = 1000) -> list[int | None]:
        """Let requests come, and return when each was begun; -1 = it was turned away."""
        for number, at in enumerate(times):
            self.come(number, at)
        self.clock.run(until)
        return [self.begun.get(number) for number in range(len(times))]


def test_nobody_waits_while_there_is_a_worker() -> None:
    assert Desk(2, 0).served(1, 1, 11, 11) == [1, 1, 11, 11]


def test_who_comes_later_waits_for_the_first_worker_that_is_free() -> None:
    assert Desk(2, 10).served(1, 5, 6, 6) == [1, 5, 11, 15]


def test_the_line_has_an_end_and_moves_up() -> None:
    assert Desk(1, 2).served(1, 1, 1, 1, 11) == [1, 11, 21, -1, 31]


def test_nobody_is_served_by_a_program_that_has_ended() -> None:
    desk = Desk(1, 10)
    desk.clock.at(15, setattr, desk.process, "state", State.EXITED)
    assert desk.served(1, 1, 1) == [1, 11, None]


def test_a_program_that_stood_still_goes_on_where_it_was() -> None:
    desk = Desk(1, 10)

    def thaw() -> None:
        desk.process.state = State.RUNNING
        desk.line.stood_still(100)

    desk.clock.at(14, setattr, desk.process, "state", State.FROZEN)
    desk.clock.at(114, thaw)
    assert desk.served(1, 1, 1, 1, 200) == [1, 11, 121, 131, 200]


@pytest.mark.parametrize(("workers", "load"), [(1, 0.5), (1, 0.8), (4, 0.8)])
def test_the_mean_wait_is_that_of_m_m_c(workers: int, load: float) -> None:
    """Erlang's C formula."""
    rng, service, now = Random(1), 1_000_000, 0
    desk, came = Desk(workers, 10**9), []
    for number in range(100_000):
        now += round(rng.expovariate(1) * service / workers / load)
        came.append(now)
        desk.come(number, now, round(rng.expovariate(1) * service))
    desk.clock.run(now + 1000 * service)
    waits = [desk.begun[number] - at for number, at in enumerate(came)]
    offered = workers * load
    terms = [1.0]
    for n in range(1, workers):
        terms.append(terms[-1] * offered / n)
    last = terms[-1] * offered / workers / (1 - load)
    expected = last / (sum(terms) + last) / (workers * (1 - load))
    assert sum(waits) / len(waits) / service == pytest.approx(expected, rel=0.08)

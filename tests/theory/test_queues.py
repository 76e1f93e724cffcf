"""Sessions at a server with workers and a line are the queues of textbooks.

Each session's callers come by a Poisson process of its own, and so all of them together do (superposition). A caller
waits for the one before him in his session, who is still served; with 300 sessions that befalls one of a hundred, and shifts
a mean by less than that.
"""

from __future__ import annotations

from functools import cache
from math import exp, factorial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

import statesim
from statesim.clients.client import RTT_US
from statesim.scenario.schema import Scenario
from tests.theory.bounds import of_runs
from tests.theory.queues import blocked, erlang_c, mean_wait, mean_wait_general, states

if TYPE_CHECKING:
    from statesim.analysis.statistics import Interval

RUNS = 12
RATE = 60.0
SETTLED_S, END_S = 30, 100
SESSIONS = 300


class Seen(NamedTuple):
    """What one run shows: times in the system (s), how many were there when one came, time shares of n, lost, rate."""

    stays: np.ndarray[Any, np.dtype[np.float64]]
    met: np.ndarray[Any, np.dtype[np.int64]]
    shares: np.ndarray[Any, np.dtype[np.float64]]
    lost: int
    offered: int


def scenario(service: Any, image: dict[str, int]) -> Scenario:
    """Return one web server, and callers of it."""
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]},
    }
    selector = {"matchLabels": {"app": "web"}}
    return Scenario.model_validate(
        {
            "metadata": {"name": "queue"},
            "duration": f"{END_S}s",
            "cluster": {"zones": 1, "nodesPerZone": 1},
            "images": {"web:*": {"pull": "0s", **image}},
            "manifests": [
                {
                    "apiVersion": "apps/v1",
                    "kind": "Deployment",
                    "metadata": {"name": "web"},
                    "spec": {"replicas": 1, "selector": selector, "template": template},
                },
                {
                    "apiVersion": "v1",
                    "kind": "Service",
                    "metadata": {"name": "web"},
                    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
                },
            ],
            "clients": [
                {
                    "name": "callers",
                    "target": "Service/web",
                    "sessions": SESSIONS,
                    "operations": {"kind": "web", "rate": f"{RATE}/s"},
                    "timeouts": {"statement": "never"},
                    "serviceTime": service,
                }
            ],
        }
    )


def seen(made: Scenario, seed: int) -> Seen:
    """Run a scenario, and follow how many are in the system."""
    (record,) = statesim.run(made, seed=seed).records
    came: dict[Any, int] = {}
    moves: list[tuple[int, int]] = []
    stays, lost, offered = [], 0, 0
    for t_us, process, _, type_, *_ in record.history:
        if type_ == "invoke":
            came[process] = t_us
            continue
        begun = came.pop(process)
        counts = begun >= SETTLED_S * 1_000_000
        offered += counts
        if type_ == "fail":
            lost += counts
            continue
        gone = t_us - RTT_US
        moves += [(begun, 1), (gone, -1)]
        if counts:
            stays.append((gone - begun) / 1e6)
    moves += [(begun, 1) for begun in came.values()]
    return Seen(np.array(stays), *_path(moves), lost, offered)


def _path(moves: list[tuple[int, int]]) -> tuple[Any, Any]:
    """Return whom those who came met, and which share of the time there were 0, 1, 2, …."""
    moves.sort(key=lambda move: (move[0], -move[1]))  # a service may take less than a microsecond
    times = np.array([t for t, _ in moves] + [END_S * 1_000_000], dtype=np.float64) / 1e6
    steps = np.array([step for _, step in moves])
    after = np.cumsum(steps)
    lasting = np.diff(np.maximum(times, SETTLED_S))
    shares = np.bincount(after, weights=lasting, minlength=60) / (END_S - SETTLED_S)
    coming = (steps > 0) & (times[:-1] >= SETTLED_S)
    return after[coming] - 1, shares


class Queue(NamedTuple):
    """A queue by Kendall's names: how service times are spread, how much work comes, how many serve, how many fit in."""

    service: str
    load: float
    servers: int
    places: int = 2048

    def __str__(self) -> str:
        return f"{self.service}, {self.load} of {self.servers}"

    @property
    def service_s(self) -> float:
        """Return the mean service time."""
        return self.load / RATE

    @property
    def second_moment(self) -> float:
        """Return the mean of the square of a service time."""
        return self.service_s**2 * {"M": 2.0, "D": 1.0, "G": exp(SIGMA**2)}[self.service]


SIGMA = 0.5
MM1, MM2, MM4 = Queue("M", 0.6, 1), Queue("M", 1.5, 2), Queue("M", 3.2, 4)
FINITE = [Queue("M", 0.9, 1, 4), pytest.param(Queue("M", 1.6, 2, 6), marks=pytest.mark.slow)]
ENDLESS = [MM1, MM2, pytest.param(MM4, marks=pytest.mark.slow)]


@cache
def runs(of: Queue) -> tuple[Seen, ...]:
    """Return independent runs: one for each seed."""
    mean = of.service_s
    kinds: dict[str, Any] = {
        "M": {"exponential": f"{mean}s"},
        "D": {"fixed": f"{mean}s"},
        "G": {"lognormal": {"median": f"{mean * exp(-(SIGMA**2) / 2)}s", "sigma": SIGMA}},
    }
    image = {"workers": of.servers, "backlog": of.places - of.servers} if of.servers else {}
    made = scenario(kinds[of.service], image)
    return tuple(seen(made, seed) for seed in range(1, RUNS + 1))


def waits(of: Queue) -> Interval:
    """Return the mean time in line: the mean stay, less the mean service."""
    return of_runs([float(run.stays.mean()) - of.service_s for run in runs(of)])


@pytest.mark.parametrize("queue", ENDLESS, ids=str)
def test_callers_wait_as_long_as_in_m_m_c(queue: Queue) -> None:
    """W = C / (c / s - λ), with the chance C of having to wait by Erlang: Kleinrock, "Queueing Systems" I, 3.5."""
    found = waits(queue)
    assert mean_wait(RATE, queue.service_s, queue.servers) in found
    assert mean_wait(RATE * 1.1, queue.service_s, queue.servers) not in found
    assert mean_wait(RATE, queue.service_s * 0.9, queue.servers) not in found


@pytest.mark.parametrize("queue", ENDLESS, ids=str)
def test_servers_are_busy_for_the_share_of_time_that_is_asked_of_them(queue: Queue) -> None:
    """The utilisation u = λ s / c, whatever the distributions are: Little's law for those who are served."""
    found = of_runs([_busy(run, queue.servers) for run in runs(queue)])
    assert queue.load / queue.servers in found
    assert 1.1 * queue.load / queue.servers not in found


@pytest.mark.parametrize("queue", ENDLESS, ids=str)
def test_there_are_as_many_in_the_system_as_in_m_m_c(queue: Queue) -> None:
    """L = Σ n p(n); and, in each run, L = λ W of what was seen (Little, Operations Research 9, 1961)."""
    found = of_runs([_number(run) for run in runs(queue)])
    expected = RATE * (mean_wait(RATE, queue.service_s, queue.servers) + queue.service_s)
    assert expected in found
    assert 1.1 * RATE * (mean_wait(RATE * 1.1, queue.service_s, queue.servers) + queue.service_s) not in found
    for run in runs(queue):
        came_s = len(run.stays) / (END_S - SETTLED_S)
        assert _number(run) == pytest.approx(came_s * run.stays.mean(), rel=0.02), (
            "but for the edges of the window"
        )


@pytest.mark.parametrize("queue", ENDLESS, ids=str)
def test_who_comes_meets_a_full_house_as_often_as_erlang_says(queue: Queue) -> None:
    """P(wait) = C(c, a), as Poisson arrivals see time averages (Wolff, Operations Research 30, 1982)."""
    found = of_runs([float((run.met >= queue.servers).mean()) for run in runs(queue)])
    assert erlang_c(RATE, queue.service_s, queue.servers) in found
    assert erlang_c(RATE * 1.1, queue.service_s, queue.servers) not in found


@pytest.mark.parametrize("queue", [MM1, FINITE[0]], ids=str)
def test_each_number_in_the_system_has_its_share_of_time(queue: Queue) -> None:
    """p(n) of the chain of births and deaths: geometric in M/M/1, cut off at K in M/M/1/K."""
    chain = states(RATE, queue.service_s, queue.servers, min(queue.places, 60))
    wrong = states(RATE * 1.1, queue.service_s, queue.servers, min(queue.places, 60))
    shares = [of_runs([float(run.shares[n]) for run in runs(queue)]) for n in range(4)]
    assert all(chain[n] in shares[n] for n in range(4))
    assert any(wrong[n] not in shares[n] for n in range(4))


@pytest.mark.parametrize("queue", FINITE, ids=str)
def test_a_full_backlog_turns_away_the_share_of_m_m_c_k(queue: Queue) -> None:
    """p(K): Gross and Harris, "Fundamentals of Queueing Theory", 2.5. K is those served and the `backlog`."""
    found = of_runs([run.lost / run.offered for run in runs(queue)])
    assert blocked(RATE, queue.service_s, queue.servers, queue.places) in found
    assert blocked(RATE * 1.1, queue.service_s, queue.servers, queue.places) not in found
    assert blocked(RATE, queue.service_s, queue.servers, queue.places + 1) not in found
    busy = of_runs([_busy(run, queue.servers) for run in runs(queue)])
    taken = 1 - blocked(RATE, queue.service_s, queue.servers, queue.places)
    assert queue.load * taken / queue.servers in busy, "who is turned away costs the server nothing"
    assert queue.load / queue.servers not in busy


@pytest.mark.parametrize(
    "queue", [Queue("D", 0.7, 1), pytest.param(Queue("G", 0.6, 1), marks=pytest.mark.slow)], ids=str
)
def test_what_counts_of_other_service_times_is_their_second_moment(queue: Queue) -> None:
    """W = λ E[S²] / 2 (1 - u): Pollaczek and Khinchine; half of M/M/1's where all take equally long."""
    found = waits(queue)
    assert mean_wait_general(RATE, queue.service_s, queue.second_moment) in found
    assert mean_wait(RATE, queue.service_s) not in found, "it is no M/M/1"
    assert mean_wait_general(RATE * 1.1, queue.service_s, queue.second_moment) not in found


def test_without_workers_nobody_waits_and_as_many_are_there_as_poisson_says() -> None:
    """M/M/∞: the number in the system is Poisson with mean λ s (Kleinrock I, 3.4)."""
    queue = Queue("M", 2.0, 0)
    stays = of_runs([float(run.stays.mean()) for run in runs(queue)])
    assert queue.service_s in stays
    assert 1.1 * queue.service_s not in stays
    for n in range(6):
        share = of_runs([float(run.shares[n]) for run in runs(queue)])
        assert exp(-2.0) * 2.0**n / factorial(n) in share
    assert exp(-2.2) not in of_runs([float(run.shares[0]) for run in runs(queue)])


def _busy(run: Seen, servers: int) -> float:
    numbers = np.arange(len(run.shares))
    return float((np.minimum(numbers, servers) * run.shares).sum()) / servers


def _number(run: Seen) -> float:
    return float((np.arange(len(run.shares)) * run.shares).sum())

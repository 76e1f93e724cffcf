"""Failures and callers come as Poisson processes do, each by itself; and all variants see the same ones."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import exp, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

import statesim
from tests.theory.bounds import follows, normal, of_runs
from tests.theory.failing import machines, ran
from tests.theory.test_replicas import CLAIM, OF_SET, workload

if TYPE_CHECKING:
    from statesim.scenario.schema import Scenario

CALM = {"mtbf": "100000d", "mttr": "1d"}
MTBF_S, END_S = 1_000.0, 1_000_000.0
PODS = ("Pod/a-0", "Pod/a-1", "Pod/a-2")


@cache
def failures(mtbf: str) -> dict[str, list[float]]:
    """Return when each of three pods was struck."""
    row = {
        "random": {"mtbf": {mtbf: f"{MTBF_S}s"}, "per": "pod"},
        "do": "container-kill",
        "on": "StatefulSet/a",
    }
    scenario = machines(3, END_S, CALM, manifests=workload("StatefulSet", "a:1", **OF_SET), timeline=[row])
    found: dict[str, list[float]] = {pod: [] for pod in PODS}
    for event in ran(scenario, 1).events:
        if event.object.startswith("Fault/") and event.event == "Started":
            found[event.fields["on"]].append(event.t)
    return found


def counts(times: list[float], window_s: float) -> Any:
    """Return how many there are in each window."""
    return np.histogram(times, bins=int(END_S / window_s), range=(0, END_S))[0]


def test_there_are_as_many_failures_as_a_poisson_process_has() -> None:
    """N(T) has mean and variance T / MTBF (Ross, "Stochastic Processes", 2.1)."""
    expected = END_S / MTBF_S
    total = sum(map(len, failures("exponential").values()))
    assert 3 * expected in normal(total, sqrt(3 * expected))
    assert 1.1 * 3 * expected not in normal(total, sqrt(1.1 * 3 * expected))
    for times in failures("exponential").values():
        assert expected in normal(len(times), sqrt(expected))


def test_counts_of_windows_vary_as_much_as_their_mean() -> None:
    """The index of dispersion is 1: Cox and Lewis, "The Statistical Analysis of Series of Events", 6.3."""

    def dispersion(mtbf: str) -> float:
        numbers = np.concatenate([counts(times, 10 * MTBF_S) for times in failures(mtbf).values()])
        return float(numbers.var(ddof=1) / numbers.mean())

    windows = 3 * END_S / (10 * MTBF_S)
    assert 1 in normal(dispersion("exponential"), sqrt(2 / windows))
    assert 1 not in normal(dispersion("fixed"), sqrt(2 / windows)), "what fails by the clock"


def test_times_between_failures_are_exponential() -> None:
    """F(t) = 1 - exp(-t / MTBF): without memory."""
    gaps = [b - a for times in failures("exponential").values() for a, b in pairwise([0.0, *times])]
    assert follows(gaps, lambda t: 1 - exp(-t / MTBF_S))
    assert not follows(gaps, lambda t: 1 - exp(-t / (1.15 * MTBF_S)))
    assert MTBF_S in normal(float(np.mean(gaps)), MTBF_S / sqrt(len(gaps)))
    assert 1.1 * MTBF_S not in normal(float(np.mean(gaps)), MTBF_S / sqrt(len(gaps)))


def test_pods_fail_independently_of_each_other() -> None:
    """The correlation of the counts of two pods is 0 within 4 / √windows."""
    numbers = np.array([counts(times, 2 * MTBF_S) for times in failures("exponential").values()])
    bound = 4 / sqrt(numbers.shape[1])
    found = np.corrcoef(numbers)
    assert all(abs(found[i, j]) < bound for i, j in ((0, 1), (0, 2), (1, 2)))
    together = np.corrcoef(numbers[0] + numbers[2], numbers[1] + numbers[2])
    assert together[0, 1] > bound, "if a half of the failures struck both"


def crashes(ttl: int, seed: int) -> float:
    """Return how long nobody wrote after a crash, under a lease of so many seconds."""
    result = statesim.run(crash(), seed=seed, variants=[f"ttl-{ttl}"])
    return float(result.metrics["variants"][f"ttl-{ttl}"]["systems"]["db"]["rto_s"])


@cache
def crash() -> Scenario:
    """Return a group of Patroni whose leader's machine crashes, with two leases."""
    systems = {
        ttl: [
            {"name": "db", "kind": "patroni", "workload": "StatefulSet/a", "parameters": {"ttl": f"{ttl}s"}}
        ]
        for ttl in (30, 60)
    }
    return machines(
        3,
        600,
        CALM,
        manifests=workload("StatefulSet", "db:1", **OF_SET, volumeClaimTemplates=[CLAIM]),
        systems=systems[30],
        timeline=[
            {
                "random": {"mtbf": {"uniform": ["3m", "5m"]}, "mttr": "1d"},
                "do": "node-crash",
                "on": {"primaryOf": "db"},
            }
        ],
        variants=[{"name": f"ttl-{ttl}", "patch": {"systems": systems[ttl]}} for ttl in systems],
    )


def test_variants_see_the_same_failures_so_that_their_difference_varies_less() -> None:
    """Var(X - Y) = Var X + Var Y - 2 Cov(X, Y): common random numbers (Law, "Simulation Modeling", 11.2)."""
    seeds = range(1, 31)
    short, long = ([crashes(ttl, seed) for seed in seeds] for ttl in (30, 60))
    differences = [b - a for a, b in zip(short, long, strict=True)]
    assert 30 in of_runs(differences), "the lease is what makes the difference"
    assert 33 not in of_runs(differences)
    apart = np.var(short, ddof=1) + np.var(long, ddof=1)
    assert np.var(differences, ddof=1) < apart / 20
    mixed = [b - a for a, b in zip(short, long[1:] + long[:1], strict=True)]
    assert np.var(mixed, ddof=1) > apart / 3, "with other failures for each they differ by chance as well"


def test_variants_see_the_same_callers() -> None:
    """Arrivals depend on no outcome: a slower server is asked at the same instants, and as often."""
    web = {"name": "web", "image": "web:1", "nodes": ["n-a-1"], "port": 80, "restart": "always"}
    client = {
        "name": "callers",
        "target": "Container/web",
        "sessions": 200,
        "operations": {"kind": "web", "rate": "20/s"},
    }
    scenario = machines(
        1,
        300,
        CALM,
        containers=[web],
        clients=[{**client, "serviceTime": "1ms"}],
        variants=[
            {"name": "fast"},
            {"name": "slow", "patch": {"clients": [{**client, "serviceTime": "100ms"}]}},
        ],
    )
    fast, slow = statesim.run(scenario, seed=1).records
    calls = [
        [(t, who) for t, who, _, type_, *_ in record.history if type_ == "invoke"] for record in (fast, slow)
    ]
    same = len(set(calls[0]) & set(calls[1]))
    assert 6_000 in normal(len(calls[0]), sqrt(6_000)), "a Poisson process of 20 a second"
    assert same > 0.97 * len(calls[0]), "but for the one of a hundred whose session is still busy"

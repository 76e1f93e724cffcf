"""How long it takes until a lease has expired, a leader is elected, a client tries again: distributions, not just means."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import exp, sqrt
from typing import Any

import pytest

from statesim.analysis.statistics import mean_of
from tests.theory.bounds import follows, normal, of_runs
from tests.theory.failing import machines, ran
from tests.theory.test_replicas import CLAIM, OF_SET, workload

CALM = {"mtbf": "100000d", "mttr": "1d"}


def group(kind: str, days: float, image: dict[str, Any], row: dict[str, Any], **parameters: Any) -> Any:
    """Return the run of a group of three that something befalls again and again."""
    scenario = machines(
        3,
        days * 86_400,
        CALM,
        images={"*": {"pull": "0s", "start": "1s", **image}},
        manifests=workload("StatefulSet", "db:1", **OF_SET, volumeClaimTemplates=[CLAIM]),
        systems=[{"name": "db", "kind": kind, "workload": "StatefulSet/a", "parameters": parameters}],
        timeline=[row],
    )
    return ran(scenario, 1)


@cache
def expiries(ttl: int, loop_wait: int) -> list[float]:
    """Return, for each crash of a leader's machine, after how long its lease expired."""
    row = {"random": {"mtbf": "8m", "mttr": "90s"}, "do": "node-crash", "on": {"primaryOf": "db"}}
    record = group("patroni", 4, {}, row, ttl=f"{ttl}s", loop_wait=f"{loop_wait}s")
    found, crashed = [], None
    for event in record.events:
        if event.event == "Crashed":
            crashed = event.t
        elif event.event == "LeaseExpired" and crashed is not None:
            found.append(event.t - crashed)
            crashed = None
    return found


def expiry(ttl: float, loop_wait: float, scan: float = 0.5) -> Any:
    """Return the distribution of ttl - U(0, loop_wait) + U(0, scan): a trapezoid's integral."""

    def part(x: float) -> float:
        return max(0.0, x) ** 2 / (2 * loop_wait * scan)

    def cdf(x: float) -> float:
        low = ttl - loop_wait
        return part(x - low) - part(x - low - scan) - part(x - ttl) + part(x - ttl - scan)

    return cdf


def test_a_lease_expires_its_ttl_less_the_age_of_its_last_renewal_after_a_crash() -> None:
    """A crash comes at a uniform phase of the holder's loop, and the store looks twice a second.

    Source: the excess of a renewal process of fixed periods is uniform (Cox, "Renewal Theory", 5.2); Patroni docs, `ttl`
    and `loop_wait`; etcd server/lease/lessor.go.
    """
    found = expiries(30, 10)
    assert len(found) > 400
    assert 20 <= min(found) < 20.5, (
        "a loop of 11 s would come below in one of eleven crashes, one of 9 s never as low"
    )
    assert 30 < max(found) <= 30.5
    assert follows(found, expiry(30, 10))
    for ttl, loop_wait in ((33, 10), (27, 10), (30, 5), (30, 20)):
        assert not follows(found, expiry(ttl, loop_wait))
    assert 30 - 10 / 2 + 0.25 in of_runs(found)


@cache
def elections() -> list[float]:
    """Return how long a Raft group of three had no leader, each time that its leader's program died alone."""
    row = {"random": {"mtbf": "10m"}, "do": "container-kill", "on": {"anyPod": {"app": "a"}}}
    leader, since = None, None
    gone, found = set(), []
    for event in group("rethinkdb", 8, {"start": "60s"}, row).events:
        kind, _, name = event.object.partition("/")
        if (kind, event.event) == ("Process", "Exited"):
            gone.add(name)
            since = event.t if gone == {leader} else None
        elif (kind, event.event) == ("Process", "Running"):
            gone.discard(name)
        elif event.event == "Elected":
            found += [event.t - since] if since is not None else []
            leader, since = event.fields["pod"], None
    return found


def first_of(candidates: int, low: float, high: float) -> Any:
    """Return the distribution of the least of so many uniform times: 1 - (1 - x)ⁿ."""
    return lambda t: 1 - (1 - min(1.0, max(0.0, (t - low) / (high - low)))) ** candidates


def test_an_election_takes_the_shorter_of_two_random_timeouts() -> None:
    """Order statistics: David and Nagaraja, 2.1; randomised timeouts: Ongaro and Ousterhout, "In Search of …", 5.2."""
    found = elections()
    assert len(found) > 300
    assert follows(found, first_of(2, 1, 2))
    assert not follows(found, first_of(1, 1, 2)), "one candidate alone"
    assert not follows(found, first_of(3, 1, 2)), "three candidates"
    assert 1 + 1 / 3 in of_runs(found)
    assert 1.1 * (1 + 1 / 3) not in of_runs(found)


LIFE_S = 7_200.0
MEMBERS = 3


@cache
def reigns() -> tuple[list[float], list[float]]:
    """Return how long each leader led, and how long after each failure of a member the next one failed.

    The program of each of three members dies by itself, after exponential times, and is back within seconds.
    """
    row = {
        "random": {"mtbf": f"{LIFE_S}s", "per": "pod"},
        "do": "container-kill",
        "on": "StatefulSet/a",
    }
    led: list[float] = []
    failures = [0.0]
    leader, since = None, 0.0
    for event in group("rethinkdb", 45, {"start": "1s"}, row).events:
        kind, _, name = event.object.partition("/")
        if event.event == "Elected":
            leader, since = event.fields["pod"], event.t
        elif (kind, event.event) == ("Process", "Exited"):
            failures.append(event.t)
            led += [event.t - since] if name == leader else []
            leader = None if name == leader else leader
    return led, [b - a for a, b in pairwise(failures)]


def lasting(mean: float) -> Any:
    """Return the exponential distribution."""
    return lambda t: 1 - exp(-max(0.0, t) / mean)


def test_leaders_lead_for_exponential_times_however_long_they_had_run_before() -> None:
    """Without memory: who is elected has as long before it as a new one (Ross, "Stochastic Processes", 1.6)."""
    led, _ = reigns()
    assert len(led) > 450
    assert follows(led, lasting(LIFE_S))
    assert not follows(led, lasting(LIFE_S / MEMBERS)), "as if the failure of any member deposed the leader"
    assert not follows(led, lambda t: min(1.0, t / (2 * LIFE_S))), "uniform, of the same mean"
    assert LIFE_S in normal(mean_of(led), LIFE_S / sqrt(len(led)))
    assert 1.25 * LIFE_S not in normal(mean_of(led), 1.25 * LIFE_S / sqrt(len(led)))


def test_the_first_of_n_members_to_fail_does_so_n_times_as_soon() -> None:
    """The least of n exponential times of rate λ is exponential with rate nλ (Ross, as above; David and Nagaraja, 2.1)."""
    _, gaps = reigns()
    mean = LIFE_S / MEMBERS
    assert len(gaps) > 1_400
    assert follows(gaps, lasting(mean))
    for members in (MEMBERS - 1, MEMBERS + 1):
        assert not follows(gaps, lasting(LIFE_S / members))
    assert mean in normal(mean_of(gaps), mean / sqrt(len(gaps)))
    assert 1.15 * mean not in normal(mean_of(gaps), 1.15 * mean / sqrt(len(gaps)))


def test_elections_are_called_as_often_as_leaders_fail() -> None:
    """One of n failures is the leader's: the share is binomial with 1/n."""
    led, gaps = reigns()
    share = 1 / MEMBERS
    deviation = sqrt(share * (1 - share) / len(gaps))
    assert share in normal(len(led) / len(gaps), deviation)
    assert 1 / (MEMBERS - 1) not in normal(len(led) / len(gaps), deviation)


SESSIONS = 1_500


def returns(policy: dict[str, Any]) -> list[float]:
    """Return how long after its server was back each session was connected again."""
    web = {"name": "web", "image": "web:1", "nodes": ["n-a-1"], "port": 80, "restart": "always"}
    client = {
        "name": "callers",
        "target": "Container/web",
        "sessions": SESSIONS,
        "operations": {"kind": "web", "rate": "200/s"},
        "backoff": policy,
    }
    rows = [
        {"at": "60s", "do": "stop-container", "on": "Container/web"},
        {"at": "160s", "do": "start-container", "on": "Container/web"},
    ]
    images = {"*": {"pull": "0s", "start": "0s", "stop": "0s"}}
    scenario = machines(1, 175, CALM, images=images, containers=[web], clients=[client], timeline=rows)
    return [e.t - 160 for e in ran(scenario, 1).events if e.event == "SessionOpened" and e.t >= 160]


def residual(longest: float) -> Any:
    """Return the distribution of the time left of an interval that is uniform from 0, met at a random instant."""
    return lambda t: 2 * (x := min(1.0, max(0.0, t / longest))) - x * x


@pytest.mark.parametrize(
    "policy",
    [
        {"policy": "fixed", "initial": "10s", "jitter": 1},
        pytest.param(
            {"policy": "exponential", "initial": "100ms", "max": "10s", "jitter": 1}, marks=pytest.mark.slow
        ),
    ],
    ids=lambda policy: str(policy["policy"]),
)
def test_with_full_jitter_clients_come_back_as_the_excess_of_a_renewal_process(
    policy: dict[str, Any],
) -> None:
    """F(t) = 2t/m - (t/m)², mean m/3: who is met in a pause is met in a long one (Cox, "Renewal Theory", 5.1)."""
    found = returns(policy)
    assert len(found) > 0.99 * SESSIONS
    assert follows(found, residual(10))
    assert not follows(found, lambda t: min(1.0, t / 10)), "as if each pause began when the server is back"
    assert 10 / 3 in of_runs(found)
    assert 11 / 3 not in of_runs(found)

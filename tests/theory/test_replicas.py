"""Replicas that fail independently are there as often as the binomial distribution says, k of n at a time.

What runs on the machines is compared in two steps. Which machines are up is held against the closed form; what a
workload, a majority or a client has of them is held against the machines *of the same run*, where all that may be
between them is what detecting and starting take, for each failure.
"""

from __future__ import annotations

from functools import cache
from math import comb
from typing import Any

import pytest

import statesim
from tests.theory.bounds import of_runs
from tests.theory.failing import changes, machines, ran, shares

RUNS, END_S = 20, 12_000
MTBF, MTTR = 40.0, 10.0
UP = MTBF / (MTBF + MTTR)
WRONG = MTBF / (MTBF + 1.1 * MTTR)
COUPLED_S = 200 * 86_400.0
FAILING = {"mtbf": "4d", "mttr": "1d"}  # as often, a machine is up for the same share
NOTICED_S = 60  # 50 s of grace and a period of 5 s until a node is NotReady; then pods start within seconds


def exactly(up: float, n: int) -> list[float]:
    """Return how likely 0, 1, … of n are up: Barlow and Proschan, "Statistical Theory of Reliability", 2.1."""
    return [comb(n, j) * up**j * (1 - up) ** (n - j) for j in range(n + 1)]


def at_least(k: int, n: int, up: float) -> float:
    """Return how likely k of n are up."""
    return sum(exactly(up, n)[k:])


@cache
def of_machines(count: int) -> list[list[float]]:
    """Return, of each run, for which share of the time 0, 1, … of the containers on so many machines ran."""
    nodes = [f"n-a-{number}" for number in range(1, count + 1)]
    web = {"name": "web", "image": "web:1", "nodes": nodes, "port": 80, "restart": "always"}
    scenario = machines(count, END_S, {"mtbf": f"{MTBF}s", "mttr": f"{MTTR}s"}, containers=[web])
    return [
        shares(changes(ran(scenario, seed), "Process", "Running", "Exited"), count, 0, END_S, up=False)
        for seed in range(1, RUNS + 1)
    ]


def test_k_of_n_replicas_run_as_often_as_the_binomial_says() -> None:
    """P(j of n up) = C(n, j) Aʲ (1 - A)ⁿ⁻ʲ with A = MTBF / (MTBF + MTTR)."""
    found = of_machines(3)
    for j in range(4):
        assert exactly(UP, 3)[j] in of_runs([run[j] for run in found])
    for k in (2, 3):
        assert at_least(k, 3, WRONG) not in of_runs([sum(run[k:]) for run in found])
    none = of_runs([run[0] for run in found])
    assert 1 - UP not in none, "as if they failed together"


def workload(kind: str, image: str, **spec: Any) -> list[dict[str, Any]]:
    """Return a workload of three, one on each machine, and its Service."""
    labels = {"app": "a"}
    apart = [{"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"}]
    pod = {
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": apart}},
        "containers": [
            {"name": "a", "image": image, "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
        ],
        "volumes": [] if "volumeClaimTemplates" in spec else [{"name": "data", "emptyDir": {}}],
    }
    template = {"metadata": {"labels": labels}, "spec": pod}
    body = {"replicas": 3, "selector": {"matchLabels": labels}, "template": template, **spec}
    service = {"selector": labels, "ports": [{"port": 80}]}
    return [
        {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "a"}, "spec": body},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": service},
    ]


CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
OF_SET = {"serviceName": "a", "podManagementPolicy": "Parallel"}


@pytest.mark.parametrize(("kind", "spec"), [("Deployment", {}), ("StatefulSet", OF_SET)])
def test_a_workload_has_as_many_replicas_as_there_are_machines(kind: str, spec: dict[str, Any]) -> None:
    """A pod cannot go elsewhere, and starts when its machine is back: P(k of n) is that of the machines."""
    record = ran(machines(3, COUPLED_S, FAILING, manifests=workload(kind, "web:1", **spec)), 1)
    truth = shares(changes(record, "Node", "Recovered", "Crashed"), 3, 0, COUPLED_S, up=True)
    pods = shares(changes(record, "Process", "Running", "Exited"), 3, 0, COUPLED_S, up=False)
    crashes = sum(event.event == "Crashed" for event in record.events)
    assert crashes > 80
    for k in (1, 2, 3):
        late_s = (sum(truth[k:]) - sum(pods[k:])) * COUPLED_S
        assert 0 <= late_s <= 30 * crashes
        assert 30 * crashes < 0.02 * COUPLED_S, "which is little beside a tenth of the repairs"


def test_a_majority_is_there_as_often_as_two_of_three_machines() -> None:
    """Two of three: A² (3 - 2A). A group without its majority has no primary; one that has it elects within seconds."""
    spec = {**OF_SET, "volumeClaimTemplates": [CLAIM]}
    scenario = machines(
        3,
        COUPLED_S,
        FAILING,
        manifests=workload("StatefulSet", "rethinkdb:2.4", **spec),
        systems=[{"name": "db", "kind": "rethinkdb", "workload": "StatefulSet/a"}],
    )
    result = statesim.run(scenario, seed=1)
    (record,) = result.records
    truth = shares(changes(record, "Node", "Recovered", "Crashed"), 3, 0, COUPLED_S, up=True)
    without_s = sum(truth[:2]) * COUPLED_S
    assert without_s > 5 * 86_400
    db = result.metrics["variants"]["default"]["systems"]["db"]
    crashes = sum(event.event == "Crashed" for event in record.events)
    assert 0 <= db["quorum_lost_s"] - without_s <= 30 * crashes
    assert 0 <= db["no_primary_s"] - db["quorum_lost_s"] <= 60 * crashes


def test_clients_are_served_while_any_replica_is_there() -> None:
    """One of three: 1 - (1 - A)³. Who is sent to a machine that just failed waits in vain until it is NotReady."""
    client = {
        "name": "callers",
        "target": "Service/a",
        "connections": "short",
        "operations": {"kind": "web", "rate": "2/h"},
        "timeouts": {"connect": "5s", "statement": "5s"},
    }
    scenario = machines(3, COUPLED_S, FAILING, manifests=workload("Deployment", "web:1"), clients=[client])
    record = ran(scenario, 1)
    there = [(0.0, 0)]
    for at, _, up in changes(record, "Process", "Running", "Exited"):
        there.append((at, there[-1][1] + (1 if up else -1)))
    moves = iter([*there[1:], (float("inf"), 0)])
    number, (until, after) = 0, next(moves)
    answered = {True: [0, 0], False: [0, 0]}
    for t_us, _, _, type_, *_ in record.history:
        while t_us / 1e6 >= until:
            number, (until, after) = after, next(moves)
        if type_ != "invoke":
            answered[number > 0][type_ == "ok"] += 1
    crashes = sum(event.event == "Crashed" for event in record.events)
    asked = sum(answered[True])
    assert asked > 8_000
    assert answered[False][1] == 0, "nobody answers while no replica runs"
    assert answered[False][0] > 20
    in_vain = (
        2 * NOTICED_S / 3600 * crashes
    )  # at two an hour, and if each failure took every request meanwhile
    assert answered[True][0] <= in_vain + 4 * in_vain**0.5

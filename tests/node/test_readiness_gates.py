"""Readiness gates: a pod is Ready when its containers are, and everybody else who was asked agrees."""

from __future__ import annotations

from typing import Any

from statesim.cluster.wire import Frame, document
from tests.acceptance.small import Small, pod, workload

GATE = "example.com/registered"
GATES = {"readinessGates": [{"conditionType": GATE}]}


def says(at: str, status: str, on: str = "Pod/p") -> dict[str, Any]:
    change = {"status": {"conditions": [{"type": GATE, "status": status}]}}
    return {"at": at, "do": "patch", "on": on, "patch": change}


def ready(run: Small, key: str = "Pod/p") -> dict[str, Any]:
    shown = document(run.find(key), Frame("1.31"))
    return next(row for row in shown["status"]["conditions"] if row["type"] == "Ready")


def test_a_pod_is_not_ready_before_the_condition_that_its_gate_names_is_there() -> None:
    run = Small(says("30s", "True"), objects=[pod(**GATES)], duration="60s").run(29)
    assert run.find("Pod/p").started_us is not None
    assert not run.find("Pod/p").ready
    assert ready(run)["reason"] == "ReadinessGatesNotReady"
    assert ready(run)["message"] == f'corresponding condition of pod readiness gate "{GATE}" does not exist.'
    run.run(31)
    assert run.times("Ready", "Pod/p") == [30.0]
    assert ready(run)["status"] == "True"


def test_a_pod_is_not_ready_any_more_when_its_gate_closes() -> None:
    rows = [says("20s", "True"), says("40s", "False")]
    run = Small(*rows, objects=[pod(**GATES)], duration="60s").run()
    assert run.times("NotReady", "Pod/p") == [40.0]
    assert ready(run)["message"] == f'the status of pod readiness gate "{GATE}" is not "True", but False'
    assert run.find("Pod/p").containers[0].ready


def test_a_rollout_waits_for_the_gates_of_its_pods() -> None:
    run = Small(
        says("60s", "True", "Pod/a-0"), objects=[workload("StatefulSet", **GATES)], duration="90s"
    ).run()
    assert [e.object for e in run.events("Created", "Pod/")] == ["Pod/a-0", "Pod/a-1"]
    assert run.times("Created", "Pod/a-1") == [60.0]


def test_a_kubelet_that_was_cut_off_learns_of_an_open_gate_when_it_is_back() -> None:
    cut = {"at": "20s", "do": "network-partition", "from": "control-plane", "on": {"nodeOf": "Pod/p"}}
    rows = [{**cut, "for": "20s"}, says("30s", "True")]
    run = Small(*rows, objects=[pod(**GATES)], duration="60s").run()
    (at,) = run.times("Ready", "Pod/p")
    assert 40 <= at < 45


def test_conditions_that_are_kubernetes_own_cannot_be_set() -> None:
    own = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    row = {"at": "30s", "do": "patch", "on": "Pod/p", "patch": own}
    run = Small(row, objects=[pod(**GATES)], duration="60s").run()
    assert "the condition Ready is Kubernetes' own" in run.events("Skipped")[0].fields["why"]
    assert not run.find("Pod/p").ready

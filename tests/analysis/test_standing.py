from __future__ import annotations

import pytest

import statesim


@pytest.fixture(scope="module")
def result() -> statesim.Result:
    return statesim.run("pg-node-crash", variants=["statefulset", "deployment-rwo"])


def test_a_dead_pod_is_shown_ready_until_somebody_notices(result: statesim.Result) -> None:
    told = result.why("Pod/pg-0", at=84, variant="statefulset").splitlines()[-1]
    assert told == "At 84 s Kubernetes shows pg-0 as Ready; really it is dead."


def test_a_terminating_pod_of_a_dead_machine_waits_for_its_kubelet(result: statesim.Result) -> None:
    told = result.why("Pod/pg-0", at=500, variant="statefulset")
    assert "Kubernetes shows pg-0 as Terminating; really it is dead." in told
    assert "Only the kubelet of n-a-1 could confirm its end, and that machine has no power" in told


def test_a_pod_that_waits_for_a_volume_is_told_who_holds_it(result: statesim.Result) -> None:
    record = result.variants["deployment-rwo"].record
    waiting = [e.object for e in record.events if e.event == "Created" and e.object.startswith("Pod/")][-1]
    dead = next(e.object.partition("/")[2] for e in record.events if e.event == "Crashed")
    assert f"Its volume is still attached to {dead}." in result.why(waiting, at=500, variant="deployment-rwo")

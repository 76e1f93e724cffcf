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


def test_a_pod_in_back_off_is_told_how_long_it_waits_and_whether_the_cause_is_still_there() -> None:
    (variant,) = statesim.run("crash-loop", variants=["waits"]).variants.values()
    while_full = variant.why("pod/pg-0", at="6m30s").splitlines()[-1]
    assert "Kubernetes shows pg-0 as CrashLoopBackOff" in while_full
    assert 'at about 686 s; "the disk is full" has lasted since 60 s.' in while_full
    after = variant.why("pod/pg-0", at="8m").splitlines()[-1]
    assert (
        'at about 686 s; "the disk is full" has been over since 420 s, but nobody tells the kubelet.' in after
    )


def test_a_budget_is_told_every_refusal_those_that_are_alike_counted() -> None:
    (variant,) = statesim.run("drain-blocked", variants=["one"]).variants.values()
    refused = [e for e in variant.record.events if e.event == "Refused" and e.t <= 100]
    assert len(refused) > 5
    assert variant.why("pdb/web", at=100).splitlines()[-2:] == [
        "Up to 100 s web has refused:",
        f"  the eviction of web-0 {len(refused)} times, from 60 s to 100 s: web needs 1 healthy pods and has 1",
    ]
    assert "refused" not in variant.why("pdb/web", at=50)

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


def test_a_crash_loop_is_told_as_crashes() -> None:
    (variant,) = statesim.run("drain-blocked", variants=["crash-loop"]).variants.values()
    told = variant.why("pod/web-0", at="5m")
    assert "the program of web-0 has ended (crashed)" in told
    assert "ended 6 times from 6 s on, the last time at 176 s (crashed, exit code 1)" in told.splitlines()[-1]


def test_a_client_that_was_never_served_is_told_whose_pods_are_not_ready() -> None:
    (variant,) = statesim.run("drain-blocked", variants=["crash-loop"]).variants.values()
    told = variant.why("Client/visitors", at="5m").splitlines()
    assert told[-4].endswith(
        "Service web now sends connections to nobody, because web-0, web-1 not ready yet"
    )
    assert told[-2] == (
        "At 300 s no request of visitors has ever succeeded: Service/web has no pod that is Ready. Kubernetes "
        "shows web-0 as CrashLoopBackOff, web-1 as CrashLoopBackOff; explain Pod/NAME says why."
    )


def test_a_client_is_told_which_of_its_connections_lead_nowhere() -> None:
    (variant,) = statesim.run("pool-full-of-dead-sockets", variants=["socket-timeout"]).variants.values()
    assert (
        variant.why("Client/shop", at=128)
        .splitlines()[-1]
        .endswith(
            "connections that it still has: 10 to pg-0, whose machine n-a-1 has no power, and nobody has told it."
        )
    )
    assert "connections that it still has" not in variant.why("Client/shop", at="10m")


def test_a_pod_without_an_image_is_told_which_is_missing_and_who_set_it() -> None:
    (variant,) = statesim.run("broken-rollout", variants=["reverted"]).variants.values()
    assert variant.why("pod/shop-2", at=90).splitlines()[-1] == (
        "At 90 s Kubernetes shows shop-2 as ImagePullBackOff; really no program of it has run yet. The image "
        'shop:typo does not exist: it was asked for 2 times, first at 64 s. "an image that does not exist" set it '
        "at 60 s. The kubelet asks again at about 95 s."
    )
    shard = variant.why("Client/shard", at=90).splitlines()[-2]
    assert shard == (
        "At 90 s no request of shard has succeeded since 62.9 s, and Pod/shop-2 is shown as ImagePullBackOff; "
        "explain Pod/shop-2 says why."
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

"""StatefulSets repair themselves, whatever goes wrong: rows S10, S23 to S27, S43 and S49 of the acceptance list.

M and B: OrderedReady (monotonic) and Parallel (burst).
"""

from __future__ import annotations

import pytest

from statesim.cluster.objects import Phase, StatefulSet
from statesim.control.effects import apply
from statesim.errors import Refused
from statesim.scenario.versions import Features
from tests.acceptance.order import begun
from tests.control.workbench import pod, running, stateful

BOTH = pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
OLD = Features.for_version("1.20")


@BOTH
@pytest.mark.parametrize("version", ["1.20", "1.32"])
def test_s10_s23_a_failed_pod_is_replaced_and_starts_as_pending(policy: str, version: str) -> None:
    cluster, _, watch = begun(Features.for_version(version), replicas=3, pod_management=policy)
    cluster.run(20)
    assert len(watch.made) == 3
    before = cluster.pod("db-1").uid
    cluster.fail("db-1")
    cluster.run(0.1)
    again = cluster.pod("db-1")
    assert (again.phase, again.uid == before) == (Phase.PENDING, False)
    cluster.run(5)
    assert cluster.ready() == ["db-0", "db-1", "db-2"]
    assert watch.made[3:] == watch.gone == ["db-1"]


def test_s23_before_1_31_an_ended_pod_was_made_again_in_the_same_pass() -> None:
    def passes(version: str) -> list[str]:
        cluster, _, _ = begun(Features.for_version(version), replicas=1)
        cluster.run(5)
        cluster.fail("db-0")
        cluster.run(5)
        at = [(e.t, e.event) for e in cluster.trace.events if e.object == "Pod/db-0" and e.t >= 5]
        gone = next(t for t, event in at if event == "Deleted")
        made = next(t for t, event in at if event == "Created")
        told = [e.event for e in cluster.trace.events if e.event.startswith("Recreating")]
        return ["at once" if made == gone else "next pass", *told]

    assert passes("1.20") == ["at once", "RecreatingFailedPod"]
    assert passes("1.32") == ["next pass"]


@BOTH
def test_s24_a_succeeded_pod_is_made_again_since_1_29(policy: str) -> None:
    for version, alive in (("1.28", False), ("1.29", True), ("1.32", True)):
        cluster, _, _ = begun(Features.for_version(version), replicas=2, pod_management=policy)
        cluster.run(10)
        cluster.fail("db-1", Phase.SUCCEEDED)
        cluster.run(60)
        assert (cluster.ready() == ["db-0", "db-1"]) is alive, version


@BOTH
@pytest.mark.parametrize("phase", [Phase.SUCCEEDED, Phase.FAILED])
def test_s24_s26_a_deletion_that_failed_is_tried_again(policy: str, phase: Phase) -> None:
    cluster, _, watch = begun(replicas=2, pod_management=policy)
    cluster.run(10)
    before = cluster.pod("db-0").uid
    cluster.refuse("delete", "Pod/db-0", times=3)
    cluster.fail("db-0", phase)
    cluster.run(0.021)
    assert cluster.pod("db-0").uid == before  # the old one is still there, and nothing beside it
    cluster.run(5)
    assert cluster.ready() == ["db-0", "db-1"]
    assert cluster.pod("db-0").uid != before
    assert cluster.store.faults == []
    assert watch.gone == ["db-0"]
    assert watch.made == ["db-0", "db-1", "db-0"]


@BOTH
@pytest.mark.parametrize(
    "fault",
    [
        ("create", "Pod/db-1"),
        ("create", "PersistentVolumeClaim/data-db-1"),
        ("create", "ControllerRevision/"),
        ("status", "StatefulSet/db"),
        ("label", "Pod/db-0"),
    ],
    ids="-".join,
)
def test_s25_an_error_ends_the_pass_and_a_retry_converges(policy: str, fault: tuple[str, str]) -> None:
    cluster, db, watch = begun(replicas=3, pod_management=policy, claims=True)
    cluster.refuse(*fault, times=4)
    ahead = []
    cluster.store.watch(
        (StatefulSet,), lambda _: ahead.append(db.status.get("replicas", 0) > len(cluster.pods()))
    )
    cluster.run(0.021)
    if fault == ("create", "ControllerRevision/"):
        assert watch.made == []  # nothing of the pass comes after what was refused
    cluster.run(8)
    if fault[0] == "label":  # a drifted name label is what makes the controller write to a pod
        labels = {**cluster.pod("db-0").labels, "statefulset.kubernetes.io/pod-name": "x"}
        cluster.store.write(cluster.pod("db-0"), "Drifted", {"labels": labels})
    cluster.run(30)
    assert cluster.store.faults == []
    assert cluster.ready() == ["db-0", "db-1", "db-2"]
    assert db.status["readyReplicas"] == 3
    assert cluster.pod("db-0").labels["statefulset.kubernetes.io/pod-name"] == "db-0"
    assert ahead, "no status was ever written"
    assert not any(ahead)
    assert sorted(watch.made) == ["db-0", "db-1", "db-2"]
    assert watch.gone == []


def test_s27_an_error_while_scaling_down_is_retried_down_to_nothing() -> None:
    cluster, db, watch = begun(replicas=3)
    cluster.run(20)
    cluster.refuse("delete", "Pod/db-2", times=2)
    cluster.change(db, replicas=0)
    cluster.run(0.021)
    assert cluster.seen("Terminating") == []
    cluster.run(20)
    assert cluster.pods() == []
    assert cluster.store.faults == []
    said = "delete Pod db-2 in StatefulSet db failed error: delete Pod/db-2: etcdserver: request timed out"
    assert cluster.told("FailedDelete") == [said] * 2
    assert watch.gone == ["db-2", "db-1", "db-0"]
    assert db.status["replicas"] == 0


def test_s43_a_set_that_is_going_makes_and_adopts_nothing_whatever_it_last_saw() -> None:
    cluster, db, watch = begun(replicas=2, claims=True)
    cluster.run(10)
    cluster.store.write(db, "Held", {"finalizers": ("example.com/hold",)})
    cluster.delete(db)
    cluster.store.remove(cluster.pod("db-1"))
    cluster.run(30)
    assert cluster.pods() == ["db-0"]
    cluster.create(pod("db-1"))
    cluster.run(30)
    assert cluster.pod("db-1").owner is None
    assert len(watch.made) == 2
    assert db.status["replicas"] == 1  # its status is still kept


def test_s43_who_adopts_is_looked_at_again_when_the_adoption_is_written() -> None:
    cluster, db, _ = begun(replicas=1)
    orphan = running("db-0")
    cluster.store.remove(db)
    cluster.run(1)
    cluster.create(orphan)
    again = stateful(replicas=1)
    cluster.create(again)
    controller = cluster.loops[2].controller
    decision = controller.decide(controller.look(again.key))
    cluster.store.write(again, "Terminating", {"deleted_us": cluster.clock.now, "finalizers": ("x/y",)})
    adoption = next(a for a in decision.actions if getattr(a, "event", "") == "OwnerChanged")
    with pytest.raises(Refused):
        apply(cluster.store, adoption)
    assert orphan.owner is None


def test_s49_replicas_are_observed_and_ended_or_deleted_pods_replaced() -> None:
    cluster, db, _ = begun(replicas=2, pod_management="Parallel")
    cluster.run(10)
    for wanted in (3, 1, 2):
        cluster.change(db, replicas=wanted)
        cluster.run(10)
        assert db.status["observedGeneration"] == db.generation
        assert (db.status["replicas"], len(cluster.ready())) == (wanted, wanted)
    uids = {name: cluster.pod(name).uid for name in cluster.pods()}
    cluster.delete("db-0")
    cluster.fail("db-1")
    cluster.run(10)
    assert cluster.ready() == ["db-0", "db-1"]
    assert all(cluster.pod(name).uid != uid for name, uid in uids.items())

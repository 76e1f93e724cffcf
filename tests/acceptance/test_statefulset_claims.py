"""Claims of StatefulSets, and how long they stay: rows S14, S15, S17, S45, S46 and S50 of the acceptance list."""

from __future__ import annotations

import pytest

from statesim.cluster.objects import (
    PersistentVolumeClaim,
    ResourceQuota,
    Service,
)
from statesim.scenario.specs import ServiceSpec
from statesim.scenario.versions import Features
from statesim.scenario.workload_specs import ResourceQuotaSpec
from tests.control.workbench import Cluster, settled, stateful

NAME = "statefulset.kubernetes.io/pod-name"


def quota(**hard: int) -> ResourceQuota:
    return ResourceQuota(name="q", spec=ResourceQuotaSpec({k.replace("_", "/"): v for k, v in hard.items()}))


def test_s45_claims_come_before_their_pod_and_without_them_there_is_none() -> None:
    cluster, db = Cluster(), stateful(replicas=2, claims=True)
    limit = quota(persistentvolumeclaims=1)
    cluster.create(limit, db)
    cluster.run(20)
    made = [e.object for e in cluster.trace.events if e.event == "Created"]
    assert made.index("PersistentVolumeClaim/data-db-0") == made.index("Pod/db-0") - 1
    assert cluster.pods() == ["db-0"]
    said = 'persistentvolumeclaims "data-db-1" is forbidden: exceeded quota: q, '
    said += "requested: persistentvolumeclaims=1, used: persistentvolumeclaims=1, "
    said += "limited: persistentvolumeclaims=1"
    assert cluster.told("FailedCreate")[:2] == [
        f"create Claim data-db-1 Pod db-1 in StatefulSet db failed error: {said}",
        f"create Pod db-1 in StatefulSet db failed error: failed to create PVC data-db-1: {said}",
    ]
    assert db.status["replicas"] == 1
    cluster.store.write(limit, "Changed", {"spec": ResourceQuotaSpec({"persistentvolumeclaims": 2})})
    cluster.run(60)  # nobody tells the set: it tries again with back-off
    assert cluster.ready() == ["db-0", "db-1"]


def test_s46_a_claim_that_is_going_refuses_its_pod_and_the_event_says_so() -> None:
    cluster, _ = settled(replicas=1, claims=True)
    claim = cluster.store.get(PersistentVolumeClaim, "data-db-0")
    assert claim is not None
    cluster.store.write(claim, "Held", {"finalizers": (*claim.finalizers, "example.com/hold")})
    cluster.delete(claim)
    cluster.delete("db-0")
    cluster.run(60)
    assert cluster.pods() == []
    said = "create Pod db-0 in StatefulSet db failed error: pvc data-db-0 is being deleted"
    assert set(cluster.told("FailedCreate")) == {said}
    cluster.store.remove(claim)
    cluster.run(5)
    assert cluster.ready() == ["db-0"]


@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
def test_s14_claims_of_condemned_ordinals_go_after_their_pods(policy: str) -> None:
    cluster, db = settled(replicas=3, claims=True, retain_when_scaled=False, pod_management=policy)
    cluster.change(db, replicas=1)
    cluster.run(30)
    assert cluster.claims() == ["data-db-0"]
    gone = {e.object: e.t for e in cluster.trace.events if e.event == "Deleted"}
    for ordinal in (1, 2):
        assert gone[f"PersistentVolumeClaim/data-db-{ordinal}"] > gone[f"Pod/db-{ordinal}"]
    cluster.change(db, replicas=2)
    cluster.run(20)
    assert cluster.claims() == ["data-db-0", "data-db-1"]


def test_s14_after_adoption_the_policy_holds_and_a_claim_of_somebody_else_is_kept() -> None:
    cluster, db = settled(replicas=3, claims=True)
    front = Service(name="b", spec=ServiceSpec())
    cluster.create(front)
    other = front.ref()
    theirs = cluster.store.get(PersistentVolumeClaim, "data-db-2")
    assert theirs is not None
    cluster.store.write(theirs, "OwnerChanged", {"owner": other})
    cluster.delete(db, cascade="orphan")
    again = stateful(replicas=3, claims=True, retain_when_scaled=False)
    cluster.create(again)
    cluster.run(10)
    cluster.change(again, replicas=1)
    cluster.run(30)
    assert cluster.claims() == ["data-db-0", "data-db-2"]
    assert theirs.owner == other


def test_s14_before_1_27_the_policy_was_off() -> None:
    cluster, db = settled(
        features=Features.for_version("1.26"), replicas=3, claims=True, retain_when_scaled=False
    )
    cluster.change(db, replicas=1)
    cluster.run(30)
    assert cluster.claims() == [f"data-db-{i}" for i in range(3)]


def test_s14_a_new_pod_waits_for_the_claim_of_the_pod_before_it() -> None:
    cluster, db = settled(replicas=2, claims=True, retain_when_scaled=False)
    old = cluster.store.get(PersistentVolumeClaim, "data-db-1")
    assert old is not None
    cluster.store.write(old, "Held", {"finalizers": (*old.finalizers, "example.com/hold")})
    cluster.change(db, replicas=1)
    cluster.run(5)
    cluster.change(db, replicas=2)
    cluster.run(30)
    assert cluster.pods() == ["db-0"]
    cluster.store.remove(old)
    cluster.run(5)
    assert cluster.ready() == ["db-0", "db-1"]
    again = cluster.store.get(PersistentVolumeClaim, "data-db-1")
    assert again is not None
    assert again.uid != old.uid


def test_s14_a_new_pod_waits_for_that_claim_also_while_nobody_has_collected_it_yet() -> None:
    cluster, db = settled(replicas=2, claims=True, retain_when_scaled=False)
    old = cluster.store.get(PersistentVolumeClaim, "data-db-1")
    (collector,) = (loop for loop in cluster.loops if loop.controller.name == "owner-gc")
    collector.pause()
    cluster.change(db, replicas=1)
    cluster.run(5)
    cluster.change(db, replicas=2)
    cluster.run(30)
    assert cluster.pods() == ["db-0"]
    assert cluster.store.get(PersistentVolumeClaim, "data-db-1") is old
    collector.resume()
    cluster.run(5)
    assert cluster.ready() == ["db-0", "db-1"]
    assert cluster.store.get(PersistentVolumeClaim, "data-db-1") is not old


@pytest.mark.parametrize(("retain", "left"), [(True, 3), (False, 0)])
def test_s15_s50_claims_vanish_with_the_set_if_the_policy_says_so(retain: bool, left: int) -> None:
    cluster, db = settled(replicas=3, claims=True, retain_when_deleted=retain)
    owners = {c.owner for c in cluster.store.all(PersistentVolumeClaim)}
    assert owners == ({None} if retain else {db.ref()})
    cluster.delete(db)
    cluster.run(30)
    assert len(cluster.claims()) == left
    assert cluster.pods() == []


def test_s50_owners_of_claims_follow_a_change_of_policy() -> None:
    cluster, db = settled(replicas=2, claims=True)
    for retain, owner in ((False, db.ref()), (True, None)):
        cluster.change(db, retain_when_deleted=retain)
        cluster.run(2)
        assert {c.owner for c in cluster.store.all(PersistentVolumeClaim)} == {owner}
        assert cluster.seen("Terminating") == []


@pytest.mark.parametrize(("version", "again"), [("1.26", False), ("1.32", True)])
def test_s17_a_missing_claim_of_a_pending_pod_is_made_again(version: str, again: bool) -> None:
    cluster, db = settled(features=Features.for_version(version), replicas=1, claims=True)
    cluster.store.remove(cluster.pod("db-0"))
    cluster.silent.update(f"n{i}" for i in range(6))
    cluster.run(1)  # made again, and Pending for good
    claim = cluster.store.get(PersistentVolumeClaim, "data-db-0")
    assert claim is not None
    cluster.store.remove(claim)
    cluster.run(5)
    assert (cluster.claims() == ["data-db-0"]) is again
    assert db.status["readyReplicas"] == 0

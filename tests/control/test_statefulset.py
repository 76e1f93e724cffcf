"""The StatefulSet controller, case by case: what one pass decides, and how sets grow, shrink and roll."""

from __future__ import annotations

import pytest

from statesim.cluster.objects import (
    PersistentVolumeClaim,
)
from statesim.kernel.spans import SECOND
from tests.control.workbench import settled, stateful

# -- identity and claims -------------------------------------------------------------------------------


def test_s01_identity_is_in_name_hostname_labels_and_claims() -> None:
    cluster, _ = settled(replicas=2, claims=True)
    one = cluster.pod("db-1")
    assert (one.hostname, one.subdomain, one.ordinal) == ("db-1", "db", 1)
    assert one.labels == {
        "app": "db",
        "controller-revision-hash": one.revision,
        "statefulset.kubernetes.io/pod-name": "db-1",
        "apps.kubernetes.io/pod-index": "1",
    }
    assert one.spec.claims == ("data-db-1",)
    claim = cluster.store.get(PersistentVolumeClaim, "data-db-1")
    assert claim is not None
    assert (claim.labels, claim.owner, claim.finalizers) == (
        {"app": "db"},
        None,
        ("kubernetes.io/pvc-protection",),
    )


def test_s45_a_claim_is_made_just_before_its_pod() -> None:
    cluster, _ = settled(replicas=2, claims=True)
    made = [e.object for e in cluster.trace.events if e.event == "Created"]
    assert made[2:] == [
        "PersistentVolumeClaim/data-db-0",
        "Pod/db-0",
        "PersistentVolumeClaim/data-db-1",
        "Pod/db-1",
    ]


def test_claims_outlive_pods_and_set_and_are_met_again() -> None:
    cluster, db = settled(replicas=3, claims=True)
    uid = {c.name: c.uid for c in cluster.store.all(PersistentVolumeClaim)}
    cluster.change(db, replicas=1)
    cluster.run(10)
    cluster.delete(db)
    cluster.run(10)
    assert cluster.pods() == []
    cluster.create(stateful(replicas=3, claims=True))
    cluster.run(20)
    assert {c.name: c.uid for c in cluster.store.all(PersistentVolumeClaim)} == uid
    assert len(cluster.ready()) == 3


def test_v06_a_claim_in_use_goes_when_its_pod_is_gone() -> None:
    cluster, db = settled(replicas=1, claims=True)
    claim = cluster.store.get(PersistentVolumeClaim, "data-db-0")
    assert claim is not None
    cluster.delete(claim)
    cluster.run(60)
    assert claim.terminating
    assert cluster.store.get(PersistentVolumeClaim, "data-db-0") is claim
    cluster.change(db, replicas=0)
    cluster.run(5)
    assert cluster.store.get(PersistentVolumeClaim, "data-db-0") is None


@pytest.mark.parametrize(
    ("policy", "after_scaling", "after_deletion"),
    [
        pytest.param({}, 3, 3, id="S14 retained"),
        pytest.param({"retain_when_scaled": False}, 1, 1, id="S14 whenScaled Delete"),
        pytest.param({"retain_when_deleted": False}, 3, 2, id="S15 whenDeleted Delete"),
        pytest.param({"retain_when_scaled": False, "retain_when_deleted": False}, 1, 0, id="S15 both Delete"),
    ],
)
def test_s14_s15_retention_policy(policy: dict[str, bool], after_scaling: int, after_deletion: int) -> None:
    cluster, db = settled(replicas=3, claims=True, **policy)
    cluster.delete("db-2")  # a lost pod never costs its claim
    cluster.run(10)
    assert len(list(cluster.store.all(PersistentVolumeClaim))) == 3
    cluster.change(db, replicas=1)
    cluster.run(20)
    assert len(list(cluster.store.all(PersistentVolumeClaim))) == after_scaling
    cluster.delete(db)
    cluster.run(20)
    left = [c.name for c in cluster.store.all(PersistentVolumeClaim)]
    assert len(left) == after_deletion if policy != {"retain_when_deleted": False} else left == []


def test_s16_a_moved_window_touches_only_the_ordinals_that_differ() -> None:
    cluster, db = settled(replicas=3, start_ordinal=4)
    assert cluster.pods() == ["db-4", "db-5", "db-6"]
    kept = cluster.pod("db-5").uid
    cluster.change(db, start_ordinal=5)
    cluster.run(20)
    assert cluster.pods() == ["db-5", "db-6", "db-7"]
    assert cluster.pod("db-5").uid == kept


# -- order ---------------------------------------------------------------------------------------------


def test_s20_pods_come_in_order_each_after_the_one_before_is_ready() -> None:
    cluster, _ = settled(replicas=3)
    assert cluster.seen("Created", "Ready") == [
        (event, f"db-{i}") for i in range(3) for event in ("Created", "Ready")
    ]
    counts = cluster.statuses("StatefulSet/db", "replicas", "readyReplicas")
    assert counts == [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 2), (3, 3)]


def test_s21_pods_go_in_reverse_each_after_the_one_before_is_gone() -> None:
    cluster, db = settled(replicas=4)
    cluster.change(db, replicas=1)
    cluster.run(10)
    assert cluster.seen("Terminating", "Deleted") == [
        (event, f"db-{i}") for i in (3, 2, 1) for event in ("Terminating", "Deleted")
    ]


def test_s08_scaling_halts_while_a_pod_is_not_ready() -> None:
    cluster, db = settled(replicas=3)
    cluster.unready("db-1")
    cluster.change(db, replicas=5)
    cluster.run(60)
    assert cluster.pods() == ["db-0", "db-1", "db-2"]
    cluster.change(db, replicas=0)  # only now is every pod condemned, and the lowest unready one may go
    cluster.run(1)
    assert cluster.seen("Terminating") == [("Terminating", "db-2")]


def test_s08_scaling_down_waits_for_an_unready_survivor() -> None:
    cluster, db = settled(replicas=3)
    cluster.unready("db-0")
    cluster.change(db, replicas=1)
    cluster.run(60)
    assert cluster.pods() == ["db-0", "db-1", "db-2"]


def test_s09_parallel_scales_although_nothing_is_ready() -> None:
    cluster, db = settled(replicas=1, image="broken", pod_management="Parallel")
    cluster.change(db, replicas=3)
    cluster.run(0.2)
    assert cluster.pods() == ["db-0", "db-1", "db-2"]
    cluster.change(db, replicas=0)
    cluster.run(2)
    assert cluster.seen("Terminating") == [("Terminating", f"db-{i}") for i in (2, 1, 0)]
    assert cluster.pods() == []


def test_each_thing_that_a_pass_does_has_its_own_reason() -> None:
    cluster, _ = settled(replicas=3, claims=True, pod_management="Parallel")
    made = {
        e.object: e.fields["why"] for e in cluster.trace.events if e.event == "Created" and "why" in e.fields
    }
    for ordinal in range(3):
        assert made[f"Pod/db-{ordinal}"] == f"slot {ordinal} is empty"
        assert made[f"PersistentVolumeClaim/data-db-{ordinal}"] == f"slot {ordinal} is empty"
    cluster.unready("db-1")
    cluster.delete("db-0")
    cluster.run(3)
    last = [e for e in cluster.trace.events if e.event == "Created"][-1]
    assert last.fields["why"] == "slot 0 is empty"  # and not that db-1 is waited for


def test_what_fills_a_slot_is_not_told_by_what_empties_another() -> None:
    cluster, db = settled(replicas=3, pod_management="Parallel")
    cluster.delete("db-0", grace_us=0)
    cluster.change(db, replicas=2)
    cluster.run(3)
    last = [e for e in cluster.trace.events if e.event == "Created"][-1]
    assert (last.object, last.fields["why"]) == ("Pod/db-0", "slot 0 is empty")
    doomed = [e for e in cluster.trace.events if e.event == "Terminating"]
    assert ("Pod/db-2", "only 2 wanted") in [(e.object, e.fields.get("why")) for e in doomed]


def test_s13_min_ready_seconds_paces_everything() -> None:
    cluster, db = settled(0.1, replicas=2, min_ready_us=10 * SECOND)
    cluster.run(5)
    assert (db.status["readyReplicas"], db.status["availableReplicas"]) == (1, 0)
    cluster.run(8)
    assert cluster.pods() == ["db-0", "db-1"]
    cluster.run(13)
    assert db.status["availableReplicas"] == 2

"""StatefulSets grow, shrink and repair themselves: rows S03 to S50 of the acceptance list that are about that.

M and B: OrderedReady (monotonic) and Parallel (burst).
"""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import Phase, Pod, StatefulSet
from statesim.control.effects import apply
from statesim.errors import Refused
from statesim.kernel.clock import SECOND
from statesim.scenario.versions import Features
from tests.acceptance.order import Invariants
from tests.control.workbench import Cluster, pod, running, settled, stateful

BOTH = pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
OLD = Features.for_version("1.20")


def begun(features: Features | None = None, **spec: Any) -> tuple[Cluster, StatefulSet, Invariants]:
    """Return a cluster with a set that has just been created and is watched."""
    cluster, db = Cluster(features), stateful(**spec)
    cluster.create(db)
    return cluster, db, Invariants(cluster, db)


@BOTH
def test_s20_three_pods_become_ready_and_the_counts_say_so(policy: str) -> None:
    cluster, db, watch = begun(replicas=3, pod_management=policy, claims=True)
    cluster.run(20)
    assert cluster.ready() == ["db-0", "db-1", "db-2"]
    assert watch.made == ["db-0", "db-1", "db-2"]
    assert watch.gone == []
    counts = ("replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas")
    assert [db.status[name] for name in counts] == [3] * 5
    assert db.status["currentRevision"] == db.status["updateRevision"] == db.current_revision


@BOTH
def test_s21_scaling_up_and_down_to_nothing_is_exact(policy: str) -> None:
    cluster, db, watch = begun(replicas=3, pod_management=policy)
    cluster.run(20)
    cluster.change(db, replicas=4)
    cluster.run(10)
    assert (db.status["replicas"], db.status["readyReplicas"]) == (4, 4)
    cluster.change(db, replicas=0)
    cluster.run(20)
    assert cluster.pods() == []
    assert (db.status["replicas"], db.status["readyReplicas"]) == (0, 0)
    assert watch.made == [f"db-{i}" for i in (0, 1, 2, 3)]
    assert watch.gone == [f"db-{i}" for i in (3, 2, 1, 0)]
    told = {e.object: e.t for e in cluster.trace.events if e.event == "Terminating"}
    gone = {e.object: e.t for e in cluster.trace.events if e.event == "Deleted"}
    for ordinal in (2, 1, 0):  # each when the one above is gone, or all at once
        above, waits = f"Pod/db-{ordinal + 1}", policy == "OrderedReady"
        assert (told[f"Pod/db-{ordinal}"] >= gone[above]) is waits


@BOTH
def test_s22_removed_pods_come_back_under_their_names(policy: str) -> None:
    cluster, db, watch = begun(replicas=5, pod_management=policy, claims=True)
    cluster.run(30)
    for ordinal in (0, 2, 4):
        cluster.store.remove(cluster.pod(f"db-{ordinal}"))
    cluster.run(30)
    assert cluster.ready() == [f"db-{i}" for i in range(5)]
    assert watch.made[5:] == ["db-0", "db-2", "db-4"]
    assert watch.gone == []
    assert db.status["readyReplicas"] == 5


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
    assert watch.gone == ["db-2", "db-1", "db-0"]
    assert db.status["replicas"] == 0


def test_s03_no_deadlock_when_a_predecessor_fails() -> None:
    cluster, _, _ = begun(replicas=2)
    cluster.run(2.5)
    assert cluster.pods() == ["db-0", "db-1"]  # the second waited for the first to be Ready
    made = {e.object: e.t for e in cluster.trace.events if e.event == "Created" and "Pod/" in e.object}
    assert made["Pod/db-1"] > 2.0
    cluster.run(5)
    cluster.unready("db-1")
    cluster.delete("db-0")
    cluster.run(1.2)
    assert cluster.pod("db-0").phase is Phase.PENDING  # made again although db-1 is not Ready
    cluster.run(3)
    cluster.store.write(cluster.pod("db-1"), "Ready", {"ready": True, "ready_since_us": cluster.clock.now})
    cluster.run(1)
    assert cluster.ready() == ["db-0", "db-1"]


def test_s08_scaling_up_and_down_is_ordered_and_halts_at_a_pod_that_is_not_ready() -> None:
    cluster, db, _ = begun(replicas=1)
    cluster.run(5)
    cluster.unready("db-0")
    cluster.change(db, replicas=3)
    cluster.run(60)
    assert cluster.pods() == ["db-0"]
    ready = {"ready": True, "ready_since_us": cluster.clock.now}
    cluster.store.write(cluster.pod("db-0"), "Ready", ready)
    cluster.run(10)
    assert [n for _, n in cluster.seen("Created")] == ["db-0", "db-1", "db-2"]
    cluster.unready("db-0")
    cluster.change(db, replicas=0)
    cluster.run(10)
    # every pod is condemned now; the healthy ones from the top go, and the unready one as the first unwell
    assert [n for _, n in cluster.seen("Terminating")] == ["db-2", "db-1", "db-0"]


def test_s08_scaling_down_halts_at_an_unready_pod_in_the_middle() -> None:
    cluster, db, _ = begun(replicas=3)
    cluster.run(20)
    cluster.unready("db-0", "db-2")
    cluster.change(db, replicas=1)
    cluster.run(60)
    assert cluster.seen("Terminating") == []
    cluster.store.write(cluster.pod("db-0"), "Ready", {"ready": True, "ready_since_us": cluster.clock.now})
    cluster.run(10)
    assert [n for _, n in cluster.seen("Terminating")] == ["db-2", "db-1"]


def test_s09_parallel_scales_to_completion_with_unhealthy_pods() -> None:
    cluster, db, _ = begun(replicas=1, image="broken", pod_management="Parallel")
    cluster.run(5)
    cluster.change(db, replicas=3)
    cluster.run(5)
    assert (len(cluster.pods()), cluster.ready()) == (3, [])
    cluster.change(db, replicas=0)
    cluster.run(5)
    assert cluster.pods() == []


def test_s09_parallel_sets_create_in_batches_since_1_28() -> None:
    """A refused creation ends a set's pass at once before 1.28; since then its batch is still tried."""
    for version, made in (("1.27", ["db-0"]), ("1.28", ["db-0", "db-2"])):
        cluster, _, _ = begun(Features.for_version(version), replicas=8, pod_management="Parallel")
        cluster.refuse("create", "Pod/db-1", times=1)
        cluster.run(0.021)
        assert cluster.pods() == made, version
        cluster.run(1)
        assert len(cluster.pods()) == 8


def test_s13_ready_counts_at_once_and_available_only_after_the_delay() -> None:
    cluster, db, _ = begun(replicas=2, min_ready_us=30 * SECOND)
    cluster.run(20)
    assert (db.status["readyReplicas"], db.status["availableReplicas"]) == (1, 0)
    cluster.run(30)
    assert (db.status["readyReplicas"], db.status["availableReplicas"]) == (2, 1)
    cluster.run(30)
    assert (db.status["readyReplicas"], db.status["availableReplicas"]) == (2, 2)


def test_s13_a_version_without_min_ready_seconds_does_not_wait() -> None:
    cluster, _, _ = begun(OLD, replicas=3, min_ready_us=30 * SECOND)
    cluster.run(10)
    assert len(cluster.ready()) == 3


def test_s16_the_window_of_ordinals_moves_and_shrinks_back() -> None:
    cluster, db, watch = begun(replicas=3, start_ordinal=2)
    cluster.run(20)
    assert cluster.pods() == ["db-2", "db-3", "db-4"]
    uids = {name: cluster.pod(name).uid for name in cluster.pods()}
    cluster.change(db, start_ordinal=4)  # increase
    cluster.run(20)
    assert cluster.pods() == ["db-4", "db-5", "db-6"]
    assert cluster.pod("db-4").uid == uids["db-4"]
    cluster.change(db, start_ordinal=3)  # decrease
    cluster.run(20)
    assert cluster.pods() == ["db-3", "db-4", "db-5"]
    assert cluster.pod("db-4").uid == uids["db-4"]
    cluster.change(db, start_ordinal=0)  # remove
    cluster.run(30)
    assert cluster.pods() == ["db-0", "db-1", "db-2"]
    assert watch.made[3:] == ["db-5", "db-6", "db-3", "db-0", "db-1", "db-2"]
    assert watch.gone == ["db-3", "db-2", "db-6", "db-5", "db-4", "db-3"]


def test_s50_four_pods_from_ordinal_four_and_no_start_before_1_27() -> None:
    cluster, _, _ = begun(replicas=4, start_ordinal=4)
    cluster.run(20)
    assert cluster.ready() == ["db-4", "db-5", "db-6", "db-7"]
    assert [cluster.pod(f"db-{i}").labels["apps.kubernetes.io/pod-index"] for i in (4, 7)] == ["4", "7"]
    cluster, _ = settled(features=Features.for_version("1.26"), replicas=4, start_ordinal=4)
    assert cluster.ready() == ["db-0", "db-1", "db-2", "db-3"]
    assert "apps.kubernetes.io/pod-index" not in cluster.pod("db-0").labels  # since 1.28


def test_s50_a_pod_deleted_below_the_partition_returns_at_the_old_revision() -> None:
    for version in ("1.20", "1.32"):
        cluster, db, _ = begun(Features.for_version(version), replicas=3, partition=2)
        cluster.run(20)
        cluster.change(db, "v2")
        cluster.run(10)
        cluster.delete("db-1")
        cluster.run(10)
        assert cluster.revisions() == {"db-0": "v1", "db-1": "v1", "db-2": "v2"}, version
        assert db.status["currentRevision"] != db.status["updateRevision"]


@BOTH
def test_s40_a_deleted_set_makes_nothing_again(policy: str) -> None:
    cluster, db, watch = begun(replicas=3, pod_management=policy)
    cluster.run(20)
    cluster.delete(db)
    cluster.run(30)
    assert cluster.pods() == []
    assert len(watch.made) == 3


@BOTH
def test_s41_pods_that_are_going_are_neither_deleted_again_nor_replaced(policy: str) -> None:
    cluster, db, watch = begun(replicas=3, pod_management=policy)
    cluster.run(20)
    cluster.silent.update(p.node or "" for p in cluster.store.all(Pod))
    cluster.delete("db-1")
    cluster.delete("db-2")
    cluster.change(db, replicas=1)
    cluster.run(300)
    assert cluster.seen("Terminating") == [("Terminating", "db-1"), ("Terminating", "db-2")]
    assert len(watch.made) == 3
    for name in ("db-1", "db-2"):
        cluster.store.remove(cluster.pod(name))
    cluster.silent.clear()
    cluster.change(db, replicas=0)
    cluster.run(5)
    assert cluster.pods() == []


def test_s42_a_terminating_pod_blocks_scaling_until_it_is_removed() -> None:
    cluster, db, _ = begun(replicas=3)
    cluster.run(20)
    cluster.silent.add(cluster.pod("db-0").node or "")
    stuck = cluster.pod("db-0")
    cluster.delete("db-0")
    cluster.change(db, replicas=5)
    cluster.run(3600)
    assert cluster.pods() == ["db-0", "db-1", "db-2"]
    assert cluster.pod("db-0") is stuck
    cluster.silent.clear()
    cluster.store.remove(stuck)
    cluster.run(20)
    assert cluster.ready() == [f"db-{i}" for i in range(5)]


def test_s43_a_set_that_is_going_makes_and_adopts_nothing_whatever_it_last_saw() -> None:
    cluster, db, watch = begun(replicas=2, claims=True)
    cluster.run(10)
    cluster.store.write(db, "Held", {"finalizers": ("example.com/hold",)})
    cluster.delete(db)
    cluster.store.remove(cluster.pod("db-1"))
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

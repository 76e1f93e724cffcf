"""StatefulSets grow and shrink: rows S03, S08, S09, S13, S16, S20 to S22, S40 to S42 and S50 of the acceptance list.

M and B: OrderedReady (monotonic) and Parallel (burst).
"""

from __future__ import annotations

import pytest

from statesim.cluster.objects import Phase, Pod
from statesim.kernel.spans import SECOND
from statesim.scenario.versions import Features
from tests.acceptance.order import begun
from tests.control.workbench import flat, settled

BOTH = pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
OLD = Features.for_version("1.20")


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


def test_s08_scaling_down_halts_at_a_condemned_pod_that_is_not_ready_if_a_lower_one_is_not_either() -> None:
    cluster, db, watch = begun(replicas=4)
    cluster.run(20)
    cluster.unready("db-2", "db-3")
    cluster.change(db, replicas=1)
    cluster.run(60)
    assert watch.gone == []
    cluster.store.write(cluster.pod("db-2"), "Ready", {"ready": True, "ready_since_us": cluster.clock.now})
    cluster.run(10)
    assert watch.gone == ["db-3", "db-2", "db-1"]  # the first that is not well may go as it is


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
@pytest.mark.parametrize("cascade", ["background", "foreground"])
def test_s40_a_deleted_set_makes_nothing_again(policy: str, cascade: str) -> None:
    cluster, db, watch = begun(replicas=3, pod_management=policy)
    cluster.run(20)
    cluster.delete(db, cascade=cascade)
    cluster.run(30)
    assert cluster.pods() == []
    assert cluster.store.find(db.key) is None
    assert len(watch.made) == 3


@BOTH
@pytest.mark.parametrize("going", [("db-2",), ("db-1", "db-2")], ids="+".join)
def test_s41_pods_that_are_going_are_neither_deleted_again_nor_replaced(
    policy: str, going: tuple[str, ...]
) -> None:
    cluster, db, watch = begun(replicas=3, pod_management=policy)
    cluster.run(20)
    cluster.silent.update(p.node or "" for p in cluster.store.all(Pod))
    for name in going:
        cluster.delete(name)
    cluster.change(db, replicas=3 - len(going))
    cluster.run(300)
    assert cluster.seen("Terminating") == [("Terminating", name) for name in going]
    assert len(watch.made) == 3
    controller = cluster.loops[2].controller
    assert flat(controller.decide(controller.look(db.key))) == []
    for name in going:
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

"""The StatefulSet controller, case by case: what one pass decides, and how sets grow, shrink and roll."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import (
    ControllerRevision,
    PersistentVolumeClaim,
    Pod,
)
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import IntOrPercent
from statesim.scenario.versions import Features
from tests.control.workbench import HOUR, Cluster, pod, running, settled, stateful, template

SEVERAL = Features.for_version("1.32", {"MaxUnavailableStatefulSet": True})


# -- updates -------------------------------------------------------------------------------------------


def test_s05_updates_run_from_the_top_and_are_promoted_when_complete() -> None:
    cluster, db = settled(replicas=3)
    first = db.current_revision
    cluster.change(db, "v2")
    cluster.run(3)
    assert db.status["currentRevision"] == first != db.status["updateRevision"]
    cluster.run(20)
    assert [name for _, name in cluster.seen("Terminating")] == ["db-2", "db-1", "db-0"]
    assert set(cluster.revisions().values()) == {"v2"}
    assert db.status["currentRevision"] == db.status["updateRevision"] != first
    counts = cluster.statuses("StatefulSet/db", "readyReplicas", "currentReplicas", "updatedReplicas")
    assert counts[-1] == (3, 3, 3)
    assert (3, 2, 0) in counts  # one told to go: still ready, of no revision any more


def test_s07_on_delete_updates_only_what_somebody_deletes() -> None:
    cluster, db = settled(replicas=3, update_strategy="OnDelete")
    first = db.current_revision
    cluster.change(db, "v2")
    cluster.run(60)
    assert set(cluster.revisions().values()) == {"v1"}
    cluster.delete("db-1")
    cluster.run(10)
    assert cluster.revisions() == {"db-0": "v1", "db-1": "v2", "db-2": "v1"}
    for name in ("db-0", "db-2"):
        cluster.delete(name)
        cluster.run(10)
    assert set(cluster.revisions().values()) == {"v2"}
    assert db.status["currentRevision"] == first  # not promoted
    assert (db.status["currentReplicas"], db.status["updatedReplicas"]) == (0, 3)


def test_a_reverted_broken_rollout_does_not_heal_until_somebody_deletes_the_pod() -> None:
    cluster, db = settled(replicas=3)
    cluster.change(db, "broken")
    cluster.run(20)
    cluster.change(db, "v1")
    cluster.run(HOUR)
    assert cluster.revisions() == {"db-0": "v1", "db-1": "v1", "db-2": "broken"}
    cluster.delete("db-2")
    cluster.run(10)
    assert set(cluster.revisions().values()) == {"v1"}
    assert len(cluster.ready()) == 3


def test_parallel_heals_by_itself_when_a_broken_rollout_is_reverted() -> None:
    cluster, db = settled(replicas=3, pod_management="Parallel")
    cluster.change(db, "broken")
    cluster.run(20)
    assert sorted(cluster.revisions().values()) == ["broken", "v1", "v1"]
    cluster.change(db, "v1")
    cluster.run(20)
    assert len(cluster.ready()) == 3


def test_parallel_still_updates_one_at_a_time() -> None:
    cluster, db = settled(replicas=3, pod_management="Parallel")
    cluster.change(db, "v2")
    cluster.run(30)
    assert cluster.seen("Terminating", "Ready", since=20) == [
        (event, f"db-{i}") for i in (2, 1, 0) for event in ("Terminating", "Ready")
    ]


def test_parallel_updates_while_surplus_pods_are_still_going() -> None:
    cluster, db = settled(replicas=3, pod_management="Parallel")
    cluster.silent.add(cluster.pod("db-2").node or "")
    cluster.change(db, replicas=2)
    cluster.run(1)
    cluster.change(db, "v2")
    cluster.run(30)
    assert cluster.revisions() == {"db-0": "v2", "db-1": "v2", "db-2": "v1"}


@pytest.mark.parametrize(
    ("policy", "budget", "together"),
    [
        pytest.param("Parallel", IntOrPercent(2), ["db-5", "db-4"], id="S34 two at once"),
        pytest.param("OrderedReady", IntOrPercent(2), ["db-5", "db-4"], id="S35 two at once, in order"),
        pytest.param(
            "Parallel", IntOrPercent(40, percent=True), ["db-5", "db-4"], id="S34 40% of 6 rounds down"
        ),
        pytest.param("Parallel", IntOrPercent(10, percent=True), ["db-5"], id="S34 at least one"),
    ],
)
def test_s34_s35_max_unavailable(policy: Any, budget: IntOrPercent, together: list[str]) -> None:
    cluster, db = settled(
        features=SEVERAL, replicas=6, partition=3, pod_management=policy, max_unavailable=budget
    )
    cluster.change(db, "v2")
    cluster.run(0.5)
    assert [name for _, name in cluster.seen("Terminating")] == together
    cluster.run(60)
    assert [i for i in range(6) if cluster.revisions()[f"db-{i}"] == "v2"] == [3, 4, 5]
    assert len(cluster.ready()) == 6


def test_s34_an_unavailable_pod_below_the_partition_uses_the_budget_up() -> None:
    cluster, db = settled(
        features=SEVERAL,
        replicas=4,
        partition=2,
        pod_management="Parallel",
        max_unavailable=IntOrPercent(2),
    )
    cluster.unready("db-0")
    cluster.change(db, "v2")
    cluster.run(0.5)
    assert [name for _, name in cluster.seen("Terminating")] == ["db-3"]


# -- adoption ------------------------------------------------------------------------------------------


def test_s02_a_relabelled_pod_is_released_and_taken_back() -> None:
    cluster, db = settled(replicas=2)
    one = cluster.pod("db-1")
    cluster.relabel("db-1", app="debug")
    cluster.run(HOUR)
    assert one.owner is None
    assert cluster.pods() == ["db-0", "db-1"]  # its name is taken
    cluster.relabel("db-1", app="db")
    cluster.run(1)
    assert one.owner == db.ref()


def test_s44_only_an_orphan_with_a_name_of_the_set_is_adopted() -> None:
    cluster, db = Cluster(), stateful(replicas=2)
    for name in ("db-0", "db-x", "web-0"):
        cluster.create(pod(name))
    cluster.create(db)
    cluster.run(10)
    assert sorted(p.name for p in cluster.store.all(Pod) if p.owner == db.ref()) == ["db-0", "db-1"]
    assert cluster.seen("Terminating") == [("Terminating", "db-0")]  # of no revision: it was updated


def test_s44_a_set_that_was_orphaned_and_made_again_goes_on_with_its_pods() -> None:
    cluster, db = settled(replicas=3)
    uid = {p.name: p.uid for p in cluster.store.all(Pod)}
    cluster.delete(db, cascade="orphan")
    cluster.run(30)
    again = stateful(replicas=3)
    cluster.create(again)
    cluster.run(30)
    assert {p.name: p.uid for p in cluster.store.all(Pod)} == uid
    assert {p.owner for p in cluster.store.all(Pod)} == {again.ref()}
    assert again.status["readyReplicas"] == again.status["updatedReplicas"] == 3


def test_d01_deleting_a_set_takes_its_pods_and_revisions_in_no_order() -> None:
    cluster, db = settled(replicas=3, claims=True)
    cluster.delete(db)
    cluster.run(0.2)
    assert len(cluster.seen("Terminating")) == 3
    cluster.run(5)
    assert cluster.pods() == []
    assert list(cluster.store.all(ControllerRevision)) == []
    assert len(list(cluster.store.all(PersistentVolumeClaim))) == 3


def test_a_name_held_by_a_foreign_pod_is_waited_for() -> None:
    cluster = Cluster()
    cluster.create(running("db-0", labels={"app": "other"}), stateful(replicas=1))
    cluster.run(HOUR)
    assert cluster.pod("db-0").owner is None
    cluster.store.remove(cluster.pod("db-0"))
    cluster.run(1000)  # nobody tells the set: it tries again with a back-off of at most that
    assert cluster.pod("db-0").owner is not None


def test_at_rest_nothing_happens() -> None:
    cluster, _ = settled(replicas=5, min_ready_us=SECOND, claims=True)
    cluster.run(HOUR)
    before = cluster.clock.events
    cluster.run(24 * HOUR)
    assert cluster.clock.events == before


def test_the_template_is_what_a_pod_is_made_from() -> None:
    cluster, _ = settled(replicas=1)
    assert cluster.pod("db-0").spec.containers == template().spec.containers

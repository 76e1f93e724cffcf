"""ReplicaSets: rows R01 to R07 of the acceptance list."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.analysis.metrics import metrics
from statesim.cluster.objects import OwnerRef, Phase, Pod, ReplicaSet, ResourceQuota
from statesim.cluster.wire import document
from statesim.cluster.wire.metadata import Frame
from statesim.control.actions import Create, Together, slow_start
from statesim.control.apply import patch, scale
from statesim.control.client_rate import Limit
from statesim.control.effects import apply
from statesim.control.replicaset import ReplicaSetController
from statesim.control.runtime import Loop
from statesim.control.victims import DELETION_COST, magnitude, victims
from statesim.errors import Refused
from statesim.experiment.run import record_of
from statesim.kernel.spans import SECOND
from statesim.kernel.streams import Streams
from statesim.scenario.versions import Features
from statesim.scenario.workload_specs import ResourceQuotaSpec
from tests.acceptance.small import Small, workload
from tests.control.workbench import (
    LAG,
    TOLERATION,
    Cluster,
    flat,
    names_of,
    pod,
    running,
    selector,
    template,
)


def made(replicas: int, **kwargs: Any) -> ReplicaSet:
    return ReplicaSet(name="rs", selector=selector(), template=template(), replicas=replicas, **kwargs)


def quota(**hard: int) -> ResourceQuota:
    return ResourceQuota(name="q", spec=ResourceQuotaSpec(hard))


# -- slow start ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calls", "batches"),
    [
        (0, []),
        (1, [1]),
        (3, [1, 2]),
        (10, [1, 2, 4, 3]),
        (1200, [1, 2, 4, 8, 16, 32, 64, 128, 256, 500, 189]),
    ],
)
def test_r01_batches_double(calls: int, batches: list[int]) -> None:
    made_calls = [(Create(pod(f"p{i}")),) for i in range(calls)]
    sent = slow_start(made_calls)
    assert [len(batch.actions) for batch in sent] == batches
    assert [a.object.name for batch in sent for a in batch.actions] == [f"p{i}" for i in range(calls)]


def test_r01_the_first_batch_with_an_error_is_the_last() -> None:
    """Ten are wanted and five allowed: 1 and 2 go well, of the 4 two; the last 3 are not tried."""
    cluster = Cluster()
    rs = made(10)
    cluster.create(quota(pods=5), rs)
    cluster.run(0.021)
    refused = [e for e in cluster.trace.events if e.event == "FailedCreate"]
    assert (len(cluster.pods()), len(refused)) == (5, 2)  # seven attempts
    assert refused[0].fields["why"].startswith('Error creating: pods "rs-')


def test_r01_a_decision_carries_the_batches() -> None:
    cluster, rs = Cluster(), made(10)
    cluster.create(rs)
    controller = cluster.loops[1].controller
    decision = controller.decide(controller.look(rs.key))
    assert [len(a.actions) for a in decision.actions if isinstance(a, Together)] == [1, 2, 4, 3]


# -- ranking -------------------------------------------------------------------------------------------

NOW = 1000 * SECOND


@pytest.mark.parametrize(
    ("given_up", "kept", "version"),
    [
        (
            running("a", annotations={DELETION_COST: "-5"}),
            running("b", annotations={DELETION_COST: "10"}),
            "1.32",
        ),
        (running("a"), running("b", annotations={DELETION_COST: "1"}, restarts=9), "1.32"),
        # cost counts less than readiness, and nothing before its feature
        (running("a", ready=False, annotations={DELETION_COST: "99"}), running("b"), "1.32"),
        (running("a", restarts=1, annotations={DELETION_COST: "99"}), running("b"), "1.20"),
        # of the same order of magnitude: by uid; before the feature: the later
        (
            running("a", uid="0", ready_since_us=NOW - 600 * SECOND),
            running("b", uid="1", ready_since_us=NOW - 550 * SECOND),
            "1.32",
        ),
        (
            running("a", uid="1", ready_since_us=NOW - 550 * SECOND),
            running("b", uid="0", ready_since_us=NOW - 600 * SECOND),
            "1.20",
        ),
        (
            running("a", uid="1", ready_since_us=NOW - 10 * SECOND),
            running("b", uid="0", ready_since_us=NOW - 600 * SECOND),
            "1.32",
        ),
        (running("a", uid="1", created_us=NOW - 9), running("b", uid="0", created_us=0), "1.32"),
    ],
)
def test_r02_cost_and_age_rank_as_the_version_has_it(given_up: Pod, kept: Pod, version: str) -> None:
    features = Features.for_version(version)
    for both in ((given_up, kept), (kept, given_up)):
        assert names_of(victims(both, both, NOW, features)) == ["a", "b"]


def test_r02_the_whole_order() -> None:
    """Upstream's mixed case: unscheduled, pending, not ready, co-located, ready for a shorter time."""
    pods = (
        running("ready-long", node="n1", ready_since_us=0),
        running("ready-crowded", node="n2", ready_since_us=0),
        running("unready", node="n3", ready=False),
        pod("pending", node="n4"),
        pod("unscheduled"),
        running("ready-short", node="n5", ready_since_us=NOW - SECOND),
    )
    sibling = running("of-another-revision", node="n2")
    order = names_of(victims(pods, (*pods, sibling), NOW))
    assert order == ["unscheduled", "pending", "unready", "ready-crowded", "ready-short", "ready-long"]


def test_r02_orders_of_magnitude() -> None:
    assert [magnitude(t) for t in (-1, 0, 1, 2)] == [-1, -1, 9, 10]
    assert magnitude(SECOND) == magnitude(SECOND + 1) < magnitude(2 * SECOND)


def test_r02_a_deletion_cost_chooses_the_victim_of_a_real_scale_down() -> None:
    cluster, rs = Cluster(), made(4)
    cluster.create(rs)
    cluster.run(10)
    chosen = cluster.pods()[2]
    cluster.store.write(cluster.pod(chosen), "Labelled", {"annotations": {DELETION_COST: "-1"}})
    cluster.store.write(rs, "Scaled", {"replicas": 3})
    cluster.run(5)
    assert [name for _, name in cluster.seen("Terminating")] == [chosen]


# -- expectations, deletion ----------------------------------------------------------------------------


def test_r03_no_second_burst_while_the_first_is_under_way() -> None:
    cluster = Cluster()
    controller = ReplicaSetController(cluster.store, Streams(1), toleration_us=TOLERATION)
    cluster.loops[1].pause()
    Loop(controller, cluster.clock, cluster.store, LAG, Limit(20, 30))
    rs = made(100)
    cluster.create(rs)
    counted: list[int] = []
    cluster.store.watch((Pod,), lambda _: counted.append(len(cluster.pods())))
    for _ in range(12):  # each makes the set dirty again, in the middle of its pass
        cluster.run(0.5)
        cluster.store.write(rs, "Changed", {"labels": {"n": str(len(counted))}})
    assert 0 < max(counted) <= 100
    cluster.run(30)
    assert max(counted) == len(cluster.pods()) == 100
    assert len(cluster.seen("Created")) == 100


def test_r04_a_pod_told_to_go_is_replaced_at_once_and_once() -> None:
    cluster, rs = Cluster(), made(2)
    cluster.create(rs)
    cluster.run(10)
    victim = cluster.pods()[0]
    cluster.silent.add(cluster.pod(victim).node or "")
    cluster.delete(victim)
    cluster.run(0.1)
    assert len(cluster.pods()) == 3  # replaced, although its object is still there
    cluster.run(600)
    cluster.store.remove(cluster.pod(victim))
    cluster.run(60)
    assert len(cluster.seen("Created")) == 3
    assert rs.status["replicas"] == rs.status["readyReplicas"] == 2


def test_r05_a_set_that_is_going_makes_and_adopts_nothing() -> None:
    cluster, rs = Cluster(), made(3)
    cluster.create(rs)
    cluster.run(10)
    cluster.silent.update(p.node or "" for p in cluster.store.all(Pod))
    cluster.delete(rs, cascade="foreground")
    cluster.run(1)
    cluster.create(pod("stray"))
    cluster.run(60)
    assert cluster.pod("stray").owner is None
    assert len(cluster.seen("Created")) == 4
    assert rs.status["replicas"] == 0


@pytest.mark.parametrize("gone", [True, False], ids=["gone", "going"])
def test_r05_who_adopts_is_looked_at_again_when_the_adoption_is_written(gone: bool) -> None:
    cluster, rs = Cluster(), made(1)
    cluster.create(rs, pod("stray"))
    controller = cluster.loops[1].controller
    decision = controller.decide(controller.look(rs.key))
    if gone:
        cluster.store.remove(rs)
    else:
        cluster.store.write(rs, "Terminating", {"deleted_us": 0, "finalizers": ("x/y",)})
    adoption = next(a for a in flat(decision) if getattr(a, "event", "") == "OwnerChanged")
    with pytest.raises(Refused, match="cannot adopt"):
        apply(cluster.store, adoption)
    assert cluster.pod("stray").owner is None


def test_r05_a_pod_made_for_a_set_that_is_gone_is_collected() -> None:
    cluster = Cluster()
    cluster.create(pod("late", owner=OwnerRef("ReplicaSet", "rs", "u-gone")))
    cluster.run(5)
    assert cluster.pods() == []


# -- as a kind of its own ------------------------------------------------------------------------------


def test_r06_replicas_are_followed_exactly_and_observed() -> None:
    cluster, rs = Cluster(), made(2)
    cluster.create(rs)
    for wanted in (2, 5, 0, 3):
        cluster.store.write(rs, "Scaled", {"replicas": wanted})
        cluster.run(10)
        counts = [
            rs.status[k] for k in ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")
        ]
        assert counts == [wanted] * 4
        assert rs.status["observedGeneration"] == rs.generation
        assert len(cluster.ready()) == wanted


def test_r06_deleted_and_failed_pods_are_replaced() -> None:
    cluster, rs = Cluster(), made(3)
    cluster.create(rs)
    cluster.run(10)
    deleted, failed, ended = cluster.pods()
    cluster.delete(deleted)
    cluster.fail(failed)
    cluster.fail(ended, Phase.SUCCEEDED)
    cluster.run(10)
    assert len(cluster.ready()) == 3
    assert not {deleted, failed, ended} & set(cluster.ready())
    assert rs.status["replicas"] == 3


def test_r06_ready_and_available_are_counted_by_time() -> None:
    cluster, rs = Cluster(), made(3, min_ready_us=60 * SECOND)
    cluster.create(rs)
    cluster.run(10)
    assert (rs.status["readyReplicas"], rs.status["availableReplicas"]) == (3, 0)
    cluster.unready(cluster.pods()[0])
    cluster.run(60)
    assert (rs.status["readyReplicas"], rs.status["availableReplicas"]) == (2, 2)


def test_r06_orphans_beyond_the_wanted_are_adopted_and_then_trimmed() -> None:
    cluster, rs = Cluster(), made(2)
    cluster.create(*(pod(f"orphan-{i}") for i in range(3)))
    cluster.run(5)
    cluster.create(rs)
    cluster.run(10)
    assert [e for e, _ in cluster.seen("OwnerChanged")] == ["OwnerChanged"] * 3
    assert len(cluster.pods()) == 2
    assert all(name.startswith("orphan-") for name in cluster.pods())


def test_r07_an_exceeded_quota_sets_replica_failure_and_room_clears_it() -> None:
    limit = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "condition-test"},
        "spec": {"hard": {"pods": "2"}},
    }
    small = Small(
        {"at": "60s", "do": "scale", "on": "ReplicaSet/a", "replicas": 2},
        objects=[limit, workload("ReplicaSet", replicas=3)],
        duration="120s",
    ).run(59)
    rs = small.find("ReplicaSet/a")
    assert len(list(small.world.store.all(Pod))) == 2
    failed = small.events("FailedCreate", "ReplicaSet/a")
    assert (
        failed[0]
        .fields["why"]
        .endswith(
            "is forbidden: exceeded quota: condition-test, requested: pods=1, used: pods=2, limited: pods=2"
        )
    )
    assert "exceeded quota: condition-test" in rs.status["replicaFailure"]
    tries = [e.t for e in failed]
    assert (tries[-1] - tries[-2]) / (tries[-2] - tries[-3]) == pytest.approx(2, rel=0.1)  # with back-off
    small.run()
    assert "replicaFailure" not in rs.status
    assert rs.status["readyReplicas"] == 2


def test_r07_matching_pods_are_adopted_and_a_relabelled_one_is_released_and_replaced() -> None:
    cluster, rs = Cluster(), made(1)
    cluster.create(pod("adopted"))
    cluster.run(5)
    cluster.create(rs)
    cluster.run(5)
    assert cluster.pods() == ["adopted"]
    assert cluster.pod("adopted").owner == rs.ref()
    cluster.relabel("adopted", app="not-matching")
    cluster.run(10)
    assert cluster.pod("adopted").owner is None
    assert len(cluster.pods()) == 2
    assert rs.status["readyReplicas"] == 1


def test_r07_the_condition_is_in_the_documents_of_the_set_and_of_its_deployment() -> None:
    limit = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q"},
        "spec": {"hard": {"pods": 1}},
    }
    small = Small(objects=[limit, workload("Deployment", replicas=2)], duration="20s").run()
    (rs,) = small.world.store.all(ReplicaSet)
    for obj in (rs, small.find("Deployment/a")):
        conditions = document(obj, Frame("1.31"))["status"]["conditions"]
        (failure,) = [row for row in conditions if row["type"] == "ReplicaFailure"]
        assert (failure["status"], failure["reason"]) == ("True", "FailedCreate")
        assert "exceeded quota: q" in failure["message"]


def test_r02_a_person_names_the_victim_by_annotating_it() -> None:
    made_set = workload("ReplicaSet", replicas=3)
    note = {"metadata": {"annotations": {DELETION_COST: "-10"}}}
    probe = Small(objects=[made_set], duration="10s").run()
    chosen = sorted(p.name for p in probe.world.store.all(Pod))[1]
    small = Small(objects=[made_set], duration="60s").run(20)
    patch(small.world.store, f"Pod/{chosen}", note, TOLERATION)
    scale(small.world.store, "ReplicaSet/a", 2, TOLERATION)
    small.run()
    assert [e.object for e in small.events("Terminating")] == [f"Pod/{chosen}"]


def test_a_replica_set_of_its_own_is_a_workload_in_the_metrics() -> None:
    small = Small(
        {"at": "30s", "do": "pod-kill", "on": "ReplicaSet/a"},
        objects=[workload("ReplicaSet", replicas=2), workload("Deployment", name="b", replicas=1)],
        duration="60s",
    )
    result = metrics(record_of(small.world.run()))
    assert sorted(result["workloads"]) == ["a", "b"]
    assert result["workloads"]["a"]["replaced"] == 2

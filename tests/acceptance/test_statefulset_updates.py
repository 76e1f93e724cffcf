"""StatefulSets roll forward, back and by halves: rows S04 to S07 and S28 to S36 of the acceptance list."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet
from statesim.control.revisions import resolve
from statesim.control.rollback import undo
from statesim.control.statefulset_update import update
from statesim.errors import ModelError
from statesim.kernel.spans import SECOND
from statesim.scenario.behaviours import BEHAVIOURS
from statesim.scenario.specs import IntOrPercent
from statesim.scenario.versions import GATES, NEWEST, Features
from tests.acceptance.order import Invariants
from tests.acceptance.rollbacks import rolled_to_v3_and_back_to_v1
from tests.control.workbench import TOLERATION, Cluster, flat, settled, stateful, template

BOTH = pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
SEVERAL = Features.for_version("1.32", {"MaxUnavailableStatefulSet": True})
# The mend of row S36 is newer than any version that a scenario can name: the first minor that has it
MENDED = Features(BEHAVIOURS["StatefulSetReplacesBrokenFirst"].since, frozenset(GATES))


def images(cluster: Cluster) -> list[str]:
    """Return the pods' images, by ordinal."""
    return [image for _, image in sorted(cluster.revisions().items())]


def told_to_go(cluster: Cluster, since: float) -> list[str]:
    return [name for _, name in cluster.seen("Terminating", since=since)]


@pytest.mark.parametrize("claims", [True, False], ids=["S04 with claims", "S05 without"])
def test_s04_s05_s32_forward_and_back(claims: bool) -> None:
    cluster, db = settled(replicas=3, claims=claims)
    first = db.current_revision
    bound = {c.name: c.uid for c in cluster.store.all(PersistentVolumeClaim)}
    seen: list[tuple[str, bool]] = []

    def look(_: object) -> None:
        pods = list(cluster.store.all(Pod))
        done = len(pods) == 3 and all(p.revision == db.update_revision and p.ready for p in pods)
        seen.append((db.current_revision, done))

    cluster.store.watch((StatefulSet,), look)
    for image, back in (("v2", False), ("v1", True)):
        start = cluster.clock.now / SECOND
        before = db.current_revision
        seen.clear()
        cluster.change(db, image)
        cluster.run(40)
        assert told_to_go(cluster, start) == ["db-2", "db-1", "db-0"]
        assert images(cluster) == [image] * 3
        assert all(done for current, done in seen if current != before)  # promoted only when complete
        assert db.current_revision == db.update_revision
        assert (db.current_revision == first) is back
    assert len(list(cluster.store.all(ControllerRevision))) == 2
    assert {c.name: c.uid for c in cluster.store.all(PersistentVolumeClaim)} == bound
    assert [cluster.pod(f"db-{i}").spec.claims for i in range(3)] == [
        (f"data-db-{i}",) if claims else () for i in range(3)
    ]


def test_s04_s05_kubectl_rollout_undo_puts_an_earlier_template_back() -> None:
    cluster, db = settled(replicas=2)
    rolled_to_v3_and_back_to_v1(cluster, db)
    numbers = {r.template.spec.containers[0].image: r.revision for r in cluster.store.all(ControllerRevision)}
    assert numbers == {"v3": 3, "v2": 4, "v1": 5}
    with pytest.raises(ModelError, match="unable to find specified revision 1"):
        undo(cluster.store, db.key, 1, TOLERATION)
    with pytest.raises(ModelError, match="skipped rollback"):
        undo(cluster.store, db.key, 5, TOLERATION)


@pytest.mark.parametrize("version", ["1.20", "1.32"])
def test_s06_canary_then_phased_rollout(version: str) -> None:
    cluster, db = settled(features=Features.for_version(version), replicas=3, partition=3)
    watch = Invariants(cluster, db)
    cluster.change(db, "v2")
    cluster.run(20)
    assert images(cluster) == ["v1"] * 3
    assert watch.gone == []
    cluster.change(db, partition=2)
    cluster.run(20)
    assert images(cluster) == ["v1", "v1", "v2"]
    assert watch.gone == ["db-2"]
    for ordinal in (2, 0, 1):
        cluster.delete(f"db-{ordinal}")
        cluster.run(10)
    assert images(cluster) == ["v1", "v1", "v2"]
    for partition, wanted in ((1, ["v1", "v2", "v2"]), (0, ["v2"] * 3)):
        cluster.change(db, partition=partition)
        cluster.run(20)
        assert images(cluster) == wanted
        assert (db.current_revision == db.update_revision) is (partition == 0)
    assert watch.gone == ["db-2", "db-1", "db-0"]


def test_s07_on_delete_waits_for_a_person() -> None:
    cluster, db = settled(replicas=3, update_strategy="OnDelete")
    cluster.change(db, "v2")
    cluster.run(3600)
    assert images(cluster) == ["v1"] * 3
    for name in ("db-0", "db-1", "db-2"):
        cluster.delete(name)
    cluster.run(30)
    assert images(cluster) == ["v2"] * 3
    assert len(cluster.ready()) == 3


@BOTH
@pytest.mark.parametrize("scale", [3, 5, 1])
def test_s29_a_rolling_update_scales_first_and_ends_at_the_update_revision(policy: str, scale: int) -> None:
    cluster, db = settled(replicas=3, pod_management=policy)
    watch = Invariants(cluster, db, updates=True)
    cluster.change(db, "v2", replicas=scale)
    cluster.run(60)
    assert images(cluster) == ["v2"] * scale
    assert len(cluster.ready()) == scale
    assert db.current_revision == db.update_revision
    added, surplus = range(3, scale), range(2, scale - 1, -1)
    updated = range(min(scale, 3) - 1, -1, -1)
    assert watch.gone == [f"db-{i}" for i in (*surplus, *updated)]
    assert watch.made == [f"db-{i}" for i in (*added, *updated)]


@BOTH
@pytest.mark.parametrize("scale", [3, 5, 1])
def test_s30_on_delete_makes_new_pods_at_the_update_revision_only(policy: str, scale: int) -> None:
    cluster, db = settled(replicas=3, pod_management=policy, update_strategy="OnDelete")
    watch = Invariants(cluster, db)
    cluster.change(db, "v2", replicas=scale)
    cluster.run(60)
    assert watch.made == [f"db-{i}" for i in range(3, scale)]
    assert watch.gone == [f"db-{i}" for i in range(2, scale - 1, -1)]
    assert images(cluster) == ["v1"] * min(3, scale) + ["v2"] * max(0, scale - 3)
    for ordinal in range(scale):
        cluster.delete(f"db-{ordinal}")
        cluster.run(10)
    assert images(cluster) == ["v2"] * scale
    assert len(watch.gone) == max(0, 3 - scale)


@BOTH
def test_s31_a_partition_keeps_the_pods_below_it(policy: str) -> None:
    cluster, db = settled(replicas=5, pod_management=policy, partition=2)
    watch = Invariants(cluster, db, updates=True)
    cluster.change(db, "v2")
    cluster.run(60)
    assert images(cluster) == ["v1", "v1", "v2", "v2", "v2"]
    assert watch.gone == watch.made == ["db-4", "db-3", "db-2"]


def test_s33_history_keeps_the_limit_and_what_is_live() -> None:
    cluster, db = settled(replicas=3, revision_history_limit=2)
    most = 0
    for number in range(2, 9):
        cluster.change(db, f"v{number}")
        for _ in range(40):
            cluster.run(0.5)
            there = {r.name for r in cluster.store.all(ControllerRevision)}
            most = max(most, len(there))
            assert {db.current_revision, db.update_revision} <= there
            assert {p.revision for p in cluster.store.all(Pod)} <= there
    assert most <= 2 + 2
    assert sorted(r.revision for r in cluster.store.all(ControllerRevision)) == [6, 7, 8]


def test_s33_a_revision_on_a_pod_is_never_dropped() -> None:
    cluster, db = settled(replicas=2, update_strategy="OnDelete", revision_history_limit=0)
    for number in range(2, 5):
        cluster.change(db, f"v{number}")
        cluster.run(5)
        if number == 2:
            cluster.delete("db-1")
            cluster.run(10)
    assert images(cluster) == ["v1", "v2"]
    kept = {r.template.spec.containers[0].image for r in cluster.store.all(ControllerRevision)}
    assert kept == {"v1", "v2", "v4"}


def test_s28_a_taken_name_is_counted_and_passed_over() -> None:
    cluster, db = Cluster(), stateful()
    from statesim.control.revisions import name_of

    taken = ControllerRevision(name=name_of(db, 0), template=template("another"), labels={"app": "x"})
    cluster.create(taken, db)
    cluster.run(10)
    assert db.status["collisionCount"] == 1
    assert db.current_revision == name_of(db, 1) != taken.name
    assert cluster.ready() == ["db-0"]
    assert taken.owner is None
    cluster.change(db, "v2")
    cluster.run(10)
    assert db.status["collisionCount"] == 1  # kept, and used in every later name


# -- maxUnavailable ------------------------------------------------------------------------------------


@BOTH
def test_s34_two_may_be_unavailable(policy: str) -> None:
    cluster, db = settled(
        features=SEVERAL, replicas=6, partition=3, pod_management=policy, max_unavailable=IntOrPercent(2)
    )
    start = cluster.clock.now / SECOND
    cluster.change(db, "v2")
    cluster.run(0.5)
    assert told_to_go(cluster, start) == ["db-5", "db-4"]
    cluster.run(1)
    made = [name for _, name in cluster.seen("Created", since=start)]
    # one after the other from below with OrderedReady, both at once with Parallel
    assert made == (["db-4"] if policy == "OrderedReady" else ["db-4", "db-5"])
    cluster.run(30)
    assert told_to_go(cluster, start) == ["db-5", "db-4", "db-3"]
    assert images(cluster) == ["v1"] * 3 + ["v2"] * 3
    assert len(cluster.ready()) == 6


def test_s34_without_the_feature_the_field_means_nothing() -> None:
    cluster, db = settled(replicas=6, pod_management="Parallel", max_unavailable=IntOrPercent(3))
    start = cluster.clock.now / SECOND
    cluster.change(db, "v2")
    cluster.run(0.5)
    assert told_to_go(cluster, start) == ["db-5"]


@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
@pytest.mark.parametrize("unwell", [0, 1, 2, 3])
def test_s35_deletions_per_pass_are_what_the_budget_leaves(policy: str, unwell: int) -> None:
    """With OrderedReady a pod that is not well stops the pass before the update comes about."""
    cluster, db = settled(
        features=SEVERAL, replicas=6, pod_management=policy, max_unavailable=IntOrPercent(2)
    )
    cluster.unready(*(f"db-{i}" for i in range(unwell)))
    changed = stateful(image="v2", replicas=6, pod_management=policy, max_unavailable=IntOrPercent(2)).spec
    cluster.store.write(db, "Changed", {"spec": changed})
    controller = cluster.loops[2].controller
    decision = controller.decide(controller.look(db.key))
    gone = [a.object.name for a in flat(decision) if type(a).__name__ == "Delete"]
    left = max(0, 2 - unwell) if policy == "Parallel" or unwell == 0 else 0
    assert gone == ["db-5", "db-4"][:left]


@pytest.mark.parametrize(
    "going", [(), (5,), (3,), (4,), (5, 4), (5, 3), (4, 3), (5, 4, 3), (2,), (1,)], ids=str
)
def test_s35_the_update_of_an_ordered_set_deletes_what_pods_that_are_going_leave(
    going: tuple[int, ...],
) -> None:
    """The update alone, as upstream tries it: the parts of a pass before it would wait for pods that are going."""
    spec: dict[str, Any] = {"replicas": 6, "partition": 3, "max_unavailable": IntOrPercent(2)}
    cluster, db = settled(features=SEVERAL, **spec)
    cluster.silent.update(pod.node or "" for pod in cluster.store.all(Pod))
    for ordinal in going:
        cluster.delete(f"db-{ordinal}")
    cluster.store.write(db, "Changed", {"spec": stateful(image="v2", **spec).spec})
    view = cluster.loops[2].controller.look(db.key)
    chosen = [a.object.name for a in update(view, resolve(db, view.revisions).update).actions]
    left = [f"db-{ordinal}" for ordinal in (5, 4, 3) if ordinal not in going]
    assert chosen == left[: max(0, 2 - len(going))]


def test_s36_broken_pods_of_an_old_revision_do_not_starve_a_parallel_rollout() -> None:
    assert MENDED.minor > NEWEST  # as soon as scenarios can name that version, they should

    def rolled(features: Features | None) -> int:
        cluster, db = settled(
            features=features,
            replicas=5,
            image="broken",
            pod_management="Parallel",
            max_unavailable=IntOrPercent(2),
        )
        cluster.change(db, "v2")
        cluster.run(60)
        return len(cluster.ready())

    assert rolled(None) == 5  # without maxUnavailable the highest is always replaced
    assert rolled(MENDED) == 5  # since kubernetes PR #137666
    assert rolled(SEVERAL) == 0  # issue #137409: the broken pods use the budget up for ever


def test_s36_good_pods_do_not_pay_for_the_broken_ones() -> None:
    spec: dict[str, Any] = {"replicas": 5, "pod_management": "Parallel", "max_unavailable": IntOrPercent(2)}
    cluster, db = settled(features=MENDED, **spec)
    cluster.unready("db-0", "db-1")
    start = cluster.clock.now / SECOND
    cluster.change(db, "v2")
    cluster.run(0.1)
    assert sorted(told_to_go(cluster, start)) == ["db-0", "db-1"]  # not db-4 and db-3, which serve
    cluster.run(60)
    assert images(cluster) == ["v2"] * 5

"""The garbage collector: what belongs to an object that is gone goes too, unless it was orphaned."""

from __future__ import annotations

from statesim.cluster.objects import ControllerRevision, ReplicaSet, StatefulSet
from statesim.control.owner_gc import View, decide
from tests.control.workbench import Cluster, deployment, pod, shown, stateful


def test_what_is_terminating_already_is_not_deleted_again() -> None:
    view = View("ReplicaSet/web", (pod("a"), pod("b", deleted_us=1)))
    assert shown(decide(view)) == [("delete", "a")]


def test_d01_deleting_a_deployment_takes_its_sets_and_their_pods() -> None:
    cluster, web = Cluster(), deployment(replicas=3)
    cluster.create(web)
    cluster.run(5)
    cluster.delete(web)
    cluster.run(3)
    assert cluster.pods() == []
    assert list(cluster.store.all(ReplicaSet)) == []


def test_a_namesake_made_meanwhile_keeps_its_own() -> None:
    cluster, db = Cluster(), stateful(replicas=2)
    cluster.create(db)
    cluster.run(10)
    first = {cluster.pod(name).uid for name in cluster.pods()}
    cluster.delete(db)
    cluster.create(stateful(replicas=2))
    cluster.run(20)
    assert cluster.ready() == ["db-0", "db-1"]
    assert first.isdisjoint(cluster.pod(name).uid for name in cluster.pods())
    (owner,) = cluster.store.all(StatefulSet)
    assert {p.owner for p in cluster.store.all(ControllerRevision)} == {owner.ref()}


def test_orphans_stay() -> None:
    cluster, db = Cluster(), stateful(replicas=2)
    cluster.create(db)
    cluster.run(10)
    cluster.delete(db, cascade="orphan")
    cluster.run(600)
    assert cluster.ready() == ["db-0", "db-1"]
    assert [cluster.pod(name).owner for name in cluster.pods()] == [None, None]


def test_foreground_deletion_goes_from_the_leaves_to_the_root() -> None:
    cluster, web = Cluster(), deployment(replicas=3)
    cluster.create(web)
    cluster.run(5)
    (rs,) = cluster.sets()
    cluster.delete(web, cascade="foreground")
    cluster.run(0.5)
    assert web.finalizers == rs.finalizers == ("foregroundDeletion",)
    assert web.terminating
    assert rs.terminating
    cluster.run(10)
    gone = [e.object for e in cluster.trace.events if e.event == "Deleted"]
    assert gone[-2:] == [rs.key, web.key]
    assert len(gone) == 5


def test_foreground_deletion_of_a_set_that_owns_nothing_is_over_at_once() -> None:
    cluster, db = Cluster(), stateful(replicas=0)
    cluster.create(db)
    cluster.run(1)
    cluster.delete(db, cascade="foreground")
    cluster.run(1)
    assert list(cluster.store.all(StatefulSet)) == []

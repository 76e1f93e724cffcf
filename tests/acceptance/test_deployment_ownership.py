"""What a Deployment owns goes with it, is adopted, and is never stolen: rows D01, D02, D07 and D30 of the list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from statesim.cluster.objects import (
    POD_HASH_LABEL,
    Deployment,
    Pod,
    ReplicaSet,
)
from statesim.control.deployment import View, decide, new_name
from tests.acceptance.deployment_worlds import images
from tests.acceptance.small import Small, workload
from tests.control.workbench import HOUR, Cluster, deployment, rolled_out, selector, template


@pytest.mark.parametrize("cascade", ["background", "foreground"])
def test_d01_deleting_a_deployment_takes_its_replica_sets_and_pods(cascade: str) -> None:
    cluster, web = rolled_out(replicas=3)
    cluster.change(web, "v2")
    cluster.run(20)
    assert len(cluster.sets()) == 2
    cluster.delete(web, cascade=cascade)
    cluster.run(10)
    assert (cluster.pods(), cluster.sets()) == ([], [])
    gone = [e.object for e in cluster.trace.events if e.event == "Deleted" and e.t >= 30]
    order = [key.partition("/")[0] for key in gone]
    if cascade == "foreground":
        assert order[-1] == "Deployment"
        assert order.index("Deployment") > max(i for i, kind in enumerate(order) if kind == "Pod")
    else:
        assert order[0] == "Deployment"
    assert len([k for k in gone if k.startswith("Pod/")]) == 3


def test_d01_a_deployment_that_waits_for_its_pods_makes_none() -> None:
    cluster, web = rolled_out(replicas=3)
    cluster.silent.update(p.node or "" for p in cluster.store.all(Pod))
    before = cluster.pods()
    cluster.delete(web, cascade="foreground")
    cluster.run(HOUR)
    assert cluster.pods() == before
    assert cluster.store.get(Deployment, "web") is web
    assert web.status["replicas"] == 0  # what terminates does not count, and the status is kept
    for name in before:
        cluster.store.remove(cluster.pod(name))
    cluster.run(1)
    assert cluster.store.get(Deployment, "web") is None


def test_d02_a_replica_set_that_was_there_is_adopted_and_replaced() -> None:
    rs = workload("ReplicaSet", name="old", replicas=2)
    rs["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "3"}
    for part in (rs["spec"]["selector"]["matchLabels"], rs["spec"]["template"]["metadata"]["labels"]):
        part["app"] = "a"
    web = workload("Deployment", replicas=2, container={"image": "app:2"})
    rs["metadata"]["labels"] = {"app": "a"}
    small = Small({"at": "20s", "do": "apply", "manifests": [web]}, objects=[rs], duration="100s").run(19)
    old = {p.name for p in small.world.store.all(Pod)}
    assert len(old) == 2
    small.run()
    made = small.find("Deployment/a")
    assert small.find("ReplicaSet/old").owner == made.ref()
    assert small.find("ReplicaSet/old").replicas == 0
    pods = list(small.world.store.all(Pod))
    assert {p.spec.containers[0].image for p in pods} == {"app:2"}
    assert len(pods) == 2
    assert not old & {p.name for p in pods}
    assert made.revision == 4


def test_d07_orphaned_sets_and_pods_run_on_and_are_adopted_by_a_like_deployment() -> None:
    web = workload("Deployment", replicas=2)
    small = Small(
        {"at": "20s", "do": "delete", "on": "Deployment/a", "cascade": "orphan"},
        {"at": "60s", "do": "apply", "manifests": [web]},
        objects=[web],
        duration="100s",
    ).run(59)
    (rs,) = small.world.store.all(ReplicaSet)
    pods = {p.name: p.uid for p in small.world.store.all(Pod)}
    assert rs.owner is None
    assert {p.owner for p in small.world.store.all(Pod)} == {rs.ref()}
    small.run()
    assert rs.owner == small.find("Deployment/a").ref()
    assert {p.name: p.uid for p in small.world.store.all(Pod)} == pods
    assert all(p.ready for p in small.world.store.all(Pod))


@pytest.mark.parametrize("same_template", [False, True])
def test_d30_a_foreign_set_on_the_name_costs_a_collision(same_template: bool) -> None:
    cluster, web = Cluster(), deployment(replicas=2)
    foreign = ReplicaSet(
        name=new_name(web),
        selector=selector("other"),
        template=web.spec.template if same_template else template("x", "other"),
        labels={"app": "other"},
    )
    cluster.create(foreign, web)
    cluster.run(20)
    assert web.status["collisionCount"] == 1
    (mine,) = [rs for rs in cluster.sets() if rs is not foreign]
    assert mine.name == new_name(web) != foreign.name
    assert mine.labels[POD_HASH_LABEL] == mine.hash == mine.name.removeprefix("web-")
    assert foreign.owner is None
    assert len(cluster.ready()) == 2


def test_d30_a_selector_cannot_be_changed() -> None:
    for kind in ("Deployment", "ReplicaSet", "StatefulSet"):
        labels = {"matchLabels": {"app": "a", "more": "b"}}
        change = {"selector": labels, "template": {"metadata": {"labels": labels["matchLabels"]}}}
        row = {"at": "20s", "do": "patch", "on": f"{kind}/a", "patch": {"spec": change}}
        small = Small(row, objects=[workload(kind, replicas=1)], duration="40s").run()
        (skipped,) = small.events("Skipped")
        assert "refuses to change selector" in skipped.fields["why"]
        assert len(small.events("Created", "Pod/")) == 1


def test_d30_overlapping_deployments_do_not_steal_from_each_other() -> None:
    cluster = Cluster()
    one, two = deployment("one", replicas=3), deployment("two", replicas=2)
    shared = {"selector": selector("same"), "template": template("v1", "same")}
    one = replace_spec(one, **shared)
    two = replace_spec(two, selector=selector("same"), template=template("v2", "same"))
    cluster.create(one, two)
    cluster.run(20)
    owners = {rs.name: rs.owner.name for rs in cluster.sets() if rs.owner is not None}
    assert sorted(owners.values()) == ["one", "two"]
    assert images(cluster) == ["v1"] * 3 + ["v2"] * 2
    cluster.store.write(one, "Changed", {"spec": replace(one.spec, template=template("v3", "same"))})
    cluster.run(30)
    assert images(cluster) == ["v2"] * 2 + ["v3"] * 3
    assert cluster.seen("OwnerChanged") == []


def test_d30_a_set_that_another_deployment_owns_is_left_alone_even_if_its_labels_match() -> None:
    cluster, other, web = Cluster(), deployment("other", replicas=5), deployment(replicas=2)
    cluster.create(other, web)
    theirs = ReplicaSet(
        name="web-theirs",
        selector=selector("web"),
        template=web.spec.template,
        labels={"app": "web"},
        owner=other.ref(),
        replicas=5,
    )
    touched = {action.object.name for action in decide(View(0, web, (theirs,))).actions}  # type: ignore[union-attr]
    assert touched == {new_name(web), "web"}


def replace_spec(obj: Deployment, **spec: Any) -> Deployment:
    return Deployment(name=obj.name, spec=replace(obj.spec, **spec))

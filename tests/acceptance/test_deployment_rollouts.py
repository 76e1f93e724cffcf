"""Deployments roll, pause, scale in mid-rollout and go back: rows D01 to D08 and D18 to D30 of the list."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from statesim.cluster.objects import (
    POD_HASH_LABEL,
    Deployment,
    Pod,
    ReplicaSet,
    ResourceQuota,
)
from statesim.control.deployment import new_name
from statesim.control.rollback import undo
from statesim.errors import ModelError
from statesim.kernel.clock import SECOND
from statesim.scenario.specs import IntOrPercent
from statesim.scenario.workload_specs import ResourceQuotaSpec
from tests.acceptance.small import Small, workload
from tests.control.workbench import HOUR, TOLERATION, Cluster, deployment, selector, template


def settled(seconds: float = 10, **spec: Any) -> tuple[Cluster, Deployment]:
    cluster, web = Cluster(), deployment(**spec)
    cluster.create(web)
    cluster.run(seconds)
    return cluster, web


def images(cluster: Cluster) -> list[str]:
    return sorted(cluster.revisions().values())


def sizes(cluster: Cluster) -> dict[str, int]:
    """Return the wanted sizes of the ReplicaSets, by image."""
    return {rs.template.spec.containers[0].image: rs.replicas for rs in cluster.sets()}


def most_wanted(cluster: Cluster, web: Deployment) -> list[int]:
    """Return, filled in as time passes, by how much the sum of all sizes exceeds replicas + surge."""
    over: list[int] = []

    def look(_: object) -> None:
        from statesim.control.rolling import fenceposts

        surge, _unavailable = fenceposts(web.spec)
        over.append(sum(rs.replicas for rs in cluster.sets()) - web.spec.replicas - surge)

    cluster.store.watch((ReplicaSet,), look)
    return over


# -- deletion, adoption --------------------------------------------------------------------------------


@pytest.mark.parametrize("cascade", ["background", "foreground"])
def test_d01_deleting_a_deployment_takes_its_replica_sets_and_pods(cascade: str) -> None:
    cluster, web = settled(replicas=3)
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
    cluster, web = settled(replicas=3)
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


# -- strategies ----------------------------------------------------------------------------------------


def test_d03_recreate_has_no_instant_with_old_and_new_pods() -> None:
    cluster, web = settled(replicas=3, strategy="Recreate")
    together: list[set[str]] = []
    cluster.store.watch((Pod,), lambda _: together.append(set(cluster.revisions().values())))
    cluster.change(web, "v2")
    cluster.run(20)
    assert images(cluster) == ["v2"] * 3
    assert {"v2"} in together
    assert {"v1", "v2"} not in together


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_d24_recreate_goes_on_exactly_when_the_last_old_pod_vanishes(gone: int) -> None:
    cluster, web = settled(replicas=3, strategy="Recreate")
    cluster.silent.update(p.node or "" for p in cluster.store.all(Pod))
    left = cluster.pods()
    cluster.change(web, "v2")
    cluster.run(5)
    for name in left[:gone]:
        cluster.store.remove(cluster.pod(name))
    cluster.run(HOUR)
    assert images(cluster) == ["v1"] * (3 - gone)  # anything that is left holds it up
    for name in left[gone:]:
        cluster.store.remove(cluster.pod(name))
    cluster.silent.clear()
    cluster.run(0.05)
    assert len(cluster.sets()) == 2
    cluster.run(10)
    assert images(cluster) == ["v2"] * 3


def test_d24_the_end_of_a_pod_of_a_rolling_deployment_concerns_its_replica_set_only() -> None:
    cluster, _ = settled(replicas=2)
    controller = cluster.loops[0].controller
    heard: list[Any] = []
    cluster.store.watch((Pod,), lambda change: heard.extend(controller.keys(change)))
    cluster.store.remove(cluster.pod(cluster.pods()[0]))
    assert heard == []


def test_d04_a_history_limit_of_zero_leaves_only_the_new_set() -> None:
    cluster, web = settled(replicas=2, revision_history_limit=0)
    for image in ("v2", "v3"):
        cluster.change(web, image)
        cluster.run(20)
        assert sizes(cluster) == {image: 2}


def test_d05_rollover_scales_the_intermediate_set_down_and_never_starves() -> None:
    cluster, web = settled(replicas=4, max_surge=IntOrPercent(1), max_unavailable=IntOrPercent(0))
    ready: list[int] = []
    cluster.store.watch((Pod,), lambda _: ready.append(len(cluster.ready())))
    cluster.change(web, "broken")
    cluster.run(10)
    assert sizes(cluster) == {"v1": 4, "broken": 1}
    cluster.change(web, "v3")
    cluster.run(60)
    assert sizes(cluster) == {"v1": 0, "broken": 0, "v3": 4}
    assert len(cluster.ready()) == 4
    assert min(ready) >= 4


def test_d06_iterative_rollouts_end_where_they_should() -> None:
    """As upstream: pauses, resumes, scaling, updates, rollbacks and deletions of pods, at random."""
    for seed in range(12):
        rng, (cluster, web) = Random(seed), settled(replicas=4)
        for step in range(14):
            match rng.choice(("image", "scale", "pause", "resume", "undo", "kill", "wait")):
                case "image":
                    cluster.change(web, f"v{step}")
                case "scale":
                    cluster.change(web, replicas=rng.randrange(1, 8))
                case "pause":
                    cluster.change(web, paused=True)
                case "resume":
                    cluster.change(web, paused=False)
                case "undo" if not web.spec.paused and len(cluster.sets()) > 1:
                    undo(cluster.store, web.key, 0, TOLERATION)
                case "kill":
                    for name in rng.sample(cluster.pods(), min(2, len(cluster.pods()))):
                        cluster.delete(name)
            cluster.run(rng.choice((0.01, 0.3, 1.5, 6)))
        cluster.change(web, paused=False)
        cluster.run(60)
        image = web.spec.template.spec.containers[0].image
        assert images(cluster) == [image] * web.spec.replicas, seed
        assert len(cluster.ready()) == web.spec.replicas, seed
        assert web.status["progressing"] == "NewReplicaSetAvailable", seed


def test_d08_d28_a_stuck_rollout_scales_in_proportion_and_within_the_surge() -> None:
    cluster, web = settled(replicas=10, max_surge=IntOrPercent(3), max_unavailable=IntOrPercent(2))
    over = most_wanted(cluster, web)
    cluster.change(web, "broken")
    cluster.run(10)
    assert sizes(cluster) == {"v1": 8, "broken": 5}
    cluster.change(web, replicas=30)
    cluster.run(10)
    assert sizes(cluster) == {"v1": 20, "broken": 13}
    assert max(over) <= 0
    over.clear()
    cluster.change(web, replicas=5)
    cluster.run(0.03)
    assert sizes(cluster) == {"v1": 5, "broken": 3}
    cluster.run(20)
    assert sum(sizes(cluster).values()) <= 8
    cluster.change(web, "v3")
    cluster.run(30)
    assert images(cluster) == ["v3"] * 5


def test_d28_size_and_template_changed_together_roll_to_the_new_size() -> None:
    for wanted in (14, 3, 1):
        cluster, web = settled(replicas=6)
        over = most_wanted(cluster, web)
        cluster.change(web, "v2", replicas=wanted)
        cluster.run(60)
        assert images(cluster) == ["v2"] * wanted
        assert over


def test_d18_old_pods_stay_when_the_new_set_is_full_but_broken() -> None:
    cluster, web = settled(replicas=4, max_surge=IntOrPercent(4), max_unavailable=IntOrPercent(1))
    cluster.change(web, "broken")
    cluster.run(60)
    assert sizes(cluster) == {"v1": 3, "broken": 4}
    cluster.change(web, replicas=4, min_ready_us=SECOND)
    cluster.run(60)
    assert sizes(cluster)["v1"] == 3
    assert len(cluster.ready()) == 3


def test_d19_never_the_non_empty_nor_the_deleting_nor_more_than_the_limit_says() -> None:
    cluster, web = settled(replicas=1, revision_history_limit=1)
    held: ReplicaSet | None = None
    for number in range(2, 7):
        cluster.change(web, f"v{number}")
        cluster.run(15)
        if number == 3:
            held = next(rs for rs in cluster.sets() if rs.template.spec.containers[0].image == "v2")
            cluster.store.write(held, "Held", {"finalizers": ("example.com/hold",)})
    assert sizes(cluster) == {"v2": 0, "v5": 0, "v6": 1}
    assert held is not None
    assert held.terminating  # asked to go once, as the oldest beyond the limit, and not again
    asked = [e for e in cluster.trace.events if e.object == held.key and e.event == "Terminating"]
    assert len(asked) == 1


# -- revisions -----------------------------------------------------------------------------------------


def test_d25_repeated_updates_reuse_the_set_of_a_repeated_template() -> None:
    cluster, web = settled(replicas=2)
    uids: dict[str, str] = {}
    numbers = []
    for image in ("v2", "v1", "v2", "v1"):
        cluster.change(web, image)
        cluster.run(20)
        now = {rs.template.spec.containers[0].image: rs.uid for rs in cluster.sets()}
        assert uids.items() <= now.items()
        uids = now
        numbers.append({rs.template.spec.containers[0].image: rs.revision for rs in cluster.sets()}[image])
    assert len(cluster.sets()) == 2
    assert numbers == [2, 3, 4, 5]
    assert web.revision == 5


def test_d25_rollout_undo_goes_back_one_or_to_a_number() -> None:
    cluster, web = settled(replicas=2)
    for image in ("v2", "v3"):
        cluster.change(web, image)
        cluster.run(20)
    undo(cluster.store, web.key, 0, TOLERATION)
    cluster.run(20)
    assert images(cluster) == ["v2", "v2"]
    undo(cluster.store, web.key, 1, TOLERATION)
    cluster.run(20)
    assert images(cluster) == ["v1", "v1"]
    assert len(cluster.sets()) == 3
    assert POD_HASH_LABEL not in web.spec.template.labels
    with pytest.raises(ModelError, match="unable to find specified revision 9"):
        undo(cluster.store, web.key, 9, TOLERATION)
    cluster.change(web, paused=True)
    with pytest.raises(ModelError, match="cannot rollback a paused"):
        undo(cluster.store, web.key, 0, TOLERATION)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_d25_s32_rollback_is_a_word_of_the_timeline(kind: str) -> None:
    web = workload(kind, replicas=2, container={"env": [{"name": "A", "value": "1"}]})
    small = Small(
        {"at": "20s", "do": "set-image", "on": f"{kind}/a", "image": "app:2"},
        {"at": "60s", "do": "set-image", "on": f"{kind}/a", "image": "app:3"},
        {"at": "100s", "do": "rollback", "on": f"{kind}/a"},
        {"at": "140s", "do": "rollback", "on": f"{kind}/a", "toRevision": 1},
        {"at": "180s", "do": "rollback", "on": f"{kind}/a", "toRevision": 1},
        objects=[web],
        duration="200s",
    )
    for until, image in ((59, "app:2"), (99, "app:3"), (139, "app:2"), (179, "app:1")):
        small.run(until)
        pods = list(small.world.store.all(Pod))
        assert {p.spec.containers[0].image for p in pods} == {image}
        assert len([p for p in pods if p.ready]) == 2
    small.run()
    (skipped,) = small.events("Skipped")
    assert skipped.fields["why"].startswith("unable to find specified revision 1 in history")


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


def replace_spec(obj: Deployment, **spec: Any) -> Deployment:
    return Deployment(name=obj.name, spec=replace(obj.spec, **spec))


# -- conditions ----------------------------------------------------------------------------------------


def test_d26_paused_scales_but_does_not_roll_until_resumed() -> None:
    cluster, web = settled(replicas=3)
    cluster.change(web, paused=True)
    cluster.change(web, "v2")
    cluster.run(60)
    assert (images(cluster), len(cluster.sets())) == (["v1"] * 3, 1)
    for wanted in (5, 2):
        cluster.change(web, replicas=wanted)
        cluster.run(20)
        assert images(cluster) == ["v1"] * wanted
    cluster.change(web, paused=False)
    cluster.run(30)
    assert images(cluster) == ["v2"] * 2


def test_d26_a_rollout_paused_halfway_scales_in_proportion() -> None:
    cluster, web = settled(replicas=10, max_surge=IntOrPercent(3), max_unavailable=IntOrPercent(2))
    cluster.change(web, "broken")
    cluster.run(10)
    cluster.change(web, paused=True)
    cluster.run(5)
    cluster.change(web, replicas=30)
    cluster.run(10)
    assert sizes(cluster) == {"v1": 20, "broken": 13}


def test_d27_a_failed_rollout_says_so_and_is_not_reverted() -> None:
    cluster, web = settled(replicas=3, progress_deadline_us=30 * SECOND)
    cluster.change(web, "broken")
    cluster.run(HOUR)
    assert web.status["progressing"] == "ProgressDeadlineExceeded"
    assert sizes(cluster) == {"v1": 3, "broken": 1}
    assert web.spec.template.spec.containers[0].image == "broken"


@pytest.mark.parametrize(
    ("replicas", "unavailable", "strategy", "ready", "available"),
    [
        (4, 1, "RollingUpdate", 3, True),
        (4, 1, "RollingUpdate", 2, False),
        (4, 0, "Recreate", 3, False),
        (4, 0, "Recreate", 4, True),
    ],
)
def test_d29_available_follows_minimum_availability(
    replicas: int, unavailable: int, strategy: Any, ready: int, available: bool
) -> None:
    cluster, web = settled(replicas=replicas, max_unavailable=IntOrPercent(unavailable), strategy=strategy)
    cluster.unready(*cluster.pods()[ready:])
    cluster.run(1)
    assert web.available is not None
    assert web.available[0] is available


def test_d29_available_comes_after_min_ready_seconds() -> None:
    cluster, web = settled(0.5, replicas=2, min_ready_us=20 * SECOND, max_unavailable=IntOrPercent(0))
    cluster.run(10)
    assert (web.status["readyReplicas"], web.status["availableReplicas"]) == (2, 0)
    assert web.available == (False, web.available[1] if web.available else 0)
    cluster.run(20)
    assert web.status["availableReplicas"] == 2
    assert web.available is not None
    assert web.available[0] is True
    cluster.change(web, min_ready_us=HOUR * SECOND)
    cluster.run(5)  # reaches the ReplicaSet that is there
    assert [rs.min_ready_us for rs in cluster.sets()] == [HOUR * SECOND]
    assert web.status["availableReplicas"] == 0


def test_d27_a_quota_fails_the_rollout_and_the_deployment_mirrors_why() -> None:
    cluster, web = settled(replicas=3)
    quota = ResourceQuota(name="q", spec=ResourceQuotaSpec({"pods": 3}))
    cluster.create(quota)
    cluster.change(web, replicas=5)
    cluster.run(5)
    assert web.status["replicas"] == 3
    said = "is forbidden: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3"
    assert said in web.status["replicaFailure"]
    cluster.store.write(quota, "Changed", {"spec": ResourceQuotaSpec({"pods": 9})})
    cluster.run(60)
    assert web.status["replicas"] == 5
    assert "replicaFailure" not in web.status


def test_d23_a_replica_set_that_cannot_be_made_is_the_reason() -> None:
    cluster, web = settled(replicas=1)
    cluster.create(ResourceQuota(name="q", spec=ResourceQuotaSpec({"count/replicasets.apps": 1})))
    cluster.change(web, "v2")
    cluster.run(5)
    assert web.status["progressing"] == "ReplicaSetCreateError"
    assert any(e.event == "ReplicaSetCreateError" for e in cluster.trace.events)
    assert images(cluster) == ["v1"]


def test_d28_rollouts_that_are_scaled_while_they_are_stuck_come_to_their_ends() -> None:
    """As upstream: stuck at 10, then 20 and a good image, stuck again, then 5 and a good image."""
    cluster, web = settled(replicas=10, max_surge=IntOrPercent(3), max_unavailable=IntOrPercent(2))
    for replicas, wanted, image in ((10, 20, "v3"), (20, 5, "v5")):
        cluster.change(web, "broken" if image == "v3" else "broken-too")
        for pod in cluster.store.all(Pod):
            assert pod.ready
        cluster.run(0.9)  # nothing new is Ready yet, and nothing will be before the next change
        assert web.status["availableReplicas"] >= replicas - 2
        over = most_wanted(cluster, web)
        cluster.change(web, image, replicas=wanted)
        cluster.run(60)
        assert images(cluster) == [image] * wanted
        assert web.status["progressing"] == "NewReplicaSetAvailable"
        assert all(rs.desired == wanted for rs in cluster.sets() if rs.revision >= web.revision - 2)
        assert over


def test_d29_available_condition_with_a_min_ready_seconds_that_is_made_small() -> None:
    """As upstream: an hour to wait keeps the Deployment unavailable until one second is enough."""
    cluster, web = settled(0.5, replicas=10, min_ready_us=3600 * SECOND, progress_deadline_us=7200 * SECOND)

    def counts() -> list[int]:
        names = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas")
        return [web.status[name] for name in names]

    def available() -> bool:
        assert web.available is not None
        return web.available[0]

    assert (counts(), available()) == ([10, 10, 0, 0, 10], False)
    cluster.run(5)
    assert (counts(), available()) == ([10, 10, 10, 0, 10], False)
    cluster.change(web, min_ready_us=SECOND)
    cluster.run(5)
    assert (counts(), available()) == ([10, 10, 10, 10, 0], True)
    assert web.status["observedGeneration"] == web.generation

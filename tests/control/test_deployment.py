"""The Deployment controller: what it decides, and how rollouts go with kubelets that take a second."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from statesim.cluster.objects import POD_HASH_LABEL, Deployment, Pod, ReplicaSet
from statesim.control.deployment import View, decide
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import IntOrPercent
from tests.control.workbench import HOUR, Cluster, deployment, rolled_out, running, selector, shown, template


def made(owner: Deployment, image: str, replicas: int, revision: int = 1, **kwargs: Any) -> ReplicaSet:
    base = template(image, owner.name)
    labels = {**base.labels, POD_HASH_LABEL: image}
    available = kwargs.pop("available", replicas)
    status = {"replicas": replicas, "readyReplicas": available, "availableReplicas": available}
    return ReplicaSet(
        name=f"{owner.name}-{image}",
        uid=f"uid-{image}",
        labels=labels,
        owner=owner.ref(),
        selector=selector(owner.name),
        template=replace(base, labels=labels),
        replicas=replicas,
        hash=image,
        revision=revision,
        created_us=revision,
        desired=kwargs.pop("desired", owner.spec.replicas),
        max_replicas=kwargs.pop("most", owner.spec.replicas),
        status=status,
    )


def sizes(owner: Deployment, *sets: ReplicaSet, pods: tuple[Pod, ...] = ()) -> dict[str, int]:
    """Return the sizes that one decision gives."""
    decision = decide(View(0, owner, sets, pods))
    return {
        a.object.name: a.changes["replicas"]
        for a in decision.actions
        if "replicas" in getattr(a, "changes", {})
    }


NO_SURGE = {"max_surge": IntOrPercent(0), "max_unavailable": IntOrPercent(1)}


@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize(("before", "after"), [(10, 12), (10, 5)])
def test_d13_a_single_revision_is_scaled_directly(before: int, after: int, paused: bool) -> None:
    owner = deployment(replicas=after, paused=paused)
    assert sizes(owner, made(owner, "v1", before, desired=before)) == {"web-v1": after}


def test_d16_scaling_from_zero_goes_to_the_newest() -> None:
    owner = deployment(image="v2", replicas=6)
    assert sizes(owner, made(owner, "v1", 0), made(owner, "v2", 0, 2)) == {"web-v2": 6}


def test_d16_scaling_a_paused_one_from_zero_goes_to_the_newest_too() -> None:
    owner = deployment(image="v2", replicas=6, paused=True)
    assert sizes(owner, made(owner, "v1", 0), made(owner, "v2", 0, 2)) == {"web-v2": 6}
    other = deployment(image="v3", replicas=6, paused=True)  # there is none of this template yet
    assert sizes(other, made(other, "v1", 0), made(other, "v2", 0, 2)) == {"web-v2": 6}


def test_d18_a_new_revision_that_is_full_but_broken_keeps_the_old_pods() -> None:
    owner = deployment(image="v2", replicas=4, max_surge=IntOrPercent(2), max_unavailable=IntOrPercent(0))
    sets = made(owner, "v1", 2), made(owner, "v2", 4, 2, available=0)
    assert sizes(owner, *sets) == {}
    paused = deployment(image="v2", replicas=4, max_surge=IntOrPercent(2), paused=True)
    assert sizes(paused, *sets) == {}  # a paused one is scaled in each pass
    sound = made(owner, "v1", 2), made(owner, "v2", 4, 2)
    assert sizes(paused, *sound) == {"web-v1": 0}


def test_d19_only_empty_revisions_beyond_the_limit_are_deleted() -> None:
    owner = deployment(image="v5", replicas=1, revision_history_limit=1)
    full, draining = made(owner, "v5", 1, 5), made(owner, "v2", 0, 2)
    draining.status = {"replicas": 1}
    sets = made(owner, "v1", 0, 1), draining, made(owner, "v3", 0, 3), made(owner, "v4", 0, 4), full
    owner.status = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    full.status = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1}
    assert shown(decide(View(0, owner, sets))) == []  # v2 still has a pod: the rollout is not complete
    draining.status = {"replicas": 0}
    assert shown(decide(View(0, owner, sets))) == [
        ("delete", "web-v1"),
        ("delete", "web-v2"),
        ("delete", "web-v3"),
    ]


def test_d19_neither_what_has_pods_nor_what_is_being_deleted_goes_or_counts() -> None:
    owner = deployment(image="v5", replicas=1, revision_history_limit=0, paused=True)
    wanted, there, new = made(owner, "v1", 2, 1, desired=1), made(owner, "v2", 0, 2), made(owner, "v5", 1, 5)
    there.status = {"replicas": 1}
    assert shown_deletions(owner, wanted, there, new) == []  # paused: it is cleaned up in mid-rollout as well
    owner = deployment(image="v5", replicas=1, revision_history_limit=1, paused=True)
    kept, going = made(owner, "v3", 0, 3), made(owner, "v4", 0, 4)
    going.deleted_us = 1
    assert shown_deletions(owner, kept, going, new) == []
    assert shown_deletions(owner, made(owner, "v2", 0, 2), kept, going, new) == ["web-v2"]


def shown_deletions(owner: Deployment, *sets: ReplicaSet) -> list[str]:
    return [name for verb, name in shown(decide(View(0, owner, sets))) if verb == "delete"]


@pytest.mark.parametrize(
    ("state", "waits"),
    [
        pytest.param({}, True, id="D20 running"),
        pytest.param({"deleted_us": 1}, True, id="D20 terminating"),
        pytest.param({"phase": "Pending"}, True, id="D20 pending"),
        pytest.param({"phase": "Unknown"}, True, id="D20 unknown"),
        pytest.param({"phase": "Failed"}, False, id="D20 failed"),
        pytest.param({"phase": "Succeeded"}, False, id="D20 succeeded"),
    ],
)
def test_d20_recreate_waits_for_every_old_pod_that_may_run(state: dict[str, Any], waits: bool) -> None:
    owner = deployment(image="v2", replicas=3, strategy="Recreate")
    old = made(owner, "v1", 0)
    left = running("web-v1-x", owner=old.ref())
    for name, value in state.items():
        setattr(left, name, value)
    decision = decide(View(0, owner, (old,), (left,)))
    assert (shown(decision) == []) is waits
    assert ("waiting for the last old pod" in decision.why) is waits


def test_d20_recreate_takes_all_old_pods_first() -> None:
    owner = deployment(image="v3", replicas=3, strategy="Recreate")
    assert sizes(owner, made(owner, "v1", 2), made(owner, "v2", 1, 2)) == {"web-v1": 0, "web-v2": 0}


def test_d25_an_old_template_is_renumbered_not_made_again() -> None:
    owner = deployment(image="v1", replicas=3)
    decision = decide(View(0, owner, (made(owner, "v1", 0, 1), made(owner, "v2", 3, 2))))
    assert shown(decision) == [("Changed", "web-v1")]
    assert "an old template is back" in decision.why


# -- whole rollouts ------------------------------------------------------------------------------------


def most_and_least(cluster: Cluster, since: float) -> tuple[int, int]:
    """Return the most active pods and the fewest ready ones since a time."""
    active, ready = set(), set()
    most, least = 0, 10**6
    for e in cluster.trace.events:
        name = e.object.removeprefix("Pod/")
        if e.event == "Created" and e.object.startswith("Pod/"):
            active.add(name)
        elif e.event == "Ready":
            ready.add(name)
        elif e.event in ("Terminating", "Deleted"):
            active.discard(name)
            ready.discard(name)
        if e.t >= since:
            most, least = max(most, len(active)), min(least, len(ready))
    return most, least


def test_rolling_update_stays_between_its_fenceposts() -> None:
    cluster, web = rolled_out(replicas=10)
    cluster.change(web, "v2")
    cluster.run(20)
    assert set(cluster.revisions().values()) == {"v2"}
    assert len(cluster.ready()) == 10
    assert most_and_least(cluster, 5) == (13, 8)
    assert [rs.replicas for rs in cluster.sets()] == [0, 10]


def test_status_passes_the_reasons_of_a_rollout() -> None:
    cluster, web = rolled_out(replicas=4)
    cluster.run(HOUR)  # long done: the deadline of the next rollout starts with it
    cluster.change(web, "v2")
    cluster.run(20)
    reasons = [row[0] for row in cluster.statuses("Deployment/web", "progressing")]
    rollout = ["NewReplicaSetCreated", "ReplicaSetUpdated", "NewReplicaSetAvailable"]
    assert reasons == rollout * 2
    assert web.status["updatedReplicas"] == web.status["availableReplicas"] == 4
    assert web.status["unavailableReplicas"] == 0


def test_d27_a_broken_rollout_is_reported_at_its_deadline_and_not_rolled_back() -> None:
    cluster, web = rolled_out(replicas=4, progress_deadline_us=8 * SECOND)
    changed = cluster.clock.now / SECOND
    cluster.change(web, "broken")
    cluster.run(60)
    (overdue,) = [
        e.t for e in cluster.trace.events if e.fields.get("progressing") == "ProgressDeadlineExceeded"
    ]
    assert 8 <= overdue - changed <= 9
    assert sorted(cluster.revisions().values()) == ["broken"] * 2 + ["v1"] * 3
    cluster.change(web, "v1")
    cluster.run(10)
    assert web.status["progressing"] == "NewReplicaSetAvailable"
    assert [rs.revision for rs in cluster.sets()] == [3, 2]
    assert set(cluster.revisions().values()) == {"v1"}


def test_d03_recreate_never_runs_two_revisions_at_once() -> None:
    cluster, web = rolled_out(replicas=3, strategy="Recreate")
    cluster.change(web, "v2")
    cluster.run(0.5)
    assert set(cluster.revisions().values()) == {"v1"}
    assert len(cluster.sets()) == 1
    cluster.run(5)
    assert sorted(cluster.revisions().values()) == ["v2"] * 3
    gone = max(e.t for e in cluster.trace.events if e.event == "Deleted")
    back = min(e.t for e in cluster.trace.events if e.event == "Created" and e.t > 5 and "Pod/" in e.object)
    assert gone <= back


def test_recreate_is_blocked_by_a_pod_on_a_dead_node() -> None:
    cluster, web = rolled_out(replicas=3, strategy="Recreate")
    stuck = next(iter(cluster.store.all(Pod)))
    cluster.silent.add(stuck.node or "")
    cluster.change(web, "v2")
    cluster.run(600)
    assert cluster.pods() == [stuck.name]
    cluster.delete(stuck.name, grace_us=0)
    cluster.run(5)
    assert sorted(cluster.revisions().values()) == ["v2"] * 3


def test_d05_rollover_abandons_the_half_grown_revision() -> None:
    cluster, web = rolled_out(replicas=8)
    cluster.change(web, "v2")
    cluster.run(1.2)
    cluster.change(web, "v3")
    cluster.run(20)
    assert sorted(cluster.revisions().values()) == ["v3"] * 8
    assert [rs.replicas for rs in cluster.sets()] == [0, 0, 8]


def test_d26_paused_scales_but_does_not_roll_and_the_pause_does_not_count() -> None:
    cluster, web = rolled_out(replicas=2, progress_deadline_us=60 * SECOND)
    cluster.change(web, paused=True)
    cluster.change(web, "v2")
    cluster.run(300)
    assert set(cluster.revisions().values()) == {"v1"}
    before = cluster.clock.events
    cluster.run(HOUR)
    assert cluster.clock.events == before  # a paused Deployment is at rest
    cluster.change(web, replicas=3)
    cluster.run(5)
    assert len(cluster.ready()) == 3
    assert web.status["progressing"] == "DeploymentPaused"
    cluster.change(web, paused=False)
    cluster.run(10)
    assert sorted(cluster.revisions().values()) == ["v2"] * 3
    assert "ProgressDeadlineExceeded" not in [r for (r,) in cluster.statuses("Deployment/web", "progressing")]


def test_d29_min_ready_seconds_slows_a_rollout() -> None:
    cluster, web = rolled_out(replicas=2, min_ready_us=10 * SECOND, **NO_SURGE)
    assert web.status["availableReplicas"] == 0
    cluster.run(10)
    assert web.status["availableReplicas"] == 2
    cluster.change(web, "v2")
    cluster.run(10)
    assert sorted(cluster.revisions().values()) == ["v1", "v2"]
    cluster.run(20)
    assert sorted(cluster.revisions().values()) == ["v2", "v2"]


def test_at_rest_nothing_happens() -> None:
    cluster, _ = rolled_out(replicas=5)
    cluster.run(HOUR)
    before = cluster.clock.events
    cluster.run(24 * HOUR)
    assert cluster.clock.events == before

"""Deployments roll, roll over, pause and scale in mid-rollout: rows D03, D05, D06, D08, D18, D24, D26 and D28."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from statesim.cluster.objects import Pod, ReplicaSet
from statesim.control.rollback import undo
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import IntOrPercent
from tests.acceptance.deployment_worlds import images, most_wanted, sizes
from tests.control.workbench import HOUR, TOLERATION, Cluster, rolled_out

if TYPE_CHECKING:
    from statesim.cluster.store import Change


def test_d03_recreate_has_no_instant_with_old_and_new_pods() -> None:
    cluster, web = rolled_out(replicas=3, strategy="Recreate")
    together: list[set[str]] = []
    cluster.store.watch((Pod,), lambda _: together.append(set(cluster.revisions().values())))
    cluster.change(web, "v2")
    cluster.run(20)
    assert images(cluster) == ["v2"] * 3
    assert {"v2"} in together
    assert {"v1", "v2"} not in together


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_d24_recreate_goes_on_exactly_when_the_last_old_pod_vanishes(gone: int) -> None:
    cluster, web = rolled_out(replicas=3, strategy="Recreate")
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
    cluster, _ = rolled_out(replicas=2)
    controller = cluster.loops[0].controller
    heard: list[Any] = []
    cluster.store.watch((Pod,), lambda change: heard.extend(controller.keys(change)))
    cluster.store.remove(cluster.pod(cluster.pods()[0]))
    assert heard == []


def test_d05_rollover_scales_the_intermediate_set_down_and_never_starves() -> None:
    cluster, web = rolled_out(replicas=4, max_surge=IntOrPercent(1), max_unavailable=IntOrPercent(0))
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
        rng, (cluster, web) = Random(seed), rolled_out(replicas=4)
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


def never_grows_above_nothing(over: list[int]) -> bool:
    """Tell whether what exceeds the cap, as it does after a change to fewer, only shrinks, and goes."""
    steps = pairwise(over)
    return all(after <= max(before, 0) for before, after in steps) and over[-1] <= 0


def test_d08_d28_a_stuck_rollout_scales_in_proportion_and_within_the_surge() -> None:
    cluster, web = rolled_out(replicas=10, max_surge=IntOrPercent(3), max_unavailable=IntOrPercent(2))
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
        cluster, web = rolled_out(replicas=6)
        over = most_wanted(cluster, web)
        cluster.change(web, "v2", replicas=wanted)
        cluster.run(60)
        assert images(cluster) == ["v2"] * wanted
        assert over
        assert never_grows_above_nothing(over)


def test_d18_old_pods_stay_when_the_new_set_is_full_but_broken() -> None:
    cluster, web = rolled_out(replicas=4, max_surge=IntOrPercent(4), max_unavailable=IntOrPercent(1))
    cluster.change(web, "broken")
    cluster.run(60)
    assert sizes(cluster) == {"v1": 3, "broken": 4}
    cluster.change(web, replicas=4, min_ready_us=SECOND)
    cluster.run(60)
    assert sizes(cluster)["v1"] == 3
    assert len(cluster.ready()) == 3


def test_d26_paused_scales_but_does_not_roll_until_resumed() -> None:
    cluster, web = rolled_out(replicas=3)
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
    cluster, web = rolled_out(replicas=10, max_surge=IntOrPercent(3), max_unavailable=IntOrPercent(2))
    cluster.change(web, "broken")
    cluster.run(10)
    cluster.change(web, paused=True)
    cluster.run(5)
    cluster.change(web, replicas=30)
    cluster.run(10)
    assert sizes(cluster) == {"v1": 20, "broken": 13}


def test_d28_rollouts_that_are_scaled_while_they_are_stuck_come_to_their_ends() -> None:
    """As upstream: stuck at 10, then 20 and a good image, stuck again, then 5 and a good image.

    Size and image change together: first all sets get their share of the new size and its surge, as of the
    old ones (8 of 13 are 14 of 23, 18 of 23 are 6 of 8), and only then there is a set of the new image.
    """
    cluster, web = rolled_out(replicas=10, max_surge=IntOrPercent(3), max_unavailable=IntOrPercent(2))
    steps = (
        (10, "broken", {"v1": 8, "broken": 5}, 20, "v3", {"v1": 14, "broken": 9}),
        (20, "broken-too", {"v3": 18, "broken-too": 5}, 5, "v5", {"v3": 6, "broken-too": 2}),
    )
    when_one_is_made: list[dict[str, int]] = []

    def look(change: Change) -> None:
        if change.verb == "ADDED":
            when_one_is_made.append(in_use(cluster))

    cluster.store.watch((ReplicaSet,), look)
    for replicas, bad, stuck, wanted, image, shares in steps:
        cluster.change(web, bad)
        for pod in cluster.store.all(Pod):
            assert pod.ready
        cluster.run(0.9)  # nothing new is Ready yet, and nothing will be before the next change
        assert web.status["availableReplicas"] >= replicas - 2
        assert in_use(cluster) == stuck
        over = most_wanted(cluster, web)
        when_one_is_made.clear()
        cluster.change(web, image, replicas=wanted)
        cluster.run(60)
        assert when_one_is_made == [shares]
        assert images(cluster) == [image] * wanted
        assert web.status["progressing"] == "NewReplicaSetAvailable"
        assert all(rs.desired == wanted for rs in cluster.sets() if rs.revision >= web.revision - 2)
        assert over
        assert never_grows_above_nothing(over)


def in_use(cluster: Cluster) -> dict[str, int]:
    """Return the wanted sizes of the ReplicaSets that have any."""
    return {image: size for image, size in sizes(cluster).items() if size}

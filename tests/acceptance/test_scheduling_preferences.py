"""Where a pod had rather be among the nodes it fits on: priorities.go of test/e2e/scheduling."""

from __future__ import annotations

from tests.acceptance.scheduling_worlds import (
    HOST,
    TAINT,
    asks,
    labelled,
    match,
    near,
    nodes,
    placed,
    preferred,
    run,
)
from tests.acceptance.small import Small, pod


def test_k03_a_pod_had_rather_be_away_from_pods_that_it_dislikes() -> None:
    dislikes = preferred(100, podAffinityTerm=near(HOST, "loud"))
    loud = labelled(pod("loud", nodeName="n-a"), app="loud")
    for seed in range(4):
        made = Small(
            objects=[loud, pod("p", affinity={"podAntiAffinity": dislikes})],
            cluster=nodes("n-a", "n-b"),
            seed=seed,
        ).run(5)
        assert placed(made)["p"] == "n-b"


def test_k03_a_pod_had_rather_be_near_pods_that_it_likes_and_on_nodes_that_it_prefers() -> None:
    likes = {"podAffinity": preferred(100, podAffinityTerm=near(HOST, "cache"))}
    cache = labelled(pod("cache", nodeName="n-a"), app="cache")
    prefers = {"nodeAffinity": preferred(50, preference=match("disk", "ssd"))}
    rows = nodes("n-a", {"name": "n-b", "labels": {"disk": "ssd"}})
    for seed in range(4):
        made = Small(
            objects=[cache, pod("friend", affinity=likes), pod("fast", affinity=prefers)],
            cluster=rows,
            seed=seed,
        ).run(5)
        assert (placed(made)["friend"], placed(made)["fast"]) == ("n-a", "n-b")


def test_k03_a_node_with_a_soft_taint_is_the_last_choice_and_still_one() -> None:
    soft = {"name": "n-a", "taints": [{**TAINT, "effect": "PreferNoSchedule"}]}
    for seed in range(4):
        made = Small(objects=[pod("p")], cluster=nodes(soft, "n-b"), seed=seed).run(5)
        assert placed(made)["p"] == "n-b"
    assert placed(run(pod("p"), cluster=nodes(soft)))["p"] == "n-a"


def test_k03_the_emptier_node_is_better() -> None:
    for seed in range(4):
        busy = pod("busy", nodeName="n-a", **asks(3))
        made = Small(objects=[busy, pod("p", **asks("500m"))], cluster=nodes("n-a", "n-b"), seed=seed).run(5)
        assert placed(made)["p"] == "n-b"

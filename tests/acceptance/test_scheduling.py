"""Where pods may go, and where they had rather be: as upstream's end-to-end cases say (test/e2e/scheduling)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.scheduling_worlds import (
    HOST,
    ZONE,
    asks,
    crowd,
    labelled,
    match,
    near,
    node_affinity,
    nodes,
    placed,
    preferred,
    required,
    said,
    spread,
)
from tests.acceptance.small import Small, pod, workload


def run(
    *objects: dict[str, Any], cluster: dict[str, Any], timeline: tuple[dict[str, Any], ...] = ()
) -> Small:
    return Small(*timeline, objects=list(objects), cluster=cluster, duration="2m").run()


# -- K03: predicates.go --------------------------------------------------------------------------------------


def test_k03_requests_are_counted_and_the_pod_that_exceeds_them_waits_until_one_goes() -> None:
    made = run(
        pod("one", **asks(3)),
        pod("two", **asks("3500m")),
        pod("extra", **asks(2)),
        cluster=nodes("n-a", "n-b"),
        timeline=({"at": "60s", "do": "delete", "on": "Pod/one"},),
    )
    where = placed(made)
    assert {made.events("Scheduled", f"Pod/{name}")[0].t for name in ("one", "two")} == {0.02}
    failed = made.events("FailedScheduling", "Pod/extra")[0]
    words = "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: "
    assert failed.fields["why"] == words + "2 No preemption victims found for incoming pod."
    (later,) = made.events("Scheduled", "Pod/extra")
    assert later.t > 60
    assert where["two"] not in (where["extra"], None)


def test_k03_memory_and_the_number_of_pods_are_limits_too() -> None:
    greedy = pod("greedy", container={"resources": {"requests": {"memory": "2Gi"}}})
    small = {"name": "n-a", "capacity": {"cpu": 4, "memory": "1Gi", "pods": 1}}
    made = run(greedy, pod("p0"), pod("p1"), cluster=nodes(small))
    assert sorted(p for p, node in placed(made).items() if node) == ["p0"]
    assert "1 Insufficient memory" in said(made, "greedy")
    assert said(made, "p1").startswith("0/1 nodes are available: 1 Too many pods. ")


def test_k03_an_init_container_that_asks_for_more_decides() -> None:
    first = {"name": "init", "image": "app:1", "resources": {"requests": {"cpu": 5}}}
    made = run(pod("p", **asks(1), initContainers=[first]), cluster=nodes("n-a"))
    assert "1 Insufficient cpu" in said(made, "p")


@pytest.mark.parametrize(
    ("rule", "node"),
    [
        ({"nodeSelector": {"disk": "ssd"}}, "n-b"),
        ({"nodeSelector": {"disk": "tape"}}, None),
        (node_affinity(match("disk", "ssd", "nvme")), "n-b"),
        (node_affinity(match("disk", "tape")), None),
        (node_affinity(match("disk", operator="Exists"), match("disk", "hdd")), "n-b"),
        (node_affinity(match("disk", "ssd", operator="NotIn")), "n-a"),
        (node_affinity(match("cores", "16", operator="Gt")), "n-a"),
        (
            node_affinity({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n-a"]}]}),
            "n-a",
        ),
        (
            node_affinity({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n-z"]}]}),
            None,
        ),
    ],
)
def test_k03_node_selectors_and_required_node_affinity_are_kept(
    rule: dict[str, Any], node: str | None
) -> None:
    big, fast = {"name": "n-a", "labels": {"cores": "32"}}, {"name": "n-b", "labels": {"disk": "ssd"}}
    made = run(pod("p", **rule), cluster=nodes(big, fast))
    assert placed(made)["p"] == node
    if node is None:
        words = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. preemption: "
        assert (
            said(made, "p") == words + "0/2 nodes are available: 2 Preemption is not helpful for scheduling."
        )


TAINT = {"key": "dedicated", "value": "db", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "fits"),
    [
        ({"key": "dedicated", "operator": "Equal", "value": "db", "effect": "NoSchedule"}, True),
        ({"key": "dedicated", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "dedicated", "operator": "Equal", "value": "web", "effect": "NoSchedule"}, False),
        ({"key": "dedicated", "operator": "Exists", "effect": "NoExecute"}, False),
        (None, False),
    ],
)
def test_k03_a_taint_keeps_out_who_does_not_tolerate_it(
    toleration: dict[str, Any] | None, fits: bool
) -> None:
    made = run(
        pod("p", tolerations=[toleration] if toleration else []),
        cluster=nodes({"name": "n-a", "taints": [TAINT]}),
    )
    assert (placed(made)["p"] is not None) is fits
    if not fits:
        assert said(made, "p").startswith(
            "0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: db}. "
        )


def test_k03_a_cordoned_node_takes_nobody_until_it_is_uncordoned() -> None:
    made = run(
        cluster=nodes("n-a"),
        timeline=(
            {"at": "1s", "do": "cordon", "on": "Node/n-a"},
            {"at": "2s", "do": "apply", "manifests": [pod("p")]},
            {"at": "60s", "do": "uncordon", "on": "Node/n-a"},
        ),
    )
    words = str(made.events("FailedScheduling")[0].fields["why"])
    assert words.startswith("0/1 nodes are available: 1 node(s) were unschedulable. ")
    (when,) = made.times("Scheduled")
    assert 60 <= when <= 63


def port(**more: Any) -> dict[str, Any]:
    return {"container": {"ports": [{"containerPort": 80, "hostPort": 8080, **more}]}}


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (port(), port(), False),
        (port(hostIP="127.0.0.1"), port(hostIP="127.0.0.2"), True),
        (port(hostIP="127.0.0.1"), port(), False),
        (port(protocol="UDP"), port(), True),
        (port(), {"container": {"ports": [{"containerPort": 80, "hostPort": 8081}]}}, True),
        (port(), {"container": {"ports": [{"containerPort": 80}]}}, True),
    ],
)
def test_k03_a_machines_port_is_one_pods_per_address_and_protocol(
    first: dict[str, Any], second: dict[str, Any], together: bool
) -> None:
    made = run(pod("p0", **first), pod("p1", **second), cluster=nodes("n-a"))
    where = placed(made)
    assert where["p0"] == "n-a"
    assert (where["p1"] == "n-a") is together
    if not together:
        words = "1 node(s) didn't have free ports for the requested pod ports."
        assert said(made, "p1").startswith(f"0/1 nodes are available: {words} ")


# -- K03: pods and pods --------------------------------------------------------------------------------------


def away(key: str, app: str = "a") -> dict[str, Any]:
    return {"affinity": {"podAntiAffinity": required(near(key, app))}}


def test_k03_required_anti_affinity_allows_one_replica_a_domain() -> None:
    rows = [{"name": f"n-{z}-{i}", "zone": z} for z in "ab" for i in (1, 2)]
    made = run(workload(replicas=3, **away(ZONE)), cluster=nodes(*rows))
    where = [node for node in placed(made).values() if node]
    assert len(where) == 2
    assert len({str(node).split("-")[1] for node in where}) == 2
    (last,) = made.events("FailedScheduling")
    assert "4 node(s) didn't match pod anti-affinity rules" in str(last.fields["why"])


def test_k03_anti_affinity_is_symmetric_and_looked_at_only_when_a_pod_is_placed() -> None:
    shy = pod("shy", **away(HOST, "loud"))
    loud = pod("loud")
    made = run(shy, cluster=nodes("n-a"), timeline=({"at": "30s", "do": "apply", "manifests": [loud]},))
    assert placed(made) == {"shy": "n-a", "loud": None}
    assert "1 node(s) didn't satisfy existing pods anti-affinity rules" in said(made, "loud")
    relabel = {
        "at": "30s",
        "do": "patch",
        "on": "Pod/other",
        "patch": {"metadata": {"labels": {"app": "loud"}}},
    }
    stays = run(shy, pod("other"), cluster=nodes("n-a"), timeline=(relabel,))
    assert placed(stays) == {"shy": "n-a", "other": "n-a"}


def test_k03_required_affinity_waits_for_company_and_the_first_of_its_own_kind_goes_ahead() -> None:
    rows = [{"name": "n-a", "zone": "a"}, {"name": "n-b", "zone": "b"}]
    wants = {"affinity": {"podAffinity": required(near(ZONE, "cache"))}}
    cache = pod("cache", nodeSelector={ZONE: "b"})
    made = run(
        pod("web", **wants),
        cluster=nodes(*rows),
        timeline=({"at": "30s", "do": "apply", "manifests": [cache]},),
    )
    assert "2 node(s) didn't match pod affinity rules" in said(made, "web")
    assert placed(made) == {"web": "n-b", "cache": "n-b"}
    group = run(
        workload(replicas=4, affinity={"podAffinity": required(near(ZONE, "a"))}), cluster=nodes(*rows)
    )
    assert crowd(group) == [4]


def test_k03_match_label_keys_let_each_revision_keep_to_itself() -> None:
    rows = nodes("n-a", "n-b", version="1.32")
    term = {**near(HOST, "a"), "matchLabelKeys": ["rev"]}
    old, new, newer = (
        labelled(pod(f"p{i}", affinity={"podAntiAffinity": required(term)}), app="a", rev=rev)
        for i, rev in enumerate(("1", "1", "2"))
    )
    made = run(old, new, newer, cluster=rows)
    where = placed(made)
    assert where["p0"] != where["p1"]
    assert where["p2"] is not None
    before = run(old, new, newer, cluster={**rows, "kubernetes": "1.28"})
    assert placed(before)["p2"] is None


# -- K03: spreading ------------------------------------------------------------------------------------------


def test_k03_four_pods_with_a_skew_of_one_are_spread_evenly_over_two_nodes() -> None:
    made = run(workload(replicas=4, topologySpreadConstraints=[spread(HOST)]), cluster=nodes("n-a", "n-b"))
    assert crowd(made) == [2, 2]
    uneven = nodes({"name": "n-a", "capacity": {"cpu": 4, "pods": 1}}, "n-b")
    stuck = run(workload(replicas=4, topologySpreadConstraints=[spread(HOST)]), cluster=uneven)
    assert crowd(stuck) == [1, 2]
    words = str(stuck.events("FailedScheduling")[-1].fields["why"])
    assert "1 Too many pods" in words
    assert "1 node(s) didn't match pod topology spread constraints" in words


def test_k03_whoever_may_schedule_anyway_is_spread_as_far_as_there_is_room() -> None:
    soft = workload(replicas=4, topologySpreadConstraints=[spread(HOST, "ScheduleAnyway")])
    assert crowd(run(soft, cluster=nodes("n-a", "n-b"))) == [2, 2]
    uneven = nodes({"name": "n-a", "capacity": {"cpu": 4, "pods": 1}}, "n-b")
    assert crowd(run(soft, cluster=uneven)) == [1, 3]


def test_k03_a_node_without_the_key_is_no_domain() -> None:
    rows = nodes({"name": "n-a", "zone": "a"}, "n-bare")
    made = run(workload(replicas=2, topologySpreadConstraints=[spread(ZONE)]), cluster=rows)
    assert set(placed(made).values()) == {"n-a"}
    none = run(pod("p", topologySpreadConstraints=[spread(ZONE)]), cluster=nodes("n-bare"))
    assert "(missing required label)" in said(none, "p")


def test_k03_min_domains_asks_for_more_zones_than_there_are() -> None:
    rows = [{"name": f"n-{z}", "zone": z} for z in "ab"]
    asked = workload(replicas=3, topologySpreadConstraints=[spread(ZONE, minDomains=3)])
    assert crowd(run(asked, cluster=nodes(*rows))) == [1, 1]
    assert crowd(run(asked, cluster=nodes(*rows, version="1.23"))) == [1, 2]


@pytest.mark.parametrize(
    ("policy", "version", "fits"),
    [
        ({}, "1.31", False),
        ({"nodeTaintsPolicy": "Honor"}, "1.31", True),
        ({"nodeTaintsPolicy": "Honor"}, "1.24", False),
    ],
)
def test_k03_tainted_nodes_count_as_empty_domains_unless_taints_are_honoured(
    policy: dict[str, str], version: str, fits: bool
) -> None:
    rows = nodes("n-a", {"name": "n-b", "taints": [TAINT]}, version=version)
    made = run(workload(replicas=2, topologySpreadConstraints=[spread(HOST, **policy)]), cluster=rows)
    assert crowd(made) == ([2] if fits else [1])


def test_k03_nodes_that_the_selector_rules_out_count_only_where_affinity_is_ignored() -> None:
    rows = nodes({"name": "n-a", "labels": {"disk": "ssd"}}, "n-b")

    def asked(**policy: str) -> dict[str, Any]:
        return workload(
            replicas=2, nodeSelector={"disk": "ssd"}, topologySpreadConstraints=[spread(HOST, **policy)]
        )

    assert crowd(run(asked(), cluster=rows)) == [2]
    assert crowd(run(asked(nodeAffinityPolicy="Ignore"), cluster=rows)) == [1]


def test_k03_spreading_by_revision_does_not_count_the_pods_of_the_old_one() -> None:
    by_revision = spread(HOST, matchLabelKeys=["rev"])
    old = [labelled(pod(f"old{i}", nodeName="n-a"), app="a", rev="1") for i in range(2)]
    fresh = [
        labelled(pod(f"new{i}", topologySpreadConstraints=[by_revision]), app="a", rev="2") for i in range(2)
    ]
    made = run(*old, *fresh, cluster=nodes("n-a", "n-b"))
    assert {placed(made)["new0"], placed(made)["new1"]} == {"n-a", "n-b"}
    before = run(*old, *fresh, cluster=nodes("n-a", "n-b", version="1.24"))
    assert {placed(before)["new0"], placed(before)["new1"]} == {"n-b"}


# -- K03: priorities.go --------------------------------------------------------------------------------------


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


def test_k03_gated_pods_wait_unseen_until_their_gates_are_removed() -> None:
    gated = pod("p", schedulingGates=[{"name": "example.com/quota"}])
    open_gate = {"at": "60s", "do": "patch", "on": "Pod/p", "patch": {"spec": {"schedulingGates": None}}}
    made = run(gated, cluster=nodes("n-a"), timeline=(open_gate,))
    assert made.events("FailedScheduling") == []
    assert made.times("Scheduled") == [60.0]
    assert made.times("Ungated") == [60.0]
    before = run(gated, cluster=nodes("n-a", version="1.25"))
    assert before.times("Scheduled") == [0.0]


def test_k03_a_node_takes_only_as_many_disks_as_can_be_attached_to_it() -> None:
    claims = [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": f"disk-{i}"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }
        for i in range(3)
    ]
    users = [
        pod(f"p{i}", volumes=[{"name": "d", "persistentVolumeClaim": {"claimName": f"disk-{i}"}}])
        for i in range(3)
    ]
    made = run(*claims, *users, cluster=nodes({"name": "n-a", "attachLimit": 2}))
    assert [placed(made)[f"p{i}"] for i in range(3)] == ["n-a", "n-a", None]
    assert said(made, "p2").startswith("0/1 nodes are available: 1 node(s) exceed max volume count. ")


# -- K03: the words of each version --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("1.20", "1 node(s) had taint {dedicated: db}, that the pod didn't tolerate, 2 Insufficient cpu."),
        (
            "1.24",
            "1 node(s) had untolerated taint {dedicated: db}, 2 Insufficient cpu. preemption: 0/3 nodes are "
            "available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.",
        ),
        (
            "1.26",
            "1 node(s) had untolerated taint {dedicated: db}, 2 Insufficient cpu. preemption: 0/3 nodes are "
            "available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming "
            "pod..",
        ),
        (
            "1.34",
            "1 node(s) had untolerated taint(s), 2 Insufficient cpu. preemption: 0/3 nodes are available: 3 "
            "Preemption is not helpful for scheduling.",
        ),
    ],
)
def test_k03_the_message_is_that_of_the_version(version: str, words: str) -> None:
    rows = nodes("n-a", "n-b", {"name": "n-c", "taints": [TAINT]}, version=version)
    made = run(pod("p", **asks(8)), cluster=rows)
    failed = made.events("FailedScheduling")[0]
    assert failed.fields["why"] == f"0/3 nodes are available: {words}"
    reasons = failed.fields["reasons"]
    assert reasons["Insufficient cpu"] == ["n-a", "n-b"]
    assert [names for reason, names in reasons.items() if "taint" in reason] == [["n-c"]]

"""Which nodes a pod fits on, by room, labels, taints, ports and disks: predicates.go of test/e2e/scheduling."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.scheduling_worlds import (
    TAINT,
    asks,
    match,
    node_affinity,
    nodes,
    placed,
    run,
    said,
)
from tests.acceptance.small import pod


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

"""How evenly pods must be spread over nodes and zones: predicates.go of test/e2e/scheduling."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.scheduling_worlds import (
    HOST,
    TAINT,
    ZONE,
    crowd,
    labelled,
    nodes,
    placed,
    run,
    said,
    spread,
)
from tests.acceptance.small import pod, workload


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

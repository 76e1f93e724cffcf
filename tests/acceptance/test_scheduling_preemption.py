"""Who has to go so that a more important pod can run: as upstream's cases say (test/e2e/scheduling/preemption.go)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.preemption_worlds import HIGH, LOW, later, run
from tests.acceptance.scheduling_worlds import (
    HOST,
    ZONE,
    asks,
    labelled,
    near,
    nodes,
    placed,
    priority_class,
    required,
    said,
    spread,
)
from tests.acceptance.small import Small, pod, workload


def test_k03_a_pod_of_low_priority_makes_room_gracefully_for_one_of_high_priority() -> None:
    slow = {"*": {"pull": "0s", "start": "1s", "ready": "1s", "stop": "5s"}}
    made = Small(
        later(pod("vip", priorityClassName="high", **asks(3))),
        objects=[HIGH, LOW, pod("small", priorityClassName="low", **asks(3))],
        cluster=nodes("n-a"),
        images=slow,
    ).run()
    (told,) = made.events("Preempted")
    assert told.fields["by"] == "Pod/vip"
    assert told.fields["why"] == "preempted by Pod/vip on node n-a"
    (ending,) = made.events("Terminating", "Pod/small")
    assert ending.fields["grace_s"] == 30
    (gone,) = made.events("Deleted", "Pod/small")
    assert gone.t == pytest.approx(35, abs=0.5)
    assert made.find("Pod/small") is None
    (bound,) = made.events("Scheduled", "Pod/vip")
    assert bound.t >= gone.t
    first = made.events("FailedScheduling", "Pod/vip")[0]
    assert (first.fields["nominated"], first.fields["why"]) == (
        "n-a",
        "0/1 nodes are available: 1 Insufficient cpu.",
    )


def test_k03_a_critical_pod_of_the_system_preempts_what_users_run() -> None:
    made = run(
        pod("user", priorityClassName="high", **asks(3)),
        cluster=nodes("n-a"),
        timeline=(later(pod("critical", priorityClassName="system-cluster-critical", **asks(3))),),
    )
    assert placed(made) == {"critical": "n-a"}
    assert made.pod("critical").spec.priority == 2_000_000_000


@pytest.mark.parametrize(
    ("newcomer", "why"),
    [
        (pod("p", priorityClassName="low", **asks(3)), "No preemption victims found for incoming pod."),
        (pod("p", **asks(3)), "No preemption victims found for incoming pod."),
        (
            pod("p", priorityClassName="polite", **asks(3)),
            "not eligible due to preemptionPolicy=Never.",
        ),
        (pod("p", priorityClassName="high", **asks(8)), "1 Insufficient cpu."),
        (
            pod("p", priorityClassName="high", nodeSelector={"disk": "ssd"}),
            "Preemption is not helpful for scheduling.",
        ),
    ],
)
def test_k03_nobody_has_to_go_in_vain(newcomer: dict[str, Any], why: str) -> None:
    made = run(
        priority_class("polite", 1_000, preemptionPolicy="Never"),
        pod("there", priorityClassName="low", **asks(3)),
        cluster=nodes("n-a"),
        timeline=(later(newcomer),),
    )
    assert placed(made) == {"there": "n-a", "p": None}
    assert made.events("Preempted") == []
    assert said(made, "p").endswith(why)


def test_k03_a_waiting_class_of_never_still_goes_first_in_the_queue() -> None:
    polite = priority_class("polite", 500, preemptionPolicy="Never")
    made = Small(
        {
            "at": "1s",
            "do": "apply",
            "manifests": [pod("early", **asks(3)), pod("late", priorityClassName="polite", **asks(3))],
        },
        {"at": "60s", "do": "delete", "on": "Pod/there"},
        objects=[polite, pod("there", **asks(3))],
        cluster=nodes("n-a"),
    ).run()
    assert placed(made) == {"early": None, "late": "n-a"}


def test_k03_pods_that_come_together_are_placed_by_priority() -> None:
    made = run(
        pod("first", priorityClassName="low", **asks(3)),
        pod("second", priorityClassName="high", **asks(3)),
        cluster=nodes("n-a"),
        timeline=(),
    )
    assert placed(made) == {"first": None, "second": "n-a"}
    assert made.events("Preempted") == []


def test_k03_as_few_pods_as_possible_go_and_the_less_important_first() -> None:
    mid = priority_class("mid", 100)
    made = Small(
        later(pod("vip", priorityClassName="high", **asks(2))),
        objects=[
            HIGH,
            LOW,
            mid,
            pod("m", priorityClassName="mid", **asks(1)),
            pod("l0", priorityClassName="low", **asks(1)),
            pod("l1", priorityClassName="low", **asks(2)),
        ],
        cluster=nodes("n-a"),
    ).run()
    assert [e.object for e in made.events("Preempted")] == ["Pod/l1"]
    assert placed(made) == {"m": "n-a", "l0": "n-a", "vip": "n-a"}


def test_k03_preemption_makes_even_what_was_spread_unevenly() -> None:
    rows = [{"name": f"n-{z}", "zone": z} for z in "ab"]
    crowded = [
        labelled(pod(f"low{i}", nodeName="n-a", priorityClassName="low", **asks(1)), app="a")
        for i in range(3)
    ]
    filler = pod("filler", nodeName="n-b", priorityClassName="high", **asks(4))
    vip = labelled(
        pod("vip", priorityClassName="high", topologySpreadConstraints=[spread(ZONE)], **asks(1)), app="a"
    )
    made = run(*crowded, filler, cluster=nodes(*rows), timeline=(later(vip),))
    gone = [e.object for e in made.events("Preempted")]
    assert len(gone) == 3
    assert placed(made)["vip"] == "n-a"


def test_k03_a_pod_that_another_must_avoid_goes_if_it_is_less_important() -> None:
    shy = {"affinity": {"podAntiAffinity": required(near(HOST, "loud"))}}
    loud = labelled(pod("loud", priorityClassName="low"), app="loud")
    made = run(loud, cluster=nodes("n-a"), timeline=(later(pod("vip", priorityClassName="high", **shy)),))
    assert placed(made) == {"vip": "n-a"}


def test_k03_replicas_that_went_come_back_elsewhere_as_far_as_there_is_room() -> None:
    crowd_of = workload(replicas=4, priorityClassName="low", **asks(2))
    vip = workload(
        "StatefulSet",
        "vip",
        replicas=2,
        priorityClassName="high",
        spec={"podManagementPolicy": "Parallel"},
        **asks(2),
    )
    made = run(crowd_of, cluster=nodes("n-a", "n-b"), timeline=(later(vip),))
    where = placed(made)
    assert {where["vip-0"], where["vip-1"]} <= {"n-a", "n-b"}
    others = [node for name, node in where.items() if name.startswith("a-")]
    assert (sum(node is not None for node in others), others.count(None)) == (2, 2)

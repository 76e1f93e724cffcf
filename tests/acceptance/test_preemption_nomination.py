"""What the node that was nominated is to a pod that waits for its victims, and to others meanwhile."""

from __future__ import annotations

from tests.acceptance.preemption_worlds import HIGH, LOW, later
from tests.acceptance.scheduling_worlds import (
    asks,
    nodes,
    placed,
    priority_class,
)
from tests.acceptance.small import Small, pod

SLOW = {"*": {"pull": "0s", "start": "1s", "ready": "1s", "stop": "20s"}}


def test_k03_room_that_is_being_made_is_not_taken_by_less_important_pods() -> None:
    made = Small(
        later(pod("vip", priorityClassName="high", **asks(4))),
        later(pod("thief", priorityClassName="low", **asks(1)), at="40s"),
        objects=[HIGH, LOW, pod("l0", priorityClassName="low", **asks(3))],
        cluster=nodes("n-a"),
        images=SLOW,
    ).run()
    assert placed(made) == {"vip": "n-a", "thief": None}
    assert made.pod("vip").nominated_node == "n-a"


def test_k03_who_waits_for_its_victims_does_not_preempt_others_meanwhile() -> None:
    made = Small(
        later(pod("vip", priorityClassName="high", **asks(4))),
        {"at": "40s", "do": "cordon", "on": "Node/n-b"},
        {"at": "41s", "do": "uncordon", "on": "Node/n-b"},
        objects=[HIGH, LOW, *(pod(f"l{i}", priorityClassName="low", **asks(4)) for i in range(2))],
        cluster=nodes("n-a", "n-b"),
        images=SLOW,
    ).run()
    assert len(made.events("Preempted")) == 1
    waits = [str(e.fields["why"]) for e in made.events("FailedScheduling", "Pod/vip")]
    assert waits[-1].endswith("preemption: not eligible due to a terminating pod on the nominated node.")
    (bound,) = made.events("Scheduled", "Pod/vip")
    assert bound.fields["node"] == made.events("Preempted")[0].fields["node"]


def test_k03_a_more_important_pod_takes_the_room_over_and_the_other_looks_elsewhere() -> None:
    top = priority_class("top", 5_000)
    made = Small(
        later(pod("vip", priorityClassName="high", **asks(4))),
        later(pod("king", priorityClassName="top", **asks(4)), at="35s"),
        objects=[HIGH, LOW, top, pod("l0", priorityClassName="low", **asks(4))],
        cluster=nodes("n-a"),
        images=SLOW,
    ).run()
    assert placed(made) == {"vip": None, "king": "n-a"}
    assert made.pod("vip").nominated_node is None


def test_k03_the_nominated_node_may_turn_out_not_to_be_needed() -> None:
    made = Small(
        later(pod("vip", priorityClassName="high", **asks(4))),
        {"at": "35s", "do": "delete", "on": "Pod/other", "force": True},
        objects=[
            HIGH,
            LOW,
            pod("l0", priorityClassName="low", nodeName="n-a", **asks(4)),
            pod("other", priorityClassName="high", nodeName="n-b", **asks(4)),
        ],
        cluster=nodes("n-a", "n-b"),
        images=SLOW,
    ).run()
    assert [e.object for e in made.events("Preempted")] == ["Pod/l0"]
    assert placed(made)["vip"] == "n-b"

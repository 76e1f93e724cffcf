"""Who has to go so that a more important pod can run: as upstream's cases say (test/e2e/scheduling/preemption.go)."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import Node, Pod, PodDisruptionBudget
from statesim.control.actions import Delete, Write
from statesim.control.nodeinfo import NodeInfo, Tenant, describe
from statesim.control.placing import PodView, decide
from statesim.control.preemption import Candidate, by_violation, pick
from statesim.scenario.specs import (
    Container,
    DisruptionBudgetSpec,
    LabelSelector,
    NodeSpec,
    PodSpec,
    Resources,
)
from statesim.scenario.versions import Features
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
from tests.acceptance.small import Small, budget, pod, workload

HIGH = priority_class("high", 1_000)
LOW = priority_class("low", 10)


def later(*objects: dict[str, Any], at: str = "30s") -> dict[str, Any]:
    return {"at": at, "do": "apply", "manifests": list(objects)}


def run(*objects: dict[str, Any], cluster: dict[str, Any], timeline: tuple[dict[str, Any], ...]) -> Small:
    return Small(*timeline, objects=[HIGH, LOW, *objects], cluster=cluster, duration="3m").run()


# -- K03: preemption.go --------------------------------------------------------------------------------------


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


# -- K03: nomination -----------------------------------------------------------------------------------------

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


# -- K03: budgets and the choice of a node -------------------------------------------------------------------


def test_k03_a_budget_is_honoured_where_it_can_be_and_does_not_protect_where_it_cannot() -> None:
    guarded = labelled(pod("guarded", nodeName="n-a", priorityClassName="low", **asks(4)), app="a")
    free = pod("free", nodeName="n-b", priorityClassName="low", **asks(4))
    keep = budget(minAvailable=1)
    vip = pod("vip", priorityClassName="high", **asks(4))
    made = run(keep, guarded, free, cluster=nodes("n-a", "n-b"), timeline=(later(vip),))
    assert [e.object for e in made.events("Preempted")] == ["Pod/free"]
    alone = run(keep, guarded, cluster=nodes("n-a"), timeline=(later(vip),))
    assert [e.object for e in alone.events("Preempted")] == ["Pod/guarded"]


def made_pod(name: str, priority: int, *, cpu: int = 0, started: int = 0, app: str = "a") -> Pod:
    spec = PodSpec((Container("c", "v1", Resources(cpu_milli=cpu)),), priority=priority)
    return Pod(name=name, uid=name, labels={"app": app}, spec=spec, node="n", started_us=started)


def candidate(name: str, *victims: Pod, violations: int = 0) -> Candidate:
    info = describe(Node(name=name, spec=NodeSpec()), ())
    return Candidate(info, tuple(Tenant.of(victim) for victim in victims), violations)


@pytest.mark.parametrize(
    ("case", "worse", "better"),
    [
        (
            "fewest violated budgets",
            candidate("w", made_pod("a", 1), violations=1),
            candidate("b", made_pod("a", 9), made_pod("b", 9)),
        ),
        (
            "lowest priority of the most important victim",
            candidate("w", made_pod("a", 9)),
            candidate("b", made_pod("a", 8), made_pod("b", 8)),
        ),
        (
            "smallest sum of priorities",
            candidate("w", made_pod("a", 9), made_pod("b", 8)),
            candidate("b", made_pod("a", 9), made_pod("b", 7)),
        ),
        (
            "fewest victims",
            candidate("w", made_pod("a", 9), made_pod("b", -(2**31))),
            candidate("b", made_pod("a", 9)),
        ),
        (
            "latest start of the most important victim",
            candidate("w", made_pod("a", 9, started=5), made_pod("b", 1, started=90)),
            candidate("b", made_pod("a", 9, started=6), made_pod("b", 1, started=1)),
        ),
    ],
)
def test_k03_the_node_is_chosen_that_hurts_least(case: str, worse: Candidate, better: Candidate) -> None:
    assert pick([worse, better]).node.name == "b", case
    assert pick([better, worse]).node.name == "b", case


def test_k03_the_first_of_equal_nodes_is_chosen() -> None:
    equal = [candidate(name, made_pod("a", 9)) for name in "xyz"]
    assert pick(equal).node.name == "x"


def test_k03_a_budget_of_two_is_violated_by_the_third() -> None:
    spec = DisruptionBudgetSpec(LabelSelector({"app": "a"}))
    two = PodDisruptionBudget(name="b", spec=spec, disruptions_allowed=2, disrupted={"p3": 0})
    everybody = PodDisruptionBudget(
        name="e", spec=DisruptionBudgetSpec(LabelSelector()), disruptions_allowed=0
    )
    tenants = [Tenant.of(made_pod(f"p{i}", 1)) for i in range(4)] + [Tenant.of(made_pod("x", 1, app="z"))]
    violating, others = by_violation(tenants, (two, everybody))
    assert [t.pod.name for t in violating] == ["p2"]
    assert [t.pod.name for t in others] == ["p0", "p1", "p3", "x"]


def node_with(name: str, *pods: Pod, cpu: int = 4_000) -> NodeInfo:
    return describe(Node(name=name, spec=NodeSpec(cpu_milli=cpu)), pods)


def victims(asked: Pod, *infos: NodeInfo, budgets: tuple[PodDisruptionBudget, ...] = ()) -> list[str]:
    decision = decide(PodView(0, asked, infos, (), budgets=budgets))
    return [action.object.name for action in decision.actions if isinstance(action, Delete)]


def newcomer(cpu: int, priority: int = 100) -> Pod:
    spec = PodSpec((Container("c", "v1", Resources(cpu_milli=cpu)),), priority=priority)
    return Pod(name="vip", uid="vip", spec=spec)


def test_k03_pods_are_given_back_from_the_most_important_and_longest_running_on() -> None:
    there = (
        made_pod("old", 5, cpu=1_000, started=1),
        made_pod("young", 5, cpu=1_000, started=9),
        made_pod("mid", 50, cpu=1_000),
        made_pod("equal", 100, cpu=1_000),
    )
    assert victims(newcomer(1_000), node_with("n", *there)) == ["young"]
    assert victims(newcomer(2_000), node_with("n", *there)) == ["old", "young"]
    assert victims(newcomer(3_000), node_with("n", *there)) == ["mid", "old", "young"]
    assert victims(newcomer(4_000), node_with("n", *there)) == []


def test_k03_pods_under_a_budget_are_given_back_before_others() -> None:
    spec = DisruptionBudgetSpec(LabelSelector({"app": "db"}))
    none = PodDisruptionBudget(name="b", spec=spec, disruptions_allowed=0)
    there = (made_pod("web", 50, cpu=2_000, app="web"), made_pod("db", 5, cpu=2_000, app="db"))
    assert victims(newcomer(2_000), node_with("n", *there)) == ["db"]
    assert victims(newcomer(2_000), node_with("n", *there), budgets=(none,)) == ["web"]


def test_k03_who_is_ending_already_is_not_deleted_again() -> None:
    going = made_pod("going", 1, cpu=4_000)
    going.deleted_us = 5
    decision = decide(PodView(9, newcomer(4_000), (node_with("n", going),), ()))
    assert [type(action).__name__ for action in decision.actions] == ["Write"]
    (write,) = decision.actions
    assert isinstance(write, Write)
    assert write.changes == {"nominated_node": "n"}


@pytest.mark.parametrize(
    ("version", "gates", "ends", "reason"),
    [
        ("1.25", {}, [], ""),
        ("1.26", {}, [], ""),
        ("1.27", {"PodDisruptionConditions": False}, [], ""),
        ("1.27", {}, ["stays"], "PreemptionByScheduler"),
        ("1.32", {}, ["stays"], "PreemptionByScheduler"),
    ],
)
def test_a_preemptor_waits_for_its_own_victims_only_from_1_27_on(
    version: str, gates: dict[str, bool], ends: list[str], reason: str
) -> None:
    features = Features.for_version(version, gates)
    going, vip = made_pod("going", 1, cpu=1_000), newcomer(4_000)
    going.deleted_us, vip.nominated_node = 5, "n"
    there = (going, made_pod("stays", 1, cpu=3_000))
    decision = decide(PodView(9, vip, (node_with("n", *there),), (), features=features))
    assert [action.object.name for action in decision.actions if isinstance(action, Delete)] == ends
    writes = [a for a in decision.actions if isinstance(a, Write) and a.event == "Preempted"]
    assert [write.changes["disruption"] for write in writes] == [reason] * len(ends)
    assert ("a terminating pod on the nominated node." in decision.why) is not bool(ends)


@pytest.mark.parametrize(
    ("version", "reason"),
    [("1.25", None), ("1.26", "PreemptionByKubeScheduler"), ("1.27", "PreemptionByScheduler")],
)
def test_a_victims_condition_has_the_reason_of_the_version(version: str, reason: str | None) -> None:
    node = node_with("n", made_pod("low", 1, cpu=4_000))
    decision = decide(PodView(9, newcomer(4_000), (node,), (), features=Features.for_version(version)))
    (write,) = [a for a in decision.actions if isinstance(a, Write) and a.event == "Preempted"]
    assert write.changes.get("disruption") == reason

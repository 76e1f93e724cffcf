"""Which pods and which node preemption chooses, and what budgets change of that (framework/preemption)."""

from __future__ import annotations

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
from tests.acceptance.preemption_worlds import later, run
from tests.acceptance.scheduling_worlds import (
    asks,
    labelled,
    nodes,
)
from tests.acceptance.small import budget, pod


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

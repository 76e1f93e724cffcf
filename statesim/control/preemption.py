"""Preemption: which pods of lower priority have to go so that a pod can run, and on which node.

Source: kubernetes pkg/scheduler/framework/preemption/preemption.go and
framework/plugins/defaultpreemption/default_preemption.go. Budgets are honoured as far as possible: a node
where fewer are violated is better, but none protects a pod for certain.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.control.affinity import company
from statesim.control.feasible import judge, with_node

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.cluster.objects import Pod, PodDisruptionBudget
    from statesim.control.affinity import Company
    from statesim.control.feasible import Found, Search
    from statesim.control.nodeinfo import NodeInfo, Tenant

# how many candidates are enough: apis/config/v1/defaults.go, DefaultPreemptionArgs
_LEAST_PERCENT, _LEAST_NODES = 10, 100
BY_SCHEDULER, BY_KUBE_SCHEDULER = "PreemptionByScheduler", "PreemptionByKubeScheduler"
_HOPELESS = "Preemption is not helpful for scheduling"
_NO_VICTIMS = "No preemption victims found for incoming pod"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node, the pods that would have to go (the most important first), and the budgets this violates."""

    node: NodeInfo
    victims: tuple[Tenant, ...]
    violations: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the chosen node with its victims, or why there is none.

    Attributes
    ----------
    refused
        By node, why preemption would not help there; empty if it was not tried.
    """

    chosen: Candidate | None
    why: str = ""
    refused: tuple[tuple[str, str], ...] = ()


def preempt(what: Search, found: Found) -> Outcome:
    """Find the node where preemption hurts least (Evaluator.Preempt)."""
    barred = ineligible(what, found)
    if barred is not None:
        return Outcome(None, barred)
    refused: dict[str, str] = {}
    candidates = _candidates(what, found, refused)
    if candidates:
        return Outcome(pick(candidates))
    counts = Counter(refused.values())
    reasons = ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
    message = f"0/{len(what.nodes)} nodes are available: {reasons}."
    return Outcome(None, message, tuple(refused.items()))


def ineligible(what: Search, found: Found) -> str | None:
    """Return why the pod may not preempt others now, if it may not (PodEligibleToPreemptOthers).

    While pods that it preempted are still ending on the node nominated for it, it waits for them. Where pods
    are not told why they end, any that is ending counts (podTerminatingByPreemption).
    """
    pod = what.pod
    if pod.spec.preemption_policy == "Never":
        return "not eligible due to preemptionPolicy=Never."
    nominated = pod.nominated_node
    if nominated is None:
        return None
    status = found.refused.get(nominated)
    if status is not None and status.final:
        return None
    node = next((node for node in what.nodes if node.name == nominated), None)
    told = what.features.has("PreemptionOwnVictims") and what.features.on("PodDisruptionConditions")
    for tenant in node.tenants if node is not None else ():
        counts = not told or tenant.pod.disruption == BY_SCHEDULER
        if tenant.terminating and counts and tenant.priority < pod.spec.priority:
            return "not eligible due to a terminating pod on the nominated node."
    return None


def _candidates(what: Search, found: Found, refused: dict[str, str]) -> list[Candidate]:
    """Try the nodes that preemption might help, from a drawn one on, until there are enough candidates.

    Source: findCandidates, DryRunPreemption, GetOffsetAndNumCandidates.
    """
    helpful: list[NodeInfo] = []
    for node in what.nodes:
        status = found.problem or found.refused.get(node.name)
        if status is None or status.final:
            refused[node.name] = _HOPELESS
        else:
            helpful.append(node)
    enough = min(len(helpful), max(len(helpful) * _LEAST_PERCENT // 100, _LEAST_NODES))
    offset = int(what.draw * len(helpful))
    known: Company | None = None
    candidates: list[Candidate] = []
    for node in (*helpful[offset:], *helpful[:offset]):
        if node.lowest >= what.pod.spec.priority:
            refused[node.name] = _NO_VICTIMS
            continue
        known = known or company(what.pod, what.nodes, what.features)
        outcome = victims_on(what, known, node)
        if isinstance(outcome, Candidate):
            candidates.append(outcome)
            if len(candidates) >= enough and any(c.violations == 0 for c in candidates):
                break
        else:
            refused[node.name] = outcome
    return candidates


def victims_on(what: Search, known: Company, node: NodeInfo) -> Candidate | str:
    """Return who would have to go from a node, or why even that would not help (SelectVictimsOnNode).

    All pods of lower priority are taken away, then given back one by one, the most important first, those
    whose budget would be violated before the others, as long as the pod still fits.
    """
    lower = sorted((t for t in node.tenants if t.priority < what.pod.spec.priority), key=_importance)
    if not lower:
        return _NO_VICTIMS
    coming = what.nominated.get(node.name, ())
    kept = [t for t in node.tenants if t.priority >= what.pod.spec.priority]

    def why_not(tenants: Sequence[Tenant]) -> str | None:
        there = node.holding((*tenants, *coming))
        status = judge(what, _company(what, known, node, there), there)
        return status.reasons[0] if status is not None else None

    refused = why_not(kept)
    if refused is not None:
        return refused
    violating, others = by_violation(lower, what.budgets)
    victims: list[Tenant] = []
    violations = 0
    for tenant in (*violating, *others):
        if why_not([*kept, tenant]) is None:
            kept.append(tenant)
        else:
            victims.append(tenant)
            violations += tenant in violating
    if not victims:
        return _NO_VICTIMS
    return Candidate(node, tuple(sorted(victims, key=_importance)), violations)


def _company(what: Search, known: Company, node: NodeInfo, there: NodeInfo) -> Company:
    """Return the pod's company with other pods on the node; those that are there now may be in the way."""
    if known.indifferent and not (node.avoiding or there.avoiding):
        return known
    return with_node(what, there)


def _importance(tenant: Tenant) -> tuple[int, int, str]:
    """Sort the more important first: of higher priority, then longer running (util.MoreImportantPod)."""
    return -tenant.priority, started(tenant.pod), tenant.pod.name


def started(pod: Pod) -> int:
    """Return since when a pod runs; one that does not yet counts from its binding (util.GetPodStartTime)."""
    times = (pod.started_us, pod.scheduled_us, pod.created_us)
    return next(time for time in times if time is not None)


def by_violation(
    tenants: Iterable[Tenant], budgets: Sequence[PodDisruptionBudget]
) -> tuple[list[Tenant], list[Tenant]]:
    """Part pods into those whose going would violate a budget and the others (filterPodsWithPDBViolation).

    A budget that allows two disruptions is violated by the third of these pods. One that selects every pod
    (an empty selector) protects none here, and pods whose eviction it has granted are not counted again.
    """
    left = [budget.disruptions_allowed for budget in budgets]
    violating: list[Tenant] = []
    others: list[Tenant] = []
    for tenant in tenants:
        bad = False
        for index, budget in enumerate(budgets):
            selector = budget.spec.selector
            empty = not (selector.match_labels or selector.match_expressions)
            if empty or not tenant.labels or not selector.matches(tenant.labels):
                continue
            if tenant.pod.name in budget.disrupted:
                continue
            left[index] -= 1
            bad = bad or left[index] < 0
        (violating if bad else others).append(tenant)
    return violating, others


def pick(candidates: Sequence[Candidate]) -> Candidate:
    """Return the best candidate (pickOneNodeForPreemption).

    Fewest violated budgets, then the lowest priority among the most important victims, then the smallest sum
    of priorities, then the fewest victims, then the one whose most important victims started last; then the
    first.
    """
    return min(candidates, key=_cost)


def _cost(candidate: Candidate) -> tuple[int, int, int, int, int]:
    victims = candidate.victims
    top = victims[0].priority
    earliest = min(started(v.pod) for v in victims if v.priority == top)
    # each priority is counted from the lowest there can be, so that fewer victims never cost more
    total = sum(victim.priority + 2**31 for victim in victims)
    return candidate.violations, top, total, len(victims), -earliest

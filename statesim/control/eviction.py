"""The eviction API: a deletion that asks the disruption budget first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.objects import Phase, Pod, PodDisruptionBudget
from statesim.control.deletion import delete

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.cluster.store import Store


class Verdict(NamedTuple):
    """Whether an eviction is granted, which budget pays for it (if one does), and why."""

    granted: bool
    budget: PodDisruptionBudget | None
    why: str


def decide_eviction(pod: Pod, budgets: Sequence[PodDisruptionBudget]) -> Verdict:
    """Judge one eviction (pkg/registry/core/pod/storage/eviction.go: Create, checkAndDecrement).

    A pod that is pending, finished or terminating bypasses the budget; so does one that is not ready, as
    long as enough others are healthy.
    """
    if pod.phase is Phase.PENDING or pod.finished or pod.terminating:
        return Verdict(True, None, "no budget protects a pod that does not run")
    if not budgets:
        return Verdict(True, None, "no budget selects the pod")
    if len(budgets) > 1:
        names = ", ".join(budget.name for budget in budgets)
        return Verdict(False, budgets[0], f"more than one budget selects the pod: {names}")
    budget = budgets[0]
    healthy = budget.status.get("current_healthy", 0)
    desired = budget.status.get("desired_healthy", 0)
    if not pod.ready and healthy >= desired > 0:
        return Verdict(True, None, "the pod is not ready and enough others are")
    if budget.disruptions_allowed <= 0:
        return Verdict(False, budget, f"{budget.name} needs {desired} healthy pods and has {healthy}")
    return Verdict(True, budget, f"{budget.name} allows {budget.disruptions_allowed}")


def evict(store: Store, pod: Pod) -> bool:
    """Ask for a pod's eviction; return False if it is refused (429)."""
    budgets = [b for b in store.all(PodDisruptionBudget) if b.spec.selector.matches(pod.labels)]
    verdict = decide_eviction(pod, budgets)
    if not verdict.granted:
        if verdict.budget is not None:
            store.note(verdict.budget, "Refused", pod=pod.name, why=verdict.why)
        return False
    if verdict.budget is not None:
        budget = verdict.budget
        status = {**budget.status, "disruptions_allowed": budget.disruptions_allowed - 1}
        changes = {
            "disruptions_allowed": budget.disruptions_allowed - 1,
            "status": status,
            "disrupted": {**budget.disrupted, pod.name: store.clock.now},
        }
        store.write(budget, "Granted", changes, pod=pod.name, why=verdict.why)
    store.note(pod, "Evicted", uid=pod.uid, node=pod.node, why=verdict.why)
    delete(store, pod, why="the pod was evicted")
    return True

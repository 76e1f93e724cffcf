"""The eviction API: a deletion that asks the disruption budget first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.objects import Phase
from statesim.control.deletion import delete
from statesim.control.selecting import Budgets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.cluster.objects import Pod, PodDisruptionBudget
    from statesim.cluster.store import Store
    from statesim.scenario.versions import Features

# what the API server answers
CREATED = 201
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
# reason of the condition DisruptionTarget (k8s.io/api core/v1; KEP-3329)
BY_EVICTION_API = "EvictionByEvictionAPI"


class Verdict(NamedTuple):
    """What is answered to an eviction, and why.

    Attributes
    ----------
    status
        201 granted, 429 refused for now, 500 never.
    pays
        The budget that an eviction that is granted is paid from, or that refuses one.
    """

    status: int
    pays: PodDisruptionBudget | None
    why: str

    @property
    def granted(self) -> bool:
        """Tell whether the pod is deleted."""
        return self.status == CREATED


def decide_eviction(
    pod: Pod, budgets: Sequence[PodDisruptionBudget], *, unhealthy_policy: bool = True
) -> Verdict:
    """Judge one eviction (pkg/registry/core/pod/storage/eviction.go: Create, checkAndDecrement).

    A pod that is pending, finished or terminating bypasses the budget; so does one that is not ready, as
    long as enough others are healthy. A budget whose status is behind its spec grants nothing.

    Parameters
    ----------
    budgets
        All that select the pod.
    unhealthy_policy
        The API server knows ``unhealthyPodEvictionPolicy`` (KEP-3017).
    """
    if pod.phase is Phase.PENDING or pod.finished or pod.terminating:
        return Verdict(CREATED, None, "no budget protects a pod that does not run")
    if not budgets:
        return Verdict(CREATED, None, "no budget selects the pod")
    if len(budgets) > 1:
        names = ", ".join(budget.name for budget in budgets)
        return Verdict(SERVER_ERROR, budgets[0], f"more than one budget selects the pod: {names}")
    budget = budgets[0]
    healthy = budget.status.get("current_healthy", 0)
    desired = budget.status.get("desired_healthy", 0)
    if not pod.ready:
        if unhealthy_policy and budget.spec.unhealthy_policy == "AlwaysAllow":
            return Verdict(CREATED, None, f"the pod is not ready and {budget.name} always lets such pods go")
        if healthy >= desired > 0:
            return Verdict(CREATED, None, "the pod is not ready and enough others are")
    if budget.status.get("observed_generation", 0) < budget.generation:
        return Verdict(TOO_MANY_REQUESTS, budget, f"{budget.name} is still being worked out after a change")
    if budget.disruptions_allowed <= 0:
        why = f"{budget.name} needs {desired} healthy pods and has {healthy}"
        return Verdict(TOO_MANY_REQUESTS, budget, why)
    return Verdict(CREATED, budget, f"{budget.name} allows {budget.disruptions_allowed}")


def evict(store: Store, pod: Pod, features: Features | None = None) -> Verdict:
    """Ask for a pod's eviction, and delete it if that is granted."""
    budgets = store.shared(Budgets).of(pod)
    knows = features is None or features.on("PDBUnhealthyPodEvictionPolicy")
    verdict = decide_eviction(pod, budgets, unhealthy_policy=knows)
    budget = verdict.pays
    if not verdict.granted:
        if budget is not None:
            store.note(budget, "Refused", pod=pod.name, status=verdict.status, why=verdict.why)
        return verdict
    if budget is not None:
        left = budget.disruptions_allowed - 1
        changes = {
            "disruptions_allowed": left,
            "status": {**budget.status, "disruptions_allowed": left},
            "disrupted": {**budget.disrupted, pod.name: store.clock.now},
        }
        store.write(budget, "Granted", changes, pod=pod.name, why=verdict.why)
    where = {"uid": pod.uid, "node": pod.node, "status": verdict.status, "why": verdict.why}
    if features is None or features.on("PodDisruptionConditions"):
        store.write(pod, "Evicted", {"disruption": BY_EVICTION_API}, reason=BY_EVICTION_API, **where)
    else:
        store.note(pod, "Evicted", **where)
    delete(store, pod, why="the pod was evicted")
    return verdict

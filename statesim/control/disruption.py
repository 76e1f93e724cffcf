"""The disruption controller: how many pods of a budget may go voluntarily now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import Deployment, Pod, PodDisruptionBudget, ReplicaSet, StatefulSet
from statesim.control.actions import Decision, Write
from statesim.kernel.clock import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store
    from statesim.scenario.specs import DisruptionBudgetSpec

# pkg/controller/disruption/disruption.go: DeletionTimeout
DELETION_TIMEOUT_US = 2 * MINUTE


@dataclass(frozen=True, slots=True)
class View:
    """A budget, its pods, and the sum of their controllers' scales (``None`` = a pod has no controller)."""

    now: int
    budget: PodDisruptionBudget
    pods: tuple[Pod, ...]
    scale: int | None


def expected_and_desired(spec: DisruptionBudgetSpec, pods: int, scale: int | None) -> tuple[int, int] | None:
    """Return (expected, desired healthy) pods, ``None`` where the rule cannot be computed.

    Percentages round up, and they and maxUnavailable count the controllers' scale
    (disruption.go: getExpectedPodCount).
    """
    if spec.min_available is not None and not spec.min_available.percent:
        return pods, spec.min_available.value
    if scale is None:
        return None
    if spec.min_available is not None:
        return scale, spec.min_available.of(scale, round_up=True)
    if spec.max_unavailable is not None:
        return scale, max(0, scale - spec.max_unavailable.of(scale, round_up=True))
    return None


def decide(view: View) -> Decision:
    """Work the budget out anew (disruption.go: trySync, updatePdbStatus)."""
    budget = view.budget
    names = {pod.name for pod in view.pods if not pod.terminating}
    granted = {
        name: at
        for name, at in budget.disrupted.items()
        if name in names and at + DELETION_TIMEOUT_US > view.now
    }
    healthy = sum(pod.ready and not pod.terminating and pod.name not in granted for pod in view.pods)
    counts = expected_and_desired(budget.spec, len(view.pods), view.scale)
    expected, desired = counts if counts is not None else (0, 0)
    allowed = max(0, healthy - desired) if counts is not None and expected > 0 else 0
    status = {
        "disruptions_allowed": allowed,
        "current_healthy": healthy,
        "desired_healthy": desired,
        "expected_pods": expected,
        "observed_generation": budget.generation,
    }
    wake_at = min((at + DELETION_TIMEOUT_US for at in granted.values()), default=None)
    if status == budget.status and granted == budget.disrupted:
        return Decision(wake_at=wake_at, why="settled")
    changes = {"status": status, "disruptions_allowed": allowed, "disrupted": granted}
    why = f"{healthy} healthy, {desired} must be: {allowed} may go"
    return Decision((Write(budget, "Status", changes, status),), wake_at=wake_at, why=why)


class DisruptionController:
    """One key a PodDisruptionBudget.

    Parameters
    ----------
    skips_unmanaged
        A pod that no controller with a scale owns counts for nothing where the scale is asked for; before
        1.22 it made the whole budget an error that allows nothing (kubernetes PR 103414).
    """

    name = "disruption"
    watches = (PodDisruptionBudget, Pod, Deployment, StatefulSet)

    def __init__(self, store: Store, *, skips_unmanaged: bool = True) -> None:
        self._store = store
        self._skips_unmanaged = skips_unmanaged
        self._terms: dict[str, tuple[str, str] | None] = {}
        self._selecting: dict[tuple[str, str] | None, dict[str, PodDisruptionBudget]] = {}
        for budget in store.all(PodDisruptionBudget):
            self._select(budget)

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`."""
        obj = change.object
        if isinstance(obj, PodDisruptionBudget):
            if change.event == "Status":
                return ()
            self._select(obj, gone=change.verb == "DELETED")
            return (obj.key,)
        if isinstance(obj, Pod) and change.event != "Labelled":
            return self._matching(obj)
        if isinstance(obj, Pod) or change.event == "Scaled":
            return [budget.key for budget in self._store.all(PodDisruptionBudget)]
        return ()

    def _matching(self, pod: Pod) -> list[str]:
        """Return the keys of the budgets that select a pod, in order of creation."""
        found = [
            budget
            for term in (None, *pod.labels.items())
            for budget in self._selecting.get(term, {}).values()
            if budget.spec.selector.matches(pod.labels)
        ]
        if len(found) > 1:
            chosen = {budget.key for budget in found}
            return [b.key for b in self._store.all(PodDisruptionBudget) if b.key in chosen]
        return [budget.key for budget in found]

    def _select(self, budget: PodDisruptionBudget, *, gone: bool = False) -> None:
        """Note a budget under its selector's first label (``None`` = it has none), as Services are."""
        if budget.key in self._terms:
            del self._selecting[self._terms.pop(budget.key)][budget.key]
        if not gone:
            term = min(budget.spec.selector.match_labels.items(), default=None)
            self._terms[budget.key] = term
            self._selecting.setdefault(term, {})[budget.key] = budget

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        budget = self._store.find(key)
        if not isinstance(budget, PodDisruptionBudget):
            return None
        labels = budget.spec.selector.match_labels
        pods = self._store.pods_matching(labels) if labels else tuple(self._store.all(Pod))
        mine = tuple(p for p in pods if budget.spec.selector.matches(p.labels) and not p.finished)
        return View(self._store.clock.now, budget, mine, self._scale(mine))

    def _scale(self, pods: tuple[Pod, ...]) -> int | None:
        scales: dict[str, int] = {}
        for pod in pods:
            owner = self._store.find(pod.owner.key) if pod.owner is not None else None
            if isinstance(owner, ReplicaSet) and owner.owner is not None:
                owner = self._store.find(owner.owner.key)
            if isinstance(owner, ReplicaSet):
                scales[owner.uid] = owner.replicas
            elif isinstance(owner, (Deployment, StatefulSet)):
                scales[owner.uid] = owner.spec.replicas
            elif not self._skips_unmanaged:
                return None
        return sum(scales.values())

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)

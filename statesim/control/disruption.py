"""The disruption controller: how many pods of a budget may go voluntarily now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.objects import Deployment, Pod, PodDisruptionBudget, ReplicaSet, StatefulSet
from statesim.control.actions import Decision, Write
from statesim.control.selecting import Budgets
from statesim.kernel.spans import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store
    from statesim.scenario.specs import DisruptionBudgetSpec, LabelSelector

# pkg/controller/disruption/disruption.go: DeletionTimeout
DELETION_TIMEOUT_US = 2 * MINUTE


class Counted(NamedTuple):
    """How a pod was counted: for whom (``Kind/name``), as not terminating, and as Ready beside that."""

    owner: str | None = None
    stays: bool = False
    healthy: bool = False


NOBODY = Counted()


class Tally:
    """The pods of one budget that have not ended, counted as they come, change and go.

    A budget over a thousand pods is looked at a thousand times while they start.

    Attributes
    ----------
    healthy
        How many are Ready and not terminating.
    owners
        How many each owner has (``None`` = nobody owns them).
    """

    __slots__ = ("_pods", "healthy", "owners")

    def __init__(self, pods: Iterable[Pod] = ()) -> None:
        self._pods: dict[str, Counted] = {}
        self.healthy = 0
        self.owners: Counter[str | None] = Counter()
        for pod in pods:
            self.note(pod)

    def __len__(self) -> int:
        return len(self._pods)

    def __getitem__(self, name: str) -> Counted:
        return self._pods.get(name, NOBODY)

    def note(self, pod: Pod) -> None:
        """Count a pod as it is now."""
        self.forget(pod.name)
        if pod.finished:
            return
        owner = pod.owner.key if pod.owner is not None else None
        counted = Counted(owner, not pod.terminating, pod.ready and not pod.terminating)
        self._pods[pod.name] = counted
        self.owners[owner] += 1
        self.healthy += counted.healthy

    def forget(self, name: str) -> None:
        """Count a pod no longer."""
        counted = self._pods.pop(name, None)
        if counted is not None:
            self.healthy -= counted.healthy
            self.owners[counted.owner] -= 1
            if not self.owners[counted.owner]:
                del self.owners[counted.owner]


@dataclass(frozen=True, slots=True)
class View:
    """A budget, its pods, and the sum of their controllers' scales (``None`` = a pod has no controller)."""

    now: int
    budget: PodDisruptionBudget
    pods: Tally
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
    granted = {
        name: at
        for name, at in budget.disrupted.items()
        if view.pods[name].stays and at + DELETION_TIMEOUT_US > view.now
    }
    healthy = view.pods.healthy - sum(view.pods[name].healthy for name in granted)
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

    What a budget's workload wants is looked up, not watched: a change of its scale is heard of through its
    pods (disruption.go: NewDisruptionControllerInternal).

    Parameters
    ----------
    skips_unmanaged
        A pod that no controller with a scale owns counts for nothing where the scale is asked for; before
        1.22 it made the whole budget an error that allows nothing (kubernetes PR 103414).
    """

    name = "disruption"
    watches = (PodDisruptionBudget, Pod)

    def __init__(self, store: Store, *, skips_unmanaged: bool = True) -> None:
        self._store = store
        self._skips_unmanaged = skips_unmanaged
        self._budgets = store.shared(Budgets)
        self._tallies: dict[str, tuple[LabelSelector, Tally]] = {}
        self._changed: dict[str, dict[str, None]] = {}

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`."""
        obj = change.object
        if isinstance(obj, PodDisruptionBudget):
            if change.verb == "DELETED":
                self._tallies.pop(obj.key, None)
                self._changed.pop(obj.key, None)
            return () if change.event == "Status" else (obj.key,)
        if isinstance(obj, Pod):
            labelled = change.event == "Labelled"  # it may have been another budget's until now
            concerned = self._store.all(PodDisruptionBudget) if labelled else self._budgets.of(obj)
            for budget in concerned:
                self._changed.setdefault(budget.key, {})[obj.name] = None
            return [budget.key for budget in concerned]
        return ()

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        budget = self._store.find(key)
        if not isinstance(budget, PodDisruptionBudget):
            return None
        pods = self._tally(budget)
        return View(self._store.clock.now, budget, pods, self._scale(pods.owners))

    def _tally(self, budget: PodDisruptionBudget) -> Tally:
        """Return the count of a budget's pods, brought up to the changes since the last time."""
        selector = budget.spec.selector
        changed = self._changed.pop(budget.key, {})
        counted_for, tally = self._tallies.get(budget.key, (None, Tally()))
        if counted_for != selector:
            labels = selector.match_labels
            pods = self._store.pods_matching(labels) if labels else self._store.all(Pod)
            tally = Tally(pod for pod in pods if selector.matches(pod.labels))
            self._tallies[budget.key] = (selector, tally)
        for name in changed:
            pod = self._store.get(Pod, name)
            if pod is not None and selector.matches(pod.labels):
                tally.note(pod)
            else:
                tally.forget(name)
        return tally

    def _scale(self, owners: Iterable[str | None]) -> int | None:
        scales: dict[str, int] = {}
        for key in owners:
            owner = self._store.find(key) if key is not None else None
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

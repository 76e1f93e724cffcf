"""Which selectors select a pod, without comparing it with all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.objects import PodDisruptionBudget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.objects import Pod
    from statesim.cluster.store import Change, Store
    from statesim.scenario.specs import LabelSelector


class Selectors:
    """Selectors by the key of whose they are, each found under its first label."""

    __slots__ = ("_by_term", "_noted", "_serial")

    def __init__(self) -> None:
        self._serial = 0
        self._noted: dict[str, tuple[int, LabelSelector]] = {}
        self._by_term: dict[tuple[str, str] | None, dict[str, None]] = {}

    def note(self, key: str, selector: LabelSelector) -> None:
        """Take a selector in, in place of the one that was noted for this key before."""
        number, before = self._noted.get(key, (self._serial, None))
        if before == selector:
            return
        if before is not None:
            del self._by_term[_term(before)][key]
        else:
            self._serial += 1
        self._noted[key] = (number, selector)
        self._by_term.setdefault(_term(selector), {})[key] = None

    def forget(self, key: str) -> None:
        """Drop a selector."""
        known = self._noted.pop(key, None)
        if known is not None:
            del self._by_term[_term(known[1])][key]

    def matching(self, labels: Mapping[str, str]) -> list[str]:
        """Return the keys of the selectors that match, in the order in which they were first noted."""
        found = [
            (number, key)
            for term in (None, *labels.items())
            for key in self._by_term.get(term, ())
            for number, selector in (self._noted[key],)
            if selector.matches(labels)
        ]
        return [key for _, key in sorted(found)]


def _term(selector: LabelSelector) -> tuple[str, str] | None:
    return min(selector.match_labels.items(), default=None)


class Budgets:
    """The disruption budgets of a store, by the pods that they select."""

    __slots__ = ("_selectors", "_store")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._selectors = Selectors()
        for budget in store.all(PodDisruptionBudget):
            self._selectors.note(budget.name, budget.spec.selector)
        store.watch((PodDisruptionBudget,), self._on_change)

    def _on_change(self, change: Change) -> None:
        budget = change.object
        if change.verb == "DELETED":
            self._selectors.forget(budget.name)
        else:
            self._selectors.note(budget.name, budget.spec.selector)

    def of(self, pod: Pod) -> list[PodDisruptionBudget]:
        """Return the budgets that select a pod, in order of creation."""
        found = (self._store.get(PodDisruptionBudget, name) for name in self._selectors.matching(pod.labels))
        return [budget for budget in found if budget is not None]

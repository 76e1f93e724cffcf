"""Evicts pods from nodes whose NoExecute taints they do not tolerate, or no longer.

Source: pkg/controller/nodelifecycle/scheduler/taint_manager.go (from 1.29 a controller of its own, KEP-3902).
The eviction is an ordinary graceful delete: on a dead node it only marks the pod as Terminating.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import Node, Pod
from statesim.control.actions import Decision, Delete, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.cluster.store import Change, Store
    from statesim.scenario.specs import Taint, Toleration


# reason of the condition DisruptionTarget (KEP-3329; taint_manager.go: addConditionAndDeletePod)
BY_TAINT_MANAGER = "DeletionByTaintManager"


@dataclass(frozen=True, slots=True)
class PodView:
    """A pod, the NoExecute taints of its node, and since when it has been exposed to them.

    `conditions`: the version says on the pod why it is ended.
    """

    now: int
    pod: Pod
    taints: tuple[Taint, ...]
    since_us: int
    conditions: bool = False


def tolerated_us(taints: Sequence[Taint], tolerations: Sequence[Toleration]) -> int | None:
    """Return for how long all the taints are tolerated; ``None`` = for ever.

    Source: taint_manager.go: processPodOnNode, getMinTolerationTime. One intolerable taint is enough; else
    the smallest bound of the tolerations that are used counts, and a bound below zero is none at all.
    """
    bounds = []
    for taint in taints:
        used = next((t for t in tolerations if t.tolerates(taint)), None)
        if used is None:
            return 0
        if used.seconds_us is not None:
            bounds.append(max(0, used.seconds_us))
    return min(bounds, default=None)


def decide(view: PodView) -> Decision:
    """Delete the pod when its toleration has run out (processPodOnNode)."""
    bound = tolerated_us(view.taints, view.pod.spec.tolerations)
    shown = ", ".join(sorted({taint.key for taint in view.taints}))
    if bound is None:
        return Decision(why=f"the pod tolerates {shown}")
    due = view.since_us + bound
    if view.now < due:
        return Decision(wake_at=due, why=f"the pod tolerates {shown} for {bound // 1_000_000} s")
    why = f"TaintManagerEviction: the pod does not tolerate {shown}"
    if bound:
        why += f" for more than {bound // 1_000_000} s"
    gone = Delete(view.pod)
    if not view.conditions:
        return Decision((gone,), why=why)
    told = {"uid": view.pod.uid, "node": view.pod.node, "reason": BY_TAINT_MANAGER}
    said = Write(view.pod, "DisruptionTarget", {"disruption": BY_TAINT_MANAGER}, told)
    return Decision((said, gone), why=why)


class TaintEviction:
    """The taint manager: one key a pod on a tainted node."""

    name = "taint-eviction"
    watches = (Node, Pod)

    def __init__(self, store: Store, *, conditions: bool = False) -> None:
        self._store = store
        self._conditions = conditions
        self._started_us = 0

    def restart(self) -> None:
        """Forget since when pods have been exposed to a taint: a new process counts from its own start."""
        self._started_us = self._store.clock.now

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: all pods of a node whose taints change, and a pod bound to a tainted one."""
        obj = change.object
        if isinstance(obj, Node):
            if change.event not in ("Tainted", "Created"):
                return []
            return [pod.key for pod in self._store.by(Pod, "node", obj.name)]
        bound = change.verb == "ADDED" or change.event == "Scheduled"
        return [obj.key] if bound and obj.node is not None and self._taints(obj.node) else []

    def _taints(self, name: str) -> tuple[Taint, ...]:
        node = self._store.get(Node, name)
        return tuple(t for t in node.taints if t.effect == "NoExecute") if node is not None else ()

    def look(self, key: str) -> PodView | None:
        """See `Controller.look`: nothing if the pod is going already, or its node has no such taint."""
        pod = self._store.find(key)
        if not isinstance(pod, Pod) or pod.node is None or pod.terminating:
            return None
        node = self._store.get(Node, pod.node)
        taints = self._taints(pod.node)
        if node is None or not taints:
            return None
        added = min(node.taint_times.get(f"{t.key}:{t.effect}", node.created_us) for t in taints)
        bound = pod.scheduled_us if pod.scheduled_us is not None else pod.created_us
        since = max(added, bound, self._started_us)
        return PodView(self._store.clock.now, pod, taints, since, self._conditions)

    def decide(self, view: PodView) -> Decision:
        """See `Controller.decide`."""
        return decide(view)

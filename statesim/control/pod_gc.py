"""Removes pod objects whose kubelet will never do it, and finished ones when there are too many.

Source: pkg/controller/podgc/gc_controller.go: gcTerminated, gcTerminating, gcOrphaned,
gcUnscheduledTerminating. It polls every 20 s; here it wakes only for the round in which there is something to
remove.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import Node, Phase, Pod
from statesim.control.actions import Action, Decision, Delete, Write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store
    from statesim.control.ticks import Ticks
    from statesim.scenario.versions import Features

# --terminated-pod-gc-threshold
TERMINATED_THRESHOLD = 12_500
# the key of all finished pods together; it names no object
FINISHED = "Finished/pods"
# reason of the condition DisruptionTarget (KEP-3329)
BY_POD_GC = "DeletionByPodGC"


@dataclass(frozen=True, slots=True)
class PodView:
    """A pod that may have to be removed.

    Attributes
    ----------
    gone_us
        Since when its node's object has been missing; ``None`` if it is there.
    lost
        Its node is not Ready and has been declared out of service.
    since_us
        When that (or a change of the pod) was noticed, so that a round after it will act.
    marks_failed, conditions
        What the version does before it deletes: the phase Failed, the condition DisruptionTarget.
    """

    now: int
    pod: Pod
    gone_us: int | None
    lost: bool
    since_us: int
    rounds: Ticks
    quarantine_us: int
    marks_failed: bool = True
    conditions: bool = True


@dataclass(frozen=True, slots=True)
class FinishedView:
    """All pods whose phase is final, and since when there have been too many.

    `evicted_first`: those that their nodes evicted go before all others (1.27, kubernetes PR 116167).
    """

    now: int
    pods: tuple[Pod, ...]
    threshold: int
    since_us: int
    rounds: Ticks
    evicted_first: bool = True


def decide(view: PodView | FinishedView) -> Decision:
    """Delete by force what can have no kubelet any more, in the round that sees it."""
    if isinstance(view, FinishedView):
        return _thin_out(view)
    due, why = _doomed(view)
    if due is None:
        return Decision(why=why)
    if view.now < due:
        return Decision(wake_at=due, why=why)
    return Decision((*_marked(view), Delete(view.pod, grace_us=0)), why=why)


def _doomed(view: PodView) -> tuple[int | None, str]:
    """Return when the pod is to be removed, and why.

    A missing node is noticed in one round, waits in quarantine, and is looked up again in a later round:
    what decides is whether it is there then.
    """
    if view.gone_us is not None:
        noticed = view.rounds.at_or_after(view.gone_us)
        due = view.rounds.at_or_after(noticed + view.quarantine_us)
        return due, f"PodGC: the pod is orphaned, its node {view.pod.node} does not exist"
    if not view.pod.terminating:
        return None, "nothing to collect"
    due = view.rounds.at_or_after(view.since_us)
    if view.pod.node is None:
        return due, "PodGC: the pod is terminating and was never scheduled"
    if view.lost:
        return due, f"PodGC: the pod is terminating and its node {view.pod.node} is out of service"
    return None, "the kubelet finishes the deletion"


def _marked(view: PodView) -> tuple[Action, ...]:
    """Mark the pod as Failed before it is deleted (markFailedAndDeletePod), as no kubelet will do it."""
    if view.pod.finished or not (view.marks_failed or view.lost):
        return ()
    changes: dict[str, object] = {
        "phase": Phase.FAILED,
        "ready": False,
        "ready_since_us": None,
        "running": False,
    }
    if view.conditions and view.gone_us is not None:
        changes["disruption"] = BY_POD_GC
    return (Write(view.pod, "Failed", changes, {"uid": view.pod.uid, "node": view.pod.node}),)


def _thin_out(view: FinishedView) -> Decision:
    """Remove the oldest finished pods beyond the threshold (gcTerminated)."""
    surplus = len(view.pods) - view.threshold
    if view.threshold <= 0 or surplus <= 0:
        return Decision(why="there are not too many finished pods")
    due = view.rounds.at_or_after(view.since_us)
    why = f"PodGC: {len(view.pods)} pods have finished, {view.threshold} may stay"
    if view.now < due:
        return Decision(wake_at=due, why=why)
    evicted = view.evicted_first

    def age(pod: Pod) -> tuple[bool, int, str]:
        return (evicted and pod.reason != "Evicted", pod.created_us, pod.name)

    doomed = sorted(view.pods, key=age)[:surplus]
    return Decision(tuple(Delete(pod, grace_us=0) for pod in doomed), why=why)


class PodGC:
    """The pod garbage collector: one key a pod, and one for all that have finished.

    Parameters
    ----------
    rounds
        When it comes round (every 20 s).
    quarantine_us
        How long a node must have been missing (40 s).
    threshold
        How many finished pods may stay; 0 = all.
    """

    name = "pod-gc"
    watches = (Pod, Node)

    def __init__(
        self,
        store: Store,
        *,
        features: Features,
        rounds: Ticks,
        quarantine_us: int,
        threshold: int = TERMINATED_THRESHOLD,
    ) -> None:
        self._store = store
        self._features = features
        self._rounds = rounds
        self._quarantine = quarantine_us
        self._threshold = threshold
        self._gone: dict[str, int] = {}
        self._since: dict[str, int] = {}
        self._finished: dict[str, Pod] = {}
        self._crowded_us = 0

    def restart(self) -> None:
        """Forget what a new process does not know: quarantines begin anew."""
        self._gone.clear()
        self._since.clear()
        self._finished.clear()

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: the pods of nodes that go, come or are declared out of service."""
        obj = change.object
        if isinstance(obj, Node):
            return self._keys_of_node(obj, change)
        if change.verb == "DELETED":
            self._since.pop(obj.uid, None)
            self._finished.pop(obj.uid, None)
            if obj.node in self._gone and not self._store.by(Pod, "node", obj.node):
                del self._gone[obj.node]
            return []
        keys = self._note_finished(obj) if obj.finished else []
        if obj.node is not None and self._missing(obj.node):
            return [obj.key, *keys]
        terminating = obj.terminating and change.event in ("Terminating", "Created")
        return [obj.key, *keys] if terminating and (obj.node is None or self._lost(obj.node)) else keys

    def _note_finished(self, pod: Pod) -> list[str]:
        self._finished[pod.uid] = pod
        surplus = len(self._finished) - self._threshold
        if self._threshold <= 0 or surplus <= 0:
            return []
        if surplus == 1:
            self._crowded_us = self._store.clock.now
        return [FINISHED]

    def _keys_of_node(self, node: Node, change: Change) -> list[str]:
        pods = self._store.by(Pod, "node", node.name)
        if change.verb == "DELETED":
            if pods:
                self._gone[node.name] = self._store.clock.now
        elif change.verb == "ADDED":
            self._gone.pop(node.name, None)
        elif change.event not in ("Tainted", "NotReady", "Ready"):
            return []
        return [pod.key for pod in pods if change.verb != "MODIFIED" or pod.terminating]

    def _missing(self, name: str) -> bool:
        """Tell whether a node does not exist; note when that was noticed."""
        if self._store.get(Node, name) is not None:
            return False
        self._gone.setdefault(name, self._store.clock.now)
        return True

    def _lost(self, name: str) -> bool:
        if not self._features.on("NodeOutOfServiceVolumeDetach"):
            return False
        node = self._store.get(Node, name)
        return node is not None and node.ready is not True and node.out_of_service

    def look(self, key: str) -> PodView | FinishedView | None:
        """See `Controller.look`; whether a pod's node exists is asked of the API, not remembered."""
        now = self._store.clock.now
        if key == FINISHED:
            pods = tuple(self._finished.values())
            first = self._features.has("PodGCEvictedFirst")
            return FinishedView(now, pods, self._threshold, self._crowded_us, self._rounds, first)
        pod = self._store.find(key)
        if not isinstance(pod, Pod):
            return None
        missing = pod.node is not None and self._missing(pod.node)
        gone = self._gone[pod.node] if missing and pod.node is not None else None
        lost = pod.node is not None and self._lost(pod.node)
        doomed = pod.terminating and (lost or pod.node is None)
        if gone is None and not doomed:
            self._since.pop(pod.uid, None)
            return None
        since = self._since.setdefault(pod.uid, now)
        conditions = self._features.on("PodDisruptionConditions")
        return PodView(
            now,
            pod,
            gone,
            lost,
            since,
            self._rounds,
            self._quarantine,
            marks_failed=conditions,
            conditions=conditions,
        )

    def decide(self, view: PodView | FinishedView) -> Decision:
        """See `Controller.decide`."""
        return decide(view)

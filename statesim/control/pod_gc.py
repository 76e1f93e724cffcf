"""Removes pod objects whose kubelet will never do it.

Source: pkg/controller/podgc/gc_controller.go: gcOrphaned, gcUnscheduledTerminating, gcTerminating. It polls
every 20 s; here it wakes only for the round in which there is something to remove.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import OUT_OF_SERVICE, Node, Pod
from statesim.control.actions import Decision, Delete

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store
    from statesim.control.ticks import Ticks


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
    """

    now: int
    pod: Pod
    gone_us: int | None
    lost: bool
    since_us: int
    rounds: Ticks
    quarantine_us: int


def decide(view: PodView) -> Decision:
    """Delete by force what can have no kubelet any more, in the round that sees it."""
    due, why = _doomed(view)
    if due is None:
        return Decision(why=why)
    if view.now < due:
        return Decision(wake_at=due, why=why)
    return Decision((Delete(view.pod, grace_us=0),), why=why)


def _doomed(view: PodView) -> tuple[int | None, str]:
    """Return when the pod is to be removed, and why.

    A missing node is noticed in one round, waits in quarantine, and is looked up again in a later round.
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


class PodGC:
    """The pod garbage collector: one key a pod.

    Parameters
    ----------
    rounds
        When it comes round (every 20 s).
    quarantine_us
        How long a node must have been missing (40 s).
    """

    name = "pod-gc"
    watches = (Pod, Node)

    def __init__(self, store: Store, *, rounds: Ticks, quarantine_us: int) -> None:
        self._store = store
        self._rounds = rounds
        self._quarantine = quarantine_us
        self._gone: dict[str, int] = {}
        self._since: dict[str, int] = {}

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: the pods of nodes that go, come or are declared out of service."""
        obj = change.object
        if isinstance(obj, Node):
            return self._keys_of_node(obj, change)
        if change.verb == "DELETED":
            self._since.pop(obj.uid, None)
            return []
        if obj.node is not None and obj.node in self._gone:
            return [obj.key]
        terminating = change.event == "Terminating"
        return [obj.key] if terminating and (obj.node is None or self._lost(obj.node)) else []

    def _keys_of_node(self, node: Node, change: Change) -> list[str]:
        if change.verb == "DELETED":
            self._gone[node.name] = self._store.clock.now
        elif change.verb == "ADDED":
            self._gone.pop(node.name, None)
        elif change.event not in ("Tainted", "NotReady", "Ready"):
            return []
        pods = self._store.by(Pod, "node", node.name)
        return [pod.key for pod in pods if change.verb != "MODIFIED" or pod.terminating]

    def _lost(self, name: str) -> bool:
        node = self._store.get(Node, name)
        return (
            node is not None and node.ready is not True and any(t.key == OUT_OF_SERVICE for t in node.taints)
        )

    def look(self, key: str) -> PodView | None:
        """See `Controller.look`."""
        pod = self._store.find(key)
        if not isinstance(pod, Pod):
            return None
        gone = self._gone.get(pod.node) if pod.node is not None else None
        lost = pod.node is not None and self._lost(pod.node)
        now = self._store.clock.now
        doomed = pod.terminating and (lost or pod.node is None)
        if gone is None and not doomed:
            self._since.pop(pod.uid, None)
            return None
        since = self._since.setdefault(pod.uid, now)
        return PodView(now, pod, gone, lost, since, self._rounds, self._quarantine)

    def decide(self, view: PodView) -> Decision:
        """See `Controller.decide`."""
        return decide(view)

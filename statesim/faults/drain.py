"""`kubectl drain`: which pods it takes, how it asks for them, and when it is done.

Source: staging/src/k8s.io/kubectl/pkg/drain (filters.go, drain.go) and pkg/cmd/drain. It cordons first;
if one pod may not be deleted, it evicts none; it evicts all at the same time, asks again every 5 s on a 429,
gives up on any other refusal, and is done when every pod has gone or its name belongs to another uid.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import Node, Pod
from statesim.control.deletion import delete
from statesim.control.eviction import CREATED, TOO_MANY_REQUESTS, evict
from statesim.faults.operator import schedulable
from statesim.kernel.clock import Band

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from statesim.cluster.store import Change
    from statesim.faults.ground import Ground

UNMANAGED = "they declare no controller (force: true overrides)"
LOCAL_STORAGE = "they have local storage, an emptyDir (deleteEmptyDirData: true overrides)"


@dataclass(frozen=True, slots=True)
class Options:
    """The flags of `kubectl drain`; the defaults are kubectl's.

    Attributes
    ----------
    force
        Pods that no controller would make again are taken too.
    delete_empty_dir_data
        Pods with an emptyDir are taken too; what is in it is lost.
    disable_eviction
        Pods are deleted, without asking the disruption budgets.
    timeout_us
        When the person gives up; ``None`` = never.
    """

    force: bool = False
    delete_empty_dir_data: bool = False
    disable_eviction: bool = False
    timeout_us: int | None = None


def options(row: Any) -> Options:
    """Return what a row of the timeline says."""
    return Options(row.force, row.delete_empty_dir_data, row.disable_eviction, row.timeout_us)


def refused(pod: Pod, options: Options) -> str | None:
    """Return why a drain does not take a pod, ``None`` if it does (localStorageFilter, unreplicatedFilter).

    A pod that has finished can always be removed.
    """
    if pod.finished:
        return None
    if not options.delete_empty_dir_data and any(v.kind == "emptyDir" for v in pod.spec.volumes):
        return LOCAL_STORAGE
    if not options.force and pod.owner is None:
        return UNMANAGED
    return None


def refusals(pods: Iterable[Pod], options: Options) -> dict[str, list[str]]:
    """Return the pods that a drain may not take, by the reason."""
    found: dict[str, list[str]] = {}
    for pod in pods:
        reason = refused(pod, options)
        if reason is not None:
            found.setdefault(reason, []).append(pod.name)
    return found


@dataclass(slots=True)
class Drain:
    """`kubectl drain`: all the nodes are cordoned, then drained one after the other until one drain fails."""

    on: Any
    options: Options = field(default_factory=Options)

    def apply(self, ground: Ground) -> list[str]:
        """Cordon the nodes and begin with the first."""
        names = ground.nodes(self.on)
        schedulable(ground, names, wanted=False)
        self._next(ground, names)
        return [f"Node/{name}" for name in names]

    def _next(self, ground: Ground, names: list[str]) -> None:
        if names:
            name, *rest = names
            NodeDrain(ground, name, self.options, lambda: self._next(ground, rest)).begin()


class NodeDrain:
    """The drain of one node, under way.

    Parameters
    ----------
    then
        Called when it has succeeded.
    """

    __slots__ = ("_failed", "_ground", "_left", "_node", "_options", "_over", "_then")

    def __init__(self, ground: Ground, node: str, options: Options, then: Callable[[], None]) -> None:
        self._ground = ground
        self._node = node
        self._options = options
        self._then = then
        self._left: dict[str, Pod] = {}
        self._failed: list[str] = []
        self._over = False

    def begin(self) -> None:
        """Evict every pod of the node, if none must stay."""
        pods = self._ground.store.by(Pod, "node", self._node)
        reasons = refusals(pods, self._options)
        if reasons:
            why = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in reasons.items())
            self._end("DrainFailed", f"pods cannot be deleted: {why}")
            return
        self._left = {pod.uid: pod for pod in pods}
        if self._options.timeout_us is not None:
            self._ground.clock.after(self._options.timeout_us, self._give_up)
        self._ground.store.watch((Pod,), self._on_pod)
        for pod in pods:
            self._ask(pod)
        self._settle()

    def _ask(self, pod: Pod) -> None:
        """Ask for one pod, unless it is on its way; on a 429 ask again later."""
        ground = self._ground
        if self._over or pod.uid not in self._left or pod.terminating:
            return
        if self._options.disable_eviction:
            delete(ground.store, pod, why="deleted by a drain")
            return
        status, _, why = evict(ground.store, pod, ground.features)
        if status == TOO_MANY_REQUESTS:
            ground.clock.after(ground.timings.eviction_retry_us, self._ask, pod, band=Band.FAULT)
        elif status != CREATED:
            self._left.pop(pod.uid, None)
            self._failed.append(f"{pod.name}: {why}")
            self._settle()

    def _on_pod(self, change: Change) -> None:
        """Hear that a pod is gone; one of its name with another uid is none of ours."""
        if change.verb == "DELETED" and self._left.pop(change.object.uid, None) is not None:
            self._settle()

    def _settle(self) -> None:
        if self._left or self._over:
            return
        if self._failed:
            self._end("DrainFailed", f"evictions failed: {'; '.join(self._failed)}")
        else:
            self._end("Drained", "every pod that was on it is gone")
            self._ground.clock.after(0, self._then, band=Band.FAULT)

    def _give_up(self) -> None:
        if not self._over:
            names = ", ".join(pod.name for pod in self._left.values())
            self._end("DrainFailed", f"the time is over; still there: {names}")

    def _end(self, event: str, why: str) -> None:
        self._over = True
        node = self._ground.store.get(Node, self._node)
        if node is not None:
            self._ground.store.note(node, event, why=why)

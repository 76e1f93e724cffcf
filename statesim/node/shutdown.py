"""Graceful node shutdown: the kubelet holds up its machine's shutdown until its pods have ended.

Source: pkg/kubelet/nodeshutdown (nodeshutdown_manager.go: killPods, migrateConfig); doc "Node Shutdowns". The
node reports that it is not ready and takes no pod; ordinary pods get the first part of the time, critical
ones the rest, each at most its own grace period. Their objects stay, as Failed, and their owners replace
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.node.pressure import critical
from statesim.node.worker import Ending

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.kernel.clock import Clock, Timer
    from statesim.node.kubelet import Kubelet
    from statesim.node.worker import PodWorker
    from statesim.scenario.versions import Features

WHY = "the pod was terminated in response to imminent node shutdown"
OLD_WHY = "node is shutting, evicting pods"


def ending(features: Features, disruption: str) -> Ending:
    """Return how pods end, in the words of the version."""
    if features.has("ShutdownSaysTerminated"):
        return Ending("Terminated", WHY, disruption)
    return Ending("Shutdown", OLD_WHY, disruption)


class Shutdown:
    """The shutdown of one machine, under way.

    Parameters
    ----------
    grace_us, critical_us
        The kubelet's ``shutdownGracePeriod``, and the part of it that is kept for critical pods.
    power_off
        Called when the kubelet lets go, at the latest after `grace_us`.
    """

    __slots__ = ("_clock", "_ending", "_groups", "_kubelet", "_left", "_power_off", "_timer")

    def __init__(
        self,
        kubelet: Kubelet,
        clock: Clock,
        how: Ending,
        *,
        grace_us: int,
        critical_us: int,
        power_off: Callable[[], None],
    ) -> None:
        self._kubelet = kubelet
        self._clock = clock
        self._ending = how
        self._power_off = power_off
        self._groups = [(False, grace_us - critical_us), (True, critical_us)]
        self._left: set[str] = set()
        self._timer: Timer | None = None

    def begin(self) -> None:
        """Take no more pods, say so, and end the ordinary ones."""
        self._kubelet.shutting_down = True
        self._kubelet.report_ready(ready=False, why="the node is shutting down")
        self._kubelet.on_gone.append(self._gone)
        self._next()

    def _next(self) -> None:
        """End the next group; one without pods is not waited for."""
        while self._groups:
            wanted, period_us = self._groups.pop(0)
            group = [w for w in self._kubelet.workers.values() if critical(w.pod.spec) is wanted]
            if group:
                self._left = {worker.uid for worker in group}
                self._timer = self._clock.after(period_us, self._overdue)
                for worker in group:
                    self._kubelet.end(worker, self._ending, min(worker.pod.spec.grace_us, period_us))
                return
        self._kubelet.on_gone.remove(self._gone)
        self._power_off()

    def _gone(self, worker: PodWorker) -> None:
        self._left.discard(worker.uid)
        if not self._left and self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._clock.after(0, self._next)

    def _overdue(self) -> None:
        self._timer = None
        self._next()

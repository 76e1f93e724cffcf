"""Node-pressure eviction: a kubelet that runs out of memory or disk ends pods, the greediest first.

Source: pkg/kubelet/eviction (eviction_manager.go: synchronize; helpers.go: rankMemoryPressure,
rankDiskPressure; hard thresholds of pkg/kubelet/apis/config). No disruption budget is asked. It looks every
10 s, but here only when something has changed; a round in which it evicts is followed by another as soon as
the pod is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from statesim.cluster.objects import MEMORY_PRESSURE
from statesim.control.ticks import Ticks
from statesim.node.worker import Ending
from statesim.scenario.specs import Taint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statesim.cluster.objects import Node, Pod
    from statesim.cluster.store import Store
    from statesim.node.machine import Machine
    from statesim.node.worker import PodWorker
    from statesim.scenario.specs import NodeSpec, PodSpec
    from statesim.scenario.timings import Timings

MEMORY, DISK = "MemoryPressure", "DiskPressure"
RESOURCES = {MEMORY: "memory", DISK: "ephemeral-storage"}
# pkg/kubelet/apis/config/v1beta1/defaults_linux.go: memory.available, nodefs.available
MEMORY_THRESHOLD = 100 * 2**20
DISK_THRESHOLD_PERCENT = 10
# pkg/kubelet/eviction/eviction_manager.go: podCleanupPollFreq
CLEANUP_POLL_US = 1_000_000
# pkg/apis/scheduling/types.go: SystemCriticalPriority
CRITICAL_PRIORITY = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pod that could be evicted: what it uses of the resource that runs out, and what it asked for."""

    uid: str
    priority: int
    requested: int
    used: int


def rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return who goes first: those above their request, then low priority, then the most above it.

    Source: helpers.go: rankMemoryPressure = exceedMemoryRequests, priority, memory; the same for disks.
    """
    return sorted(candidates, key=lambda c: (c.used <= c.requested, c.priority, c.requested - c.used))


def best_effort(spec: PodSpec) -> bool:
    """Tell whether no container asks for anything (pkg/apis/core/v1/helper/qos: GetPodQOS)."""
    containers = (*spec.containers, *spec.init_containers)
    return not any(r.cpu_milli or r.memory_bytes for c in containers for r in (c.requests, c.limits))


def critical(spec: PodSpec) -> bool:
    """Tell whether a pod is never evicted by its node (pkg/kubelet/types: IsCriticalPod)."""
    return spec.priority >= CRITICAL_PRIORITY


def usage(worker: PodWorker) -> dict[str, int]:
    """Return what a pod uses when it runs, as its images say."""
    memory = (
        run.spec.requests.memory_bytes if run.behaviour.memory is None else run.behaviour.memory
        for run in worker.containers
    )
    return {MEMORY: sum(memory), DISK: sum(run.behaviour.disk for run in worker.containers)}


class Agent(Protocol):
    """What this needs of a kubelet."""

    @property
    def machine(self) -> Machine:
        """Return its machine."""

    @property
    def connected(self) -> bool:
        """Tell whether the API hears it."""

    @property
    def workers(self) -> Mapping[str, PodWorker]:
        """Return its pods, by uid."""

    def node(self) -> Node | None:
        """Return the Node object of its machine."""

    def end(self, worker: PodWorker, ending: Ending, grace_us: int) -> None:
        """End a pod."""


class Pressure:
    """What one machine has left, and what its kubelet does about it.

    Parameters
    ----------
    disruption
        Reason of the condition DisruptionTarget that an evicted pod gets; "" = none.
    """

    __slots__ = (
        "_clock",
        "_disruption",
        "_hogs",
        "_kubelet",
        "_look_at",
        "_low",
        "_machine",
        "_observed",
        "_rounds",
        "_spec",
        "_store",
        "_sums",
        "_transition_us",
        "_used",
    )

    def __init__(
        self, kubelet: Agent, spec: NodeSpec, store: Store, timings: Timings, phase_us: int, disruption: str
    ) -> None:
        self._kubelet = kubelet
        self._machine = kubelet.machine
        self._spec = spec
        self._store = store
        self._clock = store.clock
        self._disruption = disruption
        self._transition_us = timings.eviction_pressure_transition_us
        self._rounds = Ticks(timings.eviction_monitoring_us, phase_us)
        self._used: dict[str, Mapping[str, int]] = {}
        self._sums = {MEMORY: 0, DISK: 0}
        self._hogs: dict[str, tuple[str, int]] = {}
        self._low: tuple[str, ...] = ()
        self._observed: dict[str, int] = {}
        self._look_at: int | None = None

    # -- what is left ------------------------------------------------------------------------------------

    def available(self, resource: str) -> int:
        """Return how much is left. All memory that pods can request leaves the threshold free."""
        spec = self._spec
        capacity = spec.memory_bytes + MEMORY_THRESHOLD if resource == MEMORY else spec.disk_bytes
        hogs = sum(taken for what, taken in self._hogs.values() if what == resource)
        return capacity - hogs - self._sums[resource]

    def _threshold(self, resource: str) -> int:
        return (
            MEMORY_THRESHOLD if resource == MEMORY else self._spec.disk_bytes * DISK_THRESHOLD_PERCENT // 100
        )

    def squeeze(self, name: str, resource: str, free: int) -> None:
        """Let something that is no pod take all but `free` of what is left now."""
        self._hogs[name] = (resource, max(0, self.available(resource) - free))
        self._changed()

    def relieve(self, name: str) -> None:
        """Give back what `squeeze` took."""
        if self._hogs.pop(name, None) is not None:
            self._changed()

    def take(self, worker: PodWorker) -> None:
        """Count a pod that runs; only the first call does."""
        if worker.uid in self._used:
            return
        used = usage(worker)
        self._used[worker.uid] = used
        for resource, amount in used.items():
            self._sums[resource] += amount
        if any(used.values()):
            self._changed()

    def forget(self, worker: PodWorker) -> None:
        """Count a pod no more."""
        used = self._used.pop(worker.uid, None)
        if used is not None and any(used.values()):
            for resource, amount in used.items():
                self._sums[resource] -= amount
            self._changed()

    def reset(self) -> None:
        """Forget what was in memory when the power was cut; a disk stays as full as it was."""
        self._used.clear()
        self._sums = {MEMORY: 0, DISK: 0}
        self._hogs = {name: hog for name, hog in self._hogs.items() if hog[0] == DISK}
        self._low = ()
        self._observed.clear()
        self._look_at = None

    # -- looking -----------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """Look in the next round, if it can matter; every round until now has seen what was so until now."""
        now = self._clock.now
        if self._low:
            latest = self._rounds.at_or_after(now) - self._rounds.period_us
            self._observed.update({r: max(self._observed[r], latest) for r in self._low})
        if self._low or self._below():
            self._look_in(self._rounds.after(now))

    def _below(self) -> tuple[str, ...]:
        return tuple(r for r in RESOURCES if self.available(r) < self._threshold(r))

    def _look_in(self, due_us: int) -> None:
        """Look at a time, unless it is to look earlier anyway."""
        if self._look_at is None or due_us < self._look_at:
            self._look_at = due_us
            self._machine.later(due_us - self._clock.now, self._look, due_us)

    def _look(self, due_us: int) -> None:
        """One round: report the conditions, and evict at most one pod (synchronize)."""
        if due_us != self._look_at:
            return
        self._look_at = None
        now = self._clock.now
        self._low = self._below()
        self._observed.update(dict.fromkeys(self._low, now))
        over = [r for r, seen in self._observed.items() if seen + self._transition_us <= now]
        for resource in over:
            del self._observed[resource]
        self.report()
        if self._low:
            if self._reclaim(self._low[0]):
                self._look_in(now + CLEANUP_POLL_US)
        elif self._observed:
            self._look_in(self._rounds.at_or_after(min(self._observed.values()) + self._transition_us))

    def resume(self) -> None:
        """Say what is so to an API that can be reached again; a kubelet that has just started looks anew."""
        self._changed()
        self.report()

    def report(self) -> None:
        """Bring the Node's conditions up to what has been observed within the transition period."""
        node = self._kubelet.node()
        if node is None or not self._kubelet.connected:
            return
        wanted = tuple(r for r in RESOURCES if r in self._observed)
        for resource, what in RESOURCES.items():
            now = resource in self._observed
            if now != (resource in node.pressure):
                why = f"it has too little {what}" if now else f"it has had enough {what} for a while"
                changes = {"pressure": wanted, "reported_us": self._clock.now}
                self._store.write(node, resource, changes, status=str(now), why=why)

    # -- evicting ----------------------------------------------------------------------------------------

    def _reclaim(self, resource: str) -> bool:
        """Free what can be freed; tell whether a pod was evicted.

        Images that no pod uses are deleted first (reclaimNodeLevelResources); how large they are is not
        known here, so that they free nothing, but they have to be pulled again.
        """
        workers = {w.uid: w for w in self._kubelet.workers.values() if w.running and w.ending is None}
        if resource == DISK:
            used = {run.spec.image for worker in self._kubelet.workers.values() for run in worker.containers}
            self._machine.images &= used
        found = [
            Candidate(uid, w.pod.spec.priority, self._requested(w, resource), self._used[uid][resource])
            for uid, w in workers.items()
            if uid in self._used and not critical(w.pod.spec)
        ]
        if not found:
            return False
        self._evict(workers[rank(found)[0].uid], resource)
        return True

    @staticmethod
    def _requested(worker: PodWorker, resource: str) -> int:
        """Return what a pod requests; requests of ephemeral-storage are not read."""
        return worker.pod.spec.requests.memory_bytes if resource == MEMORY else 0

    def _evict(self, worker: PodWorker, resource: str) -> None:
        why = f"the node was low on resource: {RESOURCES[resource]}"
        pod, node = worker.pod, self._kubelet.node()
        if self._kubelet.connected and self._store.get(type(pod), pod.name) is pod:
            if node is not None:
                self._store.note(
                    node, "EvictionThresholdMet", why=f"attempting to reclaim {RESOURCES[resource]}"
                )
            self._store.note(pod, "Evicted", uid=pod.uid, node=pod.node, why=why)
        self._kubelet.end(worker, Ending("Evicted", why, self._disruption), 0)

    def refusal(self, pod: Pod) -> Ending | None:
        """Return why a pod may not start here now (eviction_manager.go: Admit)."""
        if not self._observed or critical(pod.spec):
            return None
        if set(self._observed) == {MEMORY}:
            taint = Taint(MEMORY_PRESSURE, "NoSchedule")
            if not best_effort(pod.spec) or any(t.tolerates(taint) for t in pod.spec.tolerations):
                return None
        return Ending(
            "Evicted", f"the node had condition: [{', '.join(r for r in RESOURCES if r in self._observed)}]"
        )

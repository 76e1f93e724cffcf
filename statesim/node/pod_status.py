"""What a kubelet says of its pods: the status that it writes to the API when something about them changes.

Source: pkg/kubelet/status (status_manager.go, generate.go), pkg/kubelet/kubelet_pods.go: getPhase.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.objects import Phase
from statesim.node.worker import Stage

if TYPE_CHECKING:
    from statesim.cluster.store import Store
    from statesim.node.worker import PodWorker


class PodStatus:
    """The writer of one machine's pod statuses; its caller knows that the API can be reached."""

    __slots__ = ("_clock", "_node", "_store")

    def __init__(self, store: Store, node: str) -> None:
        self._store = store
        self._clock = store.clock
        self._node = node

    def acknowledge(self, worker: PodWorker) -> None:
        """Report the pod for the first time, or after a reboot (kubelet.go: SyncPod)."""
        pod = worker.pod
        changes: dict[str, object] = {"containers": worker.statuses()}
        if pod.acknowledged_us is None:
            changes["acknowledged_us"] = self._clock.now
            changes["initialized_us"] = None if pod.spec.init_containers else self._clock.now
        self._store.report(pod, changes)

    def report(self, worker: PodWorker) -> None:
        """Bring a pod object's status up to what is so."""
        pod = worker.pod
        where = {"uid": worker.uid, "node": self._node}
        now = self._clock.now
        detail = self._detail(worker)
        if worker.started and pod.started_us is None:
            changes = {"phase": Phase.RUNNING, "running": True, "started_us": now, "ip": worker.address}
            self._store.write(pod, "Started", {**changes, **detail}, **where)
        elif worker.restarts > pod.restarts and worker.running:
            self._store.write(
                pod,
                "Restarted",
                {"restarts": worker.restarts, "running": True, "ip": worker.address, **detail},
                **where,
                restarts=worker.restarts,
            )
        ready = worker.ready and not pod.gates_unmet
        if ready and not pod.ready:
            self._store.write(pod, "Ready", {"ready": True, "ready_since_us": now, **detail}, **where)
        elif pod.ready and not ready:
            changes = {
                "ready": False,
                "ready_since_us": None,
                "unready_since_us": now,
                "running": worker.running,
            }
            why = self._why_not_ready(worker)
            self._store.write(pod, "NotReady", {**changes, **detail}, **where, why=why)
        if detail and pod.containers != detail["containers"]:
            self._store.report(pod, detail)

    def _detail(self, worker: PodWorker) -> dict[str, object]:
        """Return what has changed in the containers' statuses (status/generate.go: ContainersReady)."""
        now, before = worker.statuses(), worker.pod.containers
        if now == before:
            return {}
        ready = all(status.ready for status in now)
        was_ready = bool(before) and all(status.ready for status in before)
        moved = {"containers_ready_us": self._clock.now} if ready is not was_ready else {}
        return {"containers": now, **moved}

    def _why_not_ready(self, worker: PodWorker) -> str:
        if worker.stage is Stage.STOPPING:
            return "the pod is being stopped"
        down = next((run.spec.name for run in worker.containers if not run.up), None)
        if worker.ready:
            return ", ".join(worker.pod.gates_unmet)
        return f"{down} is not running" if down else "the readiness probe fails"

    def end(self, worker: PodWorker) -> None:
        """Report a pod that has ended for good: by itself, or because its node had to end it."""
        ending = worker.ending
        phase = Phase.SUCCEEDED if worker.succeeded and ending is None else Phase.FAILED
        changes: dict[str, object] = {
            "phase": phase,
            "ready": False,
            "ready_since_us": None,
            "unready_since_us": self._clock.now,
            "running": False,
            **self._detail(worker),
        }
        fields: dict[str, str] = {}
        if ending is not None:
            changes["reason"] = ending.reason
            changes["message"] = sentence(ending.why)
            changes["disruption"] = ending.disruption or worker.pod.disruption
            fields = {"reason": ending.reason, "why": ending.why}
        where = {"uid": worker.uid, "node": self._node}
        self._store.write(worker.pod, phase.value, changes, **where, **fields)


def sentence(why: str) -> str:
    """Return why a pod has ended as its status says it: a sentence."""
    return f"{why[:1].upper()}{why[1:]}."

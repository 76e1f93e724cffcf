"""The kubelet: makes a machine run the pods that the API server has bound to it, and reports what it sees.

It hears of changes and can report only while its machine is on and reaches the control plane. Cut off, it
goes on: containers run, crash and are restarted, but nothing is learned and nothing is told. When it is
back it compares everything it has with everything the API says, which is also all that a reboot needs
(kubernetes pkg/kubelet/kubelet.go: syncLoop, HandlePodCleanups).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from statesim.cluster.identity import pod_ip
from statesim.cluster.objects import Node, Phase, Pod
from statesim.node.containers import EXIT_CODES, FORCED_GRACE_US, Containers
from statesim.node.machine import Power
from statesim.node.process import Exit
from statesim.node.volumes import VolumeManager
from statesim.node.worker import ContainerRun, PodWorker, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.cluster.store import Store
    from statesim.kernel.streams import Streams
    from statesim.node.images import Images
    from statesim.node.machine import Machine
    from statesim.node.process import Driver
    from statesim.scenario.timings import Timings


class Kubelet:
    """The agent of one machine.

    Attributes
    ----------
    workers
        The pods that it has, by uid.
    connected
        The machine is on and reaches the control plane.
    """

    def __init__(
        self,
        machine: Machine,
        store: Store,
        streams: Streams,
        images: Images,
        timings: Timings,
        driver_of: Callable[[PodWorker], Driver],
        lose_disk: Callable[[str], None],
    ) -> None:
        self.machine = machine
        self.workers: dict[str, PodWorker] = {}
        self.connected = True
        self._store = store
        self._clock = store.clock
        self._streams = streams
        self._images = images
        self._timings = timings
        self._lose_disk = lose_disk
        self.containers = Containers(
            machine,
            store.clock,
            store.trace,
            streams,
            timings,
            driver_of=driver_of,
            changed=self.report,
            stopped=self._finish,
        )
        self.volumes = VolumeManager(
            machine,
            store,
            streams,
            timings,
            self.workers,
            told=self._told,
            again=self.volumes_changed,
        )

    # -- what the API says -----------------------------------------------------------------------------

    def hear(self, pod: Pod) -> None:
        """Learn of a change to a pod that is bound to this machine."""
        if not self.connected:
            return
        worker = self.workers.get(pod.uid)
        gone = self._store.get(Pod, pod.name) is not pod
        if worker is None:
            if not gone and not pod.finished:
                self._admit(pod)
        elif gone:
            worker.quiet = True
            self.containers.stop(worker, FORCED_GRACE_US)
        elif pod.deleted_us is not None:
            self.containers.stop(worker, pod.grace_us if pod.grace_us is not None else pod.spec.grace_us)

    def _admit(self, pod: Pod) -> None:
        runs = [ContainerRun(spec, self._images.of(spec.image)) for spec in pod.spec.containers]
        worker = PodWorker(pod, runs)
        self.workers[pod.uid] = worker
        if pod.deleted_us is not None:
            worker.stage = Stage.STOPPING
            self._finish(worker)
            return
        if pod.started_us is not None:  # the machine has been rebooted under it
            worker.main.restarts = pod.restarts + 1
            for run in runs:
                run.note_end(*EXIT_CODES[Exit.POWER_CUT], self._clock.now)
        self._acknowledge(worker)
        self.volumes_changed(worker)

    def _acknowledge(self, worker: PodWorker) -> None:
        """Report the pod for the first time, or after a reboot (kubelet.go: SyncPod)."""
        pod = worker.pod
        changes: dict[str, object] = {"containers": worker.statuses()}
        if pod.acknowledged_us is None:
            changes["acknowledged_us"] = self._clock.now
            changes["initialized_us"] = None if pod.spec.init_containers else self._clock.now
        self._store.report(pod, changes)

    def volumes_changed(self, worker: PodWorker) -> None:
        """Go on with a pod whose volumes may have been attached by now."""
        if worker.stage is not Stage.VOLUMES or not self.connected:
            return
        if not self.volumes.mountable(worker):
            return
        worker.stage = Stage.MOUNTING
        if not worker.disks:
            self._pull(worker)
            return
        if worker.pod.started_us is None:
            where = {"uid": worker.uid, "node": self.machine.name}
            self._clock.cause = self._store.note(worker.pod, "VolumesAttached", **where)
        self.volumes.report()
        rng = self._streams.get("Pod", worker.pod.name, "mount")
        self._machine_later(self._timings.mount.draw(rng), self._mounted, worker)

    def _mounted(self, worker: PodWorker) -> None:
        self.volumes.grow(worker)
        self._pull(worker)

    def _machine_later(self, delay: int, fn: Callable[[PodWorker], None], worker: PodWorker) -> None:
        """Do the next step of a pod after a delay, unless it is being stopped by then."""
        stage = worker.stage
        self.machine.later(delay, lambda: fn(worker) if worker.stage is stage else None)

    def _pull(self, worker: PodWorker) -> None:
        """Pull what this machine does not have yet, one image after the other (serializeImagePulls)."""
        worker.stage = Stage.PULLING
        delay = 0
        wanted = [*worker.pod.spec.init_containers, *worker.pod.spec.containers]
        for spec in wanted:
            if spec.image not in self.machine.images or spec.image_pull_policy == "Always":
                rng = self._streams.get("Pod", worker.pod.name, spec.name, "pull")
                delay += self._images.of(spec.image).pull.draw(rng)
        self._machine_later(delay, self._pulled, worker)

    def _pulled(self, worker: PodWorker) -> None:
        wanted = (*worker.pod.spec.init_containers, *worker.pod.spec.containers)
        self.machine.images.update(spec.image for spec in wanted)
        if self._told(worker) and worker.pod.started_us is None:
            where = {"uid": worker.uid, "node": self.machine.name}
            self._clock.cause = self._store.note(worker.pod, "Pulled", **where)
        self._initialise(worker)

    def _initialise(self, worker: PodWorker) -> None:
        """Run the init containers one after the other: each takes its image's `start` and `ready`."""
        worker.stage = Stage.INITIALISING
        delay = 0
        for spec in worker.pod.spec.init_containers:
            behaviour = self._images.of(spec.image)
            if behaviour.ready is None:
                return  # never completes: the pod stays Pending
            rng = self._streams.get("Pod", worker.pod.name, spec.name, "init")
            delay += behaviour.start.draw(rng) + behaviour.ready.draw(rng)
        self._machine_later(delay, self._start, worker)

    def _start(self, worker: PodWorker) -> None:
        worker.stage = Stage.RUNNING
        if worker.pod.initialized_us is None and self._told(worker):
            self._store.report(worker.pod, {"initialized_us": self._clock.now})
        for run in worker.containers:
            self.containers.start(worker, run)

    # -- what the API is told --------------------------------------------------------------------------

    def _told(self, worker: PodWorker) -> bool:
        """Tell whether a report about the pod reaches its object."""
        return self.connected and self._store.get(Pod, worker.pod.name) is worker.pod

    def report(self, worker: PodWorker) -> None:
        """Bring the pod object's status up to what is so; nothing if the API cannot be reached."""
        if not self._told(worker):
            return
        pod = worker.pod
        where = {"uid": worker.uid, "node": self.machine.name}
        now = self._clock.now
        detail = self._detail(worker)
        if worker.started and pod.started_us is None:
            changes = {"phase": Phase.RUNNING, "running": True, "started_us": now, "ip": pod_ip(pod.uid)}
            self._store.write(pod, "Started", {**changes, **detail}, **where)
        elif worker.restarts > pod.restarts and worker.running:
            self._store.write(
                pod,
                "Restarted",
                {"restarts": worker.restarts, "running": True, **detail},
                **where,
                restarts=worker.restarts,
            )
        if worker.ready and not pod.ready:
            self._store.write(pod, "Ready", {"ready": True, "ready_since_us": now, **detail}, **where)
        elif pod.ready and not worker.ready:
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
        return f"{down} is not running" if down else "the readiness probe fails"

    def _finish(self, worker: PodWorker) -> None:
        """Unmount, forget the pod's scratch disks, and let go of its object."""
        if worker.stage is not Stage.STOPPING:
            self._complete(worker)
            return
        worker.stage = Stage.GONE
        del self.workers[worker.uid]
        self.volumes.forget(worker)
        for volume in worker.pod.spec.volumes:
            if volume.kind == "emptyDir":
                self._lose_disk(f"emptyDir/{worker.uid}/{volume.name}")
        self.volumes.report()
        if self._told(worker) and worker.pod.deleted_us is not None:
            self._store.remove(worker.pod, uid=worker.uid, node=self.machine.name)

    def _complete(self, worker: PodWorker) -> None:
        """Report a pod whose containers have all ended for good (restartPolicy Never or OnFailure)."""
        worker.stage = Stage.GONE
        del self.workers[worker.uid]
        self.volumes.report()
        if self._told(worker):
            phase = Phase.SUCCEEDED if worker.succeeded else Phase.FAILED
            self._store.write(
                worker.pod,
                phase.value,
                {
                    "phase": phase,
                    "ready": False,
                    "ready_since_us": None,
                    "unready_since_us": self._clock.now,
                    "running": False,
                    **self._detail(worker),
                },
                uid=worker.uid,
                node=self.machine.name,
            )

    # -- losing and regaining the machine or the path ---------------------------------------------------

    def reconnect(self) -> None:
        """Be heard again: report the node Ready, then compare every pod with the API."""
        self.connected = True
        self.machine.be_heard()
        if self._store.get(Node, self.machine.name) is None:
            return
        self._report_node()
        for worker in list(self.workers.values()):
            if self._store.get(Pod, worker.pod.name) is not worker.pod:
                worker.quiet = True
                self.containers.stop(worker, FORCED_GRACE_US)
        for pod in self._store.by(Pod, "node", self.machine.name):
            self.hear(pod)
        self.volumes.report()
        for worker in list(self.workers.values()):
            self.volumes_changed(worker)
            self.report(worker)

    def _report_node(self) -> None:
        node = self._store.get(Node, self.machine.name)
        if node is not None and node.ready is not True and self.connected:
            changes = {"ready": True, "ready_changed_us": self._clock.now}
            self._store.write(node, "Ready", changes, status="True", why="the kubelet reports again")

    def contradict(self, pod: Pod | None = None) -> None:
        """Hear that somebody calls the node, or a ready pod, NotReady; the next status says what is so.

        A control plane that writes slowly may do so after the machine is back (kubelet_node_status.go:
        tryUpdateNodeStatus; status_manager.go: syncBatch, needsReconcile).
        """
        worker = self.workers.get(pod.uid) if pod is not None else None
        if not self.connected or (pod is not None and (worker is None or not worker.ready)):
            return
        say = self._report_node if worker is None else partial(self.report, worker)
        self.machine.later(self._timings.status_period_us, say)

    def forget(self) -> None:
        """Lose everything that was in memory (the machine lost power); disks stay."""
        self.workers.clear()

    def may_connect(self, *, path: bool) -> bool:
        """Tell whether the kubelet can talk to the API server, given whether there is a `path` to it."""
        return path and self.machine.power is Power.ON

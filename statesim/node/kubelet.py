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
from statesim.node.containers import FORCED_GRACE_US, Containers
from statesim.node.machine import Power
from statesim.node.pod_status import PodStatus, sentence
from statesim.node.pressure import Pressure
from statesim.node.process import EXIT_CODES, Exit
from statesim.node.startup import Startup
from statesim.node.volumes import VolumeManager
from statesim.node.worker import ContainerRun, Ending, PodWorker, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.cluster.store import Store
    from statesim.kernel.streams import Streams
    from statesim.node.images import Images
    from statesim.node.machine import Machine
    from statesim.node.process import Driver
    from statesim.scenario.specs import NodeSpec
    from statesim.scenario.timings import Timings
    from statesim.scenario.versions import Features

# reason of the condition DisruptionTarget of a pod that its node has ended (k8s.io/api core/v1; KEP-3329)
BY_KUBELET = "TerminationByKubelet"


class Kubelet:
    """The agent of one machine.

    Attributes
    ----------
    workers
        The pods that it has, by uid.
    connected
        The machine is on and reaches the control plane.
    shutting_down
        A graceful node shutdown is under way: no pod is taken on.
    on_gone
        Called with each pod that it has ended.
    """

    def __init__(
        self,
        machine: Machine,
        spec: NodeSpec,
        store: Store,
        streams: Streams,
        images: Images,
        timings: Timings,
        features: Features,
        driver_of: Callable[[PodWorker], Driver],
        lose_disk: Callable[[str], None],
    ) -> None:
        self.machine = machine
        self.workers: dict[str, PodWorker] = {}
        self.connected = True
        self.shutting_down = False
        self.on_gone: list[Callable[[PodWorker], None]] = []
        self._spec = spec
        self._registered = True
        self._watching = True
        self._connections = 0
        self._status = PodStatus(store, machine.name)
        self._untold: dict[str, PodWorker] = {}
        self._made: dict[str, dict[str, int]] = {}  # on disk: how many containers each pod has had, by name
        self._store = store
        self._clock = store.clock
        self._streams = streams
        self._images = images
        self._features = features
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
            features,
            self.workers,
            told=self._told,
            again=self.volumes_changed,
        )
        self._startup = Startup(
            machine,
            store,
            streams,
            images,
            timings,
            self.containers,
            told=self._told,
            report=self.report,
        )
        phase = round(
            streams.seldom("Node", machine.name, "eviction").random() * timings.eviction_monitoring_us
        )
        self.disruption = BY_KUBELET if features.on("PodDisruptionConditions") else ""
        self.pressure = Pressure(self, spec, store, timings, phase, self.disruption)

    # -- what the API says -----------------------------------------------------------------------------

    def hear(self, pod: Pod) -> None:
        """Learn of a change to a pod that is bound to this machine."""
        if not self._watching:
            return
        worker = self.workers.get(pod.uid)
        gone = self._store.get(Pod, pod.name) is not pod
        if worker is None:
            if not gone and not pod.finished and pod.uid not in self._untold:
                self._admit(pod)
        elif gone:
            worker.quiet = True
            self.containers.stop(worker, FORCED_GRACE_US)
        elif pod.deleted_us is not None:
            self.containers.stop(worker, pod.grace_us if pod.grace_us is not None else pod.spec.grace_us)

    def _admit(self, pod: Pod) -> None:
        """Take a pod on, unless the node shuts down or has too little left (kubelet.go: canAdmitPod)."""
        refusal = self._refusal(pod) if pod.deleted_us is None and pod.started_us is None else None
        if refusal is not None:
            where = {"uid": pod.uid, "node": self.machine.name}
            changes = {"phase": Phase.FAILED, "reason": refusal.reason, "message": sentence(refusal.why)}
            self._store.write(pod, "Failed", changes, **where, reason=refusal.reason, why=refusal.why)
            return
        worker = PodWorker(pod, self._runs(pod))
        self.workers[pod.uid] = worker
        if pod.deleted_us is not None:
            worker.stage = Stage.STOPPING
            self._finish(worker)
            return
        if pod.started_us is not None and pod.spec.restart_policy == "Never":  # it ended with its machine
            for run in worker.containers:
                run.note_end(*EXIT_CODES[Exit.POWER_CUT], self._clock.now)
            self._finish(worker)
            return
        if pod.started_us is not None:  # the machine has been rebooted under it
            for run in worker.containers:
                run.restarts = run.made
            worker.address = pod_ip(pod.uid, sandbox=worker.restarts)
            for run in worker.containers:
                run.note_end(*EXIT_CODES[Exit.POWER_CUT], self._clock.now)
        self._status.acknowledge(worker)
        self.volumes_changed(worker)

    def _runs(self, pod: Pod) -> list[ContainerRun]:
        """Return a pod's containers: its sidecars last, in their order.

        The disk tells, by the logs that are kept there, how many it has had before the machine booted
        (kuberuntime_container.go: startContainer, calcRestartCountByLogDir).
        """
        kept = pod.spec.sidecars if self._features.on("SidecarContainers") else ()
        runs = [
            *(ContainerRun(spec, self._images.of(spec.image)) for spec in pod.spec.containers),
            *(ContainerRun(spec, self._images.of(spec.image), sidecar=True) for spec in kept),
        ]
        before = self._made.get(pod.uid, {})
        for run in runs:
            run.made = before.get(run.spec.name, 0)
        return runs

    def _refusal(self, pod: Pod) -> Ending | None:
        if self.shutting_down:
            return Ending("NodeShutdown", "the pod was rejected as the node is shutting down")
        return self._port_taken(pod) or self.pressure.refusal(pod)

    def _port_taken(self, pod: Pod) -> Ending | None:
        """Refuse a pod, bound past the scheduler, whose host port is in use (lifecycle/predicate.go)."""
        wanted = pod.spec.host_ports
        if not wanted:
            return None
        taken = [port for worker in self.workers.values() for port in worker.pod.spec.host_ports]
        if not any(mine.conflicts(port) for mine in wanted for port in taken):
            return None
        why = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"
        return Ending("NodePorts", why)

    def volumes_changed(self, worker: PodWorker) -> None:
        """Go on with a pod whose volumes may have been attached by now."""
        if worker.stage is not Stage.VOLUMES or not self._watching:
            return
        if not self.volumes.mountable(worker):
            return
        worker.stage = Stage.MOUNTING
        if not worker.disks:
            self._startup.pull(worker)
            return
        if worker.pod.started_us is None:
            where = {"uid": worker.uid, "node": self.machine.name}
            self._clock.cause = self._store.note(worker.pod, "VolumesAttached", **where)
        self.volumes.report()
        rng = self._streams.seldom("Pod", worker.pod.name, "mount")
        self._startup.later(self._timings.mount.draw(rng), self._mounted, worker)

    def _mounted(self, worker: PodWorker) -> None:
        self.volumes.grow(worker)
        self._startup.pull(worker)

    # -- what the API is told --------------------------------------------------------------------------

    def _told(self, worker: PodWorker) -> bool:
        """Tell whether a report about the pod reaches its object."""
        return self.connected and self._store.get(Pod, worker.pod.name) is worker.pod

    def report(self, worker: PodWorker) -> None:
        """Bring the pod object's status up to what is so; nothing if the API cannot be reached."""
        if worker.started and worker.stage is Stage.RUNNING:
            self.pressure.take(worker)
        if self._told(worker):
            self._status.report(worker)

    def _finish(self, worker: PodWorker) -> None:
        """Unmount, forget the pod's scratch disks, and let go of its object.

        Its emptyDirs go with it, however it ended; what is on its claims stays.
        """
        by_itself = worker.stage is not Stage.STOPPING or worker.completed
        worker.stage = Stage.GONE
        del self.workers[worker.uid]
        self._made.pop(worker.uid, None)
        self.volumes.forget(worker)
        for volume in worker.pod.spec.volumes:
            if volume.kind == "emptyDir":
                self._lose_disk(f"emptyDir/{worker.uid}/{volume.name}")
        self.volumes.report()
        if by_itself or worker.ending is not None:
            self._report_end(worker)
        if self._told(worker) and worker.pod.deleted_us is not None:
            self._store.remove(worker.pod, uid=worker.uid, node=self.machine.name)
        self.pressure.forget(worker)
        for listener in list(self.on_gone):
            listener(worker)

    def _report_end(self, worker: PodWorker) -> None:
        """Report a pod that has ended; a kubelet that cannot reach the API keeps it until it can."""
        if self._told(worker):
            self._status.end(worker)
        else:
            self._untold[worker.uid] = worker

    # -- what the kubelet decides by itself ---------------------------------------------------------------

    def end(self, worker: PodWorker, ending: Ending, grace_us: int) -> None:
        """End a pod although nobody asked the API for it; with grace 0 its programs are killed at once."""
        worker.ending = ending
        if grace_us == 0:
            self.containers.kill(worker)
        else:
            self.containers.stop(worker, grace_us)
        if worker.uid in self.workers:  # out of its Services at once (status_manager.go: mergePodStatus)
            self.report(worker)

    def report_ready(self, *, ready: bool, why: str) -> None:
        """Report the node's condition Ready, if the API can be reached and says otherwise."""
        node = self.node()
        if node is not None and self.connected and node.ready is not ready:
            now = self._clock.now
            changes = {"ready": ready, "ready_changed_us": now, "reported_us": now}
            event = "Ready" if ready else "NotReady"
            self._store.write(node, event, changes, status=str(ready), why=why)

    def node(self) -> Node | None:
        """Return the Node object of this machine, ``None`` if somebody has deleted it."""
        return self._store.get(Node, self.machine.name)

    # -- losing and regaining the machine or the path ---------------------------------------------------

    def disconnect(self) -> None:
        """Be cut off: nothing is heard and nothing can be told."""
        self.connected = False
        self._watching = False
        self._connections += 1
        self.machine.fall_silent()

    def reconnect(self) -> None:
        """Be heard again: the lease and the node's status first; a moment later the pods.

        The watch of the pods is set up anew and lists all of them (client-go tools/cache/reflector.go), and
        the status of a pod is only put right once it is known that the API has it wrong
        (pkg/kubelet/status/status_manager.go: needsReconcile). A Node object that is gone is registered
        only by a kubelet that starts (pkg/kubelet/kubelet_node_status.go: registerWithAPIServer).
        """
        self.connected = True
        self.machine.be_heard()
        if not self._registered and self.node() is None:
            spec = self._spec
            again = Node(name=self.machine.name, spec=spec, labels=dict(spec.labels), taints=spec.taints)
            self._store.create(again, zone=spec.zone or None, why="the kubelet has started and registers")
        self._registered = True
        self._report_node()
        self.machine.later(self._timings.kubelet_relist_us, self._relist, self._connections)

    def _relist(self, connection: int) -> None:
        """List all pods of this node, and act on what has changed meanwhile."""
        if connection != self._connections:
            return
        self._watching = True
        before = self._clock.cause
        for worker in list(self.workers.values()):
            if self._store.get(Pod, worker.pod.name) is not worker.pod:
                self._learn(worker.pod, "is gone from the API")
                worker.quiet = True
                self.containers.stop(worker, FORCED_GRACE_US)
        for pod in self._store.by(Pod, "node", self.machine.name):
            if pod.deleted_us is not None and pod.uid in self.workers:
                self._learn(pod, "shall terminate")
            self.hear(pod)
            self._clock.cause = before
        self.volumes.report()
        self._let_go_of_ended()
        for worker in list(self._untold.values()):
            self._report_end(worker)
            if self._told(worker) and worker.pod.deleted_us is not None:
                self._store.remove(worker.pod, uid=worker.uid, node=self.machine.name)
        self._untold.clear()
        for worker in list(self.workers.values()):
            self.volumes_changed(worker)
            self.volumes.grow(worker)
            self.report(worker)
        self.pressure.resume()

    def _let_go_of_ended(self) -> None:
        """Remove the objects of pods that are to go, have ended, and of which nothing is left here.

        Somebody marked them as Failed while the machine was away and did not come to delete them
        (pkg/kubelet/status/status_manager.go: canBeDeleted).
        """
        for pod in self._store.by(Pod, "node", self.machine.name):
            known = pod.uid in self.workers or pod.uid in self._untold
            if pod.finished and pod.deleted_us is not None and not known:
                self._store.remove(pod, uid=pod.uid, node=self.machine.name)

    def _learn(self, pod: Pod, what: str) -> None:
        """Note that the kubelet learns only now of what was done to a pod: that is what it acts on."""
        self._clock.cause = self._store.cause_of(pod)
        why = f"it lists its pods: {pod.name} {what}"
        self._clock.cause = self._store.trace.emit(
            f"Node/{self.machine.name}", "Learned", pod=pod.name, why=why
        )

    def _report_node(self) -> None:
        if not self.shutting_down:
            self.report_ready(ready=True, why="the kubelet reports again")

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

    def judge(self, pod: Pod) -> None:
        """Hear that somebody has set a condition of a pod: one of its readiness gates may depend on it."""
        worker = self.workers.get(pod.uid)
        if worker is not None and self._watching:
            self.machine.later(0, self.report, worker)

    def forget(self) -> None:
        """Lose everything that was in memory (the machine lost power); disks stay."""
        for worker in self.workers.values():
            self._made[worker.uid] = {run.spec.name: run.made for run in worker.containers}
        self.workers.clear()
        self.volumes.forget_all()
        self._registered = False
        self.pressure.reset()
        self.shutting_down = False

    def may_connect(self, *, path: bool) -> bool:
        """Tell whether the kubelet can talk to the API server, given whether there is a `path` to it."""
        return path and self.machine.power is Power.ON

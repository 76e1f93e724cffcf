"""All machines: power, network and programs. What faults act on, and what drivers and clients may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.identity import node_ip
from statesim.cluster.objects import Node, PersistentVolumeClaim, Pod, VolumeAttachment
from statesim.cluster.precedent import Precedent
from statesim.cluster.topology import CONTROL_PLANE
from statesim.errors import ModelError
from statesim.kernel.spans import SECOND
from statesim.node.kubelet import Kubelet
from statesim.node.machine import Machine, Power
from statesim.node.process import Exit, State
from statesim.node.shutdown import Shutdown, ending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from statesim.cluster.dns import PodAddress
    from statesim.cluster.store import Change, Store
    from statesim.cluster.topology import Topology
    from statesim.kernel.streams import Streams
    from statesim.node.engine import Engine
    from statesim.node.images import Images
    from statesim.node.machine import Skew
    from statesim.node.process import Driver, Process
    from statesim.node.worker import ContainerRun, PodWorker
    from statesim.scenario.timings import Timings
    from statesim.scenario.versions import Features

BOOT_US = 60 * SECOND  # how long a machine that was reset is away, as for `node-reboot`


class Fleet:
    """The machines of the cluster and the kubelets on them; implements `node.process.Host`.

    Attributes
    ----------
    kubelets
        By node name, in the order of the scenario.
    engines
        The Docker daemons by node name, of the machines where somebody has started a container by hand.
    on_silence
        Called with a node's name when its heartbeats stop or come back.
    """

    def __init__(
        self,
        store: Store,
        topology: Topology,
        streams: Streams,
        images: Images,
        timings: Timings,
        features: Features,
        driver_of: Callable[[PodWorker], Driver],
        lose_disk: Callable[[str], None],
        precedent: Precedent | None = None,
    ) -> None:
        self._precedent = precedent or Precedent()
        self._store = store
        self._clock = store.clock
        self._trace = store.trace
        self._topology = topology
        self._streams = streams
        self._images = images
        self._timings = timings
        self._features = features
        self._lose_disk = lose_disk
        self._driver_of = driver_of
        self.kubelets: dict[str, Kubelet] = {}
        self._paused_us: dict[str, int] = {}
        self.engines: dict[str, Engine] = {}
        self.on_silence: list[Callable[[str], None]] = []
        store.watch((Pod,), self._on_pod)
        store.watch((Node,), self._on_node)
        store.watch((VolumeAttachment, PersistentVolumeClaim), self._on_volume)
        topology.listen(self.network_changed)

    def add(self, node: Node) -> None:
        """Put a machine under a Node object that nobody has registered before."""
        period = self._timings.node_heartbeat_us
        phase = round(self._streams.seldom(node.key, "heartbeat").random() * period)
        phase = self._precedent.heartbeats_us.get(node.name, phase) % period
        machine = Machine(node.name, node.spec.zone, self._clock, period, phase - period)
        self._topology.add_node(node.name, node.spec.zone)
        self.kubelets[node.name] = Kubelet(
            machine,
            node.spec,
            self._store,
            self._streams,
            self._images,
            self._timings,
            self._features,
            self._driver_of,
            self._lose_disk,
        )

    def _agents(self, node: str) -> Iterator[Kubelet | Engine]:
        """Yield who runs containers on a machine."""
        yield self.kubelets[node]
        if node in self.engines:
            yield self.engines[node]

    # -- watches ---------------------------------------------------------------------------------------

    def _on_pod(self, change: Change) -> None:
        pod: Pod = change.object
        kubelet = self.kubelets.get(pod.node) if pod.node is not None else None
        if kubelet is not None:
            kubelet.hear(pod)
            if change.event == "NotReady":
                kubelet.contradict(pod)
            elif change.event == "ConditionsSet":
                kubelet.judge(pod)

    def _on_node(self, change: Change) -> None:
        """Let a machine join for a Node object of a new name; tell a kubelet what is said of its node."""
        kubelet = self.kubelets.get(change.object.name)
        if kubelet is None and change.verb == "ADDED":
            self.add(change.object)
        elif kubelet is not None and change.event == "NotReady":
            kubelet.contradict()

    def _on_volume(self, change: Change) -> None:
        obj = change.object
        if isinstance(obj, VolumeAttachment):
            kubelet = self.kubelets.get(obj.node) if change.event == "Attached" else None
            for worker in list(kubelet.workers.values()) if kubelet is not None else ():
                kubelet.volumes_changed(worker)  # type: ignore[union-attr]
        elif change.event in ("Bound", "Created", "FileSystemResizeRequired"):
            self._claim_changed(obj)

    def _claim_changed(self, claim: PersistentVolumeClaim) -> None:
        """Tell the kubelets whose pods mount a claim that it has a volume, or that this has grown."""
        for pod in self._store.by(Pod, "claim", claim.name):
            kubelet = self.kubelets.get(pod.node) if pod.node is not None else None
            worker = kubelet.workers.get(pod.uid) if kubelet is not None else None
            if kubelet is not None and worker is not None and kubelet.connected:
                kubelet.volumes_changed(worker)
                kubelet.volumes.grow(worker)

    def network_changed(self) -> None:
        """Compare every kubelet's connection with what the network and the power allow."""
        before = self._clock.cause
        for name, kubelet in self.kubelets.items():
            now = kubelet.may_connect(path=self._topology.reachable(name, CONTROL_PLANE))
            if now == kubelet.connected:
                continue
            if kubelet.machine.power is Power.ON:
                event = "Reconnected" if now else "CutOff"
                self._clock.cause = self._trace.emit(f"Node/{name}", event)
            self._set_connected(name, kubelet, connected=now)
            self._clock.cause = before

    def _set_connected(self, name: str, kubelet: Kubelet, *, connected: bool) -> None:
        if connected:
            kubelet.reconnect()
        else:
            kubelet.disconnect()
        for listener in self.on_silence:
            listener(name)

    # -- heartbeats, as the node lifecycle controller asks for them --------------------------------------

    def last_heartbeat(self, node: str) -> int:
        """Return when the control plane last heard from a node (µs)."""
        return self.kubelets[node].machine.last_heartbeat()

    def silent(self, node: str) -> bool:
        """Tell whether no heartbeat of a node gets through at present."""
        kubelet = self.kubelets.get(node)
        return kubelet is None or kubelet.machine.silent_us is not None

    # -- power -----------------------------------------------------------------------------------------

    def kubelet(self, node: str) -> Kubelet:
        """Return a node's kubelet.

        Raises
        ------
        ModelError
            If there is no such node.
        """
        try:
            return self.kubelets[node]
        except KeyError:
            raise ModelError(f"there is no node {node}") from None

    def crash(self, node: str, why: str = "the power is cut") -> None:
        """Cut a machine's power: programs end, and nobody is told."""
        kubelet = self.kubelet(node)
        if kubelet.machine.power is Power.OFF:
            return
        self._clock.cause = self._trace.emit(f"Node/{node}", "Crashed", why=why)
        kubelet.machine.switch_off()
        self._set_connected(node, kubelet, connected=False)
        for agent, worker, run in self._runs(node):
            if run.up or agent is kubelet:  # a daemon still knows how a container has ended before
                agent.containers.end(worker, run, Exit.POWER_CUT)
        kubelet.forget()

    def shut_down(
        self, node: str, *, grace_us: int, critical_us: int, off: Callable[[], None], why: str
    ) -> None:
        """Shut a machine down in order: its kubelet ends the pods, then the power goes; `off` is called."""
        kubelet = self.kubelet(node)
        if kubelet.machine.power is not Power.ON or kubelet.shutting_down:
            return

        def cut() -> None:
            self.crash(node, why)
            off()

        def power_off() -> None:
            engine = self.engines.get(node)  # systemd stops its services when the kubelet lets go
            cut() if engine is None else engine.go_down(cut)

        how = ending(self._features, kubelet.disruption)
        Shutdown(
            kubelet, self._clock, how, grace_us=grace_us, critical_us=critical_us, power_off=power_off
        ).begin()

    def pause(self, node: str) -> None:
        """Freeze a machine where it stands."""
        kubelet = self.kubelet(node)
        if kubelet.machine.power is not Power.ON:
            return
        self._clock.cause = self._trace.emit(f"Node/{node}", "Paused", why="the machine stands still")
        kubelet.machine.power = Power.PAUSED
        self._paused_us[node] = self._clock.now
        self._set_connected(node, kubelet, connected=False)
        for _, _, run in self._runs(node):
            process = run.process
            if process is not None and process.running:
                process.state = State.FROZEN
                process.fall_silent()
                if process.driver is not None:
                    self._trace.emit(f"Process/{process.pod}", "Frozen", uid=process.uid, node=node)
                    process.driver.frozen(process)

    def recover(self, node: str) -> None:
        """Switch a machine on again, or let it thaw; nothing if it runs."""
        kubelet = self.kubelet(node)
        was = kubelet.machine.power
        if was is Power.ON:
            return
        how = "boot" if was is Power.OFF else "thaw"
        self._clock.cause = self._trace.emit(f"Node/{node}", "Recovered", how=how)
        if was is Power.OFF:
            kubelet.machine.power = Power.ON
        else:
            self._thaw(node, kubelet)
        path = self._topology.reachable(node, CONTROL_PLANE)
        if kubelet.may_connect(path=path):
            self._set_connected(node, kubelet, connected=True)
        if was is Power.OFF and node in self.engines:
            self.engines[node].boot()

    def _thaw(self, node: str, kubelet: Kubelet) -> None:
        for _, _, run in self._runs(node):
            process = run.process
            if process is not None and process.state is State.FROZEN:
                process.state = State.STOPPING if process.asked else State.RUNNING
                if process.line is not None:
                    process.line.stood_still(self._clock.now - self._paused_us[node])
                if process.driver is not None:
                    self._trace.emit(f"Process/{process.pod}", "Thawed", uid=process.uid, node=node)
                    process.driver.thawed(process)
        kubelet.machine.thaw()

    def _runs(self, node: str) -> Iterator[tuple[Kubelet | Engine, PodWorker, ContainerRun]]:
        for agent in self._agents(node):
            for worker in list(agent.workers.values()):
                for run in worker.containers:
                    yield agent, worker, run

    # -- clocks ----------------------------------------------------------------------------------------

    def skew(self, node: str, why: str, skew: Skew) -> None:
        """Set a machine's clock wrong, for as long as `why` lasts."""
        machine = self.kubelet(node).machine
        machine.skews[why] = skew
        self._tell_clock(machine)

    def correct(self, node: str, why: str) -> None:
        """End one thing that makes a machine's clock wrong: it is stepped."""
        machine = self.kubelet(node).machine
        if machine.skews.pop(why, None) is not None:
            self._tell_clock(machine)

    def _tell_clock(self, machine: Machine) -> None:
        before = self._clock.cause
        off_s = (machine.clock_us() - self._clock.now) / SECOND
        self._trace.emit(f"Node/{machine.name}", "ClockSet", offset_s=off_s)
        self._clock.cause = before

    # -- programs --------------------------------------------------------------------------------------

    def find(self, process: Process) -> tuple[Kubelet | Engine, PodWorker, ContainerRun] | None:
        """Return who runs a program, or ``None`` if it is over."""
        for agent in self._agents(process.node) if process.node in self.kubelets else ():
            worker = agent.workers.get(process.uid)
            if worker is not None:
                run = next((run for run in worker.containers if run.process is process), None)
                return None if run is None else (agent, worker, run)
        return None

    def pod_at(self, address: PodAddress) -> PodWorker | None:
        """Return the pod that has an address now, whatever the API says of it.

        At a machine's own address that is the container that was started by hand under that name.
        """
        if address.node in self.engines and address.ip == node_ip(address.node):
            return self.engines[address.node].find(address.pod)
        kubelet = self.kubelets.get(address.node)
        worker = kubelet.workers.get(address.uid) if kubelet is not None else None
        return worker if worker is not None and worker.address == address.ip else None

    def main_process(self, pod: str, uid: str | None = None) -> Process | None:
        """Return the program of a pod's main container, running or not; the latest pod of that name."""
        for engine in self.engines.values():
            if uid is not None and uid in engine.workers:
                return engine.workers[uid].main.process
        obj = self._store.get(Pod, pod)
        if obj is None or obj.node is None or (uid is not None and obj.uid != uid):
            return None
        kubelet = self.kubelets.get(obj.node)
        worker = kubelet.workers.get(obj.uid) if kubelet else None
        return None if worker is None else worker.main.process

    def power(self, node: str) -> Power:
        """Return whether a machine is on, off or frozen."""
        return self.kubelet(node).machine.power

    def kill(self, process: Process, how: Exit = Exit.KILLED) -> None:
        """End a program by force; its kubelet will notice."""
        found = self.find(process)
        if found is not None:
            agent, worker, run = found
            agent.containers.exit(worker, run, how)

    # -- what a driver may ask: `node.process.Host` ------------------------------------------------------

    def listening(self, process: Process, answers: bool, *, ready: bool | None = None) -> None:
        """See `Host.listening`."""
        found = self.find(process)
        if found is not None:
            agent, worker, run = found
            agent.containers.probes.answering(
                worker, run, answers=answers, ready=answers if ready is None else ready
            )

    def exit(self, process: Process, how: Exit, why: str) -> None:
        """See `Host.exit`."""
        found = self.find(process)
        if found is not None:
            agent, worker, run = found
            agent.containers.exit(worker, run, how, why)

    def reset(self, process: Process, why: str) -> None:
        """See `Host.reset`: it has booted after `BOOT_US`."""
        self.crash(process.node, why)
        self._clock.after(BOOT_US, self.recover, process.node)

    def label(self, process: Process, labels: Mapping[str, str | None], *, outside: bool = False) -> bool:
        """See `Host.label`."""
        pod = self._store.get(Pod, process.pod)
        if pod is None or pod.uid != process.uid or not (outside or self.api_reachable(process)):
            return False
        merged = {key: value for key, value in {**pod.labels, **labels}.items() if value is not None}
        if merged != pod.labels:
            self._store.write(pod, "Labelled", {"labels": merged}, labels=merged)
        return True

    def api_reachable(self, process: Process) -> bool:
        """See `Host.api_reachable`."""
        return self._topology.reachable(process.node, CONTROL_PLANE)

    def reachable(self, process: Process, other: Process) -> bool:
        """See `Host.reachable`."""
        return self._topology.reachable(process.node, other.node)

    def zone(self, process: Process) -> str:
        """See `Host.zone`."""
        return self.kubelet(process.node).machine.zone

    def clock_us(self, process: Process) -> int:
        """See `Host.clock_us`."""
        return self.kubelet(process.node).machine.clock_us()

    def answers(self, process: Process) -> bool:
        """See `Host.answers`."""
        return self.kubelet(process.node).machine.power is Power.ON

"""The composition root: a scenario and a seed in, the record of a run out.

Everything that simulates is built here, wired here and nowhere else. What comes out is data: the trace and
the clients' history.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from statesim.clients.build import build_clients
from statesim.clients.history import History
from statesim.clients.routing import Router
from statesim.cluster.dns import ClusterDNS
from statesim.cluster.invariants import Watchdog, default_invariants
from statesim.cluster.objects import Node, PersistentVolume, PersistentVolumeClaim, Pod
from statesim.cluster.storage_system import StorageSystem
from statesim.cluster.store import Store
from statesim.cluster.topology import Topology
from statesim.control.apply import apply_manifest, new_object
from statesim.control.client_rate import Limit
from statesim.control.plane import ControlPlane, Rates
from statesim.errors import Forbidden
from statesim.faults.ground import Ground
from statesim.faults.plan import Plan
from statesim.kernel.clock import Clock
from statesim.kernel.collector import patient_collector
from statesim.kernel.spans import SECOND
from statesim.kernel.streams import Streams
from statesim.kernel.trace import Trace
from statesim.node.bare import ByHand
from statesim.node.engine import Engine
from statesim.node.fleet import Fleet
from statesim.node.images import Images
from statesim.node.programs import name_of, program
from statesim.scenario.schema import ImageBehaviour
from statesim.systems.catalogue import CATALOGUE
from statesim.systems.data import Disks
from statesim.systems.drift import Drift
from statesim.systems.driver import Context
from statesim.systems.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.cluster.dns import PodAddress
    from statesim.cluster.precedent import Precedent
    from statesim.cluster.store import Change, Row
    from statesim.kernel.trace import TraceEvent
    from statesim.node.process import Driver, Process
    from statesim.node.worker import PodWorker
    from statesim.scenario.load import VariantScenario
    from statesim.systems.catalogue import Catalogue
    from statesim.systems.driver import System


@dataclass(frozen=True, slots=True)
class Run:
    """What a run leaves behind.

    Attributes
    ----------
    events
        The trace.
    operations
        The clients' history: (t_us, process, client, type, f, value, error) in order of time.
    journal
        Every API write, attribute by attribute.
    cost
        How many timers fired.
    drift
        What each container had that its image has not, whenever that had changed: see `systems.drift`.
    """

    variant: str
    title: str
    scenario: str
    seed: int
    duration_us: int
    events: Sequence[TraceEvent]
    operations: Sequence[tuple[Any, ...]]
    journal: Sequence[Row]
    cost: int
    drift: Sequence[tuple[Any, ...]] = ()


class World:
    """One variant of a scenario, ready to run once.

    Parameters
    ----------
    variant
        A variant as `scenario.load` gives it.
    seed
        Replaces the scenario's seed.
    precedent
        What chance decided in a recording that is replayed.
    clock
        A clock at 0 to run on, instead of a new one.
    catalogue
        The drivers that the scenario may name.
    """

    def __init__(
        self,
        variant: VariantScenario,
        seed: int | None = None,
        precedent: Precedent | None = None,
        clock: Clock | None = None,
        catalogue: Catalogue = CATALOGUE,
    ) -> None:
        scenario = variant.scenario
        self._variant = variant
        self._catalogue = catalogue
        self.seed = scenario.seed if seed is None else seed
        self.duration_us = scenario.duration_us
        self.clock = Clock() if clock is None else clock
        self.trace = Trace(self.clock)
        self.streams = Streams(self.seed, precedent.draws if precedent is not None else None)
        self.timings = variant.timings
        self.store = Store(self.clock, self.trace, self.seed)
        self.topology = Topology()
        self.disks = Disks(self.trace)
        self.storage = StorageSystem()
        self.provider = Provider(self.clock, self.topology, self.trace)
        self.history = History()
        self.systems: dict[str, System] = {}
        self._of_workload: dict[str, System] = {}
        self._of_pod: dict[str, System] = {}
        self.store.watch((Pod,), self._forget_pod)
        Watchdog(self.trace, default_invariants())
        self.drift = Drift(self.clock, self.trace, self.disks, self._program, self._name_of)
        self._begin()
        images = Images(scenario.images, ImageBehaviour())
        self.fleet = Fleet(
            self.store,
            self.topology,
            self.streams,
            images,
            self.timings,
            variant.features,
            self._driver_of,
            self.disks.lose,
            precedent,
        )
        self.plane = ControlPlane(
            self.store,
            self.streams,
            self.timings,
            variant.features,
            self.fleet,
            self._rates(),
            precedent,
            self.storage,
            scenario.cluster.terminated_pod_gc_threshold,
        )
        self.fleet.on_silence.append(self.plane.node_changed)
        self._build_cluster()
        self._build_systems()
        daemon = partial(
            Engine,
            clock=self.clock,
            trace=self.trace,
            streams=self.streams,
            images=images,
            timings=self.timings,
            driver_of=self._driver_of,
            lose_disk=self.disks.lose,
        )
        self.by_hand = ByHand(self.fleet, self.clock, self.trace, scenario.containers, daemon)
        self.by_hand.begin()
        self.dns = ClusterDNS(
            self.store, ttl_us=self.timings.dns_ttl_us, cache_us=self.timings.dns_server_cache_us
        )
        router = Router(
            self.store,
            sync_us=self.timings.proxy_sync_us,
            uses_terminating=variant.features.on("ProxyTerminatingEndpoints"),
        )
        self.clients = build_clients(
            scenario.clients,
            clock=self.clock,
            trace=self.trace,
            streams=self.streams,
            store=self.store,
            topology=self.topology,
            world=self,
            history=self.history,
            dns=self.dns,
            router=router,
            restored=any(row.do == "restore" for row in scenario.timeline),
        )
        self.topology.listen(self._network_changed)
        self.store.watch((PersistentVolume, PersistentVolumeClaim), self._volume_changed)
        self.ground = Ground(
            self.clock,
            self.trace,
            self.streams,
            self.store,
            self.fleet,
            self.topology,
            self.systems,
            self.timings,
            variant.features,
            self.dns,
            self.disks,
            self.storage,
            self.plane,
            self.provider,
            self.by_hand,
            self.system_of_pod,
            {client.name: client for client in self.clients},
        )
        Plan(self.ground, scenario.timeline)

    # -- building --------------------------------------------------------------------------------------

    def _begin(self) -> None:
        scenario = self._variant.scenario
        self.trace.emit(
            f"Run/{self._variant.name}",
            "Started",
            scenario=scenario.metadata.name,
            scenario_title=scenario.metadata.title or None,
            description=scenario.metadata.description.strip() or None,
            title=self._variant.title or None,
            look_for=list(scenario.metadata.look_for) or None,
            seed=self.seed,
            duration_s=self.duration_us / SECOND,
            kubernetes=scenario.cluster.kubernetes,
        )

    def _rates(self) -> Rates:
        asked = self._variant.scenario.cluster.client_connection
        limits = (asked.controller_manager, asked.scheduler)
        return Rates(*(Limit(rate.qps, rate.burst) if rate.qps > 0 else None for rate in limits))

    def _build_cluster(self) -> None:
        for name, spec in self._variant.nodes:
            node = Node(
                name=name,
                spec=spec,
                labels=dict(spec.labels),
                taints=spec.taints,
                unschedulable=spec.unschedulable,
            )
            self.store.create(
                node,
                zone=spec.zone or None,
                cpu_milli=spec.cpu_milli,
                memory_bytes=spec.memory_bytes,
                unschedulable=spec.unschedulable or None,
            )
        for manifest in self._variant.storage_classes:
            self.store.create(new_object(manifest, self.timings.toleration_us))
        for manifest in sorted(self._variant.manifests, key=lambda m: m.kind != "PriorityClass"):
            try:
                apply_manifest(self.store, manifest, self.timings.toleration_us, self._variant.features)
            except Forbidden as refusal:  # kubectl says so and goes on with the next object
                self.trace.emit(manifest.key, "Refused", why=str(refusal))

    def _build_systems(self) -> None:
        for binding in self._variant.scenario.systems:
            system = self._catalogue.build(
                binding.kind, self._context(binding.name, binding.workload or ""), binding.parameters
            )
            self.systems[binding.name] = system
            if binding.workload is not None:
                self._of_workload[binding.workload] = system

    def _context(self, name: str, workload: str) -> Context:
        return Context(
            name,
            workload,
            self.clock,
            self.trace,
            self.streams,
            self.fleet,
            self.disks,
            self.systems,
            self.provider,
        )

    # -- what clients and kubelets ask -----------------------------------------------------------------

    def _driver_of(self, worker: PodWorker) -> Driver:
        return self.system_of_pod(worker.pod)

    def system_of_pod(self, pod: Pod) -> System:
        """Return the system that a pod's program belongs to; a stateless one of its own if none is bound.

        What runs in a pod is settled when it first runs: it does not change with the pod's owner, as when a
        workload is deleted and its pods are left (``--cascade=orphan``).
        """
        known = self._of_pod.get(pod.uid)
        if known is None:
            known = self._of_pod[pod.uid] = self._system_of_workload(self.store.workload(pod))
        return known

    def _forget_pod(self, change: Change) -> None:
        if change.verb == "DELETED":
            self._of_pod.pop(change.object.uid, None)

    def _system_of_workload(self, workload: str) -> System:
        system = self._of_workload.get(workload)
        if system is None:
            name = workload.partition("/")[2]
            system = self._catalogue.build("stateless", self._context(name, workload), {})
            self._of_workload[workload] = system
        return system

    def driver_of(self, process: Process) -> System:
        """Return the system that a program belongs to."""
        driver: Any = process.driver
        return driver  # type: ignore[no-any-return]

    def answered(self, process: Process) -> None:
        """Hear that a program has done what a client asked for."""
        self.drift.answered(process)

    def _program(self, uid: str, node: str) -> Process | None:
        return program(self.fleet, uid, node) or self.provider.program(node, uid)

    def _name_of(self, process: Process) -> str:
        return name_of(self.fleet, process)

    def has_address(self, address: PodAddress) -> bool:
        """Tell whether any pod has an address now."""
        at_machine = not address.uid  # a machine answers at its own address, whatever runs on it
        there = at_machine or self.fleet.pod_at(address) is not None
        return there or self.provider.program_at(address) is not None

    def program_at(self, address: PodAddress) -> Process | None:
        """Return the program of the main container at a pod's address, whatever the API says of it."""
        worker = self.fleet.pod_at(address)
        return self.provider.program_at(address) if worker is None else worker.main.process

    def power(self, node: str) -> str:
        """Return whether a machine is ``on``, ``off`` or ``paused``."""
        return self.provider.power(node) or self.fleet.power(node).value

    def _volume_changed(self, change: Change) -> None:
        """Lose the data of a volume that its provisioner has deleted; a disk that has grown has room again.

        A retained disk keeps its data.
        """
        obj = change.object
        if isinstance(obj, PersistentVolumeClaim):
            volume = self.store.get(PersistentVolume, obj.volume or "")
            if change.event == "FileSystemResizeSuccessful" and volume is not None:
                self.disks.relieve(f"pv/{volume.disk(volume.node)}")
        elif change.verb == "DELETED" and obj.reclaim_policy == "Delete" and obj.provisioned_by:
            self.disks.lose(f"pv/{obj.disk(obj.node)}")

    def _network_changed(self) -> None:
        for system in self._of_workload.values():
            system.network_changed()

    # -- running ---------------------------------------------------------------------------------------

    def run(self, until_us: int | None = None) -> Run:
        """Let the scenario happen, and take the judge's last read.

        Parameters
        ----------
        until_us
            Stop here instead of at the scenario's duration.
        """
        end = self.duration_us if until_us is None else min(until_us, self.duration_us)
        with patient_collector():
            self.clock.run(end)
        self.clock.cause = None
        for client in self.clients:
            client.finish()
        self.drift.finish()
        self.trace.emit(f"Run/{self._variant.name}", "Ended")
        scenario = self._variant.scenario
        return Run(
            variant=self._variant.name,
            title=self._variant.title,
            scenario=scenario.metadata.name,
            seed=self.seed,
            duration_us=end,
            events=self.trace.events,
            operations=self.history.rows,
            journal=self.store.journal,
            cost=self.clock.events,
            drift=self.drift.rows,
        )

"""The control plane: the table of its controllers, each on a loop of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from statesim.cluster.objects import VolumeAttachment
from statesim.cluster.precedent import Precedent
from statesim.control.attach_detach import AttachDetach, Policy
from statesim.control.attacher import Attacher
from statesim.control.client_rate import CONTROLLER_MANAGER, SCHEDULER
from statesim.control.deployment import DeploymentController
from statesim.control.disruption import DisruptionController
from statesim.control.endpoints import EndpointsController
from statesim.control.expand import Resizer
from statesim.control.node_lifecycle import NodeLifecycle
from statesim.control.node_status import VolumesAttached
from statesim.control.owner_gc import OwnerGC
from statesim.control.pod_gc import TERMINATED_THRESHOLD, PodGC
from statesim.control.provisioner import Provisioner
from statesim.control.pv_protection import PVProtection
from statesim.control.pvc_protection import PVCProtection
from statesim.control.replicaset import ReplicaSetController
from statesim.control.runtime import WORKERS, Loop
from statesim.control.scheduler import Scheduler
from statesim.control.statefulset import StatefulSetController
from statesim.control.taint_eviction import TaintEviction
from statesim.control.ticks import Ticks
from statesim.control.volume_binder import VolumeBinder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.cluster.storage_system import StorageSystem
    from statesim.cluster.store import Store
    from statesim.control.client_rate import Limit
    from statesim.control.runtime import Controller
    from statesim.kernel.streams import Streams
    from statesim.scenario.timings import Timings
    from statesim.scenario.versions import Features


class Heartbeats(Protocol):
    """What the control plane hears from machines."""

    def last_heartbeat(self, node: str) -> int:
        """Return when a node's latest renewal was heard (µs)."""

    def silent(self, node: str) -> bool:
        """Tell whether no renewal of a node gets through at present."""


class Rates(NamedTuple):
    """How fast the clients of the control plane's programs may write; ``None`` = as fast as they like."""

    controller_manager: Limit | None = CONTROLLER_MANAGER
    scheduler: Limit | None = SCHEDULER


DEFAULT_RATES = Rates()
# The storage system's own programs, with their workers (external-provisioner, external-attacher: README).
# How long they take is what the timings `provision`, `attach` and `detach` say.
_STORAGE = {"provisioner": 100, "attacher": 10, "resizer": 10}


def controllers(
    store: Store,
    streams: Streams,
    timings: Timings,
    features: Features,
    heartbeats: Heartbeats,
    precedent: Precedent,
    storage: StorageSystem | None = None,
    terminated_pods: int = TERMINATED_THRESHOLD,
) -> Sequence[Controller]:
    """Return every controller, in the order in which they act at the same instant."""

    def rounds(name: str, period_us: int) -> Ticks:
        phase = round(streams.seldom("control-plane", name).random() * period_us)
        return Ticks(period_us, precedent.rounds_us.get(name, phase) % period_us)

    return (
        DeploymentController(store),
        ReplicaSetController(
            store, streams, toleration_us=timings.toleration_us, precedent=precedent, features=features
        ),
        StatefulSetController(store, toleration_us=timings.toleration_us, features=features),
        Scheduler(
            store, streams, features=features, backoff_us=timings.scheduler_backoff_us, precedent=precedent
        ),
        VolumeBinder(store),
        Provisioner(store, streams, provision=timings.provision),
        AttachDetach(store, policy=_detach_policy(timings, features)),
        Attacher(store, streams, attach=timings.attach, detach=timings.detach, storage=storage),
        Resizer(store, streams, resize=timings.resize),
        NodeLifecycle(
            store,
            heartbeat=heartbeats.last_heartbeat,
            silent=heartbeats.silent,
            monitor=rounds("node-monitor", timings.node_monitor_period_us),
            grace_us=timings.node_monitor_grace_period_us,
            eviction_interval_us=timings.node_eviction_period_us,
        ),
        TaintEviction(store, conditions=features.on("PodDisruptionConditions")),
        PodGC(
            store,
            features=features,
            rounds=rounds("pod-gc", timings.pod_gc_period_us),
            quarantine_us=timings.pod_gc_quarantine_us,
            threshold=terminated_pods,
        ),
        EndpointsController(store, tells_terminating=features.on("EndpointSliceTerminatingCondition")),
        DisruptionController(store, skips_unmanaged=features.has("BudgetSkipsUnmanaged")),
        PVCProtection(store),
        PVProtection(store),
        OwnerGC(store),
    )


class ControlPlane:
    """The loops of all controllers.

    Attributes
    ----------
    loops
        By the controller's name.
    """

    def __init__(
        self,
        store: Store,
        streams: Streams,
        timings: Timings,
        features: Features,
        heartbeats: Heartbeats,
        rates: Rates = DEFAULT_RATES,
        precedent: Precedent | None = None,
        storage: StorageSystem | None = None,
        terminated_pods: int = TERMINATED_THRESHOLD,
    ) -> None:
        self.loops: dict[str, Loop] = {}
        self._store = store
        self._holds: dict[str, set[str]] = {}
        if storage is not None:
            storage.on_change.append(self._volume_answers)
        chance = precedent or Precedent()
        for controller in controllers(
            store, streams, timings, features, heartbeats, chance, storage, terminated_pods
        ):
            limit, workers = _client_of(controller.name, rates)
            lag = _lag_of(controller.name, timings)
            self.loops[controller.name] = Loop(controller, store.clock, store, lag, limit, workers)
        VolumesAttached(store)

    def programs(self) -> dict[str, list[str]]:
        """Return the programs that a control plane's machine runs, each with the names of its controllers."""
        found: dict[str, list[str]] = {"kube-controller-manager": [], "kube-scheduler": []}
        for name in self.loops:
            if name not in _STORAGE:
                found["kube-scheduler" if name == "scheduler" else "kube-controller-manager"].append(name)
        return found

    def hold(self, program: str, why: str) -> None:
        """Make a program's controllers stand still, until everything that holds them has let go."""
        self._holds.setdefault(program, set()).add(why)
        for name in self.programs()[program]:
            self.loops[name].pause()

    def stands_still(self, program: str) -> bool:
        """Tell whether something makes a program's controllers stand still now."""
        return bool(self._holds.get(program))

    def let_go(self, program: str, why: str, *, anew: bool = False) -> None:
        """Let a program's controllers go on where they were, or `anew` as a process that has just started."""
        held = self._holds.setdefault(program, set())
        held.discard(why)
        for name in self.programs()[program] if not held else ():
            loop = self.loops[name]
            (loop.restart if anew else loop.resume)()

    def node_changed(self, node: str) -> None:
        """Hear that a node's heartbeats have stopped, or come back."""
        self.loops["node-lifecycle"].add(f"Node/{node}")

    def _volume_answers(self, volume: str) -> None:
        """Hear that the storage system answers for a volume again."""
        for attachment in self._store.by(VolumeAttachment, "volume", volume):
            self.loops["attacher"].add(attachment.key)


def _detach_policy(timings: Timings, features: Features) -> Policy:
    """Return how the version at hand takes volumes from nodes that do not unmount them."""
    return Policy(
        timings.force_detach_us,
        only_unhealthy=features.has("DetachUnhealthyOnly"),
        out_of_service=features.on("NodeOutOfServiceVolumeDetach"),
        attach_timeout_us=timings.attach_timeout_us,
    )


def _client_of(controller: str, rates: Rates) -> tuple[Limit | None, int]:
    """Return the rate of a controller's client, and how many passes it may have under way."""
    if controller == "scheduler":  # it decides about one pod after the other
        return rates.scheduler, 1
    if controller in _STORAGE:
        return None, _STORAGE[controller]
    return rates.controller_manager, WORKERS


def _lag_of(controller: str, timings: Timings) -> int:
    """Return how long a controller takes from a change to the pass that it leads to."""
    match controller:
        case "endpoints":
            return timings.endpoints_lag_us
        case "attach-detach":  # a loop of its own, not a queue
            return timings.attach_detach_sync_us
        case _:
            return timings.controller_lag_us

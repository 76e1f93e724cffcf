"""Kubernetes objects as the API server keeps them: slotted, one class a kind, mutable only through the store.

`spec` holds the frozen values that the user wrote; everything else is metadata and status. Times are
integer microseconds; ``None`` means "not yet". A pod whose node is silent keeps the status that its kubelet
last reported: what is really so stands in ``statesim.node``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from statesim.cluster.metadata import HOSTNAME_LABEL, ZONE_LABEL, Object, OwnerRef
from statesim.cluster.storage_objects import (
    PersistentVolume,
    PersistentVolumeClaim,
    StorageClass,
    VolumeAttachment,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.status import ContainerStatus
    from statesim.scenario.specs import (
        DeploymentSpec,
        DisruptionBudgetSpec,
        LabelSelector,
        NodeSpec,
        PodSpec,
        PodTemplate,
        PriorityClassSpec,
        ServiceSpec,
        StatefulSetSpec,
        Taint,
    )
    from statesim.scenario.workload_specs import ResourceQuotaSpec

__all__ = [
    "HOSTNAME_LABEL",
    "KINDS",
    "NOT_READY",
    "OUT_OF_SERVICE",
    "POD_HASH_LABEL",
    "POD_INDEX_LABEL",
    "POD_NAME_LABEL",
    "REVISION_LABEL",
    "UNREACHABLE",
    "UNSCHEDULABLE",
    "ZONE_LABEL",
    "ControllerRevision",
    "Deployment",
    "Endpoint",
    "EndpointSlice",
    "Node",
    "Object",
    "OwnerRef",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Phase",
    "Pod",
    "PodDisruptionBudget",
    "PriorityClass",
    "ReplicaSet",
    "ResourceQuota",
    "Service",
    "StatefulSet",
    "StorageClass",
    "VolumeAttachment",
]

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
MEMORY_PRESSURE = "node.kubernetes.io/memory-pressure"
DISK_PRESSURE = "node.kubernetes.io/disk-pressure"
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
POD_HASH_LABEL = "pod-template-hash"
REVISION_LABEL = "controller-revision-hash"
POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name"
POD_INDEX_LABEL = "apps.kubernetes.io/pod-index"


class Phase(StrEnum):
    """A pod's phase as the API shows it ("Terminating" is not one: it is a deletion timestamp)."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


# tuples of their own: CPython 3.11 takes 0.2 us to find a member by the name of its class
ONGOING = (Phase.PENDING, Phase.RUNNING)
FINAL = (Phase.SUCCEEDED, Phase.FAILED)


@dataclass(slots=True, eq=False, kw_only=True)
class Node(Object):
    """A machine as the control plane knows it.

    `ready` is the Ready condition: True, False, or None for ``Unknown`` (nothing heard for the grace period).
    `volumes_in_use` is what the kubelet last reported as mounted; it freezes when the node falls silent.
    `pressure` holds the conditions that it reports to be under: ``MemoryPressure``, ``DiskPressure``;
    `reported_us` is when its kubelet last wrote anything of this.
    `taint_times` holds when each taint (``key:effect``) was last added, also of those removed since.
    """

    KIND: ClassVar[str] = "Node"
    spec: NodeSpec
    taints: tuple[Taint, ...] = ()
    taint_times: Mapping[str, int] = field(default_factory=dict)
    unschedulable: bool = False
    ready: bool | None = True
    ready_changed_us: int = 0
    volumes_in_use: tuple[str, ...] = ()
    volumes_attached: tuple[str, ...] = ()
    pressure: tuple[str, ...] = ()
    reported_us: int = 0

    @property
    def out_of_service(self) -> bool:
        """Tell whether somebody has declared it out of service (KEP-2268)."""
        return any(taint.key == OUT_OF_SERVICE for taint in self.taints)


@dataclass(slots=True, eq=False, kw_only=True)
class Pod(Object):
    """A pod as the API shows it: bound to `node`, last reported `phase` and `ready`.

    `revision` is the pod template's hash; `ordinal` is the StatefulSet's number for it; `running` tells
    whether a container was last reported as running (a pod on a silent node keeps it); `acknowledged_us` is
    when its kubelet first spoke of it, `containers` what it last said; `nominated_node` is where the
    scheduler has made room for it by preemption; `disruption` is the reason of its condition
    DisruptionTarget, "" while it has none (KEP-3329); `refused` is why no node takes it, and since when;
    `conditions` are those that others than Kubernetes have set, with their status.
    """

    KIND: ClassVar[str] = "Pod"
    spec: PodSpec
    revision: str = ""
    ordinal: int | None = None
    hostname: str = ""
    subdomain: str = ""
    ip: str = ""
    node: str | None = None
    nominated_node: str | None = None
    phase: Phase = Phase.PENDING
    reason: str = ""
    message: str = ""
    running: bool = False
    ready: bool = False
    ready_since_us: int | None = None
    unready_since_us: int | None = None
    containers_ready_us: int | None = None
    scheduled_us: int | None = None
    acknowledged_us: int | None = None
    initialized_us: int | None = None
    started_us: int | None = None
    containers: tuple[ContainerStatus, ...] = ()
    restarts: int = 0
    grace_us: int | None = None
    disruption: str = ""
    refused: tuple[str, int] | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)

    @property
    def gates_unmet(self) -> tuple[str, ...]:
        """Return what the readiness gates lack (kubelet/status/generate.go: GeneratePodReadyCondition)."""
        return tuple(
            f'the status of pod readiness gate "{gate}" is not "True", but {self.conditions[gate]}'
            if gate in self.conditions
            else f'corresponding condition of pod readiness gate "{gate}" does not exist.'
            for gate in self.spec.readiness_gates
            if self.conditions.get(gate) != "True"
        )

    @property
    def active(self) -> bool:
        """Tell whether controllers count it: not terminating and not finished (FilterActivePods)."""
        return self.deleted_us is None and self.phase in ONGOING

    @property
    def finished(self) -> bool:
        """Tell whether its phase is final."""
        return self.phase in FINAL

    def available(self, now: int, min_ready_us: int) -> bool:
        """Tell whether it has been Ready for `min_ready_us` (pkg/api/v1/pod/util.go: IsPodAvailable)."""
        return self.ready and self.ready_since_us is not None and self.ready_since_us + min_ready_us <= now


@dataclass(slots=True, eq=False, kw_only=True)
class ReplicaSet(Object):
    """One revision of a Deployment, or a set of its own; `hash` is its pods' revision.

    `revision` is the Deployment's number for it, `desired` and `max_replicas` are its notes for scaling in
    proportion.
    """

    KIND: ClassVar[str] = "ReplicaSet"
    SPEC: ClassVar[frozenset[str]] = frozenset({"replicas", "min_ready_us", "template", "deleted_us"})
    generation: int = 1
    selector: LabelSelector
    template: PodTemplate
    replicas: int = 0
    min_ready_us: int = 0
    hash: str = ""
    revision: int = 1
    desired: int = 0
    max_replicas: int = 0
    status: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False, kw_only=True)
class Deployment(Object):
    """A Deployment and its status; `progress_since_us` is when its rollout last moved.

    `new_set` and `revision` are the name and the number of the ReplicaSet of its template, `available` is
    whether enough pods are available, and since when.
    """

    KIND: ClassVar[str] = "Deployment"
    spec: DeploymentSpec
    generation: int = 1
    status: Mapping[str, Any] = field(default_factory=dict)
    progress_since_us: int | None = None
    new_set: str = ""
    revision: int = 0
    available: tuple[bool, int] | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class ControllerRevision(Object):
    """One pod template that a StatefulSet has had; `revision` orders them."""

    KIND: ClassVar[str] = "ControllerRevision"
    template: PodTemplate
    revision: int = 1


@dataclass(slots=True, eq=False, kw_only=True)
class StatefulSet(Object):
    """A StatefulSet and its status; the revisions are names of ControllerRevisions."""

    KIND: ClassVar[str] = "StatefulSet"
    spec: StatefulSetSpec
    generation: int = 1
    status: Mapping[str, Any] = field(default_factory=dict)
    current_revision: str = ""
    update_revision: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class ResourceQuota(Object):
    """How much of what may be there; what is there is counted when something is created."""

    KIND: ClassVar[str] = "ResourceQuota"
    spec: ResourceQuotaSpec


@dataclass(slots=True, eq=False, kw_only=True)
class Service(Object):
    """A Service."""

    KIND: ClassVar[str] = "Service"
    spec: ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address behind a Service (discovery/v1 Endpoint); `pod` and `uid` are its ``targetRef``.

    `hostname` is set where the address has a DNS name of its own. `serving` and `terminating` are ``None``
    where the version of Kubernetes does not say them.
    """

    pod: str
    uid: str
    address: str
    node: str
    zone: str = ""
    hostname: str = ""
    ready: bool = True
    serving: bool | None = None
    terminating: bool | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class EndpointSlice(Object):
    """Some of the addresses behind `service` (a hundred at most)."""

    KIND: ClassVar[str] = "EndpointSlice"
    service: str
    endpoints: tuple[Endpoint, ...] = ()
    ports: tuple[Mapping[str, Any], ...] = ()

    @property
    def ready(self) -> tuple[str, ...]:
        """Return the names of the pods that are ready, sorted."""
        return tuple(sorted(e.pod for e in self.endpoints if e.ready))

    @property
    def not_ready(self) -> tuple[str, ...]:
        """Return the names of the pods that are neither ready nor terminating, sorted."""
        return tuple(sorted(e.pod for e in self.endpoints if not e.ready and not e.terminating))


@dataclass(slots=True, eq=False, kw_only=True)
class PodDisruptionBudget(Object):
    """A budget; `disrupted` holds the pods of evictions already granted, with their times.

    `status` says for which `generation` of the spec it was worked out (``observed_generation``).
    """

    KIND: ClassVar[str] = "PodDisruptionBudget"
    spec: DisruptionBudgetSpec
    generation: int = 1
    disruptions_allowed: int = 0
    status: Mapping[str, int] = field(default_factory=dict)
    disrupted: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False, kw_only=True)
class PriorityClass(Object):
    """How important the pods are that name it."""

    KIND: ClassVar[str] = "PriorityClass"
    spec: PriorityClassSpec


KINDS: tuple[type[Object], ...] = (
    Node,
    PriorityClass,
    StorageClass,
    PersistentVolume,
    PersistentVolumeClaim,
    VolumeAttachment,
    Service,
    EndpointSlice,
    PodDisruptionBudget,
    ResourceQuota,
    Deployment,
    ReplicaSet,
    ControllerRevision,
    StatefulSet,
    Pod,
)

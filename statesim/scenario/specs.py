"""The part of Kubernetes' `spec` that is simulated, as frozen values.

Names are Kubernetes' in snake case; a quantity carries its unit last (`grace_us`, `cpu_milli`).
Times are integer microseconds. Defaults are the API server's
(kubernetes pkg/apis/core/v1/defaults.go, pkg/apis/apps/v1/defaults.go).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from statesim.scenario.constraints import (
    ANY_COMPANY,
    ANY_NODE,
    HostPort,
    LabelSelector,
    NodeAffinity,
    NodeSelectorTerm,
    PodAffinity,
    PodAffinityTerm,
    PreemptionPolicy,
    PriorityClassSpec,
    Requirement,
    Taint,
    TaintEffect,
    Toleration,
    TopologySpread,
)
from statesim.scenario.storage_specs import VolumeSpec
from statesim.scenario.workload_specs import ReplicaSetSpec, ResourceQuotaSpec

__all__ = [
    "SECOND",
    "AccessMode",
    "ClaimSpec",
    "ClaimTemplate",
    "Container",
    "DeploymentSpec",
    "DisruptionBudgetSpec",
    "HostPort",
    "IntOrPercent",
    "LabelSelector",
    "Manifest",
    "NodeAffinity",
    "NodeSelectorTerm",
    "NodeSpec",
    "PodAffinity",
    "PodAffinityTerm",
    "PodSpec",
    "PodTemplate",
    "PreemptionPolicy",
    "PriorityClassSpec",
    "Probe",
    "Requirement",
    "Resources",
    "RestartPolicy",
    "ServiceSpec",
    "Spec",
    "StatefulSetSpec",
    "StorageClassSpec",
    "Taint",
    "TaintEffect",
    "Toleration",
    "TopologySpread",
    "Volume",
    "VolumeMount",
]

if TYPE_CHECKING:
    from collections.abc import Mapping

SECOND = 1_000_000

RestartPolicy = Literal["Always", "OnFailure", "Never"]
AccessMode = Literal["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]


@dataclass(frozen=True, slots=True)
class IntOrPercent:
    """A count, or a percentage of the replicas (``IntOrString`` of the API)."""

    value: int
    percent: bool = False

    def of(self, total: int, *, round_up: bool) -> int:
        """Return the count it means for `total` replicas (pkg/util/intstr)."""
        if not self.percent:
            return self.value
        scaled = self.value * total
        return -(-scaled // 100) if round_up else scaled // 100


@dataclass(frozen=True, slots=True)
class Resources:
    """Requests or limits; 0 means none."""

    cpu_milli: int = 0
    memory_bytes: int = 0

    def plus(self, other: Resources) -> Resources:
        """Return both together."""
        return Resources(self.cpu_milli + other.cpu_milli, self.memory_bytes + other.memory_bytes)


@dataclass(frozen=True, slots=True)
class Probe:
    """When the kubelet asks a container, and how many answers it believes."""

    initial_delay_us: int = 0
    period_us: int = 10 * SECOND
    timeout_us: int = 1 * SECOND
    success_threshold: int = 1
    failure_threshold: int = 3


@dataclass(frozen=True, slots=True)
class VolumeMount:
    """Where a container sees a volume."""

    name: str
    path: str
    sub_path: str = ""
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """One container; what its image does is the scenario's `images:`.

    An init container that `stays` is a sidecar (``restartPolicy: Always``).
    """

    name: str
    image: str
    requests: Resources = Resources()
    limits: Resources = Resources()
    readiness: Probe | None = None
    liveness: Probe | None = None
    startup: Probe | None = None
    pre_stop_us: int = 0
    mounts: tuple[VolumeMount, ...] = ()
    image_pull_policy: Literal["IfNotPresent", "Always", "Never"] = "IfNotPresent"
    host_ports: tuple[HostPort, ...] = ()
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Volume:
    """A pod's volume: a claim, an emptyDir, or something the simulator treats as always there (`kind`)."""

    name: str
    kind: Literal["claim", "emptyDir", "other"]
    claim_name: str | None = None


@dataclass(frozen=True, slots=True)
class PodSpec:
    """What a pod is to be; `raw` is all of it as the API server stores it, what is not simulated included."""

    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()
    node_name: str | None = None
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()
    node_affinity: NodeAffinity = ANY_NODE
    pod_affinity: PodAffinity = ANY_COMPANY
    pod_anti_affinity: PodAffinity = ANY_COMPANY
    topology_spread: tuple[TopologySpread, ...] = ()
    restart_policy: RestartPolicy = "Always"
    grace_us: int = 30 * SECOND
    priority_class: str | None = None
    priority: int = 0
    preemption_policy: PreemptionPolicy | None = None
    scheduling_gates: tuple[str, ...] = ()
    readiness_gates: tuple[str, ...] = ()
    hostname: str | None = None
    subdomain: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def requests(self) -> Resources:
        """Return what the scheduler reserves: the containers' sum, or what an init container needs.

        Sidecars count with the containers, and with the init containers that come after them
        (k8s.io/component-helpers/resource: PodRequests).
        """
        staying, most = Resources(), Resources()
        for container in self.init_containers:
            needs = staying.plus(container.requests)
            most = Resources(max(most.cpu_milli, needs.cpu_milli), max(most.memory_bytes, needs.memory_bytes))
            staying = needs if container.stays else staying
        total = staying
        for container in self.containers:
            total = total.plus(container.requests)
        return Resources(max(total.cpu_milli, most.cpu_milli), max(total.memory_bytes, most.memory_bytes))

    @property
    def sidecars(self) -> tuple[Container, ...]:
        """Return the init containers that stay."""
        return tuple(container for container in self.init_containers if container.stays)

    @property
    def host_ports(self) -> tuple[HostPort, ...]:
        """Return the machine's ports that its containers take."""
        return tuple(port for container in self.containers for port in container.host_ports)

    @property
    def claims(self) -> tuple[str, ...]:
        """Return the names of the claims that the pod mounts."""
        return tuple(v.claim_name for v in self.volumes if v.claim_name is not None)


@dataclass(frozen=True, slots=True)
class PodTemplate:
    """What a workload makes its pods from."""

    spec: PodSpec
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimSpec:
    """What a PersistentVolumeClaim asks for. `storage_class` None = the cluster's default, "" = none."""

    access_modes: tuple[AccessMode, ...] = ("ReadWriteOnce",)
    storage_class: str | None = None
    size_bytes: int = 0
    volume_name: str | None = None
    selector: LabelSelector | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ClaimTemplate:
    """One row of ``volumeClaimTemplates``."""

    name: str
    spec: ClaimSpec
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeploymentSpec:
    """apps/v1 Deployment."""

    selector: LabelSelector
    template: PodTemplate
    replicas: int = 1
    strategy: Literal["RollingUpdate", "Recreate"] = "RollingUpdate"
    max_surge: IntOrPercent = IntOrPercent(25, percent=True)
    max_unavailable: IntOrPercent = IntOrPercent(25, percent=True)
    min_ready_us: int = 0
    progress_deadline_us: int = 600 * SECOND
    revision_history_limit: int = 10
    paused: bool = False


@dataclass(frozen=True, slots=True)
class StatefulSetSpec:
    """apps/v1 StatefulSet."""

    selector: LabelSelector
    template: PodTemplate
    replicas: int = 1
    service_name: str = ""
    claim_templates: tuple[ClaimTemplate, ...] = ()
    pod_management: Literal["OrderedReady", "Parallel"] = "OrderedReady"
    update_strategy: Literal["RollingUpdate", "OnDelete"] = "RollingUpdate"
    partition: int = 0
    max_unavailable: IntOrPercent = IntOrPercent(1)
    min_ready_us: int = 0
    revision_history_limit: int = 10
    start_ordinal: int = 0
    retain_when_deleted: bool = True
    retain_when_scaled: bool = True


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """v1 Service; `headless` is ``clusterIP: None``. Without a selector nobody fills its endpoints."""

    selector: Mapping[str, str] | None = None
    headless: bool = False
    type: str = "ClusterIP"
    ports: tuple[int, ...] = ()
    publish_not_ready: bool = False
    session_affinity: Literal["None", "ClientIP"] = "None"
    affinity_us: int = 10_800 * SECOND


@dataclass(frozen=True, slots=True)
class StorageClassSpec:
    """storage.k8s.io/v1 StorageClass. `zones` empty = any; `zonal_copies` 0 = one in each of them."""

    provisioner: str = "block.statesim"
    binding_mode: Literal["Immediate", "WaitForFirstConsumer"] = "WaitForFirstConsumer"
    reclaim_policy: Literal["Delete", "Retain"] = "Delete"
    allow_expansion: bool = False
    zones: tuple[str, ...] = ()
    default: bool = False
    zonal_copies: int = 1


@dataclass(frozen=True, slots=True)
class DisruptionBudgetSpec:
    """policy/v1 PodDisruptionBudget: exactly one of the two bounds is set."""

    selector: LabelSelector
    min_available: IntOrPercent | None = None
    max_unavailable: IntOrPercent | None = None
    unhealthy_policy: Literal["IfHealthyBudget", "AlwaysAllow"] = "IfHealthyBudget"


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """v1 Node: what it offers and what it refuses; `volumes` is how many can be attached to it."""

    cpu_milli: int = 8_000
    memory_bytes: int = 32 * 1024**3
    disk_bytes: int = 100 * 1024**3
    pods: int = 110
    volumes: int | None = None
    zone: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    unschedulable: bool = False


Spec = (
    DeploymentSpec
    | StatefulSetSpec
    | ReplicaSetSpec
    | ResourceQuotaSpec
    | ServiceSpec
    | ClaimSpec
    | StorageClassSpec
    | VolumeSpec
    | DisruptionBudgetSpec
    | NodeSpec
    | PriorityClassSpec
    | PodSpec
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object of a manifest file: its parsed `spec` and the document as written (`raw`).

    `raw` is what `patch` and `set-image` edit before it is parsed again.
    """

    kind: str
    name: str
    spec: Spec
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    raw: Mapping[str, Any]
    finalizers: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return ``Kind/name``."""
        return f"{self.kind}/{self.name}"

"""The part of Kubernetes' `spec` that is simulated, as frozen values.

Names are Kubernetes' in snake case; a quantity carries its unit last (`grace_us`, `cpu_milli`).
Times are integer microseconds. Defaults are the API server's
(kubernetes pkg/apis/core/v1/defaults.go, pkg/apis/apps/v1/defaults.go).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

SECOND = 1_000_000

RestartPolicy = Literal["Always", "OnFailure", "Never"]
TaintEffect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
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
class Requirement:
    """One row of ``matchExpressions``: In, NotIn, Exists, DoesNotExist, Gt or Lt."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether `labels` meet the requirement (apimachinery pkg/labels/selector.go)."""
        has = self.key in labels
        match self.operator:
            case "In":
                return has and labels[self.key] in self.values
            case "NotIn":
                return not has or labels[self.key] not in self.values
            case "Exists":
                return has
            case "DoesNotExist":
                return not has
            case "Gt":
                return has and labels[self.key].isdigit() and int(labels[self.key]) > int(self.values[0])
            case "Lt":
                return has and labels[self.key].isdigit() and int(labels[self.key]) < int(self.values[0])
            case _:
                return False


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """Labels that must all match; an empty selector matches every object."""

    match_labels: Mapping[str, str] = field(default_factory=dict)
    match_expressions: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether an object with `labels` is selected."""
        return all(labels.get(key) == value for key, value in self.match_labels.items()) and all(
            row.matches(labels) for row in self.match_expressions
        )


@dataclass(frozen=True, slots=True)
class Taint:
    """A node's refusal of pods that do not tolerate it."""

    key: str
    effect: TaintEffect
    value: str = ""


@dataclass(frozen=True, slots=True)
class Toleration:
    """A pod's consent to a taint; ``None`` for key or effect matches any, `seconds_us` bounds NoExecute."""

    key: str | None = None
    operator: Literal["Equal", "Exists"] = "Equal"
    value: str = ""
    effect: TaintEffect | None = None
    seconds_us: int | None = None

    def tolerates(self, taint: Taint) -> bool:
        """Tell whether the taint is tolerated (core/v1 toleration.go: ToleratesTaint)."""
        if self.effect is not None and self.effect != taint.effect:
            return False
        if self.key and self.key != taint.key:
            return False
        if self.operator == "Exists":
            return True
        return bool(self.key) and self.value == taint.value


@dataclass(frozen=True, slots=True)
class Resources:
    """Requests or limits; 0 means none."""

    cpu_milli: int = 0
    memory_bytes: int = 0


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
    """One container; what its image does is the scenario's `images:`."""

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


@dataclass(frozen=True, slots=True)
class Volume:
    """A pod's volume: a claim, an emptyDir, or something the simulator treats as always there (`kind`)."""

    name: str
    kind: Literal["claim", "emptyDir", "other"]
    claim_name: str | None = None


@dataclass(frozen=True, slots=True)
class NodeSelectorTerm:
    """Requirements on a node's labels, all of which must hold."""

    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class NodeAffinity:
    """Nodes a pod must (`required`: any term) or would rather (`preferred`: weight, term) run on."""

    required: tuple[NodeSelectorTerm, ...] = ()
    preferred: tuple[tuple[int, NodeSelectorTerm], ...] = ()


@dataclass(frozen=True, slots=True)
class PodAffinityTerm:
    """Pods (by `selector`) that this pod wants in, or out of, its own `topology_key` domain."""

    selector: LabelSelector
    topology_key: str


@dataclass(frozen=True, slots=True)
class PodAffinity:
    """Required terms, and preferred terms with their weights (1 to 100)."""

    required: tuple[PodAffinityTerm, ...] = ()
    preferred: tuple[tuple[int, PodAffinityTerm], ...] = ()


@dataclass(frozen=True, slots=True)
class TopologySpread:
    """One ``topologySpreadConstraints`` row."""

    max_skew: int
    topology_key: str
    when_unsatisfiable: Literal["DoNotSchedule", "ScheduleAnyway"]
    selector: LabelSelector


@dataclass(frozen=True, slots=True)
class PodSpec:
    """What a pod is to be; `raw` is all of it as the API server stores it, what is not simulated included."""

    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()
    node_name: str | None = None
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()
    node_affinity: NodeAffinity = NodeAffinity()
    pod_affinity: PodAffinity = PodAffinity()
    pod_anti_affinity: PodAffinity = PodAffinity()
    topology_spread: tuple[TopologySpread, ...] = ()
    restart_policy: RestartPolicy = "Always"
    grace_us: int = 30 * SECOND
    priority: int = 0
    hostname: str | None = None
    subdomain: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def requests(self) -> Resources:
        """Return what the scheduler reserves: the containers' sum, or a larger init container's."""
        cpu = sum(c.requests.cpu_milli for c in self.containers)
        memory = sum(c.requests.memory_bytes for c in self.containers)
        return Resources(
            max([cpu, *(c.requests.cpu_milli for c in self.init_containers)]),
            max([memory, *(c.requests.memory_bytes for c in self.init_containers)]),
        )

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


@dataclass(frozen=True, slots=True)
class StorageClassSpec:
    """storage.k8s.io/v1 StorageClass. `zones` empty = any."""

    provisioner: str = "statesim/block"
    binding_mode: Literal["Immediate", "WaitForFirstConsumer"] = "WaitForFirstConsumer"
    reclaim_policy: Literal["Delete", "Retain"] = "Delete"
    allow_expansion: bool = False
    zones: tuple[str, ...] = ()
    default: bool = False


@dataclass(frozen=True, slots=True)
class DisruptionBudgetSpec:
    """policy/v1 PodDisruptionBudget: exactly one of the two bounds is set."""

    selector: LabelSelector
    min_available: IntOrPercent | None = None
    max_unavailable: IntOrPercent | None = None


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """v1 Node: what it offers and what it refuses."""

    cpu_milli: int = 8_000
    memory_bytes: int = 32 * 1024**3
    pods: int = 110
    zone: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    unschedulable: bool = False


Spec = (
    DeploymentSpec
    | StatefulSetSpec
    | ServiceSpec
    | ClaimSpec
    | StorageClassSpec
    | DisruptionBudgetSpec
    | NodeSpec
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

    @property
    def key(self) -> str:
        """Return ``Kind/name``."""
        return f"{self.kind}/{self.name}"

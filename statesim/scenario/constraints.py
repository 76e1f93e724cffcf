"""What a pod says about where it may run, as frozen values: selectors, taints, affinity, spreading, ports.

Names and defaults are Kubernetes' (k8s.io/api core/v1), like those of ``specs``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

TaintEffect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
EFFECTS: tuple[TaintEffect, ...] = get_args(TaintEffect)
InclusionPolicy = Literal["Honor", "Ignore"]
PreemptionPolicy = Literal["PreemptLowerPriority", "Never"]
PREEMPTION_POLICIES: tuple[PreemptionPolicy, ...] = get_args(PreemptionPolicy)

# well-known labels of nodes (k8s.io/api core/v1 well_known_labels.go)
HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"


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
        if not self.match_labels.items() <= labels.items():
            return False
        return all(row.matches(labels) for row in self.match_expressions) if self.match_expressions else True


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
class NodeSelectorTerm:
    """Requirements on a node's labels, and `fields` on its name, all of which must hold."""

    requirements: tuple[Requirement, ...] = ()
    fields: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeAffinity:
    """Nodes a pod must (`required`: any term) or would rather (`preferred`: weight, term) run on."""

    required: tuple[NodeSelectorTerm, ...] = ()
    preferred: tuple[tuple[int, NodeSelectorTerm], ...] = ()


@dataclass(frozen=True, slots=True)
class PodAffinityTerm:
    """Pods (by `selector`) that this pod wants in, or out of, its own `topology_key` domain.

    `match_keys` and `mismatch_keys` are labels whose value those pods shall share with this one, or not.
    """

    selector: LabelSelector
    topology_key: str
    match_keys: tuple[str, ...] = ()
    mismatch_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PodAffinity:
    """Required terms, and preferred terms with their weights (1 to 100)."""

    required: tuple[PodAffinityTerm, ...] = ()
    preferred: tuple[tuple[int, PodAffinityTerm], ...] = ()


@dataclass(frozen=True, slots=True)
class TopologySpread:
    """One ``topologySpreadConstraints`` row.

    `affinity_policy` and `taints_policy` tell whether nodes that the pod's node affinity and tolerations rule
    out are left out of the count.
    """

    max_skew: int
    topology_key: str
    when_unsatisfiable: Literal["DoNotSchedule", "ScheduleAnyway"]
    selector: LabelSelector
    min_domains: int = 1
    match_keys: tuple[str, ...] = ()
    affinity_policy: InclusionPolicy = "Honor"
    taints_policy: InclusionPolicy = "Ignore"


class HostPort(NamedTuple):
    """A port of the machine that a container takes; "0.0.0.0" is every address of it."""

    port: int
    protocol: str = "TCP"
    ip: str = "0.0.0.0"

    def conflicts(self, other: HostPort) -> bool:
        """Tell whether both cannot be on one machine (framework/types.go: HostPortInfo.CheckConflict)."""
        anywhere = "0.0.0.0"
        return (self.port, self.protocol) == (other.port, other.protocol) and (
            self.ip == other.ip or anywhere in (self.ip, other.ip)
        )


@dataclass(frozen=True, slots=True)
class PriorityClassSpec:
    """scheduling.k8s.io/v1 PriorityClass."""

    value: int
    global_default: bool = False
    preemption_policy: PreemptionPolicy = "PreemptLowerPriority"


# pkg/apis/scheduling/v1/helpers.go: SystemPriorityClasses; they are always there
SYSTEM_PRIORITY_CLASSES = {
    "system-node-critical": PriorityClassSpec(2_000_001_000),
    "system-cluster-critical": PriorityClassSpec(2_000_000_000),
}
# a pod that says nothing about its company
ANY_NODE = NodeAffinity()
ANY_COMPANY = PodAffinity()

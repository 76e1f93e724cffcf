"""Services, disruption budgets, priority classes and nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.kernel.spans import SECOND
from statesim.scenario.constraints import HOSTNAME, PREEMPTION_POLICIES, ZONE
from statesim.scenario.manifests import fields
from statesim.scenario.manifests.pods import port_number, taint
from statesim.scenario.manifests.selectors import selector
from statesim.scenario.specs import (
    DisruptionBudgetSpec,
    LabelSelector,
    NodeSpec,
    PriorityClassSpec,
    Requirement,
    ServiceSpec,
)
from statesim.scenario.units import parse_bytes, parse_cpu

if TYPE_CHECKING:
    from statesim.scenario.manifests.reader import Reader

_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
_SYSTEM = "system-"
# pkg/apis/scheduling/types.go: HighestUserDefinablePriority
_HIGHEST = 1_000_000_000
_UNHEALTHY = ("IfHealthyBudget", "AlwaysAllow")
# a selector that is left out selects nothing, an empty one everything, in policy/v1beta1 nothing
_NOTHING = LabelSelector(match_expressions=(Requirement("", "In"),))
# pkg/apis/policy/helper.go: NonV1beta1MatchNoneSelector, as which servers keep the empty one of v1beta1
_EMPTY_IN_V1BETA1 = LabelSelector(
    match_expressions=(Requirement("pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match", "Exists"),)
)
_LONGEST_AFFINITY_US = 86_400 * SECOND


def service(obj: Reader) -> ServiceSpec:
    """Return the spec of a Service."""
    spec = obj.inner("spec", fields.SERVICE)
    ports = tuple(port_number(row, "port") for row in spec.each("ports", fields.SERVICE_PORT))
    kind = spec.word("type", _TYPES, "ClusterIP")
    headless = spec.text("clusterIP") == "None"
    if not ports and not headless and kind != "ExternalName":
        spec.missing("ports")
    affinity: Any = spec.word("sessionAffinity", ("None", "ClientIP"), "None")
    return ServiceSpec(
        selector=spec.labels("selector") or None,
        headless=headless,
        type=kind,
        ports=ports,
        publish_not_ready=spec.flag("publishNotReadyAddresses"),
        session_affinity=affinity,
        affinity_us=_affinity(spec, affinity),
    )


def _affinity(spec: Reader, kind: str) -> int:
    """Return for how long a client keeps its pod: three hours, unless it is said otherwise.

    Source: pkg/apis/core/types.go: DefaultClientIPServiceAffinitySeconds, MaxClientIPServiceAffinitySeconds;
    pkg/apis/core/validation: validateClientIPAffinityConfig.
    """
    standard = ServiceSpec().affinity_us
    if not spec.has("sessionAffinityConfig"):
        return standard
    if kind != "ClientIP":
        spec.error("sessionAffinityConfig", "is only for sessionAffinity: ClientIP")
        return standard
    address = spec.inner("sessionAffinityConfig", fields.AFFINITY_CONFIG).inner("clientIP", fields.CLIENT_IP)
    us = address.seconds("timeoutSeconds", standard // SECOND, least=1)
    if us > _LONGEST_AFFINITY_US:
        address.error("timeoutSeconds", f"must be at most 86400, found {us // SECOND}")
    return us


def disruption_budget(obj: Reader) -> DisruptionBudgetSpec:
    """Return the spec of a PodDisruptionBudget.

    An empty selector means nobody in v1beta1 and everybody in v1 ("Deprecated API Migration Guide";
    pkg/apis/policy/v1beta1/conversion.go).
    """
    spec = obj.inner("spec", fields.BUDGET)
    bounds = [key for key in ("minAvailable", "maxUnavailable") if spec.has(key)]
    if len(bounds) != 1:
        found = "none" if not bounds else "both"
        spec.notes.error(spec.path, f"expected one of minAvailable and maxUnavailable, found {found}")
    if not spec.has("selector"):
        spec.notes.warn(spec.path, "without a selector the budget protects no pod")
    chosen = selector(spec, "selector") if spec.has("selector") else _NOTHING
    if chosen == LabelSelector() and obj.text("apiVersion") == "policy/v1beta1":
        spec.notes.warn((*spec.path, "selector"), "in policy/v1beta1 an empty selector protects no pod")
        chosen = _EMPTY_IN_V1BETA1
    policy: Any = spec.word("unhealthyPodEvictionPolicy", _UNHEALTHY, "IfHealthyBudget")
    return DisruptionBudgetSpec(
        chosen,
        spec.count_or_percent("minAvailable"),
        spec.count_or_percent("maxUnavailable"),
        policy,
    )


def priority_class(obj: Reader) -> PriorityClassSpec:
    """Return what a PriorityClass says (pkg/apis/scheduling/validation: ValidatePriorityClass)."""
    name = obj.inner("metadata", fields.META).text("name")
    if name.startswith(_SYSTEM):
        obj.notes.error(("metadata", "name"), f"names that begin with {_SYSTEM} are the system's own")
    if not obj.has("value"):
        obj.missing("value")
    value = obj.count("value", 0, least=-(2**31))
    if value > _HIGHEST:
        obj.error("value", f"must be at most {_HIGHEST}, found {value}")
    policy: Any = obj.word("preemptionPolicy", PREEMPTION_POLICIES, "PreemptLowerPriority")
    return PriorityClassSpec(value, obj.flag("globalDefault"), policy)


def node(obj: Reader) -> NodeSpec:
    """Return what a Node offers (its status) and refuses (its spec)."""
    spec = obj.inner("spec", fields.NODE)
    status = obj.inner("status", fields.NODE_STATUS)
    kind = "allocatable" if status.has("allocatable") else "capacity"
    given = status.data.get(kind)
    names = frozenset(given) if isinstance(given, dict) else frozenset[str]()
    offers = status.inner(
        kind, fields.Fields(kind, frozenset({"cpu", "memory", "pods", "ephemeral-storage"}), names)
    )
    meta = obj.inner("metadata", fields.META)
    labels = meta.labels("labels")
    standard = NodeSpec()
    return NodeSpec(
        cpu_milli=offers.quantity("cpu", parse_cpu) or standard.cpu_milli,
        memory_bytes=offers.quantity("memory", parse_bytes) or standard.memory_bytes,
        disk_bytes=offers.quantity("ephemeral-storage", parse_bytes) or standard.disk_bytes,
        pods=offers.whole("pods", standard.pods),
        volumes=_attachable(status.data.get(kind)),
        zone=labels.get(ZONE, ""),
        labels={HOSTNAME: meta.text("name"), **labels},
        taints=tuple(taint(row) for row in spec.each("taints", fields.TAINT)),
        unschedulable=spec.flag("unschedulable"),
    )


def _attachable(offers: Any) -> int | None:
    """Return how many volumes can be attached: the least that any driver says (attachable-volumes-…)."""
    if not isinstance(offers, dict):
        return None
    counts = [offers[name] for name in offers if str(name).startswith("attachable-volumes-")]
    return min((int(count) for count in counts if str(count).isdigit()), default=None)

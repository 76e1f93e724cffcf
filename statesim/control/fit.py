"""What a node must offer to a pod: the scheduler's filters that look at one node at a time.

Source: kubernetes pkg/scheduler/framework/plugins (nodeunschedulable, nodename, tainttoleration,
nodeaffinity, nodeports, noderesources/fit.go), in the order of their registry. The words are those of
`kubectl describe pod`, in the version that is simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.objects import UNSCHEDULABLE
from statesim.control.claims import ClaimInfo, claims_problem
from statesim.control.nodeinfo import NodeInfo, Tenant
from statesim.scenario.specs import Taint

if TYPE_CHECKING:
    from statesim.control.nodeinfo import Demand
    from statesim.scenario.specs import HostPort, NodeSelectorTerm, PodSpec
    from statesim.scenario.versions import Features

__all__ = [
    "ClaimInfo",
    "NodeInfo",
    "Refusal",
    "Tenant",
    "claims_problem",
    "refusal",
    "selects",
    "term_matches",
]


class Refusal(NamedTuple):
    """Why one filter refuses a node.

    Attributes
    ----------
    plugin
        The filter.
    reasons
        Its words.
    final
        No other pod's going would change it (``UnschedulableAndUnresolvable``).
    """

    plugin: str
    reasons: tuple[str, ...]
    final: bool


def refusal(demand: Demand, node: NodeInfo, features: Features) -> Refusal | None:
    """Return why a pod does not fit on the node: the first filter that refuses it, if one does."""
    known: tuple[Refusal | None] | None = node.memo.get(demand)
    if known is None:
        known = node.memo[demand] = (_refusal(demand, node, features),)
    return known[0]


def _refusal(demand: Demand, node: NodeInfo, features: Features) -> Refusal | None:
    spec = demand.spec
    if node.unschedulable and not tolerates(spec, Taint(UNSCHEDULABLE, "NoSchedule")):
        return Refusal("NodeUnschedulable", ("node(s) were unschedulable",), True)
    if spec.node_name is not None and spec.node_name != node.name:
        return Refusal("NodeName", ("node(s) didn't match the requested hostname",), True)
    taint = untolerated(spec, node)
    if taint is not None:
        return Refusal("TaintToleration", (_taint_words(taint, features),), True)
    if not selects(spec, node):
        named = "/selector" if features.has("SaysSelector") else ""
        return Refusal("NodeAffinity", (f"node(s) didn't match Pod's node affinity{named}",), True)
    if ports_taken(demand.ports, node.ports):
        words = "node(s) didn't have free ports for the requested pod ports"
        return Refusal("NodePorts", (words,), False)
    return _no_room(demand, node, features)


def _taint_words(taint: Taint, features: Features) -> str:
    if features.has("SaysNoTaint"):
        return "node(s) had untolerated taint(s)"
    named = f"{{{taint.key}: {taint.value}}}"
    if features.has("SaysUntolerated"):
        return f"node(s) had untolerated taint {named}"
    return f"node(s) had taint {named}, that the pod didn't tolerate"


def tolerates(spec: PodSpec, taint: Taint) -> bool:
    """Tell whether a pod tolerates a taint."""
    return any(toleration.tolerates(taint) for toleration in spec.tolerations)


def untolerated(spec: PodSpec, node: NodeInfo) -> Taint | None:
    """Return the first taint that keeps the pod off the node (FindMatchingUntoleratedTaint)."""
    return next((t for t in node.taints if t.effect != "PreferNoSchedule" and not tolerates(spec, t)), None)


def selects(spec: PodSpec, node: NodeInfo) -> bool:
    """Tell whether the pod's node selector and required node affinity admit the node (nodeaffinity)."""
    if any(node.labels.get(key) != value for key, value in spec.node_selector.items()):
        return False
    terms = spec.node_affinity.required
    return not terms or any(term_matches(term, node) for term in terms)


def term_matches(term: NodeSelectorTerm, node: NodeInfo) -> bool:
    """Tell whether all of a term's requirements hold for the node; a term without any matches nothing.

    Source: component-helpers scheduling/corev1/nodeaffinity; the one field is the node's name.
    """
    name = {"metadata.name": node.name}
    return (
        bool(term.requirements or term.fields)
        and all(row.matches(node.labels) for row in term.requirements)
        and all(row.matches(name) for row in term.fields)
    )


def ports_taken(wanted: tuple[HostPort, ...], taken: tuple[HostPort, ...]) -> bool:
    """Tell whether one of the machine's ports that a pod wants is another pod's (nodeports: fitsPorts)."""
    return any(port.conflicts(other) for port in wanted for other in taken)


def _no_room(demand: Demand, node: NodeInfo, features: Features) -> Refusal | None:
    """Return what there is too little of (noderesources/fit.go: fitsRequest)."""
    asked = demand.requests
    short = []
    if len(node.tenants) + 1 > node.pods:
        short.append("Too many pods")
    if asked.cpu_milli > 0 and node.used_cpu + asked.cpu_milli > node.cpu_milli:
        short.append("Insufficient cpu")
    if asked.memory_bytes > 0 and node.used_memory + asked.memory_bytes > node.memory_bytes:
        short.append("Insufficient memory")
    if not short:
        return None
    too_small = asked.cpu_milli > node.cpu_milli or asked.memory_bytes > node.memory_bytes
    return Refusal("NodeResourcesFit", tuple(short), too_small and features.has("FitTooSmallIsFinal"))

"""What a node must offer to a pod: the scheduler's filters that look at one node at a time.

Source: kubernetes pkg/scheduler/framework/plugins (nodeunschedulable, nodename, tainttoleration,
nodeaffinity, noderesources/fit.go, volumebinding, volumerestrictions). The words are those of
`kubectl describe pod`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from statesim.cluster.objects import UNSCHEDULABLE
from statesim.scenario.specs import Taint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.cluster.objects import PersistentVolume, PersistentVolumeClaim
    from statesim.scenario.specs import NodeSelectorTerm, PodSpec, Resources

# pkg/scheduler/util/non_zero.go: what a container without requests is taken to need when nodes are compared
_GUESS_CPU_MILLI = 100
_GUESS_MEMORY_BYTES = 200 * 1024 * 1024
ONE_POD_ONLY = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"
IMMEDIATE_UNBOUND = "pod has unbound immediate PersistentVolumeClaims"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A pod that takes room on a node, or is about to."""

    name: str
    labels: Mapping[str, str]
    owner: str | None
    terminating: bool
    spec: PodSpec


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A node as the scheduler sees it: what it offers and who is on it.

    `used_*` are the sums of its pods' requests, `assumed_*` the same with a guess where a container
    requests nothing; `choosy` are the tenants that have wishes about company, `siblings` counts those
    that are not Terminating by their owner's uid.
    """

    name: str
    zone: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    unschedulable: bool
    cpu_milli: int
    memory_bytes: int
    pods: int
    used_cpu: int = 0
    used_memory: int = 0
    assumed_cpu: int = 0
    assumed_memory: int = 0
    tenants: tuple[Tenant, ...] = ()
    choosy: tuple[Tenant, ...] = ()
    siblings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimInfo:
    """One claim of a pod, and what could become of it.

    Attributes
    ----------
    volume
        The volume that it is bound to.
    delayed
        Its class waits for the first consumer.
    zones
        Where its class can make a volume: ``()`` = anywhere, ``None`` = nowhere.
    candidates
        Ready-made volumes that fit, the best first.
    selected
        The node that was chosen for it, if that node exists.
    """

    name: str
    claim: PersistentVolumeClaim | None
    volume: PersistentVolume | None = None
    delayed: bool = False
    zones: tuple[str, ...] | None = None
    candidates: tuple[PersistentVolume, ...] = ()
    selected: str | None = None

    @property
    def unbound(self) -> bool:
        """Tell whether it has no volume yet."""
        return self.claim is not None and self.claim.volume is None


def assumed(spec: PodSpec) -> tuple[int, int]:
    """Return a pod's CPU and memory as the scores count them (GetNonzeroRequests)."""
    cpu = sum(c.requests.cpu_milli or _GUESS_CPU_MILLI for c in spec.containers)
    memory = sum(c.requests.memory_bytes or _GUESS_MEMORY_BYTES for c in spec.containers)
    return cpu, memory


def claims_problem(claims: tuple[ClaimInfo, ...]) -> str | None:
    """Return why no node at all will do because of the pod's claims.

    Source: the PreFilter of volumerestrictions and volumebinding (scheduler_binder.go:getPodVolumes).
    """
    for info in claims:
        claim = info.claim
        if claim is None:
            return f'persistentvolumeclaim "{info.name}" not found'
        if claim.terminating:
            return f'persistentvolumeclaim "{info.name}" is being deleted'
        if claim.phase == "Lost" or (claim.volume is not None and info.volume is None):
            return (
                f'persistentvolumeclaim "{info.name}" bound to non-existent persistentvolume "{claim.volume}"'
            )
    if any(info.unbound and not info.delayed for info in claims):
        return IMMEDIATE_UNBOUND
    return None


def refusals(
    spec: PodSpec, requests: Resources, claims: tuple[ClaimInfo, ...], node: NodeInfo
) -> tuple[str, ...]:
    """Return why a pod does not fit on the node: the words of the first filter that refuses it.

    `requests` are the pod's, summed up once for all nodes.
    """
    if node.unschedulable and not _tolerates(spec, Taint(UNSCHEDULABLE, "NoSchedule")):
        return ("node(s) were unschedulable",)
    if spec.node_name is not None and spec.node_name != node.name:
        return ("node(s) didn't match the requested hostname",)
    refused = next(
        (t for t in node.taints if t.effect != "PreferNoSchedule" and not _tolerates(spec, t)), None
    )
    if refused is not None:
        return (f"node(s) had taint {{{refused.key}: {refused.value}}}, that the pod didn't tolerate",)
    if not selects(spec, node):
        return ("node(s) didn't match Pod's node affinity",)
    return _no_room(requests, node) or _no_volume(claims, node)


def _tolerates(spec: PodSpec, taint: Taint) -> bool:
    return any(toleration.tolerates(taint) for toleration in spec.tolerations)


def selects(spec: PodSpec, node: NodeInfo) -> bool:
    """Tell whether the pod's node selector and required node affinity admit the node (nodeaffinity)."""
    if any(node.labels.get(key) != value for key, value in spec.node_selector.items()):
        return False
    terms = spec.node_affinity.required
    return not terms or any(term_matches(term, node) for term in terms)


def term_matches(term: NodeSelectorTerm, node: NodeInfo) -> bool:
    """Tell whether all of a term's requirements hold for the node; a term without any matches nothing."""
    return bool(term.requirements) and all(row.matches(node.labels) for row in term.requirements)


def _no_room(requests: Resources, node: NodeInfo) -> tuple[str, ...]:
    """Return what there is too little of (noderesources/fit.go:fitsRequest)."""
    short = []
    if len(node.tenants) + 1 > node.pods:
        short.append("Too many pods")
    if requests.cpu_milli > 0 and node.used_cpu + requests.cpu_milli > node.cpu_milli:
        short.append("Insufficient cpu")
    if requests.memory_bytes > 0 and node.used_memory + requests.memory_bytes > node.memory_bytes:
        short.append("Insufficient memory")
    return tuple(short)


def _no_volume(claims: tuple[ClaimInfo, ...], node: NodeInfo) -> tuple[str, ...]:
    """Return which claim the node cannot serve (scheduler_binder.go:FindPodVolumes)."""
    reasons = []
    for info in claims:
        if info.volume is not None:
            if not info.volume.usable(node.labels):
                reasons.append("node(s) had volume node affinity conflict")
            if _taken(info, node):
                reasons.append(ONE_POD_ONLY)
        elif not _obtainable(info, node):
            reasons.append("node(s) didn't find available persistent volumes to bind")
    return tuple(dict.fromkeys(reasons))


def _taken(info: ClaimInfo, node: NodeInfo) -> bool:
    """Tell whether another pod has a ReadWriteOncePod claim (volumerestrictions, KEP-2485)."""
    if info.claim is None or "ReadWriteOncePod" not in info.claim.spec.access_modes:
        return False
    return any(info.name in tenant.spec.claims for tenant in node.tenants)


def _obtainable(info: ClaimInfo, node: NodeInfo) -> bool:
    """Tell whether the node could get a volume for an unbound claim: a ready-made or a new one."""
    if info.selected is not None:
        return info.selected == node.name
    if reservable(info, node) is not None:
        return True
    return info.zones is not None and (not info.zones or node.zone in info.zones)


def reservable(info: ClaimInfo, node: NodeInfo) -> PersistentVolume | None:
    """Return the ready-made volume that the claim would get on the node, if there is one."""
    return next((v for v in info.candidates if v.usable(node.labels)), None)

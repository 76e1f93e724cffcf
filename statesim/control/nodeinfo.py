"""A node as the scheduler sees it: what it offers, who is on it, and what was already found out about both.

Source: kubernetes pkg/scheduler/framework/types.go: NodeInfo, PodInfo. A `NodeInfo` never changes: another
one takes its place when something about the node does. What a filter or a score computed for one is therefore
true for as long as it lives, and is kept in its `memo`: of thousands of pods made from one template, each
finds the answers for all nodes but the one that took the pod before.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from statesim.control.volumes import node_labels
from statesim.scenario.specs import LabelSelector, PodAffinityTerm, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statesim.cluster.objects import Node, Pod
    from statesim.control.columns import Columns
    from statesim.scenario.specs import HostPort, PodSpec, Resources, Taint

# pkg/scheduler/util/non_zero.go: what a container without requests is taken to need when nodes are compared
_GUESS_CPU_MILLI = 100
_GUESS_MEMORY_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """What a pod asks of a single node: the same object for all pods of one template.

    `guess` is CPU and memory as the scores count them (GetNonzeroRequests). What filters and scores found
    out is kept in a node's memo under the demand itself, and under `scored`.
    """

    spec: PodSpec
    requests: Resources
    guess: tuple[int, int]
    ports: tuple[HostPort, ...]
    scored: object = field(default_factory=object, repr=False)

    @classmethod
    def of(cls, spec: PodSpec) -> Demand:
        """Work a spec's demand out."""
        guess = (
            sum(c.requests.cpu_milli or _GUESS_CPU_MILLI for c in spec.containers),
            sum(c.requests.memory_bytes or _GUESS_MEMORY_BYTES for c in spec.containers),
        )
        return cls(spec, spec.requests, guess, spec.host_ports)


class Demands:
    """Gives pods that ask the same of a node the same `Demand`.

    Specs of one template share their parts, which is quickly seen; only others are compared by what they say.
    """

    __slots__ = ("_by_parts", "_by_value")

    def __init__(self) -> None:
        self._by_parts: dict[tuple[Any, ...], tuple[Demand, PodSpec]] = {}
        self._by_value: dict[tuple[Any, ...], Demand] = {}

    def of(self, spec: PodSpec) -> Demand:
        """Return the demand of a spec; the spec is kept, so that no other can take its parts' places."""
        parts = (spec.containers, spec.init_containers, spec.node_selector, spec.node_affinity)
        key = (*map(id, parts), spec.node_name, spec.tolerations)
        known = self._by_parts.get(key)
        if known is None:
            made = Demand.of(spec)
            selector = tuple(sorted(spec.node_selector.items()))
            value = (made.requests, made.guess, made.ports, selector, spec.node_affinity, *key[4:])
            known = self._by_parts[key] = (self._by_value.setdefault(value, made), spec)
        return known[0]


def has_wishes(spec: PodSpec) -> bool:
    """Tell whether a pod asks for the company of others, or against it."""
    likes, dislikes = spec.pod_affinity, spec.pod_anti_affinity
    return bool(likes.required or likes.preferred or dislikes.required or dislikes.preferred)


@dataclass(frozen=True, slots=True, eq=False)
class Tenant:
    """A pod that takes room on a node, or is about to, as it was when this was written down.

    `disks` are its claims whose volumes must be attached; `sibling_of` is its owner's uid, "" for one that
    nobody owns or that is Terminating; `has_wishes` tells whether it asks for other pods or against them.
    """

    pod: Pod
    demand: Demand
    labels: Mapping[str, str]
    terminating: bool
    disks: tuple[str, ...]
    sibling_of: str
    has_wishes: bool

    @classmethod
    def of(cls, pod: Pod, demand: Demand | None = None, disks: tuple[str, ...] | None = None) -> Tenant:
        """Write a pod down; by default all of its claims are taken to be disks."""
        found = pod.spec.claims if disks is None else disks
        owner = "" if pod.owner is None or pod.terminating else pod.owner.uid
        wishes = has_wishes(pod.spec)
        return cls(pod, demand or Demand.of(pod.spec), pod.labels, pod.terminating, found, owner, wishes)

    @property
    def spec(self) -> PodSpec:
        """Return what the pod is to be."""
        return self.pod.spec

    @property
    def priority(self) -> int:
        """Return its priority."""
        return self.pod.spec.priority


@dataclass(frozen=True, slots=True, eq=False)
class NodeInfo:
    """A node, and the sums over its pods.

    `own_keys` tells whether matchLabelKeys of an affinity term counts (KEP-3633); `volumes` is how many can
    be attached.

    `used_*` are the sums of its pods' requests, `assumed_*` the same with a guess where a container requests
    nothing. `avoiding` are the different required anti-affinity terms of its pods, `wishes` how many pods
    have each preferred term (weight negative to stay away) or required affinity (weight 1); `siblings` counts
    the pods that are not Terminating by their owner's uid.
    """

    name: str
    zone: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    unschedulable: bool
    cpu_milli: int
    memory_bytes: int
    pods: int
    own_keys: bool = True
    volumes: int | None = None
    tenants: tuple[Tenant, ...] = ()
    used_cpu: int = 0
    used_memory: int = 0
    assumed_cpu: int = 0
    assumed_memory: int = 0
    ports: tuple[HostPort, ...] = ()
    avoiding: tuple[PodAffinityTerm, ...] = ()
    wishes: tuple[tuple[int, PodAffinityTerm, int], ...] = ()
    siblings: Mapping[str, int] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @property
    def lowest(self) -> int:
        """Return the lowest priority of its pods."""
        found: int | None = self.memo.get("lowest")
        if found is None:
            lowest = min((tenant.priority for tenant in self.tenants), default=2**31)
            found = self.memo["lowest"] = lowest
        return found

    def holding(self, tenants: Sequence[Tenant]) -> NodeInfo:
        """Return the same node with other pods on it."""
        cpu = memory = guessed_cpu = guessed_memory = 0
        ports: list[HostPort] = []
        siblings: dict[str, int] = {}
        for (
            tenant
        ) in tenants:  # one loop over all of them for all sums: a node is described for each pod bound
            demand = tenant.demand
            requests, guess = demand.requests, demand.guess
            cpu += requests.cpu_milli
            memory += requests.memory_bytes
            guessed_cpu += guess[0]
            guessed_memory += guess[1]
            if demand.ports:
                ports += demand.ports
            if owner := tenant.sibling_of:
                siblings[owner] = siblings.get(owner, 0) + 1
        choosy = [tenant for tenant in tenants if tenant.has_wishes]
        return replace(
            self,
            tenants=tuple(tenants),
            used_cpu=cpu,
            used_memory=memory,
            assumed_cpu=guessed_cpu,
            assumed_memory=guessed_memory,
            ports=tuple(ports),
            avoiding=_avoiding(choosy, own_keys=self.own_keys),
            wishes=_wishes(choosy, own_keys=self.own_keys),
            siblings=siblings,
        )

    def after(self, changes: Sequence[tuple[Tenant | None, Tenant | None]]) -> NodeInfo:
        """Return the same node when pods have come, changed or gone: each as it was, and as it is now.

        Only these are looked at, not all that are there (NodeInfo.AddPod, RemovePod).

        Raises
        ------
        ValueError
            If a pod was not there as it is said to have been.
        """
        tenants = list(self.tenants)
        for before, now in changes:
            if before is None:
                tenants += () if now is None else (now,)
            else:
                place = tenants.index(before)
                tenants[place : place + 1] = () if now is None else (now,)
        touched = [tenant for change in changes for tenant in change if tenant is not None]
        if any(tenant.has_wishes or tenant.demand.ports for tenant in touched):
            return self.holding(tenants)
        siblings = dict(self.siblings)
        sums = [self.used_cpu, self.used_memory, self.assumed_cpu, self.assumed_memory]
        for before, now in changes:
            for tenant, by in ((before, -1), (now, 1)):
                if tenant is not None:
                    _add(sums, tenant.demand, by)
                    _add_one(siblings, tenant.sibling_of, by)
        return replace(
            self,
            tenants=tuple(tenants),
            used_cpu=sums[0],
            used_memory=sums[1],
            assumed_cpu=sums[2],
            assumed_memory=sums[3],
            siblings=siblings,
        )


def _add(sums: list[int], demand: Demand, by: int) -> None:
    sums[0] += by * demand.requests.cpu_milli
    sums[1] += by * demand.requests.memory_bytes
    sums[2] += by * demand.guess[0]
    sums[3] += by * demand.guess[1]


def _add_one(siblings: dict[str, int], owner: str, by: int) -> None:
    if not owner:
        return
    count = siblings.get(owner, 0) + by
    if count:
        siblings[owner] = count
    else:
        del siblings[owner]


class Nodes(tuple[NodeInfo, ...]):  # noqa: SLOT001 - a tuple cannot have slots that are not empty
    """All nodes, and what is counted over all of them as they change; true until the next look.

    Attributes
    ----------
    siblings
        How many pods that are not Terminating each zone holds ("" = nodes in none), by their owner's uid.
    choosy
        Whether any pod asks for the company of others, or against it.
    columns
        What they answer, where they are many.
    """

    siblings: Mapping[str, Mapping[str, int]]
    choosy: bool
    columns: Columns | None

    def __new__(
        cls,
        nodes: Iterable[NodeInfo],
        siblings: Mapping[str, Mapping[str, int]],
        *,
        choosy: bool,
        columns: Columns | None = None,
    ) -> Self:
        """Take the nodes and their counts together."""
        made = super().__new__(cls, nodes)
        made.siblings = siblings
        made.choosy = choosy
        made.columns = columns
        return made


def indifferent(nodes: Sequence[NodeInfo]) -> bool:
    """Tell whether surely no pod on these nodes asks for the company of others, or against it."""
    return isinstance(nodes, Nodes) and not nodes.choosy


def _avoiding(tenants: Iterable[Tenant], *, own_keys: bool) -> tuple[PodAffinityTerm, ...]:
    terms = {}
    for tenant in tenants:
        for term in tenant.spec.pod_anti_affinity.required:
            own = own_term(tenant.labels, term) if own_keys else term
            terms[id(own)] = own
    return tuple(terms.values())


def _wishes(tenants: Iterable[Tenant], *, own_keys: bool) -> tuple[tuple[int, PodAffinityTerm, int], ...]:
    counts: dict[int, tuple[int, PodAffinityTerm, int]] = {}
    for tenant in tenants:
        spec = tenant.spec
        hard = ((1, term) for term in spec.pod_affinity.required)
        away = ((-weight, term) for weight, term in spec.pod_anti_affinity.preferred)
        for weight, term in (*spec.pod_affinity.preferred, *away, *hard):
            own = own_term(tenant.labels, term) if own_keys else term
            known = counts.get(id(own))
            counts[id(own)] = (weight, own, 1 if known is None else known[2] + 1)
    return tuple(counts.values())


def own_term(labels: Mapping[str, str], term: PodAffinityTerm) -> PodAffinityTerm:
    """Return a pod's term with its own values of matchLabelKeys and mismatchLabelKeys (KEP-3633)."""
    keys = (*term.match_keys, *term.mismatch_keys)
    if not keys:
        return term
    rows = [
        Requirement(key, "In" if key in term.match_keys else "NotIn", (labels[key],))
        for key in keys
        if key in labels
    ]
    selector = LabelSelector(term.selector.match_labels, (*term.selector.match_expressions, *rows))
    return PodAffinityTerm(selector, term.topology_key)


def describe(node: Node, pods: Iterable[Pod | Tenant], *, own_keys: bool = True) -> NodeInfo:
    """Return what the scheduler's cache holds of a node with these pods."""
    spec = node.spec
    empty = NodeInfo(
        name=node.name,
        zone=spec.zone,
        labels=node_labels(node),
        taints=node.taints,
        unschedulable=node.unschedulable,
        cpu_milli=spec.cpu_milli,
        memory_bytes=spec.memory_bytes,
        pods=spec.pods,
        own_keys=own_keys,
        volumes=spec.volumes,
    )
    return empty.holding([pod if isinstance(pod, Tenant) else Tenant.of(pod) for pod in pods])


def selector_key(selector: LabelSelector) -> str:
    """Return a text that is the same for selectors that select the same."""
    rows = [f"{key}={value}" for key, value in sorted(selector.match_labels.items())]
    rows += [f"{row.key} {row.operator} {','.join(row.values)}" for row in selector.match_expressions]
    return ";".join(rows)


def matching(node: NodeInfo, selector: LabelSelector, key: str) -> tuple[int, int]:
    """Count a node's pods that a selector matches: all of them, and those that are not Terminating.

    `key` is the selector's `selector_key`.
    """
    found: tuple[int, int] | None = node.memo.get(key)
    if found is None:
        those = [tenant.terminating for tenant in node.tenants if selector.matches(tenant.labels)]
        found = node.memo[key] = (len(those), those.count(False))
    return found

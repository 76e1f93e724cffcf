"""Which nodes would do for a pod, and why the others would not: all filters, in their order.

Source: kubernetes pkg/scheduler/schedule_one.go (before: core/generic_scheduler.go): findNodesThatFitPod,
findNodesThatPassFilters, numFeasibleNodesToFind; framework/runtime: RunFilterPluginsWithNominatedPods.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from statesim.control.affinity import company, unwelcome
from statesim.control.claims import claims_problem, no_volume
from statesim.control.fit import Refusal, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.cluster.objects import Pod, PodDisruptionBudget
    from statesim.control.affinity import Company
    from statesim.control.claims import ClaimInfo
    from statesim.control.nodeinfo import Demand, NodeInfo, Tenant
    from statesim.scenario.versions import Features

_FEW_NODES = 100
_LEAST_PERCENT = 5


@dataclass(frozen=True, slots=True)
class Search:
    """A pod, and everything that decides where it may go.

    Attributes
    ----------
    nominated
        By node: the pods of at least this one's priority for which preemption is making room there.
    start
        Where among the nodes the search begins.
    """

    pod: Pod
    demand: Demand
    nodes: Sequence[NodeInfo]
    claims: tuple[ClaimInfo, ...]
    features: Features
    nominated: Mapping[str, tuple[Tenant, ...]] = field(default_factory=dict)
    budgets: tuple[PodDisruptionBudget, ...] = ()
    start: int = 0
    draw: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a search.

    Attributes
    ----------
    fitting
        Nodes that would do.
    refused
        By name of the others that were looked at: why not.
    problem
        Why no node at all was looked at.
    general
        The same holds for every pod that asks the same of a node and has no wishes about other pods.
    """

    fitting: tuple[NodeInfo, ...]
    refused: Mapping[str, Refusal]
    problem: Refusal | None = None
    general: bool = False

    @property
    def looked_at(self) -> int:
        """Return how many nodes were judged."""
        return len(self.fitting) + len(self.refused)

    @property
    def plugins(self) -> frozenset[str]:
        """Return the filters that refused a node."""
        if self.problem is not None:
            return frozenset((self.problem.plugin,))
        return frozenset(refused.plugin for refused in self.refused.values())


def enough(nodes: int) -> int:
    """Return how many fitting nodes are enough to choose among (numFeasibleNodesToFind).

    All of fewer than 100; else 50 % less 1 % for each 125 nodes, at least 5 % and 100 nodes.
    """
    if nodes < _FEW_NODES:
        return nodes
    percent = max(50 - nodes // 125, _LEAST_PERCENT)
    return max(nodes * percent // 100, _FEW_NODES)


def search(what: Search) -> Found:
    """Look at one node after the other until enough would do.

    The node that was nominated for the pod comes first, and alone if it does (evaluateNominatedNode).
    """
    problem = claims_problem(what.claims)
    if problem is not None:
        plugin = "VolumeRestrictions" if "not found" in problem else "VolumeBinding"
        return Found((), {}, Refusal(plugin, (problem,), True))
    known = company(what.pod, what.nodes, what.features)
    mine = what.pod.nominated_node
    if mine is not None:
        node = next((node for node in what.nodes if node.name == mine), None)
        if node is not None and refused_here(what, known, node) is None:
            return Found((node,), {})
    fitting: list[NodeInfo] = []
    refused: dict[str, Refusal] = {}
    wanted = enough(len(what.nodes))
    start = what.start % len(what.nodes) if what.nodes else 0
    simple = known.indifferent and not (what.claims or what.nominated)
    demand = what.demand
    for node in (*what.nodes[start:], *what.nodes[:start]) if start else what.nodes:
        seen = node.memo.get(demand)
        alone = refusal(demand, node, what.features) if seen is None else seen[0]
        why = alone if simple else alone or refused_here(what, known, node)
        if why is not None:
            refused[node.name] = why
        else:
            fitting.append(node)
            if len(fitting) >= wanted:
                break
    general = simple and not fitting and not any(node.avoiding for node in what.nodes)
    return Found(tuple(fitting), refused, general=general)


def refused_here(what: Search, known: Company, node: NodeInfo) -> Refusal | None:
    """Judge one node: as it is, and with the pods that are nominated for it, should they come first."""
    coming = what.nominated.get(node.name) if what.nominated else None
    if coming:
        crowded = node.holding((*node.tenants, *coming))
        easy = known.indifferent and not crowded.avoiding
        why = judge(what, known if easy else with_node(what, crowded), crowded)
        if why is not None:
            return why
    return judge(what, known, node)


def with_node(what: Search, node: NodeInfo) -> Company:
    """Return the pod's company as it would be with other pods on one node."""
    nodes = [node if other.name == node.name else other for other in what.nodes]
    return company(what.pod, nodes, what.features)


def judge(what: Search, known: Company, node: NodeInfo) -> Refusal | None:
    """Return the first filter that refuses the node, if one does."""
    alone = refusal(what.demand, node, what.features)
    if alone is not None:
        return alone
    if what.claims:
        volumes = no_volume(what.claims, node)
        if volumes is not None:
            return Refusal(*volumes)
    return None if known.indifferent else unwelcome(known, node, what.features)

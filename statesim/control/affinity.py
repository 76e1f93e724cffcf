"""Pods that want to be near other pods or away from them: the filters that look at all nodes together.

Source: kubernetes pkg/scheduler/framework/plugins/interpodaffinity/filtering.go and
podtopologyspread/filtering.go. A topology domain is a (label key, value) pair of nodes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.control.fit import selects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.cluster.objects import Pod
    from statesim.control.fit import NodeInfo
    from statesim.scenario.specs import LabelSelector, TopologySpread

Domain = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Company:
    """What is known about a pod's company before any single node is looked at.

    Attributes
    ----------
    shunned
        Domains that hold a pod which this one must avoid.
    shunning
        Domains that hold a pod which must avoid this one: the rule is symmetric.
    near
        For each required affinity term the domains that satisfy it; ``None`` = the pod starts the group.
    spread
        For each DoNotSchedule constraint: pods in each eligible domain.
    """

    shunned: frozenset[Domain]
    shunning: frozenset[Domain]
    near: tuple[frozenset[Domain], ...] | None
    spread: tuple[tuple[TopologySpread, Mapping[Domain, int]], ...]


def company(pod: Pod, nodes: Sequence[NodeInfo]) -> Company:
    """Count once for all nodes (the plugins' PreFilter)."""
    hard = [c for c in pod.spec.topology_spread if c.when_unsatisfiable == "DoNotSchedule"]
    return Company(
        shunned=frozenset().union(
            *(domains(nodes, t.selector, t.topology_key) for t in pod.spec.pod_anti_affinity.required)
        ),
        shunning=_shunning(pod, nodes),
        near=_near(pod, nodes),
        spread=tuple((c, _eligible(pod, nodes, hard, c)) for c in hard),
    )


def domains(nodes: Sequence[NodeInfo], selector: LabelSelector, key: str) -> frozenset[Domain]:
    """Return the domains of `key` that hold a pod which the selector matches."""
    return frozenset(
        (key, node.labels[key])
        for node in nodes
        if key in node.labels and any(selector.matches(tenant.labels) for tenant in node.tenants)
    )


def _shunning(pod: Pod, nodes: Sequence[NodeInfo]) -> frozenset[Domain]:
    return frozenset(
        (term.topology_key, node.labels[term.topology_key])
        for node in nodes
        for tenant in node.choosy
        for term in tenant.spec.pod_anti_affinity.required
        if term.topology_key in node.labels and term.selector.matches(pod.labels)
    )


def _near(pod: Pod, nodes: Sequence[NodeInfo]) -> tuple[frozenset[Domain], ...] | None:
    """Return where each affinity term is met; a pod that matches its own terms may be the first of its group.

    Source: interpodaffinity/filtering.go:satisfyPodAffinity; only pods that match *all* terms count.
    """
    terms = pod.spec.pod_affinity.required
    found = []
    for term in terms:
        key = term.topology_key
        matching = frozenset(
            (key, node.labels[key])
            for node in nodes
            if key in node.labels
            and any(all(t.selector.matches(tenant.labels) for t in terms) for tenant in node.tenants)
        )
        found.append(matching)
    if terms and not any(found) and all(t.selector.matches(pod.labels) for t in terms):
        return None
    return tuple(found)


def _eligible(
    pod: Pod, nodes: Sequence[NodeInfo], hard: Sequence[TopologySpread], constraint: TopologySpread
) -> Mapping[Domain, int]:
    """Count matching pods by domain, over the nodes that the pod's selectors admit and that have all keys."""
    counts: Counter[Domain] = Counter()
    for node in nodes:
        if selects(pod.spec, node) and all(c.topology_key in node.labels for c in hard):
            domain = (constraint.topology_key, node.labels[constraint.topology_key])
            counts[domain] += matching_pods(node, constraint.selector)
    return counts


def matching_pods(node: NodeInfo, selector: LabelSelector) -> int:
    """Count a node's pods that a spread constraint is about; Terminating ones are left out (#87621)."""
    return sum(not tenant.terminating and selector.matches(tenant.labels) for tenant in node.tenants)


def refusal(pod: Pod, known: Company, node: NodeInfo) -> str | None:
    """Return why the pod's company forbids the node, if it does."""
    here = set(node.labels.items())
    for constraint, counts in known.spread:
        if constraint.topology_key not in node.labels:
            return "node(s) didn't match pod topology spread constraints (missing required label)"
        domain = (constraint.topology_key, node.labels[constraint.topology_key])
        mine = constraint.selector.matches(pod.labels)
        if counts.get(domain, 0) + mine - min(counts.values(), default=0) > constraint.max_skew:
            return "node(s) didn't match pod topology spread constraints"
    if known.near is None:
        if any(term.topology_key not in node.labels for term in pod.spec.pod_affinity.required):
            return "node(s) didn't match pod affinity rules"
    elif not all(here & found for found in known.near):
        return "node(s) didn't match pod affinity rules"
    if here & known.shunned:
        return "node(s) didn't match pod anti-affinity rules"
    if here & known.shunning:
        return "node(s) didn't satisfy existing pods anti-affinity rules"
    return None

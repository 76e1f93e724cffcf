"""Pods that want to be near other pods or away from them: the filter that looks at all nodes together.

Source: kubernetes pkg/scheduler/framework/plugins/interpodaffinity/filtering.go. A topology domain is a
(label key, value) pair of nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.control.fit import Refusal
from statesim.control.nodeinfo import indifferent, matching, own_term, selector_key
from statesim.control.spread import refused, spreads
from statesim.scenario.specs import LabelSelector, Requirement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.cluster.objects import Pod
    from statesim.control.nodeinfo import NodeInfo
    from statesim.control.spread import Spread
    from statesim.scenario.specs import PodAffinityTerm
    from statesim.scenario.versions import Features

Domain = tuple[str, str]

_NEAR = "node(s) didn't match pod affinity rules"
_AWAY = "node(s) didn't match pod anti-affinity rules"
_OTHERS = "node(s) didn't satisfy existing pods anti-affinity rules"
# what old versions say before the precise reason
_GENERAL = "node(s) didn't match pod affinity/anti-affinity"


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
    near_keys
        The label keys of those terms.
    spread
        For each DoNotSchedule constraint: pods in each eligible domain.
    """

    shunned: frozenset[Domain]
    shunning: frozenset[Domain]
    near: tuple[frozenset[Domain], ...] | None
    near_keys: tuple[str, ...]
    spread: tuple[Spread, ...]

    @property
    def indifferent(self) -> bool:
        """Tell whether no node is refused because of it."""
        return not (self.shunned or self.shunning or self.near_keys or self.spread)


def company(pod: Pod, nodes: Sequence[NodeInfo], features: Features) -> Company:
    """Count once for all nodes (the plugins' PreFilter)."""
    near, away = (
        tuple(
            own_term(pod.labels, term) if features.on("MatchLabelKeysInPodAffinity") else term
            for term in terms
        )
        for terms in (pod.spec.pod_affinity.required, pod.spec.pod_anti_affinity.required)
    )
    return Company(
        shunned=frozenset().union(*(domains(nodes, t.selector, t.topology_key) for t in away)),
        shunning=_shunning(pod, nodes),
        near=_near(pod, near, nodes),
        near_keys=tuple(term.topology_key for term in near),
        spread=spreads(pod, nodes, features),
    )


def domains(nodes: Sequence[NodeInfo], selector: LabelSelector, key: str) -> frozenset[Domain]:
    """Return the domains of `key` that hold a pod which the selector matches."""
    text = selector_key(selector)
    return frozenset(
        (key, node.labels[key])
        for node in nodes
        if key in node.labels and node.tenants and matching(node, selector, text)[0]
    )


def _shunning(pod: Pod, nodes: Sequence[NodeInfo]) -> frozenset[Domain]:
    """Return where pods are that must avoid this one; each of their terms is asked once."""
    asked: dict[int, bool] = {}
    found = set()
    for node in () if indifferent(nodes) else nodes:
        for term in node.avoiding:
            hit = asked.get(id(term))
            if hit is None:
                hit = asked[id(term)] = term.selector.matches(pod.labels)
            if hit and term.topology_key in node.labels:
                found.add((term.topology_key, node.labels[term.topology_key]))
    return frozenset(found)


def _near(
    pod: Pod, terms: tuple[PodAffinityTerm, ...], nodes: Sequence[NodeInfo]
) -> tuple[frozenset[Domain], ...] | None:
    """Return where each affinity term is met; a pod that matches its own terms may be the first of its group.

    Source: interpodaffinity/filtering.go:satisfyPodAffinity; only pods that match *all* terms count.
    """
    if not terms:
        return ()
    whole = LabelSelector(
        {},
        tuple(row for term in terms for row in _rows(term.selector)),
    )
    found = tuple(domains(nodes, whole, term.topology_key) for term in terms)
    if not any(found) and whole.matches(pod.labels):
        return None
    return found


def _rows(selector: LabelSelector) -> tuple[Requirement, ...]:
    equal = (Requirement(key, "In", (value,)) for key, value in sorted(selector.match_labels.items()))
    return (*equal, *selector.match_expressions)


def unwelcome(known: Company, node: NodeInfo, features: Features) -> Refusal | None:
    """Return why the pod's company forbids the node, if it does (satisfyPodAffinity and its like)."""
    return refused(known.spread, node) or _company(known, node, features)


def _company(known: Company, node: NodeInfo, features: Features) -> Refusal | None:
    if not _is_near(known, node):
        return _refusal(_NEAR, True, features)
    here = node.labels.items()
    if not known.shunned.isdisjoint(here):
        return _refusal(_AWAY, False, features)
    if not known.shunning.isdisjoint(here):
        return _refusal(_OTHERS, False, features)
    return None


def _is_near(known: Company, node: NodeInfo) -> bool:
    if known.near is None:
        return all(key in node.labels for key in known.near_keys)
    return all(not found.isdisjoint(node.labels.items()) for found in known.near)


def _refusal(words: str, final: bool, features: Features) -> Refusal:
    if features.has("SaysAffinityOnce"):
        return Refusal("InterPodAffinity", (words,), final)
    general = f"{_GENERAL} rules" if features.has("SaysAffinityRules") else _GENERAL
    return Refusal("InterPodAffinity", (general, words), final)

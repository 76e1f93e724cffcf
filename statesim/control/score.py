"""Which of the nodes that would do is the best: the scheduler's scores.

Source: kubernetes pkg/scheduler/framework/plugins, and algorithmprovider/registry.go for the weights. Each
score is normalised to 0..100. Where images lie (ImageLocality) is not modelled.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from statesim.cluster.objects import HOSTNAME_LABEL, ZONE_LABEL
from statesim.control.affinity import matching_pods
from statesim.control.fit import assumed, term_matches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statesim.cluster.objects import Pod
    from statesim.control.affinity import Domain
    from statesim.control.fit import NodeInfo
    from statesim.scenario.specs import PodAffinityTerm, PodSpec

BEST = 100
SPREAD_WEIGHT = 2
# podtopologyspread/plugin.go: systemDefaultConstraints
_DEFAULT_SPREAD = ((HOSTNAME_LABEL, 3), (ZONE_LABEL, 5))


def best(pod: Pod, fitting: Sequence[NodeInfo], nodes: Sequence[NodeInfo], draw: float) -> NodeInfo:
    """Return the one of the `fitting` nodes with the highest score; `draw` (0 to 1) decides among equals.

    Source: core/generic_scheduler.go:prioritizeNodes, selectHost.
    """
    totals = scores(pod, fitting, nodes)
    top = max(totals)
    equals = [node for node, total in zip(fitting, totals, strict=True) if total == top]
    return equals[int(draw * len(equals))]


def scores(pod: Pod, fitting: Sequence[NodeInfo], nodes: Sequence[NodeInfo]) -> list[int]:
    """Return the weighted sum of all scores for each fitting node; pods on all `nodes` are counted."""
    wishes = _wishes(pod, nodes)
    guess = assumed(pod.spec)
    columns = (
        [_allocation(guess, node) for node in fitting],
        [SPREAD_WEIGHT * score for score in _spread(pod, fitting, nodes)],
        _scaled([_preference(pod.spec, node) for node in fitting]),
        _between([sum(wishes[d] for d in node.labels.items()) if wishes else 0 for node in fitting]),
        _reversed([_unwelcome(pod.spec, node) for node in fitting]),
    )
    return [sum(row) for row in zip(*columns, strict=True)]


def _allocation(guess: tuple[int, int], node: NodeInfo) -> int:
    """Return LeastAllocated plus BalancedAllocation (noderesources)."""
    cpu, memory = guess
    parts = ((node.assumed_cpu + cpu, node.cpu_milli), (node.assumed_memory + memory, node.memory_bytes))
    least = sum((room - used) * BEST // room if 0 < room >= used else 0 for used, room in parts) // 2
    shares = [used / room if room else 1.0 for used, room in parts]
    balanced = 0 if max(shares) >= 1 else int((1 - abs(shares[0] - shares[1])) * BEST)
    return least + balanced


def _spread(pod: Pod, fitting: Sequence[NodeInfo], nodes: Sequence[NodeInfo]) -> list[int]:
    """Return how few of the pod's like each node's domains hold (podtopologyspread/scoring.go).

    A pod without constraints of its own is spread over hosts and zones, away from its owner's other pods.
    """
    raw = [0.0] * len(fitting)
    rows = _constraints(pod)
    for key, skew, counted in rows:
        counts: Counter[str] = Counter()
        for node in nodes:
            if key in node.labels:
                counts[node.labels[key]] += counted(node)
        weight = math.log(len({node.labels[key] for node in fitting if key in node.labels}) + 2)
        for index, node in enumerate(fitting):
            if key in node.labels:
                raw[index] += counts[node.labels[key]] * weight + skew - 1
    if not rows:
        return [0] * len(fitting)
    whole = [int(value) for value in raw]
    most, least = max(whole), min(whole)
    return [BEST if most == 0 else BEST * (most + least - value) // most for value in whole]


def _constraints(pod: Pod) -> list[tuple[str, int, Callable[[NodeInfo], int]]]:
    soft = [c for c in pod.spec.topology_spread if c.when_unsatisfiable == "ScheduleAnyway"]
    if pod.spec.topology_spread:
        return [
            (c.topology_key, c.max_skew, lambda node, c=c: matching_pods(node, c.selector))  # type: ignore[misc]
            for c in soft
        ]
    owner = pod.owner.uid if pod.owner is not None else None
    if owner is None:
        return []
    return [(key, skew, lambda node: node.siblings.get(owner, 0)) for key, skew in _DEFAULT_SPREAD]


def _preference(spec: PodSpec, node: NodeInfo) -> int:
    """Return the weights of the preferred node affinity terms that the node meets (nodeaffinity)."""
    return sum(weight for weight, term in spec.node_affinity.preferred if term_matches(term, node))


def _wishes(pod: Pod, nodes: Sequence[NodeInfo]) -> Counter[Domain]:
    """Return how much this pod and the others like each other's company, by domain.

    Source: interpodaffinity/scoring.go. Both sides' preferred terms count; another pod's *required* affinity
    to this one counts 1.
    """
    wishes: Counter[Domain] = Counter()
    mine = _terms(pod.spec)
    for node in nodes:
        for tenant in node.tenants if mine else ():
            _add(wishes, mine, node, tenant.labels)
        for tenant in node.choosy:
            hard = [(1, term) for term in tenant.spec.pod_affinity.required]
            _add(wishes, [*_terms(tenant.spec), *hard], node, pod.labels)
    return wishes


def _add(
    wishes: Counter[Domain],
    terms: Sequence[tuple[int, PodAffinityTerm]],
    node: NodeInfo,
    labels: Mapping[str, str],
) -> None:
    for weight, term in terms:
        if term.topology_key in node.labels and term.selector.matches(labels):
            wishes[term.topology_key, node.labels[term.topology_key]] += weight


def _terms(spec: PodSpec) -> list[tuple[int, PodAffinityTerm]]:
    away = [(-weight, term) for weight, term in spec.pod_anti_affinity.preferred]
    return [*spec.pod_affinity.preferred, *away]


def _unwelcome(spec: PodSpec, node: NodeInfo) -> int:
    """Count the PreferNoSchedule taints that the pod does not tolerate (tainttoleration)."""
    soft = (taint for taint in node.taints if taint.effect == "PreferNoSchedule")
    return sum(not any(toleration.tolerates(taint) for toleration in spec.tolerations) for taint in soft)


def _scaled(values: list[int]) -> list[int]:
    top = max(values)
    return [value * BEST // top if top else 0 for value in values]


def _reversed(values: list[int]) -> list[int]:
    return [BEST - value for value in _scaled(values)]


def _between(values: list[int]) -> list[int]:
    low, high = min(values), max(values)
    return [(value - low) * BEST // (high - low) if high > low else 0 for value in values]

"""Topology spread constraints: how many pods like this one each domain holds, and what that forbids.

Source: kubernetes pkg/scheduler/framework/plugins/podtopologyspread (common.go, filtering.go). A topology
domain is a (label key, value) pair of nodes. Pods that are Terminating do not count (#87621).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.control.fit import Refusal, selects, untolerated
from statesim.control.nodeinfo import matching, selector_key
from statesim.scenario.specs import LabelSelector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.cluster.objects import Pod
    from statesim.control.nodeinfo import NodeInfo
    from statesim.scenario.specs import PodSpec, TopologySpread
    from statesim.scenario.versions import Features

WORDS = "node(s) didn't match pod topology spread constraints"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint of one pod: the selector with the pod's own values of ``matchLabelKeys``."""

    key: str
    max_skew: int
    selector: LabelSelector
    text: str
    min_domains: int
    honor_affinity: bool
    honor_taints: bool
    counts_itself: bool

    def counts(self, spec: PodSpec, node: NodeInfo) -> bool:
        """Tell whether the node is one of those over which pods are spread (matchNodeInclusionPolicies)."""
        if self.honor_affinity and not selects(spec, node):
            return False
        return not self.honor_taints or untolerated(spec, node) is None


def constraints(pod: Pod, when: str, features: Features) -> tuple[Constraint, ...]:
    """Return the pod's constraints of one kind (DoNotSchedule, ScheduleAnyway), as its version reads them.

    Source: common.go: filterTopologySpreadConstraints; KEP-3022, KEP-3094, KEP-3243. A field that the
    version does not know is dropped by its API server.
    """
    return tuple(
        _constraint(pod, row, features) for row in pod.spec.topology_spread if row.when_unsatisfiable == when
    )


def _constraint(pod: Pod, row: TopologySpread, features: Features) -> Constraint:
    selector = row.selector
    if row.match_keys and features.on("MatchLabelKeysInPodTopologySpread"):
        own = {key: pod.labels[key] for key in row.match_keys if key in pod.labels}
        selector = LabelSelector({**selector.match_labels, **own}, selector.match_expressions)
    policies = features.on("NodeInclusionPolicyInPodTopologySpread")
    return Constraint(
        row.topology_key,
        row.max_skew,
        selector,
        selector_key(selector),
        row.min_domains if features.on("MinDomainsInPodTopologySpread") else 1,
        row.affinity_policy == "Honor" or not policies,
        row.taints_policy == "Honor" and policies,
        selector.matches(pod.labels),
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """One DoNotSchedule constraint: the matching pods in each eligible domain, and the fewest in one."""

    constraint: Constraint
    counts: Mapping[str, int]
    fewest: int


def spreads(pod: Pod, nodes: Sequence[NodeInfo], features: Features) -> tuple[Spread, ...]:
    """Count once for all nodes (the plugin's PreFilter).

    Only nodes that have the keys of all constraints count. With fewer domains than minDomains the fewest
    are taken to be 0.
    """
    if not pod.spec.topology_spread:
        return ()
    hard = constraints(pod, "DoNotSchedule", features)
    found = []
    for row in hard:
        counts: Counter[str] = Counter()
        for node in nodes:
            if all(c.key in node.labels for c in hard) and row.counts(pod.spec, node):
                counts[node.labels[row.key]] += matching(node, row.selector, row.text)[1]
        fewest = min(counts.values(), default=0) if len(counts) >= row.min_domains else 0
        found.append(Spread(row, counts, fewest))
    return tuple(found)


def refused(known: tuple[Spread, ...], node: NodeInfo) -> Refusal | None:
    """Return why the node would make the spread too uneven, if it would (filtering.go: Filter)."""
    for row in known:
        value = node.labels.get(row.constraint.key)
        if value is None:
            return Refusal("PodTopologySpread", (f"{WORDS} (missing required label)",), True)
        here = row.counts.get(value, 0) + row.constraint.counts_itself
        if here - row.fewest > row.constraint.max_skew:
            return Refusal("PodTopologySpread", (WORDS,), False)
    return None

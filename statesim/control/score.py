"""Which of the nodes that would do is the best: the scheduler's scores.

Source: kubernetes pkg/scheduler/framework/plugins; the weights: algorithmprovider/registry.go, and from 1.23
on apis/config/v1beta3/default_plugins.go. Each score is normalised to 0..100. Where images lie
(ImageLocality) is not modelled.
"""

from __future__ import annotations

import math
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from statesim.cluster.objects import HOSTNAME_LABEL, ZONE_LABEL
from statesim.control.fit import selects, term_matches, tolerates
from statesim.control.nodeinfo import Demand, Nodes, indifferent, matching, own_term, selector_key
from statesim.control.spread import constraints
from statesim.scenario.versions import Features

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statesim.cluster.objects import Pod
    from statesim.control.nodeinfo import NodeInfo
    from statesim.control.spread import Constraint
    from statesim.scenario.specs import PodAffinityTerm, PodSpec

BEST = 100
NEWEST = Features.for_version()
# of what depends on one node only: preferences met, taints borne
_PREFERRED, _UNWELCOME = itemgetter(1), itemgetter(2)
# podtopologyspread/plugin.go: systemDefaultConstraints
DEFAULT_SPREAD = ((HOSTNAME_LABEL, 3), (ZONE_LABEL, 5))


class Weights(NamedTuple):
    """How much each score counts; that for the room on the node counts 1."""

    spread: int = 2
    preference: int = 2
    company: int = 2
    taints: int = 3


_ALL, _ONCE = Weights(), Weights(spread=2, preference=1, company=1, taints=1)


def weights(features: Features) -> Weights:
    """Return the weights of a version."""
    return _ALL if features.has("ScoreWeights") else _ONCE


def best(
    pod: Pod,
    fitting: Sequence[NodeInfo],
    nodes: Sequence[NodeInfo],
    draw: float,
    *,
    demand: Demand | None = None,
    features: Features = NEWEST,
) -> NodeInfo:
    """Return the one of the `fitting` nodes with the highest score; `draw` (0 to 1) decides among equals.

    Source: core/generic_scheduler.go:prioritizeNodes, selectHost. A single node is not scored.
    """
    if len(fitting) == 1:
        return fitting[0]
    totals = scores(pod, fitting, nodes, demand=demand, features=features)
    top = max(totals)
    equals = [node for node, total in zip(fitting, totals, strict=True) if total == top]
    return equals[int(draw * len(equals))]


def scores(
    pod: Pod,
    fitting: Sequence[NodeInfo],
    nodes: Sequence[NodeInfo],
    *,
    demand: Demand | None = None,
    features: Features = NEWEST,
) -> list[int]:
    """Return the weighted sum of all scores for each fitting node; pods on all `nodes` are counted."""
    asked = demand or Demand.of(pod.spec)
    weigh = weights(features)
    scored = asked.scored
    rows = [node.memo.get(scored) or alone(asked, node, features) for node in fitting]
    totals = [row[0] for row in rows]
    _add(totals, weigh.spread, _spread(pod, fitting, nodes, features))
    _add(totals, weigh.company, _company(pod, fitting, nodes, features))
    if any(map(_PREFERRED, rows)):
        _add(totals, weigh.preference, _scaled([row[1] for row in rows]))
    if any(map(_UNWELCOME, rows)):
        _add(totals, weigh.taints, [BEST - value for value in _scaled([row[2] for row in rows])])
    return totals


def _add(totals: list[int], weight: int, column: list[int] | None) -> None:
    """Add a column of scores; none means that they are equal."""
    if column is not None:
        totals[:] = [total + weight * score for total, score in zip(totals, column, strict=True)]


def alone(demand: Demand, node: NodeInfo, features: Features) -> tuple[int, int, int]:
    """Return what depends on one node only: the score for its room, preferences met, taints borne."""
    known: tuple[int, int, int] | None = node.memo.get(demand.scored)
    if known is None:
        spec = demand.spec
        room = _allocation(demand, node, features)
        known = (room, _preference(spec, node), _unwelcome(spec, node))
        node.memo[demand.scored] = known
    return known


def _allocation(demand: Demand, node: NodeInfo, features: Features) -> int:
    """Return LeastAllocated plus BalancedAllocation (noderesources).

    The balance is by the distance of both shares from their mean, from 1.23 on of what is requested without
    guesses (noderesources/balanced_allocation.go: balancedResourceScorer).
    """
    cpu, memory = demand.guess
    parts = ((node.assumed_cpu + cpu, node.cpu_milli), (node.assumed_memory + memory, node.memory_bytes))
    least = sum((room - used) * BEST // room if 0 < room >= used else 0 for used, room in parts) // 2
    if not features.has("ScoreDeviation"):
        shares = [used / room if room else 1.0 for used, room in parts]
        return least + (0 if max(shares) >= 1 else int((1 - abs(shares[0] - shares[1])) * BEST))
    wanted = parts
    if features.has("ScoreRequests"):
        asked = demand.requests
        wanted = (
            (node.used_cpu + asked.cpu_milli, node.cpu_milli),
            (node.used_memory + asked.memory_bytes, node.memory_bytes),
        )
    shares = [min(1.0, used / room) if room else 1.0 for used, room in wanted]
    return least + int((1 - abs(shares[0] - shares[1]) / 2) * BEST)


def _preference(spec: PodSpec, node: NodeInfo) -> int:
    """Return the weights of the preferred node affinity terms that the node meets (nodeaffinity)."""
    return sum(weight for weight, term in spec.node_affinity.preferred if term_matches(term, node))


def _unwelcome(spec: PodSpec, node: NodeInfo) -> int:
    """Count the PreferNoSchedule taints that the pod does not tolerate (tainttoleration)."""
    return sum(t.effect == "PreferNoSchedule" and not tolerates(spec, t) for t in node.taints)


# -- spreading -------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    """One soft constraint: its key and skew, which pods it is about, and on which nodes they count."""

    key: str
    skew: int
    about: str | Constraint
    eligible: Callable[[NodeInfo], bool] | None

    def held(self, nodes: Sequence[NodeInfo]) -> list[int]:
        """Return how many of its pods each node holds: an owner's, or those that a selector matches."""
        about = self.about
        if isinstance(about, str):
            return [node.siblings.get(about, 0) for node in nodes]
        selector, text = about.selector, about.text
        return [matching(node, selector, text)[1] if node.tenants else 0 for node in nodes]


def _spread(
    pod: Pod, fitting: Sequence[NodeInfo], nodes: Sequence[NodeInfo], features: Features
) -> list[int] | None:
    """Return how few of the pod's like each node's domains hold (podtopologyspread/scoring.go).

    A pod without constraints of its own is spread over hosts and zones, away from its owner's other pods. A
    node that lacks a key of the pod's own constraints gets nothing.
    """
    rows, own = _rows(pod, features)
    if not rows:
        return None
    if isinstance(nodes, Nodes) and not own and all(row.eligible is None for row in rows):
        zones = [node.labels.get(ZONE_LABEL, "") for node in fitting]
        if "" not in zones:
            return _spread_owner(pod.owner.uid if pod.owner else "", fitting, zones, nodes.siblings)
    keys = [row.key for row in rows] if own else []
    raw = [0.0] * len(fitting)
    for row in rows:
        if row.key == HOSTNAME_LABEL:  # each node has one of its own
            values: list[str] = []
            held, domains = row.held(fitting), len(fitting)
        else:
            values = [node.labels.get(row.key, "") for node in fitting]
            held, domains = _held(row, values, nodes, keys), len(set(values) - {""})
        weight, base = math.log(domains + 2), row.skew - 1
        added = [count * weight + base for count in held]
        if "" in values:
            added = [more if value else 0.0 for value, more in zip(values, added, strict=True)]
        raw = [old + more for old, more in zip(raw, added, strict=True)]
    judged = [all(key in node.labels for key in keys) for node in fitting] if keys else [True] * len(raw)
    whole = [int(value) if ok else -1 for value, ok in zip(raw, judged, strict=True)]
    counted = [value for value in whole if value >= 0]
    if not counted or max(counted) == 0:
        return None if all(judged) else [BEST if ok else 0 for ok in judged]
    most, least = max(counted), min(counted)
    return [BEST * (most + least - value) // most if value >= 0 else 0 for value in whole]


def _spread_owner(
    owner: str,
    fitting: Sequence[NodeInfo],
    zones: Sequence[str],
    siblings: Mapping[str, Mapping[str, int]],
) -> list[int] | None:
    """Return what `_spread` does by default, where every node has a zone: most nodes hold no sibling."""
    (_, host_skew), (_, zone_skew) = DEFAULT_SPREAD
    different = set(zones)
    held, weight = siblings.get(owner, {}), math.log(len(different) + 2)
    by_zone = {zone: held.get(zone, 0) * weight + (zone_skew - 1) for zone in different}
    weight, base = math.log(len(fitting) + 2), host_skew - 1
    none = {zone: int(0 * weight + base + more) for zone, more in by_zone.items()}
    whole = [
        int(node.siblings[owner] * weight + base + by_zone[zone]) if owner in node.siblings else none[zone]
        for node, zone in zip(fitting, zones, strict=True)
    ]
    most, least = max(whole), min(whole)
    shown = {value: BEST * (most + least - value) // most for value in set(whole)} if most else {}
    return [shown[value] for value in whole] if most else None


def _held(row: _Row, values: Sequence[str], nodes: Sequence[NodeInfo], keys: Sequence[str]) -> list[int]:
    """Return how many pods the domain of each value holds."""
    about = row.about
    if isinstance(nodes, Nodes) and isinstance(about, str) and row.key == ZONE_LABEL and row.eligible is None:
        zones = nodes.siblings.get(about, {})
        return [zones.get(value, 0) for value in values]
    counts: Counter[str] = Counter()
    for node, count in zip(nodes, row.held(nodes), strict=True):
        if count and (row.eligible is None or row.eligible(node)):
            labels = node.labels
            if not keys or all(key in labels for key in keys):
                counts[labels.get(row.key, "")] += count
    return [counts[value] for value in values]


def _rows(pod: Pod, features: Features) -> tuple[list[_Row], bool]:
    if pod.spec.topology_spread:
        rows = []
        for c in constraints(pod, "ScheduleAnyway", features):
            plain = not (c.honor_taints or pod.spec.node_selector or pod.spec.node_affinity.required)
            eligible = None if plain else lambda node, c=c: c.counts(pod.spec, node)
            rows.append(_Row(c.key, c.max_skew, c, eligible))
        return rows, True
    owner = pod.owner.uid if pod.owner is not None else None
    if owner is None:
        return [], False
    choosy = bool(pod.spec.node_selector or pod.spec.node_affinity.required)
    admits = (lambda node: selects(pod.spec, node)) if choosy else None
    return [_Row(key, skew, owner, admits) for key, skew in DEFAULT_SPREAD], False


# -- company ---------------------------------------------------------------------------------------------


def _company(
    pod: Pod, fitting: Sequence[NodeInfo], nodes: Sequence[NodeInfo], features: Features
) -> list[int] | None:
    """Return how much this pod and the others like each other's company (interpodaffinity/scoring.go).

    Both sides' preferred terms count; another pod's *required* affinity to this one counts 1.
    """
    wishes: Counter[tuple[str, str]] = Counter()
    for weight, term in _own_wishes(pod, features):
        text = selector_key(term.selector)
        for node in nodes:
            if node.tenants and term.topology_key in node.labels:
                domain = (term.topology_key, node.labels[term.topology_key])
                wishes[domain] += weight * matching(node, term.selector, text)[0]
    asked: dict[int, bool] = {}
    for node in () if indifferent(nodes) else nodes:
        for weight, term, count in node.wishes:
            hit = asked.get(id(term))
            if hit is None:
                hit = asked[id(term)] = term.selector.matches(pod.labels)
            if hit and term.topology_key in node.labels:
                wishes[term.topology_key, node.labels[term.topology_key]] += weight * count
    if not wishes:
        return None
    keys = sorted({key for key, _ in wishes})
    values = [sum(wishes[k, node.labels[k]] for k in keys if k in node.labels) for node in fitting]
    low, high = min(values), max(values)
    return [(value - low) * BEST // (high - low) for value in values] if high > low else None


def _own_wishes(pod: Pod, features: Features) -> list[tuple[int, PodAffinityTerm]]:
    spec = pod.spec
    away = [(-weight, term) for weight, term in spec.pod_anti_affinity.preferred]
    own_keys = features.on("MatchLabelKeysInPodAffinity")
    return [
        (weight, own_term(pod.labels, term) if own_keys else term)
        for weight, term in (*spec.pod_affinity.preferred, *away)
    ]


def _scaled(values: list[int]) -> list[int]:
    top = max(values)
    return [value * BEST // top if top else 0 for value in values]

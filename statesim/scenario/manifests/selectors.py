"""Label selectors, and the rules of affinity and spreading that are made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.scenario.manifests import fields
from statesim.scenario.specs import (
    LabelSelector,
    NodeAffinity,
    NodeSelectorTerm,
    PodAffinity,
    PodAffinityTerm,
    Requirement,
    TopologySpread,
)

if TYPE_CHECKING:
    from statesim.scenario.manifests.reader import Reader

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_LABELS = ("In", "NotIn", "Exists", "DoesNotExist")
_POLICIES = ("Honor", "Ignore")
_FIELDS = ("In", "NotIn")
_NAME = "metadata.name"
_NODES = (*_LABELS, "Gt", "Lt")


def selector(owner: Reader, key: str, *, required: bool = False) -> LabelSelector:
    """Return the label selector at `key`; noted as missing or empty if it is `required`."""
    if not owner.has(key):
        if required:
            owner.missing(key)
        return LabelSelector()
    reader = owner.inner(key, fields.SELECTOR)
    found = LabelSelector(reader.labels("matchLabels"), _requirements(reader, _LABELS))
    if required and not reader.data:
        owner.error(key, "an empty selector would select every pod; expected matchLabels")
    return found


def _requirements(
    owner: Reader, operators: tuple[str, ...], field: str = "matchExpressions"
) -> tuple[Requirement, ...]:
    found = []
    for row in owner.each(field, fields.REQUIREMENT):
        key = row.text("key", required=True)
        if not row.has("operator"):
            row.missing("operator")
        operator = row.word("operator", operators, "Exists")
        values = tuple(str(value) for value in row.rows("values"))
        if operator in {"In", "NotIn"} and not values:
            row.error("values", f"{operator} needs values")
        if operator in {"Exists", "DoesNotExist"} and values:
            row.error("values", f"{operator} takes no values")
        if operator in {"Gt", "Lt"} and not (len(values) == 1 and values[0].isdigit()):
            row.error("values", f"{operator} needs one whole number")
        found.append(Requirement(key, operator, values))
    return tuple(found)


def node_affinity(affinity: Reader) -> NodeAffinity:
    """Return the rules about nodes."""
    reader = affinity.inner("nodeAffinity", fields.TERMS)
    terms = node_selector(reader, _REQUIRED)
    preferred = tuple(
        (_weight(row), _node_term(row.inner("preference", fields.NODE_TERM)))
        for row in reader.each(_PREFERRED, fields.WEIGHTED_NODE)
    )
    return NodeAffinity(terms, preferred)


def _node_term(term: Reader) -> NodeSelectorTerm:
    """Return one term; the only field that can be matched is the node's name."""
    found = _requirements(term, _FIELDS, "matchFields")
    for index, row in enumerate(found):
        if row.key != _NAME or len(row.values) != 1:
            at = (*term.path, "matchFields", index)
            term.notes.error(at, f"only {_NAME} can be matched, with one value")
    return NodeSelectorTerm(_requirements(term, _NODES), found)


def node_selector(owner: Reader, key: str) -> tuple[NodeSelectorTerm, ...]:
    """Return the terms at `key` of which a node must meet one."""
    reader = owner.inner(key, fields.NODE_SELECTOR)
    if owner.has(key) and not reader.rows("nodeSelectorTerms"):
        reader.missing("nodeSelectorTerms")
    return tuple(_node_term(term) for term in reader.each("nodeSelectorTerms", fields.NODE_TERM))


def pod_affinity(affinity: Reader, key: str) -> PodAffinity:
    """Return the rules about other pods at `key` (podAffinity, podAntiAffinity)."""
    reader = affinity.inner(key, fields.TERMS)
    required = tuple(_pod_term(term) for term in reader.each(_REQUIRED, fields.POD_TERM))
    preferred = tuple(
        (_weight(row), _pod_term(row.inner("podAffinityTerm", fields.POD_TERM)))
        for row in reader.each(_PREFERRED, fields.WEIGHTED_POD)
    )
    return PodAffinity(required, preferred)


def _pod_term(term: Reader) -> PodAffinityTerm:
    return PodAffinityTerm(
        selector(term, "labelSelector"),
        term.text("topologyKey", required=True),
        _keys(term, "matchLabelKeys"),
        _keys(term, "mismatchLabelKeys"),
    )


def _keys(row: Reader, key: str) -> tuple[str, ...]:
    names = tuple(str(name) for name in row.rows(key))
    if names and not row.has("labelSelector"):
        row.error(key, "needs a labelSelector")
    return names


def _weight(row: Reader) -> int:
    if not row.has("weight"):
        row.missing("weight")
    weight = row.count("weight", 1, least=1)
    if weight > 100:
        row.error("weight", f"must be at most 100, found {weight}")
    return weight


def topology_spread(pod: Reader) -> tuple[TopologySpread, ...]:
    """Return the topology spread constraints of a pod."""
    found = []
    for row in pod.each("topologySpreadConstraints", fields.SPREAD):
        for key in ("maxSkew", "topologyKey", "whenUnsatisfiable"):
            if not row.has(key):
                row.missing(key)
        when: Any = row.word("whenUnsatisfiable", ("DoNotSchedule", "ScheduleAnyway"), "DoNotSchedule")
        if row.has("minDomains") and when != "DoNotSchedule":
            row.error("minDomains", "only goes with whenUnsatisfiable: DoNotSchedule")
        affinity: Any = row.word("nodeAffinityPolicy", _POLICIES, "Honor")
        taints: Any = row.word("nodeTaintsPolicy", _POLICIES, "Ignore")
        spread = TopologySpread(
            row.count("maxSkew", 1, least=1),
            row.text("topologyKey"),
            when,
            selector(row, "labelSelector"),
            row.count("minDomains", 1, least=1),
            _keys(row, "matchLabelKeys"),
            affinity,
            taints,
        )
        found.append(spread)
    return tuple(found)

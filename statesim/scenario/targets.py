"""What an action aims at: an object by name, or one that is found when the action happens.

In a scenario: ``Kind/name``, ``{nodeOf: Pod/x}``, ``{primaryOf: system}``, ``{replicaOf: system}``,
``{zone: a}``, ``{anyNode: {zone, labels}}``, ``{anyPod: {label: value}}``.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads the annotations
from dataclasses import dataclass, field
from typing import Any

from statesim.scenario.units import UnitError, shown
from statesim.scenario.words import did_you_mean, nearest

KINDS = (
    "Container",
    "Deployment",
    "Node",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Pod",
    "PodDisruptionBudget",
    "PriorityClass",
    "ReplicaSet",
    "ResourceQuota",
    "Service",
    "StatefulSet",
    "StorageClass",
)
_SHORT = {
    "containers": "Container",
    **dict.fromkeys(("deploy", "deployments"), "Deployment"),
    **dict.fromkeys(("no", "nodes"), "Node"),
    **dict.fromkeys(("pv", "volume"), "PersistentVolume"),
    **dict.fromkeys(("pvc", "claim"), "PersistentVolumeClaim"),
    **dict.fromkeys(("po", "pods"), "Pod"),
    "pdb": "PodDisruptionBudget",
    "pc": "PriorityClass",
    **dict.fromkeys(("rs", "replicasets"), "ReplicaSet"),
    **dict.fromkeys(("quota", "resourcequotas"), "ResourceQuota"),
    **dict.fromkeys(("svc", "services"), "Service"),
    **dict.fromkeys(("sts", "statefulsets"), "StatefulSet"),
    "sc": "StorageClass",
}


class TargetError(UnitError):
    """Not a target; `hint` says what may have been meant."""


@dataclass(frozen=True, slots=True)
class Ref:
    """An object by kind and name; a workload means its pods where pods are asked for."""

    kind: str
    name: str

    @property
    def key(self) -> str:
        """Return ``Kind/name``."""
        return f"{self.kind}/{self.name}"

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class NodeOf:
    """The node on which a pod (or a workload's pods) runs at that moment."""

    ref: Ref

    def __str__(self) -> str:
        return f"the node of {self.ref}"


@dataclass(frozen=True, slots=True)
class PrimaryOf:
    """The pod that is a system's primary at that moment, or its node."""

    system: str

    def __str__(self) -> str:
        return f"the primary of {self.system}"


@dataclass(frozen=True, slots=True)
class ReplicaOf:
    """A pod that is a system's replica at that moment, or its node."""

    system: str

    def __str__(self) -> str:
        return f"a replica of {self.system}"


@dataclass(frozen=True, slots=True)
class Zone:
    """All nodes of a zone."""

    zone: str

    def __str__(self) -> str:
        return f"zone {self.zone}"


@dataclass(frozen=True, slots=True)
class AnyNode:
    """Nodes of a zone (of all zones if ``None``) that carry `labels`: each fails by itself."""

    zone: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        rules = [f"in zone {self.zone}"] if self.zone else []
        rules += [f"{key}={value}" for key, value in self.labels.items()]
        return " ".join(["any node", *rules])


@dataclass(frozen=True, slots=True)
class AnyPod:
    """One pod, by lot, of those that carry the labels of `selector` (of all pods if it is empty)."""

    selector: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join(["any pod", *(f"{key}={value}" for key, value in self.selector.items())])


Target = Ref | NodeOf | PrimaryOf | ReplicaOf | Zone | AnyNode | AnyPod

_FORMS = ("anyNode", "anyPod", "nodeOf", "primaryOf", "replicaOf", "zone")
_EXPECTED = "expected Kind/name, or one of {nodeOf, primaryOf, replicaOf, zone, anyNode, anyPod}"


def parse_ref(value: Any) -> Ref:
    """Return the reference that ``Kind/name`` means.

    Raises
    ------
    TargetError
        If it is none.
    """
    if isinstance(value, Ref):
        return value
    if not isinstance(value, str) or value.count("/") != 1 or value.startswith("/") or value.endswith("/"):
        raise TargetError(f"expected Kind/name, like Pod/pg-0, found {shown(value)}")
    kind, name = value.split("/")
    if kind not in KINDS:
        meant = _SHORT.get(kind.lower()) or nearest(kind, KINDS)
        hint = f"did you mean {meant}/{name}?" if meant else f"known kinds: {', '.join(KINDS)}"
        raise TargetError(f"{kind} is not a kind of object", hint)
    return Ref(kind, name)


def parse_named(value: Any, kind: str) -> Ref:
    """Return the reference that ``Client/name`` or ``System/name`` means: to what is no object of Kubernetes.

    Raises
    ------
    TargetError
        If it is none.
    """
    if isinstance(value, Ref):
        return value
    found, _, name = value.partition("/") if isinstance(value, str) else ("", "", "")
    if found == kind and name:
        return Ref(kind, name)
    hint = f"did you mean {kind}/{name or found}?" if found and "/" not in name else None
    raise TargetError(f"expected {kind}/name, found {shown(value)}", hint)


def parse_target(value: Any) -> Target:
    """Return the target that a scenario's text or mapping means.

    Raises
    ------
    TargetError
        If it is none.
    """
    if isinstance(value, Target):
        return value
    if isinstance(value, str):
        return parse_ref(value)
    if not isinstance(value, dict) or len(value) != 1:
        raise TargetError(f"{_EXPECTED}, found {shown(value)}")
    ((form, inner),) = value.items()
    match form:
        case "nodeOf":
            return NodeOf(parse_ref(inner))
        case "primaryOf":
            return PrimaryOf(_name(form, inner))
        case "replicaOf":
            return ReplicaOf(_name(form, inner))
        case "zone":
            return Zone(_name(form, inner))
        case "anyNode":
            return _any_node(inner)
        case "anyPod":
            return AnyPod(_labels(form, inner or {}))
        case _:
            raise TargetError(f"{form} is not a way to name a target", did_you_mean(str(form), _FORMS))


def _name(form: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TargetError(f"{form} expects a name, found {shown(value)}")
    return value


def _labels(form: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise TargetError(f"{form} expects labels, like {{app: web}}")
    return dict(value)


def _any_node(value: Any) -> AnyNode:
    rules = value or {}
    if not isinstance(rules, dict):
        raise TargetError(f"anyNode expects a mapping, like {{zone: a}}, found {shown(value)}")
    for key in rules:
        if key not in {"zone", "labels"}:
            raise TargetError(f"anyNode has no {key}", did_you_mean(str(key), ("zone", "labels")))
    zone = _name("anyNode.zone", rules["zone"]) if "zone" in rules else None
    return AnyNode(zone, _labels("anyNode.labels", rules.get("labels") or {}))


def written(target: Target) -> Any:
    """Return a target as a scenario writes it."""
    match target:
        case Ref():
            return target.key
        case NodeOf(ref):
            return {"nodeOf": ref.key}
        case PrimaryOf(system):
            return {"primaryOf": system}
        case ReplicaOf(system):
            return {"replicaOf": system}
        case Zone(zone):
            return {"zone": zone}
        case AnyNode(zone, labels):
            rules: dict[str, Any] = {"zone": zone} if zone else {}
            return {"anyNode": {**rules, "labels": dict(labels)} if labels else rules}
        case AnyPod(selector):
            return {"anyPod": dict(selector)}

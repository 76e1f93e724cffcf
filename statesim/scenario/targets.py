"""What a fault or an action is aimed at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Ref:
    """One object by name."""

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
    """The node that a pod runs on."""

    ref: Ref

    def __str__(self) -> str:
        return f"the node of {self.ref}"


@dataclass(frozen=True, slots=True)
class PrimaryOf:
    """The pod of a system's primary, or the node under it."""

    system: str

    def __str__(self) -> str:
        return f"the primary of {self.system}"


@dataclass(frozen=True, slots=True)
class ReplicaOf:
    """The pod of a system's first replica, or the node under it."""

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
    """Any node (of a zone, with labels)."""

    zone: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"any node of zone {self.zone}" if self.zone else "any node"


@dataclass(frozen=True, slots=True)
class AnyPod:
    """Any one pod with these labels."""

    selector: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return "any pod " + ",".join(f"{k}={v}" for k, v in self.selector.items())


Target = Ref | NodeOf | PrimaryOf | ReplicaOf | Zone | AnyNode | AnyPod

EXPECTED = (
    "a target is Kind/name, {nodeOf: Pod/x}, {primaryOf: system}, {replicaOf: system}, {zone: a}, "
    "{anyNode: {zone: a}} or {anyPod: {labels}}"
)


def parse_ref(value: object) -> Ref:
    """Return ``Kind/name`` as a reference.

    Raises
    ------
    ValueError
        If it is not of that form.
    """
    kind, slash, name = str(value).partition("/")
    if not slash or not kind or not name:
        raise ValueError(f"{value!r} is not Kind/name")
    return Ref(kind, name)


def parse_target(value: Any) -> Target:
    """Return what a timeline row's `on:` means.

    Raises
    ------
    ValueError
        If it is none of the forms.
    """
    if isinstance(value, Target):
        return value
    if isinstance(value, str):
        return parse_ref(value)
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError(f"{value!r} is not a target; {EXPECTED}")
    word, of = next(iter(value.items()))
    match word:
        case "nodeOf":
            return NodeOf(parse_ref(of))
        case "primaryOf":
            return PrimaryOf(str(of))
        case "replicaOf":
            return ReplicaOf(str(of))
        case "zone":
            return Zone(str(of))
        case "anyNode":
            of = of or {}
            return AnyNode(of.get("zone"), {k: v for k, v in of.get("labels", {}).items()})
        case "anyPod":
            of = of or {}
            return AnyPod(dict(of.get("selector", of)))
        case _:
            raise ValueError(f"{word!r} is not a kind of target; {EXPECTED}")

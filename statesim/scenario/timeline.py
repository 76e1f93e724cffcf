"""The rows of a timeline: what happens to whom, and when; one class for each word after ``do:``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from statesim.scenario import targets
from statesim.scenario.fields import (
    TARGET_SCHEMA,
    Duration,
    Flag,
    Text,
    Whole,
    reads,
    wrong,
)
from statesim.scenario.rows import (
    HOSTS,
    ROLLED,
    WORKLOADS,
    Action,
    Fault,
    NodeFault,
    OnObject,
    OnPods,
    PodBlow,
)
from statesim.scenario.specs import Manifest
from statesim.scenario.timeline_clients import Traffic
from statesim.scenario.timeline_containers import StartContainer, StopContainer
from statesim.scenario.timeline_nodes import (
    ClockSkew,
    ControlPlaneOutage,
    Cordon,
    DiskFull,
    Drain,
    MemoryPressure,
    NodeCrash,
    NodePause,
    NodeReboot,
    NodeRecover,
    Taint,
    Uncordon,
    Untaint,
    ZoneOutage,
)
from statesim.scenario.timeline_storage import DiskLoss, VolumeDetachStuck
from statesim.scenario.timeline_systems import (
    EmergencyRepair,
    Pause,
    ProcessKill,
    ProcessPause,
    Promote,
    Rebuild,
    Restore,
    Resume,
    StoreLoss,
    Switchover,
    Truncate,
)
from statesim.scenario.units import UnitError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.scenario.targets import Target

# words of the language that this version cannot simulate
NOT_YET = (
    "network-delay",
    "network-loss",
)


def _sources(value: Any) -> tuple[Mapping[str, Any] | Manifest, ...]:
    if not isinstance(value, list | tuple):
        raise wrong(f"expected a list of Kubernetes objects, or of {{file: …}}, found {shown(value)}")
    for index, row in enumerate(value):
        if not isinstance(row, dict | Manifest):
            raise wrong(f"expected a Kubernetes object, or {{file: …}}, found {shown(row)}", at=(index,))
    return tuple(value)


def _written_sources(rows: tuple[Any, ...]) -> list[Any]:
    return [dict(row.raw) if isinstance(row, Manifest) else row for row in rows]


Sources = Annotated[
    tuple[Any, ...],
    PlainValidator(_sources),
    PlainSerializer(_written_sources),
    WithJsonSchema({"type": "array", "items": {"type": "object"}}),
]


class Apply(Action):
    """`kubectl apply`: create objects, or change those that exist. Once loaded, `manifests` are parsed."""

    do: Literal["apply"] = Field(
        "apply", description="kubectl apply: create objects, or change those that exist."
    )
    manifests: Sources = Field(
        description="Kubernetes objects, or {file: …}, as in the scenario's manifests."
    )


def _patch(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise wrong("expected a patch, like {spec: {replicas: 3}}")
    return value


class Patch(OnObject):
    """`kubectl patch`: a strategic merge patch."""

    do: Literal["patch"] = Field("patch", description="kubectl patch: a strategic merge patch.")
    patch: Annotated[dict[str, Any], PlainValidator(_patch), WithJsonSchema({"type": "object"})] = Field(
        description="What changes; lists of containers, volumes and so on are merged by their keys."
    )


class Scale(OnObject):
    """`kubectl scale`."""

    KINDS: ClassVar[tuple[str, ...]] = WORKLOADS
    do: Literal["scale"] = Field("scale", description="kubectl scale.")
    replicas: Whole = Field(ge=0, description="How many pods there shall be.")


class SetImage(OnObject):
    """`kubectl set image`."""

    KINDS: ClassVar[tuple[str, ...]] = WORKLOADS
    do: Literal["set-image"] = Field("set-image", description="kubectl set image.")
    image: Text = Field(description="The new image.")
    container: Text | None = Field(None, description="Which container; default the first.")


class RolloutRestart(OnObject):
    """`kubectl rollout restart`: every pod is replaced, as for a new image."""

    KINDS: ClassVar[tuple[str, ...]] = ROLLED
    do: Literal["rollout-restart"] = Field(
        "rollout-restart", description="kubectl rollout restart: every pod is replaced, as for a new image."
    )


class Rollback(OnObject):
    """`kubectl rollout undo`: the pod template of an earlier revision."""

    KINDS: ClassVar[tuple[str, ...]] = ROLLED
    do: Literal["rollback"] = Field("rollback", description="kubectl rollout undo.")
    to_revision: Whole = Field(0, ge=0, description="Which one; 0 = the one before.")


class Delete(OnObject):
    """`kubectl delete`."""

    do: Literal["delete"] = Field("delete", description="kubectl delete.")
    force: Flag = Field(False, description="Take the object away at once, whatever its node says.")
    cascade: Literal["background", "foreground", "orphan"] = Field(
        "background",
        description="background: what it owns goes after it; foreground: goes first; orphan: stays.",
    )


class Evict(OnPods):
    """The eviction API: refused, and tried again, while a PodDisruptionBudget does not allow it."""

    do: Literal["evict"] = Field("evict", description="The eviction API, which asks the disruption budget.")
    retry: Flag = Field(True, description="Whether a refusal (429) is tried again, as kubectl drain does.")


class PodKill(PodBlow):
    """A pod is deleted, as Chaos Mesh does it."""

    do: Literal["pod-kill"] = Field("pod-kill", description="The pod is deleted.")
    grace_us: Duration | None = Field(
        None, alias="grace", description="Instead of the pod's own grace period."
    )


class ContainerKill(PodBlow):
    """A pod's main program gets SIGKILL; its kubelet starts it again in place, or what else keeps it."""

    KINDS: ClassVar[tuple[str, ...]] = HOSTS
    do: Literal["container-kill"] = Field(
        "container-kill", description="The pod's main program gets SIGKILL."
    )


def _away_from(value: Any) -> Target | str:
    if value in ("control-plane", "clients"):
        return str(value)
    try:
        return targets.parse_target(value)
    except UnitError as error:
        raise UnitError(f"expected control-plane, clients or a target: {error}", error.hint) from None


class NetworkPartition(NodeFault):
    """Nodes are cut off: everything runs on, unheard. Without `from` from everybody else."""

    do: Literal["network-partition"] = Field(
        "network-partition", description="Nodes are cut off; all runs on."
    )
    away_from: Annotated[
        Any,
        reads(_away_from),
        PlainSerializer(lambda value: value if isinstance(value, str) else targets.written(value)),
        WithJsonSchema({"anyOf": [{"enum": ["control-plane", "clients"]}, *TARGET_SCHEMA["anyOf"]]}),
    ] = Field(
        None, alias="from", description="Whom they cannot reach: control-plane, clients, or other nodes."
    )


class DnsOutage(Fault):
    """The cluster's DNS servers answer nobody, and forget what they had cached."""

    do: Literal["dns-outage"] = Field("dns-outage", description="The cluster's DNS servers answer nobody.")


TimelineRow = Annotated[
    Apply
    | Patch
    | Scale
    | SetImage
    | RolloutRestart
    | Rollback
    | Delete
    | Evict
    | Drain
    | Cordon
    | Uncordon
    | PodKill
    | ContainerKill
    | StartContainer
    | StopContainer
    | NodeCrash
    | NodeRecover
    | NodePause
    | NodeReboot
    | DiskFull
    | MemoryPressure
    | ClockSkew
    | ControlPlaneOutage
    | NetworkPartition
    | ZoneOutage
    | DnsOutage
    | DiskLoss
    | VolumeDetachStuck
    | Promote
    | Rebuild
    | Restore
    | Truncate
    | EmergencyRepair
    | Traffic
    | Switchover
    | Pause
    | Resume
    | StoreLoss
    | ProcessKill
    | ProcessPause
    | Taint
    | Untaint,
    Field(discriminator="do"),
]

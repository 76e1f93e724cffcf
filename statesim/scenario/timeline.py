"""The rows of the timeline: one model a word, told apart by `do`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from statesim.scenario.specs import Taint
from statesim.scenario.targets import Ref, parse_target
from statesim.scenario.types import Duration, Stretch, TargetField, nearest

NOT_YET = (
    "rollback",
    "node-reboot",
    "network-delay",
    "network-loss",
    "dns-outage",
    "disk-loss",
    "disk-full",
    "volume-detach-stuck",
    "control-plane-outage",
    "clock-skew",
    "switchover",
    "promote",
    "restore",
    "traffic",
)


class _Row(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True, arbitrary_types_allowed=True
    )


class Chance(_Row):
    """Mean time between failures and mean time to repair; a bare duration is the mean of an exponential."""

    mtbf: Stretch
    mttr: Stretch


class _Timed(_Row):
    at_us: Duration | None = Field(None, alias="at", description="when, since the start of the run")
    random: Chance | None = Field(None, description="by chance instead of at a time")
    for_us: Duration | None = Field(None, alias="for", description="ends by itself after this long")
    label: str | None = Field(None, description="what a picture says about it")

    @model_validator(mode="after")
    def _once(self) -> Any:
        if (self.at_us is None) == (self.random is None):
            raise ValueError("a timeline row has either at: or random:")
        if self.random is not None and not isinstance(self, _Ending):
            raise ValueError("random: needs a fault that ends by itself")
        if self.for_us is not None and not isinstance(self, _Ending):
            raise ValueError("for: needs a fault that can end")
        return self


class _Ending(_Timed):
    pass


def _object(value: Any) -> Ref:
    target = parse_target(value)
    if not isinstance(target, Ref):
        raise ValueError(f"{value!r}: this action is aimed at one object, Kind/name")  # noqa: TRY004
    return target


def _away(value: Any) -> Any:
    return value if value in (None, "control-plane", "clients") else parse_target(value)


def _taint(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    unknown = set(value) - {"key", "value", "effect"}
    if unknown or "key" not in value or value.get("effect") not in ("NoSchedule", "PreferNoSchedule", "NoExecute"):
        raise ValueError("a taint is {key, value, effect: NoSchedule|PreferNoSchedule|NoExecute}")
    return Taint(value["key"], value["effect"], str(value.get("value", "")))


ObjectField = Annotated[Any, BeforeValidator(_object)]
Away = Annotated[Any, BeforeValidator(_away)]
TaintField = Annotated[Any, BeforeValidator(_taint)]


class NodeCrash(_Ending):
    """A power cut."""

    do: Literal["node-crash"]
    on: TargetField


class NodePause(_Ending):
    """The machine stands still."""

    do: Literal["node-pause"]
    on: TargetField


class NodeRecover(_Timed):
    """The machine boots, or thaws."""

    do: Literal["node-recover"]
    on: TargetField


class ZoneOutage(_Ending):
    """All machines of a zone lose power."""

    do: Literal["zone-outage"]
    on: TargetField


class NetworkPartition(_Ending):
    """Machines are cut off from everybody, or from some."""

    do: Literal["network-partition"]
    on: TargetField
    away_from: Away = Field(None, alias="from")


class PodKill(_Ending):
    """A pod is deleted."""

    do: Literal["pod-kill"]
    on: TargetField
    grace_us: Duration | None = Field(None, alias="grace")


class ContainerKill(_Ending):
    """A program is killed."""

    do: Literal["container-kill"]
    on: TargetField


class Apply(_Timed):
    """Objects are created or changed."""

    do: Literal["apply"]
    manifests: tuple[Any, ...]


class Patch(_Timed):
    """An object is patched (strategic merge)."""

    do: Literal["patch"]
    on: ObjectField
    patch: dict[str, Any]


class Scale(_Timed):
    """A workload's replicas are changed."""

    do: Literal["scale"]
    on: ObjectField
    replicas: int = Field(ge=0)


class SetImage(_Timed):
    """A container's image is changed."""

    do: Literal["set-image"]
    on: ObjectField
    image: str
    container: str | None = None


class Delete(_Timed):
    """An object is deleted."""

    do: Literal["delete"]
    on: ObjectField
    force: bool = False
    cascade: Literal["background", "orphan"] = "background"


class Cordon(_Ending):
    """A node takes no new pods."""

    do: Literal["cordon"]
    on: TargetField


class Uncordon(_Timed):
    """A node takes pods again."""

    do: Literal["uncordon"]
    on: TargetField


class Drain(_Timed):
    """A node is cordoned and its pods are evicted."""

    do: Literal["drain"]
    on: TargetField


class Evict(_Timed):
    """A pod is evicted, as its budget allows."""

    do: Literal["evict"]
    on: TargetField


class TaintNode(_Timed):
    """A node is tainted."""

    do: Literal["taint"]
    on: TargetField
    taint: TaintField


class UntaintNode(_Timed):
    """A taint is taken away."""

    do: Literal["untaint"]
    on: TargetField
    taint: TaintField


ROWS: dict[str, type[_Timed]] = {
    row.model_fields["do"].annotation.__args__[0]: row  # type: ignore[union-attr]
    for row in (
        NodeCrash,
        NodePause,
        NodeRecover,
        ZoneOutage,
        NetworkPartition,
        PodKill,
        ContainerKill,
        Apply,
        Patch,
        Scale,
        SetImage,
        Delete,
        Cordon,
        Uncordon,
        Drain,
        Evict,
        TaintNode,
        UntaintNode,
    )
}


def _known_word(value: Any) -> Any:
    if isinstance(value, dict):
        word = value.get("do")
        if word in NOT_YET:
            raise ValueError(f"{word!r} is a known word that this version does not simulate yet")
        if word not in ROWS:
            raise ValueError(f"unknown action {word!r}{nearest(str(word), ROWS)}")
    return value


_Any = (
    NodeCrash
    | NodePause
    | NodeRecover
    | ZoneOutage
    | NetworkPartition
    | PodKill
    | ContainerKill
    | Apply
    | Patch
    | Scale
    | SetImage
    | Delete
    | Cordon
    | Uncordon
    | Drain
    | Evict
    | TaintNode
    | UntaintNode
)
Action = Annotated[Annotated[_Any, Field(discriminator="do")], BeforeValidator(_known_word)]

"""The scenario file as pydantic models; a scenario can be built from them in Python as well.

YAML names are camelCase; attributes are snake case with the unit last. Durations are integer microseconds.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from statesim.kernel import distributions as chance
from statesim.scenario.timeline import Action
from statesim.scenario.timings import ATTRIBUTES, DISTRIBUTIONS, version_tuple
from statesim.scenario.types import Bytes, Cpu, Duration, MaybeNever, Rate, Stretch, WorkloadRef


class Model(BaseModel):
    """What all parts of a scenario share: unknown keys are errors, values do not change."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        arbitrary_types_allowed=True,
    )


class Metadata(Model):
    """What the scenario is called and what it teaches."""

    name: str = Field(description="short name, used for output folders", pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    title: str = Field("", description="one line for the top of a picture")
    description: str = Field("", description="what it teaches")


class Capacity(Model):
    """What a node offers."""

    cpu: Cpu = Field(8_000, description="cores (8, 500m)")
    memory: Bytes = Field(32 * 1024**3, description="bytes (32Gi)")
    pods: int = Field(110, ge=0, description="how many pods fit")


class TaintModel(Model):
    """A taint."""

    key: str
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class NodePool(Model):
    """Nodes of one kind: one, or `count` of them spread over `zones` in turn."""

    name: str = Field(description="name of the node, or what their names begin with")
    count: int | None = Field(None, ge=1, description="how many; their names are name-zone-number")
    zones: tuple[str, ...] = Field((), description="zones to spread them over")
    zone: str = Field("", description="zone of a single node")
    capacity: Capacity = Capacity()
    labels: dict[str, str] = Field(default_factory=dict)
    taints: tuple[TaintModel, ...] = ()


class StorageClassModel(Model):
    """A storage class of the cluster."""

    name: str
    binding_mode: Literal["Immediate", "WaitForFirstConsumer"] = Field(
        "WaitForFirstConsumer", alias="volumeBindingMode"
    )
    reclaim_policy: Literal["Delete", "Retain"] = "Delete"
    allow_volume_expansion: bool = False
    default: bool = False


class Cluster(Model):
    """The machines, and the Kubernetes version that chooses default timings."""

    kubernetes: str = Field("1.32", description="version; chooses default timings")
    nodes: tuple[NodePool, ...] = Field((), description="node pools; or use zones and nodesPerZone")
    zones: int | None = Field(None, ge=1, le=26, description="how many zones (a, b, c, …)")
    nodes_per_zone: int = Field(2, ge=1)
    storage_classes: tuple[StorageClassModel, ...] = ()
    timings: dict[str, Any] = Field(default_factory=dict, description="overrides of the platform's timings")

    @field_validator("kubernetes")
    @classmethod
    def _known_version(cls, value: str) -> str:
        version_tuple(value)
        return value

    @field_validator("timings")
    @classmethod
    def _known_timings(cls, value: dict[str, Any]) -> dict[str, Any]:
        from statesim.scenario.types import nearest, parse_distribution  # noqa: PLC0415
        from statesim.scenario.units import parse_duration  # noqa: PLC0415

        parsed: dict[str, Any] = {}
        for name, given in value.items():
            if name not in ATTRIBUTES:
                raise ValueError(f"unknown timing {name!r}{nearest(name, ATTRIBUTES)}")
            if name in DISTRIBUTIONS:
                parsed[name] = parse_distribution(given)
            else:
                parsed[name] = given if isinstance(given, int) and given > 10**4 else parse_duration(given)
        return parsed


class ImageBehaviour(Model):
    """How an image behaves, since it cannot be run.

    `ready` is how long after its start the program serves, and is reported Ready. `listen`, where it is
    given, is how long after its start the program really answers; Kubernetes then learns of it only through
    a readinessProbe, and without one reports Ready at once.
    """

    pull: Stretch = chance.Fixed(2_000_000)
    start: Stretch = chance.Fixed(1_000_000)
    ready: MaybeNever = chance.Fixed(0)
    listen: MaybeNever = None
    stop: MaybeNever = chance.Fixed(1_000_000)
    crash_after: MaybeNever = None
    graceful: bool = Field(True, description="finishes requests and keeps listening until it exits")


class SystemBinding(Model):
    """What runs inside a workload's pods."""

    name: str
    kind: str
    workload: WorkloadRef
    parameters: dict[str, Any] = Field(default_factory=dict)


class Mix(Model):
    """Shares of writes and reads."""

    write: float = Field(0.5, ge=0)
    read: float = Field(0.5, ge=0)


class Operations(Model):
    """What a client does."""

    kind: Literal["set", "web"] = "set"
    rate: Rate = Field(10.0, description="operations per second, all sessions together")
    mix: Mix = Mix()


class Timeouts(Model):
    """When a client gives up."""

    connect_us: Duration = Field(5_000_000, alias="connect")
    statement_us: Duration = Field(10_000_000, alias="statement")
    keepalive_us: Duration | None = Field(None, alias="keepalive")


class Backoff(Model):
    """How long a session waits before it connects again."""

    initial_us: Duration = Field(100_000, alias="initial")
    max_us: Duration = Field(2_000_000, alias="max")
    jitter: float = Field(0.2, ge=0, le=1)


class ClientSpec(Model):
    """A group of sessions."""

    name: str
    target: WorkloadRef
    read_target: WorkloadRef | None = None
    sessions: int = Field(1, ge=1)
    zone: str | None = None
    operations: Operations = Operations()
    recording: Literal["full"] = "full"
    timeouts: Timeouts = Timeouts()
    backoff: Backoff = Backoff()
    service_time: Stretch = chance.Fixed(3_000)


class Variant(Model):
    """The same world with differences: a merge patch (RFC 7386) over the scenario."""

    name: str = Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    title: str = ""
    patch: dict[str, Any] = Field(default_factory=dict)


class Expectation(Model):
    """What a metric shall be; exactly one of the bounds."""

    metric: str
    variant: str | None = None
    equals: float | bool | None = None
    at_most: float | None = None
    at_least: float | None = None
    between: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Expectation:
        given = self.model_fields_set & {"equals", "at_most", "at_least", "between"}
        if len(given) != 1:
            raise ValueError("an expectation has exactly one of equals, atMost, atLeast, between")
        return self



class Scenario(Model):
    """A whole scenario file."""

    api_version: Literal["statesim/v1"] = "statesim/v1"
    kind: Literal["Scenario"] = "Scenario"
    metadata: Metadata
    seed: int = Field(0, ge=0)
    duration_us: Duration = Field(600_000_000, alias="duration", description="how long the run lasts")
    cluster: Cluster = Cluster()
    images: dict[str, ImageBehaviour] = Field(default_factory=dict)
    manifests: tuple[dict[str, Any], ...] = ()
    systems: tuple[SystemBinding, ...] = ()
    clients: tuple[ClientSpec, ...] = ()
    timeline: tuple[Action, ...] = ()
    variants: tuple[Variant, ...] = ()
    expect: tuple[Expectation, ...] = ()

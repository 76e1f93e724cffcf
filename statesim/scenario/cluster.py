"""The cluster of a scenario: its machines, its storage classes and its timings."""

from __future__ import annotations

import re
from string import ascii_lowercase
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from statesim.kernel.distributions import Distribution  # noqa: TC001 - pydantic reads the annotations
from statesim.scenario import delays
from statesim.scenario.behaviours import BEHAVIOURS
from statesim.scenario.constraints import HOSTNAME, ZONE
from statesim.scenario.fields import (
    DELAY_SCHEMA,
    DURATION_SCHEMA,
    IN_QUOTES,
    Bytes,
    Cpu,
    Flag,
    Labels,
    Name,
    Slip,
    TaintField,
    Text,
    Whole,
    all_wrong,
    wrong,
)
from statesim.scenario.model import Model
from statesim.scenario.specs import NodeSpec
from statesim.scenario.timings import TIMINGS
from statesim.scenario.units import UnitError, format_duration, parse_duration
from statesim.scenario.versions import DEFAULT_VERSION, GATES, NEWEST, OLDEST, Features, refused, simulated
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

_SWITCH = "DetachTimeoutSwitch"


def _qps(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not (value > 0 or value == -1):
        raise wrong(f"expected a number above 0, or -1 for no limit, found {value!r}")
    return float(value)


class Capacity(Model):
    """What one machine offers."""

    cpu: Cpu = Field(8_000, description="Processors: 8, 500m. In Python: thousandths of one.")
    memory: Bytes = Field(32 * 2**30, description="Memory: 32Gi. In Python: bytes.")
    disk: Bytes = Field(100 * 2**30, description="The node's own disk (nodefs): 100Gi. In Python: bytes.")
    pods: Whole = Field(110, ge=0, description="How many pods fit.")


class NodePool(Model):
    """Machines of one kind; without `count` a single one that is called `name`."""

    name: Name = Field(description="The node's name, or with count the beginning of the nodes' names.")
    count: Whole | None = Field(None, ge=1, description="How many nodes; spread over the zones in turn.")
    zones: tuple[Name, ...] = Field((), description="The zones of the nodes.")
    zone: Name | None = Field(None, description="The zone of all the nodes.")
    capacity: Capacity = Field(Capacity.model_construct(), description="What each node offers.")
    attach_limit: Whole | None = Field(
        None, ge=0, description="How many volumes can be attached to each node; default: any number."
    )
    labels: Labels = Field({}, description="Labels of each node, besides hostname and zone.")
    taints: tuple[TaintField, ...] = Field((), description="Taints of each node.")

    @model_validator(mode="after")
    def _one_way_to_say_zones(self) -> Self:
        if self.zones and self.zone is not None:
            raise wrong("zones and zone are both given; write one of them", at=("zone",))
        if self.zones and self.count is None:
            raise wrong(
                "zones needs count: how many nodes there are", "or zone, for a single node", ("zones",)
            )
        return self


class StorageClass(Model):
    """A StorageClass, in short; a manifest can describe one in full."""

    name: Name = Field(description="What claims call it.")
    provisioner: Text = Field("block.statesim", description="Who makes the volumes; a name without effect.")
    volume_binding_mode: Literal["Immediate", "WaitForFirstConsumer"] = Field(
        "WaitForFirstConsumer",
        description="Whether a volume is made for a claim, or for the claim's first pod.",
    )
    reclaim_policy: Literal["Delete", "Retain"] = Field(
        "Delete", description="What becomes of a volume whose claim is deleted."
    )
    allow_volume_expansion: Flag = Field(False, description="Whether claims may grow.")
    zones: tuple[Name, ...] = Field((), description="Where volumes can be; empty = in every zone.")
    default: Flag = Field(
        False, description="Whether claims that name no class get this one; the only class is the default."
    )
    parameters: Labels = Field(
        {}, description="replication-type: regional-pd, or skuName: …_ZRS: volumes in several zones."
    )


def _timings(value: Any) -> dict[str, int | Distribution]:
    if not isinstance(value, dict):
        raise wrong(f"expected a mapping of durations, found {value!r}")
    found: dict[str, int | Distribution] = {}
    slips = []
    for key, given in value.items():
        row = TIMINGS.get(key)
        if row is None:
            slips.append(Slip(f"there is no timing {key}", did_you_mean(str(key), TIMINGS), (key,)))
            continue
        try:
            found[key] = delays.parse_delay(given) if row.random else parse_duration(given)
        except UnitError as error:
            slips.append(Slip(str(error), error.hint, (key,)))
            continue
        if found[key] == 0 and "eriod" in key and row.default_us:
            slips.append(Slip(f"{key} must be longer than 0", None, (key,)))
    if slips:
        raise all_wrong(slips)
    return found


def _written_timings(value: dict[str, int | Distribution]) -> dict[str, Any]:
    return {k: format_duration(v) if isinstance(v, int) else delays.written(v) for k, v in value.items()}


def _timings_schema() -> dict[str, Any]:
    properties = {
        key: {
            **(DELAY_SCHEMA if row.random else DURATION_SCHEMA),
            "description": f"{row.meaning.capitalize()}. Default {format_duration(row.default_us)}.",
        }
        for key, row in TIMINGS.items()
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _with_its_zero(version: str) -> str | None:
    """Return the 1.30 of which a number in YAML leaves 1.3, if that is what is meant."""
    whole = f"{version}0"
    return whole if re.fullmatch(r"1\.\d", version) and simulated(whole) else None


def _version(value: Any) -> str:
    if isinstance(value, float | int):
        whole = _with_its_zero(str(value))
        hint = f'write "{whole}"' if whole else IN_QUOTES
        raise wrong("the version must be a text, or 1.30 becomes 1.3", hint)
    if not isinstance(value, str) or not re.fullmatch(r"v?1\.\d+(\.\d+)?", value):
        raise wrong(f'expected a version of Kubernetes, like "1.32", found {value!r}')
    if not simulated(value):
        whole = _with_its_zero(value)
        meant = f'; did you mean "{whole}"?' if whole else ""
        raise wrong(f"Kubernetes {value} is not simulated", f"1.{OLDEST} to 1.{NEWEST} are{meant}")
    return value


def _gate(name: Any) -> Any:
    if name not in GATES:
        raise wrong(f"there is no feature gate {name} here", did_you_mean(str(name), GATES))
    return name


def _gates_schema() -> dict[str, Any]:
    properties = {name: {"type": "boolean", "description": row.meaning} for name, row in GATES.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


class Rate(Model):
    """How fast a client of the API server may write: `qps` a second, after a burst."""

    qps: Annotated[float, PlainValidator(_qps), WithJsonSchema({"type": "number"})] = Field(
        20.0, description="Requests a second (--kube-api-qps); -1 = no limit."
    )
    burst: Whole = Field(30, ge=1, description="Requests at once (--kube-api-burst).")


class ClientConnection(Model):
    """The client rates of the control plane's programs, as their ``clientConnection`` sets them."""

    controller_manager: Rate = Field(
        Rate.model_construct(qps=20.0, burst=30), description="Each controller of kube-controller-manager."
    )
    scheduler: Rate = Field(Rate.model_construct(qps=50.0, burst=100), description="kube-scheduler.")


class Cluster(Model):
    """Machines, storage and timings. `timings` holds overrides by key of `TIMINGS`."""

    kubernetes: Annotated[
        str, PlainValidator(_version), WithJsonSchema({"type": "string", "pattern": r"^v?1\.\d+(\.\d+)?$"})
    ] = Field(DEFAULT_VERSION, description="Version of Kubernetes: chooses timings and features.")
    feature_gates: Annotated[
        dict[Annotated[str, PlainValidator(_gate)], Flag], WithJsonSchema(_gates_schema())
    ] = Field({}, description="Feature gates that are not at the version's default (--feature-gates).")
    terminated_pod_gc_threshold: Whole = Field(
        12_500,
        alias="terminatedPodGCThreshold",
        ge=0,
        description="How many pods that have finished are kept (--terminated-pod-gc-threshold); 0 = all.",
    )
    client_connection: ClientConnection = Field(
        ClientConnection.model_construct(), description="How fast the control plane may write."
    )
    nodes: tuple[NodePool, ...] = Field((), description="Machines, pool by pool.")
    zones: Whole | None = Field(None, ge=1, le=26, description="How many zones (a, b, c, …); default 3.")
    nodes_per_zone: Whole | None = Field(None, ge=1, description="How many nodes in each zone; default 2.")
    storage_classes: tuple[StorageClass, ...] = Field(
        (), description="Default: one, `standard`: zonal block storage, WaitForFirstConsumer, Delete."
    )
    disable_force_detach_on_timeout: Flag = Field(
        False,
        description="A volume is never taken from a node that does not unmount it, unless that node is "
        "declared out of service (--disable-force-detach-on-timeout, from 1.30 on).",
    )
    timings: Annotated[
        dict[str, int | Distribution],
        PlainValidator(_timings),
        PlainSerializer(_written_timings),
        WithJsonSchema(_timings_schema()),
    ] = Field({}, description="How long the machinery takes, where it differs from the defaults.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if slips := [*self._misfits(), *self._doubles()]:
            raise all_wrong(slips)
        return self

    def _misfits(self) -> Iterator[Slip]:
        """Yield what does not go together, or not with the version."""
        if self.nodes and (self.zones is not None or self.nodes_per_zone is not None):
            key = "zones" if self.zones is not None else "nodesPerZone"
            yield Slip("nodes lists the machines already; leave zones and nodesPerZone out", at=(key,))
        if self.disable_force_detach_on_timeout and not Features.for_version(self.kubernetes).has(_SWITCH):
            since = BEHAVIOURS[_SWITCH].since
            message = f"Kubernetes {self.kubernetes} has no such switch: it came with 1.{since}"
            yield Slip(message, at=("disableForceDetachOnTimeout",))
        for gate, on in self.feature_gates.items():
            if reason := refused(self.kubernetes, gate, on):
                yield Slip(reason, at=("featureGates", gate))

    def _doubles(self) -> Iterator[Slip]:
        """Yield names that are given twice."""
        seen: set[str] = set()
        for index, pool in enumerate(self.nodes):
            again = next((name for name in _names(pool) if name in seen), None)
            if again is not None:
                yield Slip(f"a second node would be called {again}", at=("nodes", index, "name"))
            seen.update(_names(pool))
        classes = [row.name for row in self.storage_classes]
        for index, name in enumerate(classes):
            if name in classes[:index]:
                yield Slip(f"a second storage class is called {name}", at=("storageClasses", index, "name"))


def pools(cluster: Cluster) -> tuple[NodePool, ...]:
    """Return the cluster's pools: those it lists, or the one that `zones` and `nodesPerZone` mean."""
    if cluster.nodes:
        return cluster.nodes
    zones, each = cluster.zones or 3, cluster.nodes_per_zone or 2
    return (NodePool(name="node", count=zones * each, zones=tuple(ascii_lowercase[:zones])),)


def _names(pool: NodePool) -> dict[str, str]:
    """Return the names of a pool's nodes, each with its zone: ``n-a-1, n-b-1, n-c-1, n-a-2``."""
    if pool.count is None:
        return {pool.name: pool.zone or ""}
    zones = pool.zones or ((pool.zone,) if pool.zone is not None else ())
    if not zones:
        return {f"{pool.name}-{number + 1}": "" for number in range(pool.count)}
    return {
        f"{pool.name}-{zones[number % len(zones)]}-{number // len(zones) + 1}": zones[number % len(zones)]
        for number in range(pool.count)
    }


def nodes(cluster: Cluster) -> tuple[tuple[str, NodeSpec], ...]:
    """Return every node of the cluster: its name and what it is, in the order of the scenario."""
    found = []
    for pool in pools(cluster):
        for name, zone in _names(pool).items():
            found.append((name, node_spec(name, zone, pool)))
    return tuple(found)


def node_spec(name: str, zone: str, pool: NodePool) -> NodeSpec:
    """Return what one node of a pool is."""
    well_known = {HOSTNAME: name, **({ZONE: zone} if zone else {})}
    return NodeSpec(
        cpu_milli=pool.capacity.cpu,
        memory_bytes=pool.capacity.memory,
        disk_bytes=pool.capacity.disk,
        pods=pool.capacity.pods,
        volumes=pool.attach_limit,
        zone=zone,
        labels={**well_known, **pool.labels},
        taints=pool.taints,
    )

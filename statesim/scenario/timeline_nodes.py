"""The rows of a timeline that are about nodes and the control plane."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from statesim.kernel.spans import SECOND
from statesim.scenario import targets
from statesim.scenario.fields import (
    Bytes,
    Duration,
    DurationOrNever,
    Flag,
    Number,
    Offset,
    TaintField,
    TargetField,
    wrong,
)
from statesim.scenario.rows import MACHINES, Fault, NodeBlow, NodeFault, OnNodes


class Drain(OnNodes):
    """`kubectl drain`: cordon, and evict every pod; its flags have kubectl's defaults."""

    do: Literal["drain"] = Field("drain", description="kubectl drain: cordon, and evict every pod.")
    force: Flag = Field(
        False, description="Also pods that no controller makes again; else one of them stops the drain."
    )
    delete_empty_dir_data: Flag = Field(
        False, description="Also pods with an emptyDir, which is lost; else one of them stops the drain."
    )
    disable_eviction: Flag = Field(
        False, description="Delete the pods, without asking the disruption budgets."
    )
    timeout_us: DurationOrNever = Field(None, alias="timeout", description="When the person gives up.")


class Cordon(NodeFault):
    """`kubectl cordon`: no new pods here."""

    do: Literal["cordon"] = Field("cordon", description="kubectl cordon: no new pods here.")


class Uncordon(OnNodes):
    """`kubectl uncordon`."""

    do: Literal["uncordon"] = Field("uncordon", description="kubectl uncordon.")


class NodeCrash(NodeFault):
    """A power cut: programs and unsynced pages are gone."""

    do: Literal["node-crash"] = Field("node-crash", description="A power cut.")


class NodeRecover(OnNodes):
    """Nodes that crashed or paused come back."""

    do: Literal["node-recover"] = Field("node-recover", description="Nodes that crashed or paused come back.")


class NodePause(NodeFault):
    """The machine stands still and later goes on where it was."""

    do: Literal["node-pause"] = Field(
        "node-pause", description="The machine stands still, and later goes on."
    )


class NodeReboot(NodeBlow):
    """A machine goes down and boots: in order, as its kubelet's graceful node shutdown does it, or at once.

    Without `graceful` nobody is asked, as where ``shutdownGracePeriod`` is 0, which is the kubelet's default.
    """

    do: Literal["node-reboot"] = Field("node-reboot", description="A machine goes down and boots again.")
    away_us: Duration = Field(
        60 * SECOND, alias="away", description="How long it takes from power off until it has booted."
    )
    graceful: Flag = Field(False, description="Its kubelet ends the pods first (graceful node shutdown).")
    shutdown_grace_period_us: Duration = Field(
        30 * SECOND, alias="shutdownGracePeriod", description="How long the kubelet holds the shutdown up."
    )
    shutdown_grace_period_critical_pods_us: Duration = Field(
        10 * SECOND,
        alias="shutdownGracePeriodCriticalPods",
        description="The part of it that is kept for critical pods.",
    )

    @model_validator(mode="after")
    def _periods_fit(self) -> Self:
        if self.shutdown_grace_period_critical_pods_us > self.shutdown_grace_period_us:
            raise wrong(
                "shutdownGracePeriodCriticalPods is a part of shutdownGracePeriod, and longer than it",
                at=("shutdownGracePeriodCriticalPods",),
            )
        return self


class DiskFull(NodeFault):
    """Something that is no pod fills the node's disk (nodefs); or a claim's volume has no room left."""

    KINDS: ClassVar[tuple[str, ...]] = (*MACHINES, "PersistentVolumeClaim", "PersistentVolume")
    do: Literal["disk-full"] = Field(
        "disk-full", description="The node's own disk, or the volume that is named, is filled."
    )
    free: Bytes = Field(0, description="How much of the node's disk stays free.")


class MemoryPressure(NodeFault):
    """Something that is no pod takes the node's memory."""

    do: Literal["memory-pressure"] = Field("memory-pressure", description="The node's memory is taken.")
    free: Bytes = Field(0, description="How much of it stays free.")


class ClockSkew(NodeFault):
    """The clock of a machine is wrong: programs that ask for the time of day get another one than others.

    Chaos Mesh: TimeChaos, ``timeOffset``; the drift is in parts per million, as chrony says it.
    """

    do: Literal["clock-skew"] = Field("clock-skew", description="The clocks of nodes are wrong.")
    offset_us: Offset = Field(
        0, alias="offset", description="How far they are ahead, or behind (-5s), from this moment on."
    )
    drift_ppm: Number = Field(
        0, alias="driftPpm", description="How many microseconds a second they gain; below 0: lose."
    )

    @model_validator(mode="after")
    def _is_wrong(self) -> Self:
        if not self.offset_us and not self.drift_ppm:
            raise wrong("offset is missing: how far the clock is ahead, like offset: 5s")
        return self


class ControlPlaneOutage(Fault):
    """The controllers stop deciding; the API server answers on, and kubelets go on.

    With `failover` only the leader dies, and a standby takes over when it may.
    """

    on: ClassVar[None] = None
    do: Literal["control-plane-outage"] = Field(
        "control-plane-outage", description="The controllers and the scheduler stand still."
    )
    failover: Flag = Field(
        False, description="The leader dies and a standby takes over: leader election says when."
    )

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if self.failover and (self.for_us is not None or self.random is not None):
            raise wrong(
                "with failover the standby ends the outage", "leave for and random out", ("failover",)
            )
        return self


class ZoneOutage(Fault):
    """Every node of a zone loses power."""

    do: Literal["zone-outage"] = Field("zone-outage", description="Every node of a zone loses power.")
    on: TargetField = Field(description="The zone: {zone: a}.")

    @model_validator(mode="after")
    def _is_zone(self) -> Self:
        if not isinstance(self.on, targets.Zone):
            raise wrong("zone-outage aims at a zone", "write {zone: a}", ("on",))
        return self


class Taint(OnNodes):
    """`kubectl taint`: for example node.kubernetes.io/out-of-service."""

    do: Literal["taint"] = Field("taint", description="kubectl taint.")
    taint: TaintField = Field(description="key, value and effect.")


class Untaint(OnNodes):
    """Takes a taint away."""

    do: Literal["untaint"] = Field("untaint", description="Take a taint away.")
    taint: TaintField = Field(description="key and effect.")

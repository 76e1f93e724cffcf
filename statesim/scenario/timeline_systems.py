"""The rows of a timeline that are about systems: their roles, their managers, their programs."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from statesim.kernel.distributions import Fixed
from statesim.scenario.fields import (
    Delay,
    Duration,
    Flag,
    Named,
    TargetField,
    wrong,
)
from statesim.scenario.rows import MACHINES, WORKLOADS, Action, Fault, PodBlow, RefField
from statesim.scenario.targets import Ref

ERASE = "unsafe_rollback_or_erase"
REACTION = "How long it takes the person to see and decide; it happens at `at` + `reaction`."


class Reaction(Action):
    """A row that a person does when he has seen what there is to see."""

    KINDS: ClassVar[tuple[str, ...]] = ("Pod", *WORKLOADS)
    reaction: Delay = Field(Fixed(0), description=REACTION)


class Promote(Reaction):
    """A person makes a standby the primary."""

    do: Literal["promote"] = Field("promote", description="A person makes a standby the primary.")
    on: TargetField = Field(
        description="The standby; of several, as of a StatefulSet, the one that is furthest."
    )
    fence: Flag = Field(
        False,
        description="First cut the power of the machines on which another leads, or would again.",
    )
    service: RefField | None = Field(
        None, description="A Service whose selector then names the new primary's pod: Service/pg."
    )

    @model_validator(mode="after")
    def _steers_a_service(self) -> Self:
        if self.service is not None and self.service.kind != "Service":
            raise wrong(f"a Service is meant, found {self.service}", at=("service",))
        return self


SystemField = Annotated[Ref, Named("System", "pg")]


class Restore(Reaction):
    """A person restores a system from its backups: what was written after that time is gone."""

    KINDS: ClassVar[tuple[str, ...]] = ("System",)
    do: Literal["restore"] = Field("restore", description="A person restores a system from a backup.")
    on: SystemField = Field(description="The system: System/pg.")
    to_us: Duration | None = Field(
        None,
        alias="to",
        description="To what was there at this time; default: as much as backups and archived log have.",
    )

    @model_validator(mode="after")
    def _goes_back(self) -> Self:
        if self.to_us is not None and self.at_us is not None and self.to_us > self.at_us:
            raise wrong("to is later than at: nobody can restore what is yet to come", at=("to",))
        return self


class Truncate(Reaction):
    """A person deletes every row by mistake: an ordinary statement, which is committed and replicated."""

    KINDS: ClassVar[tuple[str, ...]] = ("System",)
    do: Literal["truncate"] = Field("truncate", description="A person deletes every row by mistake.")
    on: SystemField = Field(description="The system: System/pg; its primary is told.")


class Rebuild(Reaction):
    """A person makes members standbys of the present primary."""

    do: Literal["rebuild"] = Field("rebuild", description="A person makes a member a standby again.")
    on: TargetField = Field(description="The members; one that does not run is rebuilt when it next starts.")


class Switchover(Reaction):
    """A person has the manager of a system hand the lead over, in order."""

    do: Literal["switchover"] = Field("switchover", description="A planned change of the primary.")
    on: TargetField = Field(description="The system: its workload, one of its pods, {primaryOf: …}.")
    candidate: RefField | None = Field(
        None, description="Who takes over: Pod/pg-1; default: whoever is healthiest."
    )

    @model_validator(mode="after")
    def _names_a_member(self) -> Self:
        if self.candidate is not None and self.candidate.kind != "Pod":
            raise wrong(f"a Pod is meant, found {self.candidate}", at=("candidate",))
        return self


class Pause(Fault):
    """A person pauses the manager of a system: it looks on and changes nothing."""

    KINDS: ClassVar[tuple[str, ...]] = ("Pod", *WORKLOADS)
    do: Literal["pause"] = Field("pause", description="The manager of a system changes nothing any more.")
    on: TargetField = Field(description="The system: its workload, one of its pods, {primaryOf: …}.")


class Resume(Action):
    """A person lets the manager of a system work again."""

    KINDS: ClassVar[tuple[str, ...]] = ("Pod", *WORKLOADS)
    do: Literal["resume"] = Field("resume", description="The manager of a system works again.")
    on: TargetField = Field(description="The system: its workload, one of its pods, {primaryOf: …}.")


class StoreLoss(Action):
    """The store of a system's manager loses all its keys, and serves on, empty."""

    KINDS: ClassVar[tuple[str, ...]] = ("Pod", *WORKLOADS)
    do: Literal["store-loss"] = Field(
        "store-loss", description="The store of a system's manager (Patroni's DCS) loses all its keys."
    )
    on: TargetField = Field(description="The system: its workload, one of its pods, {primaryOf: …}.")


class ProcessKill(PodBlow):
    """One of a member's programs gets SIGKILL; the others live."""

    do: Literal["process-kill"] = Field(
        "process-kill", description="One of a member's programs gets SIGKILL; the container lives."
    )
    process: Literal["postgres"] = Field(description="Which: postgres, under its agent.")


class ProcessPause(Fault):
    """One of a member's programs stands still (SIGSTOP); the others go on."""

    OF_PODS: ClassVar[bool] = True
    KINDS: ClassVar[tuple[str, ...]] = MACHINES
    do: Literal["process-pause"] = Field(
        "process-pause", description="One of a member's programs stands still; the others go on."
    )
    on: TargetField = Field(description="Pods: by name, of a workload, of a node, by role, by labels.")
    process: Literal["patroni"] = Field(description="Which: patroni, the agent.")


class EmergencyRepair(Reaction):
    """A person has a system that has lost its majority go on with what is left."""

    do: Literal["emergency-repair"] = Field(
        "emergency-repair", description="A person has a system go on without its majority, with loss."
    )
    on: TargetField = Field(
        description="The member at which it is ordered, of several the first that can: those that it "
        "reaches are all there is from then on."
    )
    mode: Literal["unsafe_rollback", "unsafe_rollback_or_erase"] = Field(
        description="unsafe_rollback: what nobody is left of stays as it is. unsafe_rollback_or_erase: that "
        "begins anew, and empty."
    )

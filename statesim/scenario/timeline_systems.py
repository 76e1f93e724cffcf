"""The rows of a timeline that are about systems whose roles are in a person's hands."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from statesim.kernel.distributions import Fixed
from statesim.scenario.fields import (
    Delay,
    Flag,
    TargetField,
    wrong,
)
from statesim.scenario.rows import WORKLOADS, Action, RefField

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


class Rebuild(Reaction):
    """A person makes members standbys of the present primary."""

    do: Literal["rebuild"] = Field("rebuild", description="A person makes a member a standby again.")
    on: TargetField = Field(description="The members; one that does not run is rebuilt when it next starts.")

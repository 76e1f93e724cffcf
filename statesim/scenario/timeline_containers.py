"""The rows of a timeline in which a person starts and stops containers that nobody orchestrates."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from statesim.kernel.distributions import Fixed
from statesim.scenario.fields import Delay, DurationOrNever, Flag, Name, wrong
from statesim.scenario.rows import Action, RefField
from statesim.scenario.timeline_systems import REACTION

_WHICH = "Container/name; of several, one: Container/name-0."


class StartContainer(Action):
    """A person starts a container: again where it is, or a new one on another machine."""

    KINDS: ClassVar[tuple[str, ...]] = ("Container",)
    do: Literal["start-container"] = Field("start-container", description="docker start, or docker run.")
    on: RefField = Field(description=_WHICH)
    node: Name | None = Field(
        None,
        description="The machine; default: where it is. On another one it is a new container, without "
        "the data of the first.",
    )
    anew: Flag = Field(
        False, description="Where there is one already, remove it first: its writable layer goes with it."
    )
    tell_us: DurationOrNever = Field(
        0,
        alias="tell",
        description="How long after the start the clients have the new address; never = nobody tells them.",
    )
    reaction: Delay = Field(Fixed(0), description=REACTION)

    @model_validator(mode="after")
    def _new_already(self) -> Self:
        if self.tell_us is None and self.node is None:
            raise wrong("tell is for a container on another machine", "name it as node", ("tell",))
        return self


class StopContainer(Action):
    """A person stops a container: its restart policy rests until somebody, or a reboot, starts it."""

    KINDS: ClassVar[tuple[str, ...]] = ("Container",)
    do: Literal["stop-container"] = Field("stop-container", description="docker stop.")
    on: RefField = Field(description=_WHICH)
    reaction: Delay = Field(Fixed(0), description=REACTION)

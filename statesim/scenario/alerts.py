"""When a person is called: something has been wrong for so long. He looks, and acts if it still is."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from statesim.kernel.distributions import Fixed
from statesim.scenario.fields import Delay, Duration, Named, wrong
from statesim.scenario.model import Model
from statesim.scenario.targets import Ref

PodField = Annotated[Ref, Named("Pod", "pg-0")]


class Alert(Model):
    """A rule like Prometheus's: it fires when its condition has held for so long, each time anew.

    Source: Prometheus documentation, "Alerting rules" (`for`); ``KubePodNotReady`` of kubernetes-mixin waits
    for 15m.
    """

    not_ready: PodField = Field(
        alias="notReady", description="The pod that has been Ready and is not, or is gone."
    )
    for_us: Duration = Field(alias="for", description="How long that has to last before a person is called.")
    reaction: Delay = Field(
        Fixed(0), description="How long the person takes to come, see and decide; drawn anew each time."
    )

    @model_validator(mode="after")
    def _waits(self) -> Self:
        if self.for_us <= 0:
            raise wrong("for is longer than 0: a pod that is replaced is not Ready for a while", at=("for",))
        return self

"""The rows of a timeline that are about clients."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from statesim.scenario.fields import Duration, Named, Number, Rate, wrong
from statesim.scenario.rows import Fault
from statesim.scenario.targets import Ref

ClientField = Annotated[Ref, Named("Client", "shop")]


class Traffic(Fault):
    """The callers of a client become more, or fewer."""

    do: Literal["traffic"] = Field("traffic", description="A client's callers become more, or fewer.")
    on: ClientField = Field(description="The client: Client/shop.")
    rate: Rate | None = Field(None, description="Operations in a time, all sessions together: 200/s.")
    factor: Number | None = Field(
        None, ge=0, description="How many times as many as before, instead of rate."
    )
    over_us: Duration = Field(
        0, alias="over", description="How long it takes until there are so many: a ramp in twenty steps."
    )

    @model_validator(mode="after")
    def _changes(self) -> Self:
        if (self.rate is None) == (self.factor is None):
            said = "is missing: how many callers there are, like rate: 200/s or factor: 3"
            if self.rate is None:
                raise wrong(f"rate {said}")
            raise wrong("rate and factor are both given; write one of them", at=("factor",))
        return self

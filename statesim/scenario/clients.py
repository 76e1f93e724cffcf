"""The clients of a scenario: whom they ask, what, how often, and how patient they are."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from statesim.kernel.distributions import Fixed
from statesim.scenario.fields import (
    Delay,
    Duration,
    DurationOrNever,
    Name,
    Number,
    Rate,
    ServiceKey,
    Whole,
    wrong,
)
from statesim.scenario.model import Model

_MS = 1_000
_S = 1_000_000


class Mix(Model):
    """Shares of writes and reads; they are made to sum to 1."""

    write: Number = Field(0.5, ge=0, description="Share of writes; if only read is given, what it leaves.")
    read: Number = Field(0.5, ge=0, description="Share of reads; if only write is given, what it leaves.")

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:
        """Fill in the share that is not given, and let both sum to 1."""
        if not isinstance(data, dict) or not set(data) <= {"write", "read"} or not data:
            return data
        if not all(isinstance(share, int | float) and not isinstance(share, bool) for share in data.values()):
            return data
        if len(data) == 1:
            ((key, share),) = data.items()
            if not 0 <= share <= 1:
                raise wrong(f"a share lies between 0 and 1, found {share}", at=(key,))
            other = "read" if key == "write" else "write"
            return {key: float(share), other: round(1.0 - share, 12)}
        total = data["write"] + data["read"]
        if data["write"] < 0 or data["read"] < 0 or total <= 0:
            raise wrong("shares are not negative, and one of them is above 0")
        return {key: share / total for key, share in data.items()}


class Operations(Model):
    """What a client asks, and how often."""

    kind: Literal["set", "web"] = Field(
        "set",
        description="set: writers add integers, each once, and readers look for those acknowledged. "
        "web: requests without memory.",
    )
    rate: Rate = Field(description="Operations in a time, all sessions together: 20/s.")
    mix: Mix = Field(Mix.model_construct(), description="Shares of writes and reads (kind set).")


class Timeouts(Model):
    """How patient a client is."""

    connect_us: DurationOrNever = Field(5 * _S, alias="connect", description="Patience for a new connection.")
    statement_us: DurationOrNever = Field(10 * _S, alias="statement", description="Patience for an answer.")
    keepalive_us: DurationOrNever = Field(
        None,
        alias="keepalive",
        description="After how long an idle connection to a dead peer is noticed; default never.",
    )


class Backoff(Model):
    """How long a session waits before it connects again; doubled each time."""

    initial_us: Duration = Field(100 * _MS, alias="initial", description="The first wait.")
    max_us: Duration = Field(2 * _S, alias="max", description="The longest wait.")
    jitter: Number = Field(0.2, ge=0, le=1, description="Which share of a wait is left to chance.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_us < self.initial_us:
            raise wrong("max is shorter than initial", at=("max",))
        return self


class Client(Model):
    """A group of sessions that do the same."""

    name: Name = Field(description="What metrics call it.")
    target: ServiceKey = Field(description="The Service that it talks to: Service/pg.")
    read_target: ServiceKey | None = Field(
        None, description="The Service that it reads from, if another one."
    )
    sessions: Whole = Field(1, ge=1, description="How many connections it keeps.")
    zone: Name | None = Field(
        None, description="The zone of the clients' machine; default: outside the cluster."
    )
    operations: Operations = Field(description="What it asks, and how often.")
    recording: Literal["full"] = Field("full", description="full: every operation is recorded.")
    timeouts: Timeouts = Field(Timeouts.model_construct(), description="How patient it is.")
    backoff: Backoff = Field(Backoff.model_construct(), description="How it tries again.")
    service_time: Delay = Field(Fixed(3 * _MS), description="How long the server works on one operation.")

    @field_validator("recording", mode="before")
    @classmethod
    def _available(cls, value: Any) -> Any:
        if value == "flow":
            raise wrong("recording: flow is not available yet, only full is", "write full, or leave it out")
        return value

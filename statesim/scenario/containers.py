"""Containers that somebody has started by hand, one by one, on machines that nobody orchestrates.

What `docker run` was told: where, from which image, under which restart policy, with its data where.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, PlainSerializer, WithJsonSchema, model_validator

from statesim.scenario.fields import Name, Slip, Text, Whole, reads, wrong
from statesim.scenario.model import Model
from statesim.scenario.units import UnitError, shown
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

POLICIES = ("no", "on-failure", "unless-stopped", "always")


class RestartPolicy(NamedTuple):
    """What the daemon does when the program ends; `retries` is on-failure's limit, 0 = there is none."""

    name: str
    retries: int = 0

    def __str__(self) -> str:
        return f"{self.name}:{self.retries}" if self.retries else self.name


def parse_restart(value: Any) -> RestartPolicy:
    """Return the policy that `docker run --restart` means by a word.

    Raises
    ------
    UnitError
        If it is none.
    """
    if isinstance(value, RestartPolicy):
        return value
    if not isinstance(value, str):
        raise UnitError(f"expected {', '.join(POLICIES)}, found {shown(value)}")
    limited = re.fullmatch(r"on-failure:([1-9]\d*)", value)
    if limited:
        return RestartPolicy("on-failure", int(limited[1]))
    if value not in POLICIES:
        hint = did_you_mean(value.partition(":")[0], POLICIES)
        raise UnitError(f"{shown(value)} is not a restart policy", hint or f"known: {', '.join(POLICIES)}")
    return RestartPolicy(value)


RestartField = Annotated[
    RestartPolicy,
    reads(parse_restart),
    PlainSerializer(str),
    WithJsonSchema(
        {"anyOf": [{"enum": list(POLICIES)}, {"type": "string", "pattern": "^on-failure:[1-9][0-9]*$"}]}
    ),
]


class BareContainer(Model):
    """A container, or one on each of several machines, that a person has started."""

    name: Name = Field(
        description="Container/NAME. On several machines each has its number as well: NAME-0, NAME-1."
    )
    image: Text = Field(description="What it runs; the scenario's images say how that behaves.")
    nodes: tuple[Name, ...] = Field(description="The machines, one container on each.")
    port: Whole = Field(ge=1, le=65535, description="The port of its machine at which clients find it.")
    restart: RestartField = Field(
        RestartPolicy("no"),
        description="no, on-failure, on-failure:N, unless-stopped or always, as docker run --restart.",
    )
    data: Literal["layer", "volume"] = Field(
        "layer",
        description="layer: the container's own writable layer, which goes when it is removed. "
        "volume: a directory of the machine, which stays there.",
    )

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not self.nodes:
            raise wrong("expected at least one machine", "like nodes: [n-a-1]", ("nodes",))
        if len(set(self.nodes)) < len(self.nodes):
            raise wrong("a machine is named twice", "a container's name is its own on a machine", ("nodes",))
        return self

    @property
    def members(self) -> tuple[str, ...]:
        """Return the names of its containers, in the order of their machines."""
        if len(self.nodes or ()) < 2:
            return (self.name,)
        return tuple(f"{self.name}-{number}" for number in range(len(self.nodes)))


def collisions(rows: Sequence[BareContainer]) -> Iterator[Slip]:
    """Yield what two containers cannot have both: a name, or a port of one machine."""
    names: set[str] = set()
    ports: dict[tuple[str, int], str] = {}
    for index, row in enumerate(rows):
        if row.name in names:
            yield Slip(f"a second one is called {row.name}", at=("containers", index, "name"))
        names.add(row.name)
        for node in row.nodes or ():
            holder = ports.setdefault((node, row.port), row.name)
            if holder != row.name and row.port is not None:
                said = f"port {row.port} of {node} is already allocated: Container/{holder} has it"
                yield Slip(said, at=("containers", index, "port"))

"""The scenario file as immutable values: what `load` returns, and what Python code can build itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, field_validator, model_validator

from statesim.scenario.clients import Backoff, Client, Mix, Operations, Timeouts
from statesim.scenario.cluster import Capacity, Cluster, NodePool, StorageClass, nodes
from statesim.scenario.containers import BareContainer, collisions
from statesim.scenario.fields import Duration, Name, Number, Slip, Text, Whole, WorkloadKey, all_wrong, wrong
from statesim.scenario.images import ImageBehaviour
from statesim.scenario.model import Model
from statesim.scenario.rows import Again, Random, Row
from statesim.scenario.timeline import Sources, TimelineRow  # noqa: TC001 - pydantic reads the annotations
from statesim.scenario.translated import Titles
from statesim.scenario.units import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "Again",
    "Backoff",
    "Capacity",
    "Chapter",
    "Client",
    "Cluster",
    "Expectation",
    "ImageBehaviour",
    "Metadata",
    "Mix",
    "NodePool",
    "Operations",
    "Random",
    "Row",
    "Scenario",
    "StorageClass",
    "SystemBinding",
    "Timeouts",
    "Variant",
    "nodes",
]


class Metadata(Model):
    """What the scenario is called, and what it shows."""

    name: Name = Field(description="Names the scenario in files and reports.")
    title: Text = Field("", description="One line for people.")
    title_zh: Text | None = Field(None, alias="title_zh", description="The same in Chinese.")
    description: Text = Field("", description="What it shows.")
    description_zh: Text | None = Field(None, alias="description_zh", description="The same in Chinese.")
    look_for: tuple[Text, ...] = Field((), description="What to look for, a sentence each.")
    look_for_zh: tuple[Text, ...] = Field(
        (), alias="lookFor_zh", description="The same sentences in Chinese."
    )

    @model_validator(mode="after")
    def _sentence_by_sentence(self) -> Self:
        if self.look_for_zh and len(self.look_for_zh) != len(self.look_for):
            found = f"found {len(self.look_for_zh)} for {len(self.look_for)} of lookFor"
            raise wrong(f"expected a sentence for each of lookFor; {found}", at=("lookFor_zh",))
        return self

    def said_in(self, language: str) -> Metadata:
        """Return it in a language, ``en`` or ``zh``; in English what is not told in that."""
        if language == "en":
            return self
        told = {
            "title": self.title_zh or self.title,
            "description": self.description_zh or self.description,
            "look_for": self.look_for_zh or self.look_for,
        }
        return self.model_copy(update=told)


class SystemBinding(Model):
    """What runs inside a workload's pods, or beside the cluster: a driver, under its own parameters."""

    name: Name = Field(description="What metrics and targets call it.")
    kind: Text = Field(description="The driver: postgres, patroni, …")
    workload: WorkloadKey | None = Field(
        None, description="Where it runs: StatefulSet/pg; none for a system outside the cluster."
    )
    parameters: dict[str, Any] = Field({}, description="The system's own settings, under its own names.")


class Chapter(Model):
    """A part of the story that the run tells: where it begins, and what whoever presents it says."""

    at_us: Duration = Field(alias="at", description="When it begins.")
    title: Text = Field(description="One line for people.")
    title_zh: Text | None = Field(None, alias="title_zh", description="The same in Chinese.")
    notes: Text = Field("", description="Notes for whoever presents it.")
    notes_zh: Text | None = Field(None, alias="notes_zh", description="The same in Chinese.")
    show: list[Name] = Field([], description="The variants that it tells of; none named: all.")


# what is said of all variants together
_OF_ALL_VARIANTS = ("variants", "expect", "chapters", "metadata", "apiVersion", "kind")


class Variant(Model):
    """The same world with differences."""

    name: Name = Field(description="What metrics and expectations call it.")
    title: Text = Field("", description="One line for people.")
    title_zh: Text | None = Field(None, alias="title_zh", description="The same in Chinese.")
    patch: dict[str, Any] = Field(
        {}, description="A merge patch (RFC 7386) over the scenario; lists are replaced."
    )

    @field_validator("patch", mode="after")
    @classmethod
    def _patchable(cls, patch: dict[str, Any]) -> dict[str, Any]:
        fixed = [key for key in _OF_ALL_VARIANTS if key in patch]
        if fixed:
            raise all_wrong([Slip(f"a variant cannot change {key}", at=(key,)) for key in fixed])
        return patch

    def title_in(self, language: str) -> str:
        """Return the title in a language, ``en`` or ``zh``; in English where it is not told in that."""
        return Titles(self.title, self.title_zh).said_in(language)


def _bound(value: Any) -> bool | float | None:
    if value is not None and not isinstance(value, bool | int | float):
        raise wrong(f"expected a number, true, false or null, found {shown(value)}")
    return value


def _between(value: Any) -> tuple[float, float]:
    numbers = isinstance(value, list | tuple) and all(
        isinstance(item, int | float) and not isinstance(item, bool) for item in value
    )
    if not numbers or len(value) != 2 or value[0] > value[1]:
        raise wrong(f"expected two numbers, the smaller one first, like [20, 36], found {value!r}")
    return (value[0], value[1])


_NUMBER = {"type": "number"}
_PAIR = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}


class Expectation(Model):
    """A metric and the one bound that it shall keep, in one variant or (`variant` None) in each."""

    metric: Text = Field(description="Its dotted name: clients.shop.unavailable_s.")
    variant: Text | None = Field(None, description="Where; default in every variant.")
    equals: Annotated[
        bool | float | None,
        PlainValidator(_bound),
        PlainSerializer(lambda bound: bound),
        WithJsonSchema({"anyOf": [_NUMBER, {"type": "boolean"}, {"type": "null"}]}),
    ] = Field(None, description="Exactly this value.")
    at_most: Number | None = Field(None, description="This value or less.")
    at_least: Number | None = Field(None, description="This value or more.")
    between: Annotated[tuple[float, float] | None, PlainValidator(_between), WithJsonSchema(_PAIR)] = Field(
        None, description="From the first value to the second, both included."
    )

    @property
    def bound(self) -> Literal["equals", "atMost", "atLeast", "between"]:
        """Return which bound is given."""
        if self.at_most is not None:
            return "atMost"
        if self.at_least is not None:
            return "atLeast"
        return "between" if self.between is not None else "equals"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        given = self.model_fields_set & {"equals", "at_most", "at_least", "between"}
        if len(given) != 1:
            found = "none" if not given else f"{len(given)} of them"
            raise wrong(f"expected one of equals, atMost, atLeast, between; found {found}")
        for name in ("at_most", "at_least", "between"):
            if name in given and getattr(self, name) is None:
                raise wrong("expected a number, found nothing", "only equals can be null")
        if not re.fullmatch(r"[a-z_]+(\.[A-Za-z0-9_-]+)+", self.metric):
            raise wrong("expected a dotted name, like clients.shop.lost", at=("metric",))
        return self


class Scenario(Model):
    """A world, what happens in it, and what is expected of it."""

    api_version: Literal["statesim/v1"] = Field("statesim/v1", description="The version of this format.")
    kind: Literal["Scenario"] = Field("Scenario", description="Always Scenario.")
    metadata: Metadata = Field(description="What the scenario is called.")
    seed: Whole = Field(1, ge=0, description="Everything by chance follows from it.")
    duration_us: Duration = Field(alias="duration", description="How long it lasts.")
    cluster: Cluster = Field(Cluster.model_construct(), description="Machines, storage and timings.")
    images: dict[str, ImageBehaviour] = Field(
        {}, description="How images behave, by name or glob pattern; the first that matches counts."
    )
    manifests: Sources = Field((), description="Kubernetes objects, written here or as {file: …}.")
    containers: tuple[BareContainer, ...] = Field(
        (), description="Containers that somebody has started by hand, with no orchestrator."
    )
    systems: tuple[SystemBinding, ...] = Field((), description="What runs inside the pods.")
    clients: tuple[Client, ...] = Field((), description="Who asks the services.")
    timeline: tuple[TimelineRow, ...] = Field((), description="Faults and operator actions.")
    chapters: tuple[Chapter, ...] = Field((), description="Parts of the story, for a replay.")
    variants: tuple[Variant, ...] = Field((), description="The same world with differences.")
    expect: tuple[Expectation, ...] = Field((), description="What the metrics shall be.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if slips := list(self.misfits()):
            raise all_wrong(slips)
        return self

    def misfits(self) -> Iterator[Slip]:
        """Yield what is wrong although each part may be right; parts that are not have ``None`` in places."""
        if self.duration_us == 0:
            yield Slip("a scenario lasts longer than 0", at=("duration",))
        for key in ("systems", "clients", "variants"):
            yield from _doubles(getattr(self, key), key, "name", "a second one is called {}")
        yield from _doubles(self.systems, "systems", "workload", "{} has a system already")
        yield from collisions(self.containers)


def _doubles(rows: Sequence[Model], key: str, name: str, message: str) -> Iterator[Slip]:
    """Yield the rows of a section whose `name` an earlier one has."""
    seen: set[str] = set()
    for index, row in enumerate(rows):
        given = getattr(row, name)
        if given in seen:
            yield Slip(message.format(given), at=(key, index, name))
        elif given is not None:
            seen.add(given)

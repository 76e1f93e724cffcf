"""What the rows of a timeline have in common: when they happen, whom they may aim at, whether they end."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, PlainSerializer, WithJsonSchema, model_validator

from statesim.scenario import targets
from statesim.scenario.alerts import Alert  # noqa: TC001 - pydantic reads the annotations
from statesim.scenario.fields import TARGET_SCHEMA, Duration, MeanOrDelay, TargetField, Text, reads, wrong
from statesim.scenario.model import Model
from statesim.scenario.targets import AnyPod, Ref
from statesim.scenario.words import a

ROLLED = ("StatefulSet", "Deployment")
WORKLOADS = (*ROLLED, "ReplicaSet")
_NODES = "Nodes: by name, of a pod, of a zone, of a system's primary, …"
_PODS = "Pods: by name, of a workload, of a node, by role, by labels."
MACHINES = ("Node", "Pod", *WORKLOADS)
BARE = "Container"  # started by hand: no object of Kubernetes, and no business of what acts on those
HOSTS = (*MACHINES, BARE)


class Again(Model):
    """When something that is over at once happens by chance, again and again."""

    mtbf: MeanOrDelay = Field(
        description="Time until it happens: the mean of an exponential, or a distribution."
    )
    per: Literal["pod"] | None = Field(
        None,
        description="pod: each of the pods has a time of its own. Default: it runs for the row as a whole.",
    )

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if self.mtbf.mean <= 0:
            raise wrong("mtbf is longer than 0", at=("mtbf",))
        return self


class Random(Again):
    """When something happens by chance and is over some time later, again and again."""

    mttr: MeanOrDelay = Field(
        description="Time until it is over: the mean of an exponential, or a distribution."
    )


class Row(Model):
    """What every row of a timeline says.

    Attributes
    ----------
    KINDS
        What a row may aim at by name; empty = every kind.
    OF_PODS
        Whether it befalls pods, each by itself if `random` says so.
    """

    KINDS: ClassVar[tuple[str, ...]] = ()
    OF_PODS: ClassVar[bool] = False

    at_us: Duration | None = Field(None, alias="at", description="When it happens.")
    every_us: Duration | None = Field(
        None,
        alias="every",
        description="It happens again and again, so long after each other; first at `at`, if that is given.",
    )
    label: Text | None = Field(None, description="What pictures and reports call it.")
    label_zh: Text | None = Field(None, alias="label_zh", description="The same in Chinese; beside a label.")

    @model_validator(mode="after")
    def _aims_well(self) -> Self:
        if self.label_zh is not None and self.label is None:
            raise wrong("label_zh says a label in Chinese, and there is no label", at=("label_zh",))
        self.model_fields_set.add("do")  # so that it is written back
        on = getattr(self, "on", None)
        if isinstance(on, Ref) and on.kind not in self.KINDS and (self.KINDS or on.kind == BARE):
            word, takes = getattr(self, "do", "it"), ", ".join(self.KINDS) or "objects of Kubernetes"
            raise wrong(f"{word} cannot aim at {a(on.kind)}", f"it takes {takes}", ("on",))
        return self

    @property
    def first_us(self) -> int | None:
        """Return when it happens, for the first time if there are several; ``None`` = not at a set time."""
        return self.every_us if self.at_us is None else self.at_us


class Action(Row):
    """A row that has no end, and does not happen by chance: `for` and `random` are not for it."""

    for_us: ClassVar[None] = None
    random: ClassVar[None] = None
    alert: Alert | None = Field(
        None, description="Whenever a person is called for this reason, instead of at a time."
    )

    @model_validator(mode="after")
    def _timed(self) -> Self:
        _once(self, "or every: 30d, or alert: {notReady: Pod/pg-0, for: 5m}")
        return self


def _once(row: Any, hint: str) -> None:
    """Refuse a row that says not at all, or twice, when it happens."""
    if row.every_us == 0:
        raise wrong("every is longer than 0", at=("every",))
    if row.random is None and row.alert is not None:
        for key, given in (("at", row.at_us), ("every", row.every_us)):
            if given is not None:
                raise wrong(f"{key} and alert are both given; write one of them", at=(key,))
        return
    if row.random is None:
        if row.first_us is None:
            raise wrong("at is missing: when it happens, like at: 60s", hint)
        return
    for key, given in (("at", row.at_us), ("every", row.every_us)):
        if given is not None:
            raise wrong(f"{key} and random are both given; write one of them", at=(key,))
    if row.random.per == "pod" and not _several_pods(row):
        hint = "on: StatefulSet/db, or on: {anyPod: {app: db}}"
        said = "per: pod is for what befalls pods, of which there may be several"
        raise wrong(said, hint, ("random", "per"))


def _several_pods(row: Row) -> bool:
    on = getattr(row, "on", None)
    several = isinstance(on, AnyPod) or (isinstance(on, Ref) and on.kind in (*WORKLOADS, BARE))
    return row.OF_PODS and several


class Blow(Row):
    """A row that is over at once, but may happen again and again: `random` takes no mttr."""

    for_us: ClassVar[None] = None
    alert: ClassVar[None] = None
    random: Again | None = Field(None, description="By chance, again and again, instead of at a time.")

    @model_validator(mode="after")
    def _timed(self) -> Self:
        _once(self, "or random: {mtbf: …}")
        return self


class Fault(Row):
    """A row that has an end: after `for`, or after the time that `random` draws."""

    alert: ClassVar[None] = None
    for_us: Duration | None = Field(
        None, alias="for", description="How long it lasts; default: until it is undone."
    )
    random: Random | None = Field(None, description="By chance, again and again, instead of at a time.")

    @model_validator(mode="after")
    def _timed(self) -> Self:
        _once(self, "or random: {mtbf: …, mttr: …}")
        if self.every_us is not None:
            if self.for_us is None:
                raise wrong("for is missing: a fault that comes again has an end", "like for: 60s")
            if self.for_us >= self.every_us:
                raise wrong("for is not shorter than every: it would come again before its end", at=("for",))
        if self.random is not None and self.for_us is not None:
            raise wrong("for and random are both given: random has mttr in its place", at=("for",))
        return self


class OnNodes(Action):
    """An action on nodes."""

    KINDS: ClassVar[tuple[str, ...]] = HOSTS
    on: TargetField = Field(description=_NODES)


class NodeFault(Fault):
    """A fault of nodes."""

    KINDS: ClassVar[tuple[str, ...]] = HOSTS
    on: TargetField = Field(description=_NODES)


class NodeBlow(Blow):
    """A blow to nodes."""

    KINDS: ClassVar[tuple[str, ...]] = HOSTS
    on: TargetField = Field(description=_NODES)


class OnPods(Action):
    """An action on pods."""

    KINDS: ClassVar[tuple[str, ...]] = MACHINES
    on: TargetField = Field(description=_PODS)


class PodBlow(Blow):
    """A blow to pods."""

    OF_PODS: ClassVar[bool] = True
    KINDS: ClassVar[tuple[str, ...]] = MACHINES
    on: TargetField = Field(description=_PODS)


RefField = Annotated[
    Ref,
    reads(targets.parse_ref),
    PlainSerializer(targets.written),
    WithJsonSchema(TARGET_SCHEMA["anyOf"][0]),
]


class OnObject(Action):
    """An action on one object."""

    on: RefField = Field(description="The object: Kind/name.")

"""Intervals: a timeline of states for each pod, node and volume (`analysis.fold` reads them from a trace).

Two views are kept apart for pods and nodes: what the API server says (`api`) and what is really so (`truth`).
The intervals of a track tile the run: they begin at 0, end at its duration, and leave no gap. ``absent``
stands for the time in which an object does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

ABSENT = "absent"
CORDONED = "SchedulingDisabled"  # as kubectl calls it


class Interval(NamedTuple):
    """A stretch of time (µs) in which something was in one state; `label` says more (a node, a role)."""

    start_us: int
    end_us: int
    state: str
    label: str = ""

    @property
    def length_us(self) -> int:
        """Return how long it lasted."""
        return self.end_us - self.start_us


class Track:
    """Builds the intervals of one thing: says what it is now, and for how long it has been so."""

    __slots__ = ("_done", "_since", "label", "state")

    def __init__(self, state: str = ABSENT) -> None:
        self._done: list[Interval] = []
        self._since = 0
        self.state = state
        self.label = ""

    def to(self, t_us: int, state: str, label: str = "") -> None:
        """Be in another state from now on; nothing if it is the same."""
        if (state, label) == (self.state, self.label):
            return
        if t_us > self._since:
            self._done.append(Interval(self._since, t_us, self.state, self.label))
            self._since = t_us
        self.state, self.label = state, label
        if self._done and self._done[-1][2:] == (state, label):
            self._since = self._done.pop().start_us

    def until(self, end_us: int) -> tuple[Interval, ...]:
        """Return all intervals up to the end of the run."""
        tail = [Interval(self._since, end_us, self.state, self.label)] if end_us > self._since else []
        return tuple(self._done + tail)


@dataclass(slots=True)
class Birth:
    """One pod object: a name's incarnation."""

    uid: str
    t_us: int
    ready_us: int | None = None


@dataclass(frozen=True, slots=True)
class PodTrack:
    """A pod's name through the run.

    Attributes
    ----------
    workload
        ``Kind/name`` of the Deployment or StatefulSet behind it; the pod itself if nobody owns it.
    api
        ``pending``, ``waiting-volume``, ``no-image`` (ErrImagePull and ImagePullBackOff), ``starting``,
        ``not-ready``, ``ready``, ``back-off``, ``terminating``, ``failed``, ``succeeded``.
    truth
        ``starting``, ``stopped`` (its server does not run, its agent does), ``serving`` (it has no role),
        ``proxy`` (it holds no data), ``primary``, ``read-only`` (a primary that takes no writes),
        ``replica``, ``broken`` (a replica that follows nobody until a person acts), ``recovering``,
        ``frozen``, ``dead`` (its label says how), ``twice`` (two programs run under the one name).
    nodes
        ``on`` with the node as label.
    births
        Its incarnations, in order.
    """

    name: str
    workload: str
    api: tuple[Interval, ...]
    truth: tuple[Interval, ...]
    nodes: tuple[Interval, ...]
    births: tuple[Birth, ...]
    restarts: int


@dataclass(frozen=True, slots=True)
class NodeTrack:
    """A node: `api` is ``ready``, ``not-ready``; `truth` is ``up``, ``crashed``, ``paused``, ``cut-off``.

    The label of `api` is `CORDONED` while the node is.
    """

    name: str
    zone: str
    api: tuple[Interval, ...]
    truth: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class VolumeTrack:
    """A volume: where it is attached, and who waits for it.

    `attached` is ``detached``, ``attaching``, ``attached``, ``detaching`` or ``lost``; its label is the node,
    and after a loss what has become of it (``a new disk``, ``restored``);
    `waits` is ``waiting`` with the node that cannot have it, else ``absent``; those of `sizes` are bytes.
    """

    name: str
    claim: str
    zone: str
    attached: tuple[Interval, ...]
    waits: tuple[Interval, ...]
    forced_detaches: int
    sizes: tuple[Interval, ...] = ()

    @property
    def size_bytes(self) -> int | None:
        """Return how large it was in the end; ``None`` if nobody said."""
        return int(self.sizes[-1].state) if self.sizes and self.sizes[-1].state != ABSENT else None


@dataclass(frozen=True, slots=True)
class Tracks:
    """Every pod, node and volume of a run, by name, in order of appearance."""

    pods: dict[str, PodTrack]
    nodes: dict[str, NodeTrack]
    volumes: dict[str, VolumeTrack]


def total_us(intervals: Iterable[Interval], *states: str) -> int:
    """Return how long a track was in any of `states` (µs)."""
    return sum(i.end_us - i.start_us for i in intervals if i.state in states)


def overlap_us(
    some: Iterable[Interval],
    states: Collection[str],
    others: Sequence[Interval],
    their_states: Collection[str],
) -> int:
    """Return for how long (µs) one track was in any of `states` and another in any of `their_states`."""
    return sum(
        max(0, min(a.end_us, b.end_us) - max(a.start_us, b.start_us))
        for a in some
        if a.state in states
        for b in others
        if b.state in their_states
    )

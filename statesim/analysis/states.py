"""The state of the whole cluster at one instant, folded from the trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.analysis.fold import Fold
from statesim.analysis.intervals import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.kernel.trace import TraceEvent


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node: its zone, what the API says of it, and what the machine really is."""

    name: str
    zone: str
    api: str
    truth: str


@dataclass(frozen=True, slots=True)
class PodState:
    """A pod object, or a program without one (``api`` is then ``absent``): where it is and what it is.

    `truth` is ``absent`` as long as no program has run in it.
    """

    name: str
    workload: str
    node: str
    api: str
    truth: str


@dataclass(frozen=True, slots=True)
class VolumeState:
    """A volume: the claim it belongs to, the nodes that hold it, and the nodes that wait for it."""

    name: str
    claim: str
    zone: str
    state: str
    nodes: tuple[str, ...]
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClusterState:
    """What there is at one instant.

    Attributes
    ----------
    endpoints
        Service to the pods that it sends connections to.
    sessions
        (client, pod) to the number of open sessions.
    """

    t_us: int
    nodes: dict[str, NodeState]
    pods: dict[str, PodState]
    volumes: dict[str, VolumeState]
    endpoints: dict[str, tuple[str, ...]]
    sessions: dict[tuple[str, str], int]


def state_at(events: Iterable[TraceEvent], t_us: int) -> ClusterState:
    """Return the state right after everything that happened up to and including `t_us`."""
    fold = Fold()
    slices: dict[str, tuple[str, tuple[str, ...]]] = {}
    sessions: dict[tuple[str, str], str] = {}
    program_nodes: dict[str, str] = {}
    for event in events:
        if event.t_us > t_us:
            break
        fold.take(event)
        kind, _, name = event.object.partition("/")
        if kind == "EndpointSlice" and event.event == "EndpointsChanged":
            slices[name] = (event.fields.get("service", name), tuple(event.fields.get("ready", ())))
        elif kind == "EndpointSlice" and event.event == "Deleted":
            slices.pop(name, None)
        elif kind == "Process" and "node" in event.fields:
            program_nodes[name] = str(event.fields["node"])
        elif kind == "Client":
            key = (name, str(event.fields.get("session", "")))
            if event.event == "SessionOpened":
                sessions[key] = str(event.fields.get("pod", ""))
            elif event.event == "SessionBroken":
                sessions.pop(key, None)
    counts: dict[tuple[str, str], int] = {}
    for (client, _), pod in sessions.items():
        counts[client, pod] = counts.get((client, pod), 0) + 1
    return ClusterState(
        t_us,
        {
            n.name: NodeState(n.name, n.zone, n.api.state, n.truth.state)
            for n in fold.nodes.values()
            if n.api.state != ABSENT
        },
        {
            p.name: PodState(
                p.name,
                p.workload,
                p.nodes.label or program_nodes.get(p.name, ""),
                p.api.state,
                p.truth.state,
            )
            for p in fold.pods.values()
            if p.exists or p.running
        },
        {
            v.name: VolumeState(v.name, v.claim, v.zone, v.attached.state, tuple(v.held), tuple(v.waiting))
            for v in fold.volumes.values()
            if v.attached.state != ABSENT
        },
        _behind_services(slices.values()),
        dict(sorted(counts.items())),
    )


def _behind_services(slices: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """Return the ready pods of each Service, whose endpoints may be spread over several slices."""
    found: dict[str, tuple[str, ...]] = {}
    for service, ready in slices:
        found[service] = found.get(service, ()) + ready
    return found

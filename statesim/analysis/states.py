"""The state of the whole cluster at one instant, folded from the trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.analysis.fold import Fold
from statesim.analysis.intervals import ABSENT, CORDONED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.kernel.trace import TraceEvent


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node: its zone, what the API says of it, what the machine really is, and whether it is cordoned."""

    name: str
    zone: str
    api: str
    truth: str
    cordoned: bool = False


@dataclass(frozen=True, slots=True)
class PodState:
    """A pod object, or a program without one (``api`` is then ``absent``): where it is and what it is.

    A program outlives its object where nobody can stop it: a pod deleted by force, a machine cut off.

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
    pods
        By name; programs that run on beside the pod of today, or beside each other, by name and uid.
    endpoints
        Service to the pods that it sends connections to.
    sessions
        (client, key in `pods`) to the number of open sessions.
    clients
        Every client of the run, with sessions or without.
    """

    t_us: int
    nodes: dict[str, NodeState]
    pods: dict[str, PodState]
    volumes: dict[str, VolumeState]
    endpoints: dict[str, tuple[str, ...]]
    sessions: dict[tuple[str, str], int]
    clients: tuple[str, ...] = ()


def state_at(events: Iterable[TraceEvent], t_us: int) -> ClusterState:
    """Return the state right after everything that happened up to and including `t_us`."""
    fold = Fold()
    slices: dict[str, tuple[str, tuple[str, ...]]] = {}
    sessions: dict[tuple[str, str], tuple[str, str]] = {}
    clients: dict[str, None] = {}
    for event in events:
        kind, _, name = event.object.partition("/")
        if kind == "Client":
            clients[name] = None
        if event.t_us > t_us:
            continue
        fold.take(event)
        if kind == "EndpointSlice" and event.event == "EndpointsChanged":
            slices[name] = (event.fields.get("service", name), tuple(event.fields.get("ready", ())))
        elif kind == "EndpointSlice" and event.event == "Deleted":
            slices.pop(name, None)
        elif kind == "Client":
            key = (name, str(event.fields.get("session", "")))
            if event.event == "SessionOpened":
                sessions[key] = _server(fold, str(event.fields.get("pod", "")))
            elif event.event in ("SessionBroken", "SessionClosed"):
                sessions.pop(key, None)
    pods = _pods(fold)
    counts: dict[tuple[str, str], int] = {}
    for (client, _), (pod, uid) in sessions.items():
        beside = f"{pod} {uid}"
        at = (client, beside if beside in pods else pod)
        counts[at] = counts.get(at, 0) + 1
    return ClusterState(
        t_us,
        {
            n.name: NodeState(n.name, n.zone, n.api.state, n.truth.state, n.api.label == CORDONED)
            for n in fold.nodes.values()
            if n.api.state != ABSENT
        },
        pods,
        {
            v.name: VolumeState(v.name, v.claim, v.zone, v.attached.state, tuple(v.held), tuple(v.waiting))
            for v in fold.volumes.values()
            if v.attached.state != ABSENT
        },
        _behind_services(slices.values()),
        dict(sorted(counts.items())),
        tuple(sorted(clients)),
    )


def _server(fold: Fold, pod: str) -> tuple[str, str]:
    """Return the pod and the uid of the program that answers whoever connects to it now."""
    found = fold.pods.get(pod)
    return pod, "" if found is None else next(reversed(found.own or list(found.running)), "")


def _pods(fold: Fold) -> dict[str, PodState]:
    """Return what there is of each pod: its object with its program, and every program without an object."""
    states: dict[str, PodState] = {}
    for pod in fold.pods.values():
        if pod.exists:
            node = pod.nodes.label or next((pod.places[uid] for uid in pod.own), "")
            states[pod.name] = PodState(pod.name, pod.workload, node, pod.api.state, pod.told(pod.own)[0])
        for uid in pod.running:
            if pod.exists and uid not in pod.former:
                continue
            key = f"{pod.name} {uid}" if pod.name in states else pod.name
            states[key] = PodState(pod.name, pod.workload, pod.places[uid], ABSENT, pod.told([uid])[0])
    return states


def _behind_services(slices: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """Return the ready pods of each Service, whose endpoints may be spread over several slices."""
    found: dict[str, tuple[str, ...]] = {}
    for service, ready in slices:
        found[service] = found.get(service, ()) + ready
    return found

"""The state of the whole cluster at one instant, folded from the trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.analysis.fold import Fold
from statesim.analysis.intervals import ABSENT, CORDONED

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from statesim.analysis.folded import PodFold, Program
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

    `truth` is ``absent`` as long as no program has run in it; `program` is what it is made of.
    """

    name: str
    workload: str
    node: str
    api: str
    truth: str
    program: Program


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


class ClusterFold:
    """Takes events in order and knows, after each of them, what there is."""

    def __init__(self) -> None:
        self.objects = Fold()
        self._slices: dict[str, tuple[str, tuple[str, ...], int]] = {}
        self._sessions: dict[tuple[str, str], tuple[str, str, int]] = {}
        self._open: dict[str, dict[tuple[str, str], int]] = {}  # client to how many are open, by program

    def take(self, event: TraceEvent) -> None:
        """Take one more event into account."""
        self.objects.take(event)
        kind, _, name = event.object.partition("/")
        if kind == "EndpointSlice":
            self._slice(name, event)
        elif kind == "Client":
            self._client(name, event)

    def _slice(self, name: str, event: TraceEvent) -> None:
        if event.event == "EndpointsChanged":
            fields = event.fields
            others = len(fields.get("not_ready", ()))
            self._slices[name] = (fields.get("service", name), tuple(fields.get("ready", ())), others)
        elif event.event == "Deleted":
            self._slices.pop(name, None)

    def _client(self, name: str, event: TraceEvent) -> None:
        fields = event.fields
        key = (name, str(fields.get("session", "")))
        if event.event in ("SessionOpened", "SessionBroken", "SessionClosed"):
            self._end(key)
        if event.event == "SessionOpened":
            pod, uid = self._server(str(fields.get("pod", "")))
            self._sessions[key] = (pod, uid, int(fields.get("alike", 1)))
            counts = self._open.setdefault(name, {})
            counts[pod, uid] = counts.get((pod, uid), 0) + self._sessions[key][2]

    def _end(self, key: tuple[str, str]) -> None:
        pod, uid, alike = self._sessions.pop(key, ("", "", 0))
        if alike:
            counts = self._open[key[0]]
            counts[pod, uid] -= alike
            if not counts[pod, uid]:
                del counts[pod, uid]

    def _server(self, pod: str) -> tuple[str, str]:
        """Return the pod and the uid of the program that answers whoever connects to it now."""
        found = self.objects.pods.get(pod)
        return pod, "" if found is None else next(reversed(found.own or list(found.running)), "")

    def pods(self, name: str) -> dict[str, PodState]:
        """Return what there is of one pod: its object with its program, and programs without an object."""
        states: dict[str, PodState] = {}
        pod = self.objects.pods.get(name)
        if pod is None:
            return states
        if pod.exists:
            node = pod.nodes.label or next((pod.places[uid] for uid in pod.own), "")
            states[name] = _pod(pod, node, pod.api.state, pod.own)
        for uid in pod.running:
            if pod.exists and uid not in pod.former:
                continue
            key = f"{name} {uid}" if name in states else name
            states[key] = _pod(pod, pod.places[uid], ABSENT, [uid])
        return states

    def endpoints(self) -> dict[str, tuple[str, ...]]:
        """Return the ready pods of each Service, whose endpoints may be spread over several slices."""
        found: dict[str, tuple[str, ...]] = {}
        for service, ready, _ in self._slices.values():
            found[service] = found.get(service, ()) + ready
        return found

    def not_ready(self) -> dict[str, int]:
        """Return how many endpoints of each Service are not ready."""
        found: dict[str, int] = {}
        for service, _, others in self._slices.values():
            found[service] = found.get(service, 0) + others
        return found

    def sessions(self, client: str, pods: Container[str]) -> dict[str, int]:
        """Return how many sessions of a client are open, by the key among `pods` of who serves them."""
        counts: dict[str, int] = {}
        for (pod, uid), count in self._open.get(client, {}).items():
            beside = f"{pod} {uid}"
            key = beside if beside in pods else pod
            counts[key] = counts.get(key, 0) + count
        return counts


def state_at(events: Iterable[TraceEvent], t_us: int) -> ClusterState:
    """Return the state right after everything that happened up to and including `t_us`."""
    fold = ClusterFold()
    clients: dict[str, None] = {}
    for event in events:
        if event.object.startswith("Client/"):
            clients[event.object[7:]] = None
        if event.t_us <= t_us:
            fold.take(event)
    objects = fold.objects
    pods = {key: state for name in objects.pods for key, state in fold.pods(name).items()}
    counts = {(client, key): n for client in clients for key, n in fold.sessions(client, pods).items()}
    return ClusterState(
        t_us,
        {
            n.name: NodeState(n.name, n.zone, n.api.state, n.truth.state, n.api.label == CORDONED)
            for n in objects.nodes.values()
            if n.api.state != ABSENT
        },
        pods,
        {
            v.name: VolumeState(v.name, v.claim, v.zone, v.attached.state, tuple(v.held), tuple(v.waiting))
            for v in objects.volumes.values()
            if v.attached.state != ABSENT
        },
        fold.endpoints(),
        dict(sorted(counts.items())),
        tuple(sorted(clients)),
    )


def _pod(pod: PodFold, node: str, api: str, programs: list[str]) -> PodState:
    return PodState(pod.name, pod.workload, node, api, pod.told(programs)[0], pod.program(programs))

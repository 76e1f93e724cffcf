"""Where things stand in the picture of an instant: boxes for zones and nodes, places for pods and volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.analysis.intervals import ABSENT
from statesim.views.speech import say, word
from statesim.views.style import TRUTH, WITHOUT_PROGRAM

if TYPE_CHECKING:
    import networkx as nx

    from statesim.analysis.states import ClusterState, PodState

Box = tuple[float, float, float, float]
NODE_WIDTH, NODE_HEIGHT, LOOSE, CLIENTS, PAD = 2.5, 2.3, 1.0, 1.4, 0.2
POD = 1.35
MOST_ACROSS = 3  # nodes side by side, where there is but one zone
_PHASE_MARKS = {"waiting-volume": "wait", "no-image": "wait", "ready": "up"}
_ROLE_MARKS = {
    "primary": "P",
    "replica": "R",
    "read-only": "RO",
    "serving": "up",
    "proxy": "px",
    "worker": "W",
    "starting": "…",
    "stopped": "off",
    "recovering": "rec",
    "broken": "!R",
    "frozen": "II",
    "dead": "✕",
    "twice": "2x",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """Boxes (x, y, width, height) and the graph with a place for each of its nodes.

    Nodes of the graph are ``pod/…``, ``volume/…``, ``client/…`` and ``service/…``; each has `kind`, `label`,
    `mark` (a few letters), `look`, `drop` (how far below its place the label begins) and, for pods, the
    API's word for it (`said`). Edges have a `kind`.
    """

    width: float
    height: float
    zones: dict[str, Box]
    nodes: dict[str, Box]
    graph: nx.Graph[str]
    at: dict[str, tuple[float, float]]


def place(state: ClusterState) -> Placed:
    """Lay a cluster's state out: zones side by side, nodes below each other in them, clients on top."""
    import networkx as nx  # noqa: PLC0415 - heavy, and only needed to draw

    graph: nx.Graph[str] = nx.Graph()
    at: dict[str, tuple[float, float]] = {}
    zones: dict[str, Box] = {}
    nodes: dict[str, Box] = {}
    by_zone: dict[str, list[str]] = {}
    for node in state.nodes.values():
        by_zone.setdefault(node.zone, []).append(node.name)
    on_node: dict[str, list[str]] = {}  # keys of pods
    for key, pod in state.pods.items():
        on_node.setdefault(pod.node, []).append(key)
    most = max((len(names) for names in by_zone.values()), default=1)
    busiest = max((len(pods) for name, pods in on_node.items() if name), default=1)
    node_width = max(NODE_WIDTH, POD * busiest + 0.3)
    bare = NODE_HEIGHT - (0 if state.volumes else 0.75)
    across = 1 if len(by_zone) > 1 else min(most, MOST_ACROSS)
    rows = -(-most // across)
    loose = LOOSE if any(not volume.nodes for volume in state.volumes.values()) else 0.1
    height = loose + rows * (bare + PAD) + 0.35
    zone_width = across * (node_width + PAD) + PAD
    x = PAD
    for zone in sorted(by_zone):
        zones[zone] = (x, PAD, zone_width, height)
        lowest = (len(by_zone[zone]) - 1) // across
        for index, name in enumerate(by_zone[zone]):
            row, column = divmod(index, across)
            left = x + PAD + column * (node_width + PAD)
            y = PAD + loose + (lowest - row) * (bare + PAD) + PAD / 2
            nodes[name] = (left, y, node_width, bare)
            for slot, key in enumerate(on_node.get(name, ())):
                step = node_width / len(on_node[name])
                _add_pod(graph, key, state.pods[key])
                at[f"pod/{key}"] = (left + step * (slot + 0.5), y + bare - 0.72)
        x += zone_width + PAD
    width = max(x, 6.0)
    top = height + 2 * PAD
    homeless = [key for key in on_node.get("", ()) if state.pods[key].api != ABSENT]
    _add_volumes(graph, at, state, zones, nodes)
    _add_callers(graph, at, state, homeless, width, top)
    above = homeless or any(name.startswith(("client/", "service/")) for name in graph)
    return Placed(width, top + (CLIENTS if above else 0), zones, nodes, graph, at)


def told_of(pod: PodState) -> tuple[str, str, str]:
    """Return what a pod really is: how it looks (of `TRUTH`), a mark of a few letters, and in words."""
    if pod.truth in (ABSENT, ""):
        kind = pod.api if pod.api in WITHOUT_PROGRAM else "pending"
        return kind, _PHASE_MARKS.get(pod.api, "…"), TRUTH[pod.api].word if pod.api in TRUTH else pod.api
    return pod.truth, _ROLE_MARKS.get(pod.truth, pod.truth[:2]), pod.truth


def _add_pod(graph: nx.Graph[str], key: str, pod: PodState) -> None:
    kind, mark, state = told_of(pod)
    by_hand = pod.workload.startswith("Container/")
    aside = "{name}, by hand" if by_hand else "{name}, no object"
    named = pod.name if pod.api != ABSENT else say(aside, name=pod.name)
    label = f"{named}\n{word(state)}"
    said = pod.api if pod.api != ABSENT else ""
    graph.add_node(
        f"pod/{key}", kind="pod", label=label, mark=word(mark), look=("truth", kind), drop=0.34, said=said
    )


def _add_volumes(
    graph: nx.Graph[str],
    at: dict[str, tuple[float, float]],
    state: ClusterState,
    zones: dict[str, Box],
    nodes: dict[str, Box],
) -> None:
    """Put each volume into the node that holds it, under its pod; a loose one under its zone."""
    boxes: dict[str, list[str]] = {}
    for volume in state.volumes.values():
        holder = next((name for name in volume.nodes if name in nodes), None)
        zone = volume.zone if volume.zone in zones else next(iter(zones), "")
        boxes.setdefault(f"node {holder}" if holder else f"zone {zone}", []).append(volume.name)
    for box, names in boxes.items():
        kind, _, place_name = box.partition(" ")
        x, y, width, _ = nodes[place_name] if kind == "node" else zones.get(place_name, (0, 0, 6, 0))
        for slot, name in enumerate(names):
            volume = state.volumes[name]
            key = f"volume/{name}"
            using = users(state, place_name, volume.claim) if kind == "node" else []
            at_pod = at.get(f"pod/{using[0]}") if len(using) == 1 else None
            at[key] = (at_pod[0] if at_pod else x + width * (slot + 0.5) / len(names), y + 0.5)
            mark = "✕" if volume.state == "lost" else word("disk")
            look = ("truth", "dead" if volume.state == "lost" else "stopped")
            label = volume.claim or name
            graph.add_node(key, kind="volume", label=label, mark=mark, look=look, drop=0.2, said="")
            waiting = [
                k for k, p in state.pods.items() if p.node in volume.waiting and p.api == "waiting-volume"
            ]
            edges = [(user, "attached") for node in volume.nodes for user in users(state, node, volume.claim)]
            for pod, edge in edges + [(pod, "waits") for pod in waiting]:
                graph.add_edge(key, f"pod/{pod}", kind=edge)


def users(state: ClusterState, node: str, claim: str) -> list[str]:
    """Return the pods (keys) on a node that use a claim: those it is named after; after none, all."""
    named = [key for key, pod in state.pods.items() if claim.endswith(f"-{pod.name}")]
    return [key for key in named or state.pods if state.pods[key].node == node]


def _add_callers(
    graph: nx.Graph[str],
    at: dict[str, tuple[float, float]],
    state: ClusterState,
    homeless: list[str],
    width: float,
    top: float,
) -> None:
    connected = {client for client, _ in state.sessions}
    callers = [("client", name) for name in dict.fromkeys((*sorted(connected), *state.clients))]
    callers += [
        ("service", name) for name, ready in state.endpoints.items() if ready or len(state.endpoints) == 1
    ]
    total = len(callers) + len(homeless)
    for slot, (kind, name) in enumerate(callers):
        key = f"{kind}/{name}"
        at[key] = (width * (slot + 0.5) / max(total, 1), top + CLIENTS * 0.55)
        serves = kind == "service" and bool(state.endpoints[name])
        alone = kind == "client" and name not in connected
        look = ("truth", "serving" if serves else "dead" if alone else "stopped")
        label, lacks = (name, "no session") if kind == "client" else (f"Service {name}", "no endpoints")
        label += f"\n{word(lacks)}" if alone or (kind == "service" and not serves) else ""
        mark = word("svc" if kind == "service" else "app")
        graph.add_node(key, kind=kind, label=label, mark=mark, look=look, drop=0.32, said="")
    for slot, key in enumerate(homeless, start=len(callers)):
        _add_pod(graph, key, state.pods[key])
        at[f"pod/{key}"] = (width * (slot + 0.5) / total, top + CLIENTS * 0.55)
    for client, key in state.sessions:
        if f"pod/{key}" in graph:
            graph.add_edge(f"client/{client}", f"pod/{key}", kind="session")
    for service, ready in state.endpoints.items():
        for name in ready:
            if f"service/{service}" in graph and f"pod/{name}" in graph:
                graph.add_edge(f"service/{service}", f"pod/{name}", kind="serves")

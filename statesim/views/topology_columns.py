"""What of a cluster has room on a slide: what differs first, in columns, and what is not shown, in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from statesim.analysis.intervals import ABSENT
from statesim.views.letters import fit, inches, wrapped
from statesim.views.placing import told_of, users
from statesim.views.speech import say, word
from statesim.views.style import MACHINE, SAID, THEMES, TRUTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.states import ClusterState
    from statesim.views.style import Look

WIDTH = THEMES["slides"].width  # inches
NAME_PT, WORD_PT = 12.6, 11.4  # 24 and 21.7 points on a slide
EDGE, PAD, APART = 0.1, 0.07, 0.12  # inches beside everything, within a box, between machines
_LEAST, _NAME, _TOLD = 1.0, 1.6, 1.35  # a column is so wide at least, a name at most; lines of a machine
_UNUSUAL = 2  # what interests so much is not as usual
_UNIQUE = 3  # what interests more than others of its kind: a primary that is not Ready, whom clients use
_ORDINARY = ("replica", "serving", "worker", "proxy")


@dataclass(slots=True)
class Column:
    """A pod with its disks, or the disks on a machine that no pod there uses.

    Attributes
    ----------
    key
        The pod's in the cluster's state; "" without a pod.
    disks
        In words, each with whether it is still waited for.
    troubled
        The pod is dead, or is not Ready.
    """

    key: str
    node: str
    zone: str
    interest: int
    name: str = ""
    state: str = ""
    look: Look = TRUTH["stopped"]
    said: Look | None = None
    disks: list[tuple[str, bool]] = field(default_factory=list)
    troubled: bool = False

    @property
    def what(self) -> str:
        """Return what it is, and what Kubernetes says of it, in words."""
        return say(", ").join([self.state, said_words(self.said)] if self.said else [self.state])

    @property
    def short(self) -> str:
        """Return its name, cut where it is longer than has room."""
        return fit(self.name, _NAME, NAME_PT, bold=True)

    @property
    def width(self) -> float:
        """Return how wide it must be for its words."""
        lines = [inches(self.short, NAME_PT, bold=True), inches(self.state, WORD_PT)]
        lines += [inches(said_words(self.said), WORD_PT)] if self.said else []
        lines += [inches(disk, WORD_PT) + 0.1 for disk, _ in self.disks]
        return max(_LEAST, max(lines) * 1.05 + 0.14)


@dataclass(frozen=True, slots=True)
class Slide:
    """What is shown: columns in the order of zones and machines, who calls, and what is said at the foot."""

    columns: tuple[Column, ...]
    callers: tuple[tuple[str, str], ...]  # client or service, and its name
    left_out: str


def said_words(look: Look) -> str:
    """Return what Kubernetes says, in a few words."""
    return word(look.word).partition(",")[0]


def slide_of(state: ClusterState) -> Slide:
    """Return what of a cluster is shown on a slide: what differs first, as much as has room."""
    every = _columns(state)
    first = {each.what: each for each in sorted(every, key=lambda each: each.interest)}

    def rank(each: Column) -> tuple[bool, ...]:
        """Tell what is shown later: what is as usual; others of a kind that is shown, unless in trouble."""
        alike = first[each.what] is not each
        usual = each.interest < _UNUSUAL
        return usual, each.interest < _UNIQUE, alike, not each.troubled, not each.interest

    ranked = sorted(every, key=rank)
    chosen: list[Column] = []
    for column in ranked:
        if not chosen or width_of([*chosen, column], state) <= WIDTH:
            chosen.append(column)
    kept = tuple(each for each in every if any(each is one for one in chosen))
    callers, silent = _callers(state, kept)
    gone = [each for each in every if not any(each is one for one in chosen)]
    return Slide(kept, callers, _left_out(state, kept, gone, silent))


def _columns(state: ClusterState) -> list[Column]:
    columns: list[Column] = []
    for key, pod in state.pods.items():
        if pod.api == ABSENT and pod.truth in (ABSENT, ""):
            continue
        kind, _, told = told_of(pod)
        node = state.nodes.get(pod.node)
        ordinary = kind in _ORDINARY and pod.api == "ready" and well(state, pod.node)
        connected = any(to == key for _, to in state.sessions)
        interest = (0 if ordinary else 2) + (1 if connected or kind == "primary" else 0)
        said = SAID[pod.api] if pod.api != ABSENT else None
        name = pod.name if pod.api != ABSENT else say("{name}, no object", name=pod.name)
        if pod.workload.startswith("Container/"):
            name = say("{name}, by hand", name=pod.name)
        zone = node.zone if node else ""
        troubled = kind == "dead" or pod.api == "not-ready"
        columns.append(
            Column(key, pod.node, zone, interest, name, word(told), TRUTH[kind], said, troubled=troubled)
        )
    of = {each.key: each for each in columns}
    for volume in state.volumes.values():
        claim = volume.claim or volume.name
        lost = say("{name}: lost", name=claim) if volume.state == "lost" else claim
        for node_name in volume.nodes:
            found = [of[key] for key in users(state, node_name, volume.claim) if key in of]
            if not found and node_name in state.nodes:
                found = [Column("", node_name, state.nodes[node_name].zone, 2, state=word("no pod"))]
                columns += found
            for each in found:
                each.disks.append((lost, False))
        for each in columns:
            if each.node in volume.waiting and each.key and state.pods[each.key].api == "waiting-volume":
                each.disks.append((lost, True))
    return sorted(columns, key=lambda each: (not each.node, each.zone, each.node, each.name))


def well(state: ClusterState, name: str) -> bool:
    """Tell whether a machine runs, and Kubernetes says so."""
    node = state.nodes.get(name)
    return node is not None and node.truth == "up" and node.api == "ready" and not node.cordoned


def machine_words(state: ClusterState, name: str) -> tuple[str, str]:
    """Return what is written of a machine: its name, and what is wrong with it or what Kubernetes says."""
    if not name:
        return word("no machine yet"), ""
    node = state.nodes.get(name)
    if node is None:
        return name, ""
    said = word("Ready" if node.api == "ready" else "not Ready")
    told = [] if node.api == "ready" else [said]
    if node.truth != "up":
        true = word(MACHINE[node.truth].word)
        told = [say("{state}, called {said}", state=true, said=said)] if node.api == "ready" else [true, said]
    told += [word("cordoned")] if node.cordoned else []
    return name, say(", ").join(told)


def machines(columns: Sequence[Column]) -> list[list[Column]]:
    """Return columns by machine; what has none stands alone."""
    groups: list[list[Column]] = []
    for column in columns:
        if groups and groups[-1][0].node == column.node and column.node:
            groups[-1].append(column)
        else:
            groups.append([column])
    return groups


def needs(group: Sequence[Column], state: ClusterState) -> float:
    """Return how wide a machine is: its columns, or its name, or the lines of what is said of it."""
    name, _ = machine_words(state, group[0].node)
    lines = [inches(line, WORD_PT) for line in machine_lines(group, state)]
    words = max([inches(name, NAME_PT, bold=True), *lines]) * 1.05 + 0.14
    return max(words, _columns_width(group)) + 2 * PAD


def machine_lines(group: Sequence[Column], state: ClusterState) -> list[str]:
    """Return what is said of a machine in lines: none wider than its columns, if its words are not."""
    name, told = machine_words(state, group[0].node)
    room = max(_TOLD, inches(name, NAME_PT, bold=True), _columns_width(group) / 1.05 - 0.14)
    return wrapped(told, room, WORD_PT) if told else []


def _columns_width(group: Sequence[Column]) -> float:
    return sum(each.width for each in group) + PAD * (len(group) - 1)


def width_of(columns: Sequence[Column], state: ClusterState) -> float:
    """Return how wide (inches) columns are with their machines and zones."""
    ordered = sorted(columns, key=lambda each: (not each.node, each.zone, each.node, each.name))
    groups = machines(ordered)
    return sum(needs(group, state) for group in groups) + APART * (len(groups) - 1) + 2 * EDGE


def _callers(
    state: ClusterState, columns: Sequence[Column]
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return who calls and has room: clients, then Services that lead to what is shown; and the rest."""
    every = [
        ("client", name) for name in dict.fromkeys((*sorted({c for c, _ in state.sessions}), *state.clients))
    ]
    shown = {column.key for column in columns}
    services = sorted(
        (name for name, ready in state.endpoints.items() if ready or len(state.endpoints) == 1),
        key=lambda name: (
            len(state.endpoints[name]) == len(state.pods),
            -len(shown & {*state.endpoints[name]}),
        ),
    )
    every += [("service", name) for name in services]
    kept: list[tuple[str, str]] = []
    room = WIDTH - 2 * EDGE
    for kind, name in every:
        room -= call_width(call_words(state, kind, name)) + 0.15
        if room >= 0:
            kept.append((kind, name))
    return tuple(kept), tuple(
        say("Service {name}", name=n) if k == "service" else n for k, n in every[len(kept) :]
    )


def call_words(state: ClusterState, kind: str, name: str) -> str:
    """Return what is written of a client or a Service."""
    if kind == "client":
        count = sum(n for (client, _), n in state.sessions.items() if client == name)
        lacks = word("no session")
        return say("{name}: {count} session{s}", name=name, count=count) if count else f"{name}: {lacks}"
    told = say("Service {name}", name=name)
    return told if state.endpoints[name] else f"{told}: {word('no endpoints')}"


def call_width(words: str) -> float:
    """Return how wide (inches) the box with those words is."""
    return inches(words, WORD_PT) * 1.05 + 0.2


def _left_out(
    state: ClusterState, kept: Sequence[Column], gone: Sequence[Column], silent: Sequence[str]
) -> str:
    """Return what is not shown: by name if two lines have room for that, and else how many of a kind."""
    shown = {each.node for each in kept}
    used = {each.node for each in gone}
    idle = [name for name in state.nodes if name not in shown | used]
    alike: dict[str, list[str]] = {}
    for each in gone:
        alike.setdefault(each.what, []).append(each.name)
    comma = say(", ")
    pods = [say("{names} ({state})", names=comma.join(names), state=told) for told, names in alike.items()]
    few = [say("{count} pod{s} ({state})", count=len(names), state=told) for told, names in alike.items()]
    loose = [volume.claim or name for name, volume in state.volumes.items() if not volume.nodes]
    disks = [say("disk {name} (attached nowhere)", name=comma.join(loose))] if loose else []
    machines = [say("{count} idle machine{s}", count=len(idle))] if idle else []
    named = (
        [say("{count} idle machine{s} ({names})", count=len(idle), names=comma.join(idle))] if idle else []
    )
    for told in ((pods, named), (pods, machines), (few, machines)):
        parts = [*told[0], *disks, *silent, *told[1]]
        text = say("not shown: {names}", names=comma.join(parts)) if parts else ""
        if len(wrapped(text, WIDTH - 2 * EDGE, WORD_PT)) <= 2:
            return text
    return text

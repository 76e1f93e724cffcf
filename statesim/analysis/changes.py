"""A trace as changes: which attribute of which object has which value from which event on.

The state of an object at an instant is the last value of each of its attributes up to then. The words are
those of `analysis.intervals` and `analysis.states`: whoever folds changes sees what every picture shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from statesim.analysis.change_volumes import VolumeNotes, size_text
from statesim.analysis.intervals import ABSENT, CORDONED
from statesim.analysis.members import SystemsFold
from statesim.analysis.states import ClusterFold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statesim.analysis.members import SystemFold
    from statesim.analysis.states import PodState
    from statesim.kernel.trace import TraceEvent

_OF_PODS = ("Pod", "Container", "Process", "Member")
_WORKLOADS = ("StatefulSet", "Deployment")
_COUNTS = {"spec_replicas": "desired", "readyReplicas": "ready", "updatedReplicas": "updated"}


class Change(NamedTuple):
    """From an event on, an attribute of an object has another value; an empty one: none, or gone."""

    t_us: int
    object: str
    attribute: str
    value: str
    event: int


class Actor(NamedTuple):
    """An object that changes are about, with what never changes of it.

    Attributes
    ----------
    key
        What changes call it: ``Pod/pg-0``; ``Pod/pg-0 9cd5d6d0`` for a program beside the pod of today.
    parent
        The key of what it lies in for ever, empty if nothing: a node's and a volume's zone.
    more
        Further facts, by name.
    """

    key: str
    kind: str
    name: str
    parent: str = ""
    more: Mapping[str, str | bool] = {}


@dataclass(slots=True)
class Changes:
    """What a trace comes to.

    Attributes
    ----------
    actors
        By key, in order of appearance.
    rows
        In order; of several at one event each is another attribute or object.
    about
        Object of an event to the key of the actor that it is about.
    """

    actors: dict[str, Actor] = field(default_factory=dict)
    rows: list[Change] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)


def changes(events: Iterable[TraceEvent], made: Mapping[int, tuple[str, ...]] = {}) -> Changes:
    """Reduce a trace to its changes.

    Parameters
    ----------
    made
        What the trace does not tell of what was created; see `change_volumes.made_with`.
    """
    watch = _Watch(made)
    for event in events:
        watch.take(event)
    return watch.found


class _Watch:
    """Looks, after each event, at the objects that it may have changed."""

    def __init__(self, made: Mapping[int, tuple[str, ...]]) -> None:
        self._made = made
        self.found = Changes()
        self._cluster = ClusterFold()
        self._systems = SystemsFold()
        self._volumes = VolumeNotes(made)
        self._values: dict[tuple[str, str], str] = {}
        self._event: TraceEvent
        self._keys: dict[str, set[str]] = {}  # pod to the keys of what there is of it
        self._present: set[str] = set()  # all these keys
        self._facts: dict[str, dict[str, str]] = {}  # pod to what its events say of the object of today
        self._serving: dict[str, frozenset[str]] = {}  # Service to its pods
        self._serves: dict[str, dict[str, None]] = {}  # pod to its Services
        self._out: dict[str, dict[str, None]] = {}  # client to the operations that do not succeed
        self._targets: dict[str, dict[str, str]] = {}  # client to whom it asks for which operations
        self._links: dict[str, set[str]] = {}  # client to the keys of its sessions
        self._outside: set[str] = set()  # instances on a provider's machines

    def take(self, event: TraceEvent) -> None:
        """Take one more event into account."""
        self._event = event
        self._cluster.take(event)
        kind, _, name = event.object.partition("/")
        if kind in _OF_PODS:
            self._pod(name, kind)
        elif kind == "Node":
            self._node(name)
        elif kind in ("PersistentVolume", "PersistentVolumeClaim", "VolumeAttachment", "DataDirectory"):
            self._storage(kind, name)
        elif kind in ("EndpointSlice", "Service"):
            self._service(kind, name)
        elif kind == "Client":
            self._client(name)
        elif kind in _WORKLOADS:
            self._workload(kind, name)
        elif kind == "Fault":
            for volume in self._volumes.fault(event):
                self._volume(volume)
        system = self._systems.take(event)
        if system is not None:
            self._system(system)

    def _be(self, key: str, **values: str) -> None:
        """Note those of an object's values that are others than before."""
        event = self._event
        for attribute, value in values.items():
            if self._values.get((key, attribute), "") != value:
                self._values[key, attribute] = value
                self.found.rows.append(Change(event.t_us, key, attribute, value, event.id))

    def _actor(self, kind: str, name: str, parent: str = "", **more: str | bool) -> str:
        """Return the key of an object, which there is from now on."""
        key = f"{kind}/{name}"
        if key not in self.found.actors:
            self.found.actors[key] = Actor(key, kind, name, parent, more)
        return key

    # -- pods ------------------------------------------------------------------------------------------

    def _pod(self, name: str, kind: str) -> None:
        fields, what = self._event.fields, self._event.event
        self.found.about.setdefault(self._event.object, f"Pod/{name}")
        facts = self._facts.setdefault(name, {})
        if kind == "Process" and what == "Running" and fields.get("node") == name:
            self._instance(name, str(fields.get("data", "")))
        if kind in ("Pod", "Container"):
            if what == "Created":
                facts.clear()
                self._volumes.born(name, self._event.id)
            for fact in ("uid", "image", "revision", "restarts"):
                if fields.get(fact):
                    facts[fact] = str(fields[fact])
        elif what == "Running" and fields.get("data"):
            for volume in self._volumes.used(name, str(fields["data"])):
                self._volume(volume)
        self._pod_states(name)

    def _pod_states(self, name: str) -> None:
        states = self._cluster.pods(name)
        before, self._keys[name] = self._keys.get(name, set()), set(states)
        self._present -= before
        self._present |= self._keys[name]
        for key, state in states.items():
            self._pod_state(key, state)
        for key in sorted(before - states.keys()):
            gone = ("node", "uid", "api", "process", "role", "how", "workload", "image", "revision")
            self._be(f"Pod/{key}", **dict.fromkeys((*gone, "restarts", "claim", "volume"), ""))
        if before != self._keys[name]:
            for client in self._links:
                self._sessions(client)

    def _instance(self, name: str, data: str) -> None:
        """Note what runs on a machine of its own name: a provider's, as `systems.provider` rents them.

        Its zone is told by the volume it has open: ``db/1-eu-1a`` is the first one of ``db``, in ``eu-1a``.
        """
        self._outside.add(name)
        zone = data.partition("/")[2].partition("-")[2]
        key = f"Pod/{name}"
        self.found.actors.setdefault(key, Actor(key, "Instance", name, more={"outside": zone}))

    def _pod_state(self, key: str, state: PodState) -> None:
        name, program = state.name, state.program
        if key == name:
            self._actor("Pod", name)
        else:
            self.found.actors.setdefault(
                f"Pod/{key}", Actor(f"Pod/{key}", "Pod", name, more={"beside": True})
            )
        facts = self._facts[name] if state.api != ABSENT or key == name else {"uid": program.uid}
        claims, volumes = self._volumes.of_pod(name) if key == name else ((), ())
        self._be(
            f"Pod/{key}",
            node=state.node,
            uid=facts.get("uid", "") or program.uid,
            api=_there(state.api),
            process=_there(program.process),
            role=program.role,
            how=program.how,
            workload=state.workload,
            image=facts.get("image", ""),
            revision=facts.get("revision", ""),
            restarts=facts.get("restarts", ""),
            claim=",".join(claims),
            volume=",".join(volumes),
        )

    # -- nodes and volumes -----------------------------------------------------------------------------

    def _node(self, name: str) -> None:
        node, fields = self._cluster.objects.nodes[name], self._event.fields
        zone = self._actor("Zone", node.zone) if node.zone else ""
        key = self._actor("Node", name, zone)
        self.found.about.setdefault(self._event.object, key)
        there = node.api.state != ABSENT
        self._be(
            key,
            api=_there(node.api.state),
            machine=_there(node.truth.state),
            cordoned="yes" if there and node.api.label == CORDONED else "",
        )
        if self._event.event == "Created":
            self._be(key, taints=",".join(self._made.get(self._event.id, ())))
        elif self._event.event == "Tainted":
            self._be(key, taints=",".join(fields["taints"]))
        elif self._event.event == "ClockSet":
            self._be(key, clock=f"{fields['offset_s']:g}" if fields["offset_s"] else "")

    def _storage(self, kind: str, name: str) -> None:
        volume = self._volumes.take(kind, name, self._event)
        if not volume or volume not in self._cluster.objects.volumes:
            return
        key = self._volume(volume)
        self.found.about.setdefault(self._event.object, key)
        for pod in self._volumes.pods_of(volume):
            self._pod_states(pod)
        if self._event.event == "MultiAttach":
            node = name.rpartition("@")[2]
            for pod in [p.name for p in self._cluster.objects.pods.values() if p.nodes.label == node]:
                self._pod_states(pod)

    def _volume(self, name: str) -> str:
        volume = self._cluster.objects.volumes.get(name)
        if volume is None:
            return ""
        key = self._actor("PersistentVolume", name, f"Zone/{volume.zone}" if volume.zone else "")
        there = volume.attached.state != ABSENT
        self._be(
            key,
            claim=volume.claim if there else "",
            state=self._volumes.phase(name) if there else "",
            attachment=_there(volume.attached.state),
            attached_to=",".join(volume.held) if there else "",
            waiting=",".join(volume.waiting) if there else "",
            disk=self._volumes.disk(name, volume) if there else "",
            size=size_text(volume.sizes.state) if there and volume.sizes.state != ABSENT else "",
        )
        return key

    # -- services, systems, workloads ------------------------------------------------------------------

    def _service(self, kind: str, name: str) -> None:
        service = str(self._event.fields.get("service", name))
        key = self._actor("Service", service)
        self.found.about.setdefault(self._event.object, key)
        if kind == "Service":
            return
        ready = self._cluster.endpoints().get(service, ())
        before, now = self._serving.get(service, frozenset()), frozenset(ready)
        self._serving[service] = now
        for pod in sorted(before ^ now):
            serves = self._serves.setdefault(pod, {})
            if pod in now:
                serves[service] = None
            else:
                serves.pop(service, None)
            self._be(self._actor("Pod", pod), serves=",".join(sorted(serves)))
        self._be(key, ready=str(len(ready)), not_ready=str(self._cluster.not_ready().get(service, 0)))

    def _system(self, system: SystemFold) -> None:
        event = self._event
        key = self._actor("System", system.name)
        if event.object == key:
            self.found.about.setdefault(event.object, key)
            if event.event == "Elected" and "term" in event.fields:
                self._be(key, term=str(event.fields["term"]))
            elif event.event in ("Paused", "Resumed"):
                self._be(key, state="paused" if event.event == "Paused" else "")
        if not system.members:  # of what serves without roles nobody tells who runs
            return
        primary = ",".join(system.accepting.label.split(", ")) if system.accepting.label else ""
        self._be(key, primary=primary, running=system.running.state, quorum=system.quorum.state)
        if primary in self._outside:
            # the provider moves the name once the new one takes writes; until then it leads to the old one
            self._be(key, endpoint=primary)

    def _workload(self, kind: str, name: str) -> None:
        key, fields = self._actor(kind, name), self._event.fields
        self.found.about.setdefault(self._event.object, key)
        if self._event.event == "Status":
            told = {short: fields[long] for long, short in _COUNTS.items() if long in fields}
            self._be(key, **{short: str(number) for short, number in told.items()})
        elif self._event.event == "Deleted":
            self._be(key, **dict.fromkeys(_COUNTS.values(), ""))

    # -- clients ---------------------------------------------------------------------------------------

    def _client(self, name: str) -> None:
        key, fields, what = self._actor("Client", name), self._event.fields, self._event.event
        self.found.about.setdefault(self._event.object, key)
        out = self._out.setdefault(name, {})
        if what == "Outage":
            out[str(fields.get("f", ""))] = None
            self._asks(key, str(fields.get("f", "")), str(fields.get("target", "")))
        elif what == "Recovered":
            out.pop(str(fields.get("f", "")), None)
        elif what == "RateChanged":
            self._be(key, rate=str(fields["rate"]))
        if what in ("SessionOpened", "SessionBroken", "SessionClosed"):
            self._links.setdefault(name, set())
            self._sessions(name)
        self._be(key, state="outage" if out else "ok", out=",".join(out))

    def _asks(self, key: str, f: str, target: str) -> None:
        """Note where a client asks, which is told when it does so in vain; reads may go elsewhere."""
        targets = self._targets.setdefault(key, {})
        targets[f] = target
        reads = targets.get("read", "")
        main = next((target for f, target in targets.items() if f != "read"), reads)
        told = {"target": main} | ({"read_target": reads} if reads not in ("", main) else {})
        self.found.actors[key] = self.found.actors[key]._replace(more={k: v for k, v in told.items() if v})

    def _sessions(self, client: str) -> None:
        """Note with whom a client has how many sessions."""
        counts = self._cluster.sessions(client, self._present)
        links = self._links[client]
        for pod in sorted(links - counts.keys()):
            self._be(f"Sessions/{client} {pod}", open="")
        for pod, count in counts.items():
            ends = {"client": f"Client/{client}", "pod": f"Pod/{pod}"}
            self._be(self._actor("Sessions", f"{client} {pod}", **ends), open=str(count))
        links.update(counts)
        self._be(f"Client/{client}", sessions=str(sum(counts.values())))


def _there(state: str) -> str:
    return "" if state == ABSENT else state

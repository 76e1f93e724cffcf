"""Which events a space-time diagram tells of, on whose line, and in which few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.analysis.outcome import VERBS
from statesim.kernel.spans import SECOND
from statesim.views.acts import fault_label
from statesim.views.marks import chosen_pods
from statesim.views.speech import say, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.analysis.reading import Reading
    from statesim.kernel.trace import TraceEvent

_LEAST_OUTAGE_S = 3.0  # shorter ones come and go while sessions find their way
_MOST_LETTERS = 24  # of the names of pods: more are told by their number
_MOST_PODS = 10
_DONE = ("fault", "")  # the line of what is done
AT_ONCE = "at once"  # what is told as one with others like it only if it is at the same instant
BACK = "back"  # an outage is over


class Told(NamedTuple):
    """An event that is told: on which line (kind, name), in which words, how much it matters.

    Attributes
    ----------
    rank
        Of several that are told as one, the words of the highest are used.
    kind
        What may be told as one with others like it; "" if nothing.
    several
        The phrase for more than one, in English, with ``{count}``.
    alike
        For how many it stands.
    to
        The pod that a client connects with.
    """

    id: int
    t_us: int
    line: tuple[str, str]
    words: str
    level: int
    bad: bool = False
    rank: int = 0
    kind: str = ""
    several: str = ""
    alike: int = 1
    to: str = ""


# Kind/Event -> words, level, bad, rank
_PLAIN: dict[str, tuple[str, int, bool, int]] = {
    "Node/Crashed": ("no power", 3, True, 2),
    "Node/Paused": ("stands still", 3, True, 2),
    "Node/Recovered": ("runs again", 3, False, 2),
    "Node/CutOff": ("cut off", 3, True, 2),
    "Node/Reconnected": ("reached again", 3, False, 2),
    "Node/NotReady": ("NotReady", 2, True, 1),
    "Node/Drained": ("drained", 2, False, 1),
    "Node/Cordoned": ("cordoned", 2, False, 1),
    "Process/Running": ("starts", 1, False, 1),
    "Process/Frozen": ("frozen", 3, True, 2),
    "Process/Thawed": ("goes on", 3, False, 2),
    "Pod/NotReady": ("not Ready", 2, True, 1),
    "Pod/Ready": ("Ready", 1, False, 1),
    "Pod/Terminating": ("Terminating", 1, True, 1),
    "Pod/Evicted": ("evicted", 2, True, 2),
    "Pod/Deleted": ("deleted", 1, True, 1),
    "Pod/Failed": ("Failed", 2, True, 2),
    "Member/Demoted": ("demoted", 3, True, 2),
    "Member/Diverged": ("a history of its own", 3, True, 3),
    "Member/Rewound": ("rewound", 2, False, 2),
    "Member/AgentStopped": ("its agent stands still", 3, True, 2),
    "Member/AgentContinued": ("its agent goes on", 3, False, 2),
    "System/LeaseExpired": ("expires", 3, True, 2),
    "System/PrimaryLost": ("no primary", 3, True, 1),
    "System/Fenced": ("old primary switched off", 3, False, 2),
    "System/DeadSource": ("source held to be dead", 3, True, 2),
    "System/StoreLost": ("its store is lost", 3, True, 2),
    "System/Paused": ("paused", 3, False, 2),
    "System/Resumed": ("goes on", 3, False, 2),
    "System/Recovering": ("is brought back", 3, False, 2),
    "System/SessionsLost": ("sessions lost", 3, True, 2),
    "System/MajorityLost": ("no majority", 3, True, 2),
    "PersistentVolume/Lost": ("lost", 3, True, 3),
    "VolumeAttachment/DetachRequested": ("shall be detached", 1, False, 1),
    "VolumeAttachment/Detached": ("detached", 2, False, 1),
    "VolumeAttachment/MultiAttach": ("still attached elsewhere", 3, True, 2),
    "DataDirectory/Restored": ("restored", 3, False, 3),
    "DataDirectory/Corrupted": ("corrupted", 3, True, 3),
}
_ENDS = {"power-cut": "no power", "killed": "killed", "crashed": "crashes", "stopped": "stops"}
_LINES = {"Node": "node", "Process": "pod", "Pod": "pod", "Member": "pod", "System": "system"}


def told_events(reading: Reading, *, every: bool = False) -> Iterator[Told]:
    """Yield what there is to tell of a run, in order: of the most telling pods, or of `every` one."""
    words = _Words(reading, every=every)
    for event in reading.record.events:
        told = words.of(event)
        if told is not None:
            yield told


class _Words:
    """Says what there is to say of an event; knows what was said before."""

    def __init__(self, reading: Reading, *, every: bool) -> None:
        events = reading.record.events
        self._claims = {
            volume.name: volume.claim or volume.name for volume in reading.tracks.volumes.values()
        }
        pods = reading.tracks.pods.values() if every else chosen_pods(reading, _MOST_PODS)[0]
        self._pods = {pod.name for pod in pods}
        self._ready: dict[str, tuple[str, ...]] = {}
        self._labels = {
            f"Fault/{fault.name}": fault_label(reading.record, fault) for fault in reading.record.faults
        }
        self._members = {e.object[7:] for e in events if e.object.startswith("Member/")}
        self._short = {
            e.cause for e in events if e.event == "Recovered" and _outage_s(e) < _LEAST_OUTAGE_S
        }  # fmt: skip

    def of(self, event: TraceEvent) -> Told | None:
        """Return what is told of an event; ``None`` if nothing is."""
        kind, _, name = event.object.partition("/")
        if _LINES.get(kind) == "pod" and name not in self._pods and name not in self._members:
            return None
        plain = _PLAIN.get(f"{kind}/{event.event}")
        match kind, event.event:
            case "Fault", "Started":
                label = self._labels.get(event.object)
                if label is None:
                    return None
                return Told(event.id, event.t_us, _DONE, label, 3, bad=True, kind=AT_ONCE)
            case "Fault", "Ended":
                label = self._labels.get(event.object, word("it"))
                words, several = say("{what}: over", what=label), "{count} of these over"
                return Told(event.id, event.t_us, _DONE, words, 2, kind=f"{AT_ONCE} over", several=several)
            case "Process", "Exited":
                how = str(event.fields.get("how", ""))
                level, words = 2 if how == "stopped" else 3, word(_ENDS.get(how, how))
                return Told(event.id, event.t_us, ("pod", name), words, level, bad=True, rank=3)
            case "Member", "Role":
                return self._role(event, name)
            case "System", "Elected":
                term = say(", term {term}", term=event.fields["term"]) if "term" in event.fields else ""
                words = say("{pod} elected", pod=event.fields.get("pod", "?")) + term
                return Told(event.id, event.t_us, ("system", name), words, 3, rank=3)
            case "EndpointSlice", "EndpointsChanged":
                return self._endpoints(event, str(event.fields.get("service", name)))
            case "Client", _:
                return self._client(event, name)
        if plain is None:
            return None
        words, level, bad, rank = plain
        return Told(event.id, event.t_us, self._line(event, kind, name), word(words), level, bad, rank)

    def _line(self, event: TraceEvent, kind: str, name: str) -> tuple[str, str]:
        if kind == "VolumeAttachment":
            name = name.rpartition("@")[0]
        if kind in ("VolumeAttachment", "PersistentVolume"):
            return "disk", self._claims.get(name, name)
        if kind == "DataDirectory":
            pods: Any = event.fields.get("pod") or event.fields.get("pods") or name
            return "pod", pods if isinstance(pods, str) else pods[0]
        return _LINES[kind], name

    def _role(self, event: TraceEvent, name: str) -> Told | None:
        role = str(event.fields.get("role", ""))
        if role in ("starting", "stopped"):
            return None
        primary = role == "primary"
        writes = event.fields.get("accepts_writes", True)
        words = word(role if writes or not primary else "primary, read-only")
        return Told(event.id, event.t_us, ("pod", name), words, 3 if primary else 1, rank=2)

    def _endpoints(self, event: TraceEvent, service: str) -> Told | None:
        ready = tuple(event.fields.get("ready", ()))
        before = self._ready.get(event.object)
        self._ready[event.object] = ready
        if ready == before or (before is None and not ready):
            return None
        words = ", ".join(ready)
        if len(ready) > 1 and len(words) > _MOST_LETTERS:
            words = say("{count} pods", count=len(ready))
        line = ("service", service)
        return Told(
            event.id,
            event.t_us,
            line,
            say("to {whom}", whom=words or word("nobody")),
            3,
            bad=not ready,
            kind="",
        )

    def _client(self, event: TraceEvent, name: str) -> Told | None:
        line, count = ("client", name), int(event.fields.get("alike", 1))
        verb = word(VERBS.get(str(event.fields.get("f", "")), "answers"))
        match event.event:
            case "Outage" if event.id not in self._short:
                return Told(event.id, event.t_us, line, say("no {what}", what=verb), 3, bad=True, kind="out")
            case "Recovered" if _outage_s(event) >= _LEAST_OUTAGE_S:
                return Told(event.id, event.t_us, line, say("{what} again", what=verb), 3, kind=BACK)
            case "SessionBroken":
                words, several = word("session broken"), "{count} sessions broken"
                return Told(event.id, event.t_us, line, words, 2, True, 0, "broken", several, count)
            case "SessionOpened":
                pod = str(event.fields.get("pod", ""))
                words, several = word("connects"), "connects, {count} sessions"
                of_pod = "" if pod not in self._pods and pod not in self._members else pod
                return Told(
                    event.id, event.t_us, line, words, 2, False, 0, f"opened {pod}", several, count, of_pod
                )
            case "LoggedOut":
                return Told(event.id, event.t_us, line, word("a user is logged out"), 3, True, 1, "out of it",
                            "{count} users are logged out")  # fmt: skip
            case "Lost":
                words = say("{count} write{s} missing", count=event.fields.get("count", "?"))
                return Told(event.id, event.t_us, line, words, 3, bad=True)
        return None


def _outage_s(event: TraceEvent) -> float:
    return float(event.fields.get("outage_s", event.t_us / SECOND))

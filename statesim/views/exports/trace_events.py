"""A run as Trace Event Format, which Perfetto and Chrome's tracing read: tracks, slices, counters and flows.

Phases and keys are those of "Trace Event Format" (Nat Duca, Dan Sinclair, Google): ``X`` is a slice with
``ts`` and ``dur`` in microseconds, ``C`` a counter, ``M`` a name, ``s`` and ``f`` the ends of a flow. A flow
binds to the slice that encloses its instant on its thread; with ``bp: e`` its end does, too. Slices of a
thread must lie apart or within each other.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from statesim.analysis.intervals import ABSENT
from statesim.analysis.session_spans import session_levels, session_spans
from statesim.kernel.spans import SECOND
from statesim.views.lamport_words import told_events
from statesim.views.strips import client_strip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statesim.analysis.intervals import Interval
    from statesim.analysis.reading import Reading
    from statesim.views.lamport_words import Told

    Event = dict[str, Any]

# a process each, from top to bottom; the threads of one are its tracks
_GROUPS = ("what is done", "clients", "Services", "leaders", "pods", "nodes", "volumes", "sessions")
_OF_LINE = {
    "fault": "what is done",
    "client": "clients",
    "service": "Services",
    "system": "leaders",
    "pod": "pods",
    "node": "nodes",
    "disk": "volumes",
}
EVENT_US = 250_000  # how long a mark of an event is at most, so that it can be seen
MOST_SESSIONS = 200  # tracks of single sessions; more are told by counters alone


class _Tracks:
    """Gives numbers to processes and threads, and remembers what they are called."""

    def __init__(self, first: int, prefix: str) -> None:
        self._first, self._prefix = first, prefix
        self._threads: dict[tuple[str, str], int] = {}

    def at(self, group: str, name: str) -> dict[str, int]:
        """Return where something of that name lies."""
        tid = self._threads.setdefault((group, name), len(self._threads) + 1)
        return {"pid": self._first + _GROUPS.index(group), "tid": tid}

    def named(self) -> Iterator[Event]:
        """Yield the names of all processes and threads, and their order."""
        for group in dict.fromkeys(group for group, _ in self._threads):
            pid = self._first + _GROUPS.index(group)
            yield _named("process_name", pid, 0, name=f"{self._prefix}{group}")
            yield _named("process_sort_index", pid, 0, sort_index=pid)
        for (group, name), tid in self._threads.items():
            pid = self._first + _GROUPS.index(group)
            yield _named("thread_name", pid, tid, name=name)
            yield _named("thread_sort_index", pid, tid, sort_index=tid)


def _named(what: str, pid: int, tid: int, **args: Any) -> Event:
    return {"ph": "M", "name": what, "ts": 0, "pid": pid, "tid": tid, "args": args}


def trace_json(readings: Sequence[Reading]) -> str:
    """Return runs as one JSON document; each variant has processes of its own."""
    first = readings[0].record
    events = [
        event for number, reading in enumerate(readings) for event in _of_run(readings, reading, number)
    ]
    document = {
        "displayTimeUnit": "ms",
        "otherData": {"scenario": first.scenario, "seed": first.seed, "program": "statesim"},
        "traceEvents": events,
    }
    lines = ",\n".join(json.dumps(event, ensure_ascii=False) for event in document.pop("traceEvents"))
    head = json.dumps(document, ensure_ascii=False).removesuffix("}")
    return f'{head}, "traceEvents": [\n{lines}\n]}}\n'


def _of_run(readings: Sequence[Reading], reading: Reading, number: int) -> Iterator[Event]:
    prefix = f"{reading.record.variant}: " if len(readings) > 1 else ""
    tracks = _Tracks(1 + number * len(_GROUPS), prefix)
    flows = number * len(reading.record.events) * 2
    body = [*_faults(reading, tracks), *_states(reading, tracks), *_sessions(reading, tracks)]
    body += [*_clients(reading, tracks), *_events(reading, tracks, flows)]
    yield from tracks.named()
    yield from sorted(body, key=lambda event: (event["ts"], event["ph"] != "X", -event.get("dur", 0)))


def _slice(where: dict[str, int], name: str, cat: str, start_us: int, end_us: int, **args: Any) -> Event:
    dur = max(0, end_us - start_us)
    return {"ph": "X", "name": name, "cat": cat, "ts": start_us, "dur": dur, **where, "args": args}


def _faults(reading: Reading, tracks: _Tracks) -> Iterator[Event]:
    """Yield a track for each fault that lasts: faults overlap, and slices of one track must not."""
    for fault in reading.record.faults:
        end = reading.record.duration_us if fault.end_us is None else fault.end_us
        if fault.end_us is not None:
            where = tracks.at("what is done", fault.name)
            yield _slice(
                where, fault.label, "fault", fault.start_us, end, do=fault.do, targets=list(fault.targets)
            )


def _states(reading: Reading, tracks: _Tracks) -> Iterator[Event]:
    for name, system in reading.systems.items():
        where = tracks.at("leaders", f"{name}: who takes writes")
        for interval in system.accepting:
            yield _interval(where, interval, "leader", interval.label or "nobody")
    for pod in reading.tracks.pods.values():
        yield from _each(tracks.at("pods", f"{pod.name}: really"), pod.truth, "truth")
        yield from _each(tracks.at("pods", f"{pod.name}: Kubernetes says"), pod.api, "said")
    for node in reading.tracks.nodes.values():
        yield from _each(tracks.at("nodes", f"{node.name}: really"), node.truth, "truth")
        yield from _each(tracks.at("nodes", f"{node.name}: Kubernetes says"), node.api, "said")
    for volume in reading.tracks.volumes.values():
        where = tracks.at("volumes", volume.claim or volume.name)
        for interval in volume.attached:
            if interval.state not in (ABSENT, "detached"):
                name = f"{interval.state} {interval.label}".strip()
                yield _interval(where, interval, "volume", name)


def _each(where: dict[str, int], intervals: Iterable[Interval], cat: str) -> Iterator[Event]:
    for interval in intervals:
        if interval.state != ABSENT:
            yield _interval(where, interval, cat, interval.state)


def _interval(where: dict[str, int], interval: Interval, cat: str, name: str) -> Event:
    args = {"label": interval.label} if interval.label else {}
    return _slice(where, name, cat, interval.start_us, interval.end_us, **args)


def _sessions(reading: Reading, tracks: _Tracks) -> Iterator[Event]:
    """Yield a counter for each client and pod, and a track for each session where they are not too many."""
    spans = session_spans(reading.record.events, reading.record.duration_us)
    for (client, pod), levels in session_levels(spans).items():
        where = tracks.at("sessions", f"{client} with {pod}")
        for level in levels:
            args = {"open": level.sessions}
            yield {"ph": "C", "name": f"{client} with {pod}", "ts": level.t_us, **where, "args": args}
    if len({(span.client, span.number) for span in spans}) > MOST_SESSIONS:
        return
    for span in spans:
        where = tracks.at("sessions", f"{span.client} #{span.number} with {span.pod}")
        how = {"ended": span.how or "closed"} if span.ended is not None else {}
        yield _slice(where, span.pod, "session", span.start_us, span.end_us, **how, alike=span.alike)


def _clients(reading: Reading, tracks: _Tracks) -> Iterator[Event]:
    window = (0.0, reading.record.duration_s)
    for name in reading.clients:
        where = tracks.at("clients", f"{name}: outages")
        for outage in reading.main_outages(name):
            yield _slice(where, "outage", "outage", outage.start_us, outage.end_us, over=not outage.open)
        strip = client_strip(reading, name, window)
        if strip.counted:
            for edge, height in zip(strip.edges, strip.heights, strict=False):
                at, args = round(edge * SECOND), {strip.unit: round(height, 3)}
                yield {"ph": "C", "name": f"{name}: {strip.unit}", "ts": at, **where, "args": args}


def _events(reading: Reading, tracks: _Tracks, first_flow: int) -> Iterator[Event]:
    """Yield what happened as short slices, and a flow from each to what it led to on another track."""
    found = list(told_events(reading, every=True))
    trace = reading.record.events
    placed: dict[int, Event] = {}
    ends: dict[int, int] = {}  # tid -> where its last slice ends
    after: dict[int, int] = {}
    last: dict[tuple[str, str], int] = {}
    for one in reversed(found):
        after[one.id] = last.get(one.line, one.t_us + 2 * EVENT_US)
        last[one.line] = one.t_us
    flow = first_flow
    for one in found:
        where = tracks.at(_OF_LINE[one.line[0]], f"{one.line[1]}: events" if one.line[1] else "events")
        start = max(one.t_us, ends.get(where["tid"], 0))
        end = max(start + 1, min(one.t_us + EVENT_US, after[one.id]))
        ends[where["tid"]] = end
        placed[one.id] = mark = _slice(where, one.words, "event", start, end, **_told(reading, one))
        yield mark
        cause = trace[one.id].cause
        while cause is not None and cause not in placed:
            cause = trace[cause].cause
        if cause is not None and placed[cause]["tid"] != mark["tid"]:
            flow += 1
            yield from _flow(placed[cause], mark, flow)


def _told(reading: Reading, one: Told) -> dict[str, Any]:
    event = reading.record.events[one.id]
    why = {"why": event.fields["why"]} if event.fields.get("why") else {}
    return {"id": event.id, "object": event.object, "event": event.event, **why}


def _flow(start: Event, to: Event, number: int) -> Iterator[Event]:
    same = {"name": "led to", "cat": "cause", "id": number}
    yield {"ph": "s", **same, "ts": start["ts"], "pid": start["pid"], "tid": start["tid"]}
    yield {"ph": "f", "bp": "e", **same, "ts": to["ts"], "pid": to["pid"], "tid": to["tid"]}

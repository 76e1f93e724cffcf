"""Kubernetes' Events of a run: a view of its trace and of its objects; nothing of them is recorded.

What each component says stands in ``event_pods``, ``event_probes`` and ``event_others``, one row a kind of
trace event; what has no row there makes no Event in Kubernetes either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis import event_others, event_pods, event_probes
from statesim.analysis.event_recorder import TTL_US, Recorded, record
from statesim.analysis.event_scene import Scene
from statesim.analysis.objects import Seen
from statesim.scenario.versions import DEFAULT_VERSION, Features

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.analysis.event_recorder import Occurrence
    from statesim.analysis.record import RunRecord
    from statesim.cluster.wire import Document
    from statesim.kernel.trace import TraceEvent

_WORDS = {**event_pods.WORDS, **event_probes.WORDS, **event_others.WORDS}


def occurrences(run: RunRecord) -> Iterator[Occurrence]:
    """Yield everything that components say of objects; of a pull that is over also its beginning."""
    scene = Scene(Features.for_version(str(run.metadata.get("kubernetes", DEFAULT_VERSION))))
    events = run.events
    place = 0
    for change in run.objects:
        own = change.id is not None and change.id >= place and events[change.id].object == change.object
        if own and change.id is not None:
            for event in events[place : change.id]:
                yield from _told(scene, event)
            place = change.id + 1
        before, after = scene.apply(change)
        if own and change.id is not None:
            scene.by = change.by
            yield from _told(scene, events[change.id], after)
            scene.by = ""
        if before is not None and after["kind"] == "Pod" and change.verb == "MODIFIED":
            yield from event_pods.containers_started(scene, before, after)
    for event in events[place:]:
        yield from _told(scene, event)
    yield from event_probes.still(scene, run.duration_us)


def _told(scene: Scene, event: TraceEvent, doc: Document | None = None) -> Iterator[Occurrence]:
    kind = event.object.partition("/")[0]
    teller = _WORDS.get((kind, event.event))
    if teller is None:
        return
    about = scene.documents.get(event.object) if doc is None else doc
    if about is None and kind == "VolumeAttachment":
        about = {}  # it is said of pods, and before there is an attachment
    if about is not None:
        scene.t_us = event.t_us
        yield from teller(scene, event, about)


def recorded_events(run: RunRecord) -> Iterator[Recorded]:
    """Yield every write of an Event."""
    return record(sorted(occurrences(run), key=lambda seen: seen.t_us))


def events_at(run: RunRecord, at_us: int) -> list[Document]:
    """Return the Events that the API server still has at an instant."""
    present: dict[str, Recorded] = {}
    for written in recorded_events(run):
        if written.t_us > at_us:
            break
        present[written.event["metadata"]["uid"]] = written
    return [written.event for written in present.values() if at_us - written.t_us <= TTL_US]


def event_changes(run: RunRecord) -> Iterator[Seen]:
    """Yield every write of an Event as a watcher sees it."""
    for written in recorded_events(run):
        key = f"Event/{written.event['metadata']['name']}/{written.event['metadata']['uid']}"
        yield Seen(written.t_us, written.verb, key, written.event, True)

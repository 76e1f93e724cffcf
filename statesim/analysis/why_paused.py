"""Why the container of a pod is not started: how it ended, how long the kubelet waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.instants import instant
from statesim.analysis.record import fault_spans
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statesim.kernel.trace import TraceEvent


def pause(events: Sequence[TraceEvent], pod: str, at_us: int) -> str:
    """Return how a pod in CrashLoopBackOff ended, what it waits for, and which faults of its disk are over.

    Nobody tells a kubelet that the cause has gone: it waits its time out (`statesim.node.containers`).

    Parameters
    ----------
    pod
        The pod's name.
    at_us
        The instant, in microseconds.
    """
    told: TraceEvent | None = None
    disk = ""
    seen = []
    ends: list[TraceEvent] = []
    for event in events:
        if event.t_us > at_us:
            break
        seen.append(event)
        if event.object == f"Pod/{pod}" and event.event == "BackOff":
            told = event
        elif event.object == f"Pod/{pod}" and event.event == "Created":
            ends.clear()
        elif event.object == f"Process/{pod}" and event.event == "Exited":
            ends.append(event)
        elif event.object == f"Process/{pod}" and event.event == "Running":
            disk = str(event.fields.get("data", ""))
    if told is None:
        return ""
    delay = float(told.fields.get("delay_s", 0.0))
    again = instant(told.t_us + delay * SECOND, SECOND)
    waits = f"The kubelet waits {delay:g} s before it starts the container again, at about {again}"
    return f"{_ends(ends)}{'; '.join([waits, *_of_disk(seen, disk)])}."


def _ends(ends: Sequence[TraceEvent]) -> str:
    """Tell how often its program has ended, and how the last time."""
    if not ends:
        return ""
    last = ends[-1]
    code = f", exit code {last.fields['code']}" if "code" in last.fields else ""
    why = f": {last.fields['why']}" if last.fields.get("why") else ""
    how = f"{last.fields.get('how', 'ended')}{code}"
    if len(ends) == 1:
        return f"Its program has ended once, at {instant(last.t_us, SECOND)} ({how}){why}. "
    often = f"{len(ends)} times from {instant(ends[0].t_us, SECOND)} on"
    return f"Its program has ended {often}, the last time at {instant(last.t_us, SECOND)} ({how}){why}. "


def _of_disk(seen: Sequence[TraceEvent], disk: str) -> Iterator[str]:
    """Yield what became of each fault that struck a pod's volume."""
    volume = f"PersistentVolume/{disk.removeprefix('pv/')}"
    for span in fault_spans(seen):
        if volume not in span.targets:
            continue
        if span.end_us is None:
            yield f'"{span.label}" has lasted since {instant(span.start_us)}'
        else:
            yield f'"{span.label}" has been over since {instant(span.end_us)}, but nobody tells the kubelet'

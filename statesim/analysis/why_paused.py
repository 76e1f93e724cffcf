"""Why the container of a pod is not started: the kubelet's pause, and whether what broke it is still so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.record import fault_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statesim.kernel.trace import TraceEvent


def pause(events: Sequence[TraceEvent], pod: str, at_us: int) -> str:
    """Return what a pod in CrashLoopBackOff waits for at an instant, and which faults of its disk are over.

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
    for event in events:
        if event.t_us > at_us:
            break
        seen.append(event)
        if event.object == f"Pod/{pod}" and event.event == "BackOff":
            told = event
        elif event.object == f"Process/{pod}" and event.event == "Running":
            disk = str(event.fields.get("data", ""))
    if told is None:
        return ""
    delay = float(told.fields.get("delay_s", 0.0))
    waits = (
        f"The kubelet waits {delay:g} s before it starts the container again, at about {told.t + delay:.0f} s"
    )
    return "; ".join([waits, *_of_disk(seen, disk)]) + "."


def _of_disk(seen: Sequence[TraceEvent], disk: str) -> Iterator[str]:
    """Yield what became of each fault that struck a pod's volume."""
    volume = f"PersistentVolume/{disk.removeprefix('pv/')}"
    for span in fault_spans(seen):
        if volume not in span.targets:
            continue
        if span.end_us is None:
            yield f'"{span.label}" has lasted since {span.start_us / 1e6:g} s'
        else:
            yield f'"{span.label}" has been over since {span.end_us / 1e6:g} s, but nobody tells the kubelet'

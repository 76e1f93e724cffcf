"""Why the container of a pod is not started: how it ended, how long the kubelet waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.chinese import reason
from statesim.analysis.record import fault_spans
from statesim.analysis.telling import IN_ENGLISH
from statesim.analysis.words_zh import FILLED
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statesim.analysis.telling import Telling
    from statesim.kernel.trace import TraceEvent


def pause(events: Sequence[TraceEvent], pod: str, at_us: int, say: Telling = IN_ENGLISH) -> str:
    """Return how a pod in CrashLoopBackOff ended, what it waits for, and which faults of its disk are over.

    Nobody tells a kubelet that the cause has gone: it waits its time out (`statesim.node.containers`).

    Parameters
    ----------
    pod
        The pod's name.
    at_us
        The instant, in microseconds.
    say
        Whose words it is told in.
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
    waits = say("waits", delay=f"{delay:g}", at=say.instant(told.t_us + delay * SECOND, SECOND))
    return _ends(ends, say) + say("semicolon").join([waits, *_of_disk(seen, disk, say)]) + say("stop")


def _ends(ends: Sequence[TraceEvent], say: Telling) -> str:
    """Tell how often its program has ended, and how the last time."""
    if not ends:
        return ""
    last = ends[-1]
    code = say("code", code=last.fields["code"]) if "code" in last.fields else ""
    how, why = str(last.fields.get("how", "ended")), str(last.fields.get("why") or "")
    if say.language == "zh":
        how, why = FILLED.get(how, how), reason(why) if why else ""
    fields = {
        "last": say.instant(last.t_us, SECOND),
        "how": f"{how}{code}",
        "why": say("because", why=why) if why else "",
    }
    if len(ends) == 1:
        return say("ended_once", **fields)
    return say("ended", times=len(ends), first=say.instant(ends[0].t_us, SECOND), **fields)


def _of_disk(seen: Sequence[TraceEvent], disk: str, say: Telling) -> Iterator[str]:
    """Yield what became of each fault that struck a pod's volume."""
    volume = f"PersistentVolume/{disk.removeprefix('pv/')}"
    for span in fault_spans(seen):
        if volume not in span.targets:
            continue
        key, at_us = ("lasts", span.start_us) if span.end_us is None else ("over", span.end_us)
        yield say(key, label=say.label(span.label), at=say.instant(at_us))

"""Why a pod has no image: what the registry does not have, since when it is tried, and who asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.telling import IN_ENGLISH
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.telling import Telling
    from statesim.kernel.trace import TraceEvent

_WORKLOADS = ("StatefulSet", "Deployment", "ReplicaSet")


def no_image(events: Sequence[TraceEvent], pod: str, at_us: int, say: Telling = IN_ENGLISH) -> str:
    """Return which image of a pod cannot be pulled, how often that was tried, and who set it.

    Parameters
    ----------
    pod
        The pod's name.
    at_us
        The instant, in microseconds.
    say
        Whose words it is told in.
    """
    tries: list[TraceEvent] = []
    pause: TraceEvent | None = None
    for event in events:
        if event.t_us > at_us:
            break
        if event.object != f"Pod/{pod}":
            continue
        if event.event == "Created":
            tries.clear()
        elif event.event == "ErrImagePull":
            tries.append(event)
        elif event.event == "ImagePullBackOff":
            pause = event
    if not tries:
        return ""
    image = str(tries[-1].fields.get("image", "?"))
    first = say.instant(tries[0].t_us, SECOND)
    told = [
        say("no_image", image=image, often=say.often(len(tries)), first=first),
        _set_by(events, image, at_us, say),
    ]
    if pause is not None and pause.t_us >= tries[-1].t_us:
        again = tries[-1].t + float(pause.fields.get("delay_s", 0.0))
        told.append(say("asks_again", at=say.instant(again * SECOND, SECOND)))
    return say("gap").join(sentence for sentence in told if sentence)


def _set_by(events: Sequence[TraceEvent], image: str, at_us: int, say: Telling) -> str:
    """Say what set an image: an action of the timeline, or the workload as it was created."""
    first = next((e for e in events if e.event == "Created" and e.fields.get("image") == image), None)
    if first is None or first.t_us > at_us:
        return ""
    found: TraceEvent | None = first
    while found is not None:
        kind, _, name = found.object.partition("/")
        if kind == "Fault":
            label = say.label(str(found.fields.get("label") or name))
            return say("set_it", label=label, at=say.instant(found.t_us))
        if kind in _WORKLOADS and found.event == "Created" and "owner" not in found.fields:
            return say("had_it", kind=kind, name=name)
        found = None if found.cause is None else events[found.cause]
    return ""

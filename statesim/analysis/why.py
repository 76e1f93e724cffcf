"""Why: from an event back over its causes to what set everything going."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from statesim.analysis.sentences import sentence
from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.kernel.trace import TraceEvent

_OF_ONE_POD = ("Pod", "Process", "Member")


def chain(events: Sequence[TraceEvent], obj: str, at_us: int | None = None) -> list[TraceEvent]:
    """Return how it came to an object's latest event at an instant: the root cause first, the event last.

    Parameters
    ----------
    obj
        ``Kind/name``. For a pod, what happened to its program and its role counts too.
    at_us
        The instant in microseconds; ``None`` = the end of the run.

    Raises
    ------
    StatesimError
        If nothing of that name is in the trace (the message names the nearest), or nothing had happened
        to it by then.
    """
    kind, _, name = obj.partition("/")
    wanted = {f"{k}/{name}" for k in _OF_ONE_POD} if kind in _OF_ONE_POD else {obj}
    latest: TraceEvent | None = None
    first: TraceEvent | None = None
    for event in events:
        if event.object in wanted:
            first = first or event
            if at_us is None or event.t_us <= at_us:
                latest = event
    if latest is None:
        raise StatesimError(_nothing(events, obj, first))
    by_id = {event.id: event for event in events[: latest.id + 1]}
    found = [latest]
    while found[-1].cause is not None and found[-1].cause in by_id:
        found.append(by_id[found[-1].cause])
    return found[::-1]


def explain_text(found: Sequence[TraceEvent]) -> str:
    """Return a chain of causes as numbered sentences, one a line, each with its time."""
    width = max((len(f"{event.t:.3f}") for event in found), default=0)
    return "\n".join(
        f"{number}. {event.t:>{width}.3f} s  {sentence(event)}" for number, event in enumerate(found, start=1)
    )


def _nothing(events: Sequence[TraceEvent], obj: str, first: TraceEvent | None) -> str:
    if first is not None:
        return f"nothing had happened to {obj} yet; its first event is {first.event} at {first.t:.3f} s"
    known = list(dict.fromkeys(event.object for event in events))
    near = get_close_matches(obj, known, n=3, cutoff=0.4)
    kind = obj.partition("/")[0]
    near = near or [name for name in known if name.startswith(f"{kind}/")][:5] or known[:5]
    return f"nothing called {obj} is in this trace; did you mean {', '.join(near) or 'another run'}?"

"""Why: from an event back over its causes to what set everything going."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from statesim.analysis.sentences import sentence
from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.kernel.trace import TraceEvent

_OF_ONE_POD = ("Pod", "Process", "Member")
_SHOWN = 8


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
        if first is None:
            raise StatesimError(not_in_trace(obj, {event.object for event in events}))
        begun = f"its first event is {first.event} at {first.t:.3f} s"
        raise StatesimError(f"nothing had happened to {obj} yet; {begun}")
    by_id = {event.id: event for event in events[: latest.id + 1]}
    found = [latest]
    while found[-1].cause is not None and found[-1].cause in by_id:
        found.append(by_id[found[-1].cause])
    return found[::-1]


def explain_text(found: Sequence[TraceEvent]) -> str:
    """Return a chain of causes as numbered sentences, one a line, each with its time."""
    width = max((len(f"{event.t:.3f}") for event in found), default=0)
    count = len(str(len(found)))
    return "\n".join(
        f"{number:>{count}}. {event.t:>{width}.3f} s  {sentence(event)}"
        for number, event in enumerate(found, start=1)
    )


def not_in_trace(obj: str, known: Iterable[str]) -> str:
    """Return what to say of an object that is in no trace: what is called nearly so, else what there is.

    Parameters
    ----------
    obj
        ``Kind/name``.
    known
        The objects that there are.
    """
    kind, _, name = obj.partition("/")
    of_kind: list[str] = []
    namesakes: list[str] = []
    for other in sorted(known):
        its_kind, _, its_name = other.partition("/")
        if its_kind == kind:
            of_kind.append(its_name)
        elif its_name == name:
            namesakes.append(other)
    near = [f"{kind}/{each}" for each in get_close_matches(name, of_kind)] + namesakes
    told = f"nothing called {obj} is in this run"
    if near:
        return f"{told}; did you mean {' or '.join(near[:_SHOWN])}?"
    there = ", ".join(of_kind[:_SHOWN]) + (", …" if len(of_kind) > _SHOWN else "")
    return f"{told}: it has {f'{kind} {there}' if there else f'no {kind}'}"

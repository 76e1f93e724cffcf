"""Why: from an event back over its causes to what set everything going."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from statesim.analysis.instants import listed
from statesim.analysis.telling import IN_ENGLISH
from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statesim.analysis.telling import Telling
    from statesim.kernel.trace import TraceEvent

_OF_ONE_POD = ("Pod", "Container", "Process", "Member")
_SHOWN = 8
# what only marks on an object what has happened to it: seldom what somebody asks about
_MARKS = frozenset({"Labelled"})
# how many events what comes again may consist of, and how many lines must be saved by leaving it out
_LONGEST = 5
_LEFT_OUT = 2


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
            if (at_us is None or event.t_us <= at_us) and (latest is None or event.event not in _MARKS):
                latest = event
    if latest is None:
        if first is None and obj in told_of(events):
            raise StatesimError(_of_its_members(events, name))
        if first is None:
            raise StatesimError(not_in_trace(obj, told_of(events)))
        begun = f"its first event is {first.event} at {listed(first.t_us)}"
        raise StatesimError(f"nothing had happened to {obj} yet; {begun}")
    return causes({event.id: event for event in events[: latest.id + 1]}, latest)


def causes(by_id: Mapping[int, TraceEvent], event: TraceEvent) -> list[TraceEvent]:
    """Return what led to an event: the root cause first, the event itself last."""
    found = [event]
    while found[-1].cause is not None and found[-1].cause in by_id:
        found.append(by_id[found[-1].cause])
    return found[::-1]


def told_of(events: Iterable[TraceEvent]) -> frozenset[str]:
    """Return every object that a trace tells of; a system also where only its members have events."""
    found = set()
    for event in events:
        found.add(event.object)
        if event.object.startswith("Member/") and event.fields.get("system"):
            found.add(f"System/{event.fields['system']}")
    return frozenset(found)


def _of_its_members(events: Iterable[TraceEvent], system: str) -> str:
    """Return what to say of a system that has members and not one event of its own."""
    first: dict[str, TraceEvent] = {}
    for event in events:
        if event.object.startswith("Member/") and event.fields.get("system") == system:
            first.setdefault(event.object, event)
    shown = ", ".join(sorted(first)[:_SHOWN]) + (", …" if len(first) > _SHOWN else "")
    begun = min(event.t_us for event in first.values())
    return (
        f"nothing ever happens to System/{system} as a whole in this run; "
        f"its members have events, from {listed(begun)} on: {shown}"
    )


def earlier_text(events: Sequence[TraceEvent], last: TraceEvent, say: Telling = IN_ENGLISH) -> str:
    """Return a line about the earlier events of a system like its last one; "" if there are none.

    What happens to a system happens member by member: the last of it is seldom all of it.
    """
    if not last.object.startswith("System/"):
        return ""
    alike = [
        event
        for event in events[: last.id]
        if event.object == last.object and event.event == last.event and event.id != last.id
    ]
    if not alike:
        return ""
    told = [f"{say.listed(event.t_us)}  {say.sentence(event)}" for event in alike[-_SHOWN:]]
    more = len(alike) - len(told)
    first = say("before_it", more=say("more_before", more=more) if more else "")
    return "\n".join([first, *(f"  {line}" for line in told)])


def explain_text(found: Sequence[TraceEvent], say: Telling = IN_ENGLISH) -> str:
    """Return a chain of causes as numbered sentences, one a line, each with its time.

    Of what comes again and again (a program that crashes at each start) the first and the last time are
    told, and between them how often.
    """
    width = max((len(say.listed(event.t_us)) for event in found), default=0)
    count = len(str(len(found)))
    told = [say.sentence(event) for event in found]
    lines = [
        f"{number:>{count}}. {say.listed(event.t_us):>{width}}  {text}"
        for number, (event, text) in enumerate(zip(found, told, strict=True), start=1)
    ]
    shown: list[str] = []
    place = 0
    while place < len(told):
        length, times = _repeated(told, place)
        if (times - 2) * length < _LEFT_OUT:
            shown.append(lines[place])
            place += 1
            continue
        end = place + times * length
        more = say("the_same", times=times - 2) if times > 3 else say("the_same_once")
        first, last = place + length, end - length - 1
        when = {"first": say.listed(found[first].t_us), "last": say.listed(found[last].t_us)}
        same = say("from_to", more=more, **when)
        shown += [*lines[place:first], f"{'…':>{count + 1}} {'':>{width}}  {same}"]
        shown += lines[last + 1 : end]
        place = end
    return "\n".join(shown)


def _repeated(told: Sequence[str], place: int) -> tuple[int, int]:
    """Return the length of what is told several times on end from a place on, and how often."""
    best = (1, 1)
    for length in range(1, _LONGEST + 1):
        block, times = told[place : place + length], 1
        while told[place + times * length : place + (times + 1) * length] == block:
            times += 1
        if times > 1 and times * length > best[0] * best[1]:
            best = (length, times)
    return best


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

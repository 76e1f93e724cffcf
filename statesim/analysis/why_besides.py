"""What led to an end and is no cause of it in the trace: who took a client's writes, a system's primary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.telling import IN_ENGLISH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.telling import Telling
    from statesim.kernel.trace import TraceEvent

_SHOWN = 5
# where acknowledged data ends
_TAKERS = {
    ("DataDirectory", "Lost"),
    ("DataDirectory", "TailLost"),
    ("DataDirectory", "Corrupted"),
    ("DataDirectory", "Restored"),
    ("Member", "CommitLogTailLost"),
    ("Member", "Overwritten"),
    ("Member", "RelayLogDropped"),
    ("Member", "Rewound"),
    ("Member", "Cloned"),
}


def besides(events: Sequence[TraceEvent], last: TraceEvent, say: Telling = IN_ENGLISH) -> str:
    """Return what must be told beside the chain that ends with an event; "" if there is nothing.

    A judge counts what is missing at the end of a run, and does not know who took it; a leader is elected
    because the others may elect again, and not because the last one was lost.
    """
    if last.object.startswith("Client/") and last.event == "Lost":
        return _taken(events, last.t_us, say)
    if last.object.startswith("System/") and last.event == "Elected":
        return _vacant(events, last, say)
    return ""


def _taken(events: Sequence[TraceEvent], at_us: int, say: Telling) -> str:
    found = [
        event
        for event in events
        if event.t_us <= at_us and (event.object.partition("/")[0], event.event) in _TAKERS
    ]
    first_clones = {id(event) for event in found if event.event == "Cloned" and not _again(events, event)}
    found = [event for event in found if id(event) not in first_clones]
    if not found:
        return _changed_hands(events, at_us, say)
    return say("where_ended", told=_listed(events, found, say))


def _changed_hands(events: Sequence[TraceEvent], at_us: int, say: Telling) -> str:
    """Say who leads since when, where nobody has thrown data away: a lost primary may still have them."""
    found, led = [], set()
    for event in events:
        if event.event == "Elected" and event.object.startswith("System/") and event.t_us <= at_us:
            found += [event] if event.object in led else []
            led.add(event.object)
    if not found:
        return ""
    return say("none_ended", told=_listed(events, found, say))


def _listed(events: Sequence[TraceEvent], found: Sequence[TraceEvent], say: Telling) -> str:
    more = say("more_ended", more=len(found) - _SHOWN) if len(found) > _SHOWN else ""
    return say("semicolon").join(_with_root(events, event, say) for event in found[:_SHOWN]) + more


def _again(events: Sequence[TraceEvent], clone: TraceEvent) -> bool:
    """Tell whether a member that is cloned had been a primary: then its own data is gone."""
    pod = clone.object.partition("/")[2]
    return any(
        event.event in ("Elected", "Promoted")
        and pod in (event.fields.get("pod"), event.object.partition("/")[2])
        for event in events
        if event.t_us < clone.t_us
    )


def _vacant(events: Sequence[TraceEvent], elected: TraceEvent, say: Telling) -> str:
    """Say since when there had been no primary, and why."""
    lost = None
    for event in events:
        if event.t_us >= elected.t_us:
            break
        if event.object != elected.object:
            continue
        if event.event == "PrimaryLost":
            lost = event
        elif event.event == "Elected":
            lost = None
    if lost is None:
        return ""
    vacant_s = (elected.t_us - lost.t_us) / 1e6
    return say("vacant", time=f"{vacant_s:.1f}", told=_with_root(events, lost, say))


def _with_root(events: Sequence[TraceEvent], event: TraceEvent, say: Telling) -> str:
    """Return what an event says, with its time and the fault or the act from which it follows."""
    root = event
    while root.cause is not None:
        root = events[root.cause]
    label = root.fields.get("label") if root.object.startswith("Fault/") else None
    after = say("after", label=say.label(str(label)), at=say.instant(root.t_us)) if label else ""
    return say("at", at=say.instant(event.t_us), told=say.sentence(event)) + after

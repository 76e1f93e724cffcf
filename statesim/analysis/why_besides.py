"""What led to an end and is no cause of it in the trace: who took a client's writes, a system's primary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.instants import instant
from statesim.analysis.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def besides(events: Sequence[TraceEvent], last: TraceEvent) -> str:
    """Return what must be told beside the chain that ends with an event; "" if there is nothing.

    A judge counts what is missing at the end of a run, and does not know who took it; a leader is elected
    because the others may elect again, and not because the last one was lost.
    """
    if last.object.startswith("Client/") and last.event == "Lost":
        return _taken(events, last.t_us)
    if last.object.startswith("System/") and last.event == "Elected":
        return _vacant(events, last)
    return ""


def _taken(events: Sequence[TraceEvent], at_us: int) -> str:
    found = [
        event
        for event in events
        if event.t_us <= at_us and (event.object.partition("/")[0], event.event) in _TAKERS
    ]
    first_clones = {id(event) for event in found if event.event == "Cloned" and not _again(events, event)}
    found = [event for event in found if id(event) not in first_clones]
    if not found:
        return _changed_hands(events, at_us)
    return f"Where data has ended until then: {_listed(events, found)}."


def _changed_hands(events: Sequence[TraceEvent], at_us: int) -> str:
    """Say who leads since when, where nobody has thrown data away: a lost primary may still have them."""
    found, led = [], set()
    for event in events:
        if event.event == "Elected" and event.object.startswith("System/") and event.t_us <= at_us:
            found += [event] if event.object in led else []
            led.add(event.object)
    if not found:
        return ""
    told = _listed(events, found)
    return f"No data has ended until then, but others lead, with what they had received: {told}."


def _listed(events: Sequence[TraceEvent], found: Sequence[TraceEvent]) -> str:
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "; ".join(_with_root(events, event) for event in found[:_SHOWN]) + more


def _again(events: Sequence[TraceEvent], clone: TraceEvent) -> bool:
    """Tell whether a member that is cloned had been a primary: then its own data is gone."""
    pod = clone.object.partition("/")[2]
    return any(
        event.event in ("Elected", "Promoted")
        and pod in (event.fields.get("pod"), event.object.partition("/")[2])
        for event in events
        if event.t_us < clone.t_us
    )


def _vacant(events: Sequence[TraceEvent], elected: TraceEvent) -> str:
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
    return f"There had been no primary for {vacant_s:.1f} s: {_with_root(events, lost)}."


def _with_root(events: Sequence[TraceEvent], event: TraceEvent) -> str:
    """Return what an event says, with its time and the fault or the act from which it follows."""
    root = event
    while root.cause is not None:
        root = events[root.cause]
    label = root.fields.get("label") if root.object.startswith("Fault/") else None
    after = f', after "{label}" at {instant(root.t_us)}' if label else ""
    return f"at {instant(event.t_us)} {sentence(event)}{after}"

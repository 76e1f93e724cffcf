"""Sessions: from when to when each was open, with whom, and how it ended; and how many were, through time.

A session is what the client has: it may be open for a while although nobody is left who would answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statesim.kernel.trace import TraceEvent

_ENDS = ("SessionBroken", "SessionClosed")


class SessionSpan(NamedTuple):
    """One session (or several that are alike) of a client with a pod.

    Attributes
    ----------
    number
        The session's; ``-1`` if the trace does not say.
    alike
        For how many it stands.
    how
        How it broke (``reset``, ``timeout``, …); ``""`` = it was closed in order, or is open at the end.
    opened, ended
        The ids of the events; `ended` is ``None`` if it is open at the end.
    """

    client: str
    pod: str
    number: int
    alike: int
    start_us: int
    end_us: int
    how: str
    opened: int
    ended: int | None


class Held(NamedTuple):
    """How many sessions a client has open with a pod, from an instant on."""

    t_us: int
    sessions: int


def session_spans(events: Iterable[TraceEvent], duration_us: int) -> list[SessionSpan]:
    """Return every session that was opened, in the order of their beginnings.

    A client may hold several under one number, with a pod each (reads that go to replicas). Who opens a
    session again with the same pod has left the former one.
    """
    found: list[SessionSpan] = []
    open_: dict[tuple[str, str, str], int] = {}
    for event in events:
        kind, _, client = event.object.partition("/")
        if kind != "Client":
            continue
        fields = event.fields
        key = (client, str(fields.get("session", "")), str(fields.get("pod", "")))
        if event.event == "SessionOpened":
            _end(found, open_.pop(key, None), event, "")
            open_[key] = len(found)
            number, count = int(fields.get("session", -1)), int(fields.get("alike", 1))
            found.append(
                SessionSpan(client, key[2], number, count, event.t_us, duration_us, "", event.id, None)
            )
        elif event.event in _ENDS:
            broken = event.event == "SessionBroken"
            _end(found, open_.pop(key, None), event, str(fields.get("how", "broken")) if broken else "")
    return found


def _end(found: list[SessionSpan], place: int | None, event: TraceEvent, how: str) -> None:
    if place is not None:
        found[place] = found[place]._replace(end_us=event.t_us, ended=event.id, how=how)


def session_levels(spans: Sequence[SessionSpan]) -> Mapping[tuple[str, str], list[Held]]:
    """Return, for each client and pod, how many sessions were open whenever that has changed."""
    steps: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for span in spans:
        of_pair = steps.setdefault((span.client, span.pod), [])
        of_pair.append((span.start_us, span.alike))
        if span.ended is not None:
            of_pair.append((span.end_us, -span.alike))
    return {pair: _levels(sorted(changes)) for pair, changes in steps.items()}


def _levels(changes: Sequence[tuple[int, int]]) -> list[Held]:
    levels: list[Held] = []
    count = 0
    for t_us, change in changes:
        count += change
        if levels and levels[-1].t_us == t_us:
            levels.pop()
        levels.append(Held(t_us, count))
    return levels

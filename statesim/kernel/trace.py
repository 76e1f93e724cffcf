"""The append-only record of a run. Metrics, plots, reports and explanations are functions of it.

An event is (id, time, object, event, cause, fields). Its line in ``trace.jsonl`` is also what the digest
is computed over, so that "same bytes" and "same run" mean the same.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.kernel.packed import Packed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from statesim.kernel.clock import Clock

# what the constructor of a named tuple does, without the call in between
_new = tuple.__new__
_encode = json.JSONEncoder(separators=(", ", ": "), ensure_ascii=False).encode


class TraceEvent(NamedTuple):
    """One thing that happened.

    Attributes
    ----------
    id
        Position in the trace, from 0.
    t_us
        When, in microseconds.
    object
        ``Kind/name`` of what it happened to.
    event
        What happened, one word of the vocabulary in ``docs/reference/trace.md``.
    cause
        Id of the event that led to it, ``None`` for what the scenario itself set going.
    fields
        Details, by name.
    """

    id: int
    t_us: int
    object: str
    event: str
    cause: int | None
    fields: dict[str, Any]

    @property
    def t(self) -> float:
        """Return when, in seconds."""
        return self.t_us / 1_000_000

    def line(self) -> str:
        """Return the event as one line of ``trace.jsonl``, without the line end."""
        head = {"id": self.id, "t": self.t, "object": self.object, "event": self.event, "cause": self.cause}
        return _encode({**head, **self.fields})


if TYPE_CHECKING:
    Listener = Callable[[TraceEvent], None]


class Trace:
    """The events of one run, in order, and where each object's latest one is."""

    __slots__ = ("_clock", "_hearing", "_listeners", "events", "latest")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listeners: list[tuple[Listener, Collection[str]]] = []
        self._hearing: dict[str, tuple[Listener, ...]] = {}
        self.events: Packed[TraceEvent] = Packed(make=TraceEvent._make)
        self.latest: dict[str, int] = {}

    def emit(self, obj: str, event: str, /, **fields: Any) -> int:
        """Append an event that happens now because of the clock's current cause; return its id.

        Fields that are ``None`` are left out.
        """
        events, clock = self.events, self._clock
        number = len(events)
        if None in fields.values():
            fields = {name: value for name, value in fields.items() if value is not None}
        record = _new(TraceEvent, (number, clock.now, obj, event, clock.cause, fields))
        events.append(record)
        self.latest[obj] = number
        kind = obj.partition("/")[0]
        hearing = self._hearing.get(kind)
        for listener in self._heard_by(kind) if hearing is None else hearing:
            listener(record)
        return number

    def _heard_by(self, kind: str) -> tuple[Listener, ...]:
        found = tuple(listener for listener, kinds in self._listeners if not kinds or kind in kinds)
        self._hearing[kind] = found
        return found

    def complete(self, number: int, **fields: Any) -> None:
        """Add to an event what is known only when its consequences have been told, as whom a fault has hit.

        Raises
        ------
        ValueError
            If the event has said such a thing already: what was told stays.
        """
        told = self.events[number].fields
        if known := told.keys() & fields.keys():
            raise ValueError(f"event {number} has said already: {', '.join(sorted(known))}")
        self.events.change(number, self.events[number]._replace(fields={**told, **fields}))

    def listen(self, listener: Listener, kinds: Collection[str] = ()) -> None:
        """Call `listener` with every event from now on (invariant checks, progress).

        Parameters
        ----------
        kinds
            Only with events of such objects, by the ``Kind`` of ``Kind/name``; of all if empty.
        """
        self._listeners.append((listener, kinds))
        self._hearing.clear()

    def digest(self) -> str:
        """Return a digest over the lines of the trace."""
        running = blake2b(digest_size=16)
        for line in self.lines():
            running.update(line.encode())
        return running.hexdigest()

    def lines(self) -> Iterator[str]:
        """Yield the lines of ``trace.jsonl``, line ends included."""
        return lines(self.events)


def lines(events: Iterable[TraceEvent]) -> Iterator[str]:
    """Yield each event's line, line ends included."""
    return (event.line() + "\n" for event in events)


def read(path: Path) -> list[TraceEvent]:
    """Read a ``trace.jsonl`` back."""
    events = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            number, t, obj, event, cause = (row.pop(name) for name in ("id", "t", "object", "event", "cause"))
            events.append(TraceEvent(number, round(t * 1_000_000), obj, event, cause, row))
    return events

"""One clock in integer microseconds over SimPy: timers that can be cancelled, deadlines that only move later.

The clock also carries the *cause*: the id of the trace event that led to whatever runs now. A timer
remembers the cause that was in force when it was set and restores it when it fires, so that every event
can name the one that led to it without any component passing it along.
"""

from __future__ import annotations

from enum import IntEnum
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import simpy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Band(IntEnum):
    """Order of what happens in the same microsecond; a counter orders within a band.

    0 is the end of a run, so that a run until T leaves out what is due at T.
    """

    PHYSICS = 1
    FAULT = 2
    CONTROL = 3
    OBSERVE = 4


_END = 0


class Timer:
    """A call that is due at `due` (microseconds)."""

    __slots__ = ("args", "cause", "due", "fn")

    def __init__(self, due: int, fn: Callable[..., Any], args: tuple[Any, ...], cause: int | None) -> None:
        self.due = due
        self.fn: Callable[..., Any] | None = fn
        self.args = args
        self.cause = cause

    @property
    def active(self) -> bool:
        """Tell whether the call is still to come."""
        return self.fn is not None

    def cancel(self) -> None:
        """Make the call not happen; harmless when it has happened already."""
        self.fn = None


class Clock:
    """Virtual time.

    The calendar is SimPy's: its heap, its order, its counter. Timers are all there is in it, and so the loop
    is written for them: an event of SimPy's has callbacks, a value and perhaps an error, and half of what it
    costs is to ask for these.

    Attributes
    ----------
    now
        The time, in microseconds since the start of the run; only `run` lets it pass.
    cause
        Id of the trace event behind what runs now, ``None`` before the first.
    events
        How many timers have fired: the cost of a run, independent of the machine.
    """

    __slots__ = ("_calendar", "_env", "_numbers", "cause", "events", "now")

    def __init__(self) -> None:
        self._env = simpy.Environment(initial_time=0)
        self._calendar: list[Any] = self._env._queue  # noqa: SLF001 - SimPy gives a call for each, and no more
        self._numbers = self._env._eid  # noqa: SLF001 - as above
        self.now = 0
        self.cause: int | None = None
        self.events = 0

    def after(self, delay: int, fn: Callable[..., Any], *args: Any, band: Band = Band.PHYSICS) -> Timer:
        """Call ``fn(*args)`` in `delay` microseconds (0 = later in this instant)."""
        due = self.now + delay
        timer = Timer(due, fn, args, self.cause)
        heappush(self._calendar, (due, band, next(self._numbers), timer))
        return timer

    def at(self, due: int, fn: Callable[..., Any], *args: Any, band: Band = Band.PHYSICS) -> Timer:
        """Call ``fn(*args)`` at the instant `due`, which must not be past."""
        timer = Timer(due, fn, args, self.cause)
        heappush(self._calendar, (due, band, next(self._numbers), timer))
        return timer

    def next_due(self, beside: tuple[type, ...]) -> int | None:
        """Return when the next call is due that is not one of these classes' own; ``None`` = there is none.

        Nothing but those can happen before: whoever knows that may let time pass as a whole. The end of a
        run counts as a call.

        Parameters
        ----------
        beside
            Classes whose methods are left out, also those behind a `Deadline`.
        """
        due: Iterator[int] = (t for t, _, _, timer in self._calendar if not _is_of(timer, beside))
        return min(due, default=None)

    def run(self, until: int) -> None:
        """Let time pass up to `until`, which becomes `now`; what is due exactly then is left undone."""
        if until <= self.now:
            return
        calendar = self._calendar
        end = Timer(until, self.run, (), None)
        heappush(calendar, (until, _END, next(self._numbers), end))
        try:
            while True:
                self.now, _, _, timer = heappop(calendar)
                fn = timer.fn
                if fn is None:
                    continue
                if timer is end:
                    break
                timer.fn = None
                self.events += 1
                self.cause = timer.cause
                fn(*timer.args)
        finally:
            end.cancel()


def _is_of(timer: Timer, classes: tuple[type, ...]) -> bool:
    """Tell whether a timer calls a method of an object of one of these classes, or nothing any more."""
    owner = getattr(timer.fn, "__self__", None)
    if isinstance(owner, Deadline):
        owner = owner.owner
    return timer.fn is None or isinstance(owner, classes)


class Deadline:
    """Something that happens unless it is pushed later in time, as leases and heartbeats are.

    A push is one integer store. The timer that is under way re-arms itself when it fires too early, so
    that a thousand renewals cost as many events as the deadline has lengths, not renewals.
    """

    __slots__ = ("_band", "_clock", "_fn", "_timer", "due")

    def __init__(self, clock: Clock, due: int, fn: Callable[[], Any], band: Band = Band.PHYSICS) -> None:
        self._clock = clock
        self._fn = fn
        self._band = band
        self.due = due
        self._timer: Timer | None = clock.at(due, self._check, band=band)

    @property
    def owner(self) -> object:
        """Return whose method is called when it expires."""
        return getattr(self._fn, "__self__", None)

    def push(self, due: int) -> None:
        """Move the deadline later; no event is created.

        Raises
        ------
        ValueError
            If `due` is earlier than the deadline already is.
        """
        if due < self.due:
            raise ValueError(f"a deadline only moves later: {due} < {self.due}")
        self.due = due

    def cancel(self) -> None:
        """Forget the deadline."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        if self.due > self._clock.now:
            self._timer = self._clock.at(self.due, self._check, band=self._band)
        else:
            self._timer = None
            self._fn()

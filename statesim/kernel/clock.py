"""One clock in integer microseconds over SimPy: timers that can be cancelled, deadlines that only move later.

The clock also carries the *cause*: the id of the trace event that led to whatever runs now. A timer
remembers the cause that was in force when it was set and restores it when it fires, so that every event
can name the one that led to it without any component passing it along.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import simpy

if TYPE_CHECKING:
    from collections.abc import Callable

MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Band(IntEnum):
    """Order of what happens in the same microsecond; a counter orders within a band.

    SimPy keeps 0 for itself (the end of a run), so that a run until T leaves out what is due at T.
    """

    PHYSICS = 1
    FAULT = 2
    CONTROL = 3
    OBSERVE = 4


class Timer:
    """A call that is due at `due` (microseconds); shaped as SimPy wants its events, and no bigger."""

    __slots__ = ("_ok", "_value", "args", "callbacks", "cause", "clock", "due", "fn")

    def __init__(self, clock: Clock, due: int, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.clock = clock
        self.due = due
        self.fn = fn
        self.args = args
        self.cause = clock.cause
        self.callbacks: Any = _FIRE
        self._ok = True
        self._value = None

    @property
    def active(self) -> bool:
        """Tell whether the call is still to come."""
        return bool(self.callbacks)

    def cancel(self) -> None:
        """Make the call not happen; harmless when it has happened already."""
        self.callbacks = ()


def _fire(timer: Timer) -> None:
    clock = timer.clock
    clock.events += 1
    clock.cause = timer.cause
    timer.fn(*timer.args)


_FIRE = (_fire,)


class Clock:
    """Virtual time.

    Attributes
    ----------
    cause
        Id of the trace event behind what runs now, ``None`` before the first.
    events
        How many timers have fired: the cost of a run, independent of the machine.
    """

    __slots__ = ("_env", "_put", "cause", "events")

    def __init__(self) -> None:
        self._env = simpy.Environment(initial_time=0)
        self._put = self._env.schedule
        self.cause: int | None = None
        self.events = 0

    @property
    def now(self) -> int:
        """Return the time, in microseconds since the start of the run."""
        return self._env._now  # type: ignore[return-value]  # noqa: SLF001 - integer by construction; the public property costs a call per event

    def after(self, delay: int, fn: Callable[..., Any], *args: Any, band: Band = Band.PHYSICS) -> Timer:
        """Call ``fn(*args)`` in `delay` microseconds (0 = later in this instant)."""
        timer = Timer(self, self.now + delay, fn, args)
        self._put(timer, band, delay)  # type: ignore[arg-type]
        return timer

    def at(self, due: int, fn: Callable[..., Any], *args: Any, band: Band = Band.PHYSICS) -> Timer:
        """Call ``fn(*args)`` at the instant `due`, which must not be past."""
        return self.after(due - self.now, fn, *args, band=band)

    def run(self, until: int) -> None:
        """Let time pass up to `until`, which becomes `now`; what is due exactly then is left undone."""
        if until > self.now:
            self._env.run(until=until)


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

"""A program's own doings over time: they end with it, and stand still with its machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.node.process import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.kernel.clock import Clock, Timer
    from statesim.node.process import Process

_FROZEN = State.FROZEN


class Life:
    """The timers of one program.

    What comes due while the machine is frozen happens when it thaws, in order; what comes due after the
    program has exited does not happen.

    Attributes
    ----------
    held
        It stands still by itself (SIGSTOP), while its machine and the container's other programs run.
    """

    __slots__ = ("_clock", "_process", "_stash", "held")

    def __init__(self, clock: Clock, process: Process) -> None:
        self._clock = clock
        self._process = process
        self.held = False
        self._stash: list[tuple[Callable[..., Any], tuple[Any, ...], int | None]] = []

    @property
    def now(self) -> int:
        """Return the present instant (µs)."""
        return self._clock.now

    def later(self, delay_us: int, fn: Callable[..., Any], *args: Any) -> Timer:
        """Have the program call `fn` in `delay_us` microseconds."""
        return self._clock.after(max(0, delay_us), self._due, fn, args)

    def _due(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if self.held or self._process.state is _FROZEN:
            self._stash.append((fn, args, self._clock.cause))
        elif self._process.running:
            fn(*args)

    def thaw(self) -> None:
        """Do what came due meanwhile, unless it is still held."""
        if self.held:
            return
        stash, self._stash = self._stash, []
        before = self._clock.cause
        for fn, args, cause in stash:
            if self._process.running:
                self._clock.cause = cause
                fn(*args)
        self._clock.cause = before


def hang_up(process: Process, how: str) -> None:
    """End every client's connection to a program: ``closed`` or ``reset``."""
    connections, process.connections = process.connections, {}
    for connection in connections.values():
        connection.reset(how)

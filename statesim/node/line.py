"""The requests of one program: some are worked on, the others wait in line, and the line has an end.

A program has so many workers (processes, threads, cores), and a request keeps one of them busy for its
service time: the queue M/G/c of textbooks, first come, first served. Who has gone away meanwhile is worked
for all the same, since a server learns that when it answers. Beyond the backlog nobody is let in (gunicorn
docs, Settings: ``workers``, ``backlog``).
"""

from __future__ import annotations

from collections import deque
from heapq import heapify, heapreplace
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.node.process import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.kernel.clock import Clock
    from statesim.node.process import Process


class _Turn(NamedTuple):
    """When somebody's turn was to come, and how long the program had stood still when he came."""

    begin_us: int
    stood_us: int
    fn: Callable[..., Any]
    args: tuple[Any, ...]


class Line:
    """Who is served when: the end of each wait is known at its begin, and who does not wait costs no event.

    Parameters
    ----------
    workers
        How many requests are worked on at once.
    backlog
        How many more may wait.
    """

    __slots__ = ("_backlog", "_begins", "_clock", "_free_us", "_late", "_process", "_stood_us")

    def __init__(self, clock: Clock, process: Process, workers: int, backlog: int) -> None:
        self._clock = clock
        self._process = process
        self._free_us = [0] * workers
        self._backlog = backlog
        self._begins: deque[int] = deque()
        self._stood_us = 0
        self._late: list[_Turn] = []

    def serve(self, service_us: int, fn: Callable[..., Any], *args: Any) -> bool:
        """Call `fn` when a worker has time for a request that has arrived; False = it is turned away."""
        now = self._clock.now
        begins = self._begins
        while begins and begins[0] <= now:
            begins.popleft()
        begin = max(now, self._free_us[0])
        if begin > now and len(begins) >= self._backlog:
            return False
        heapreplace(self._free_us, begin + service_us)
        if begin == now:
            fn(*args)
        else:
            begins.append(begin)
            self._clock.after(begin - now, self._come, _Turn(begin, self._stood_us, fn, args))
        return True

    def _come(self, turn: _Turn) -> None:
        if self._process.state is State.FROZEN:
            self._late.append(turn)
            return
        left = turn.begin_us + self._stood_us - turn.stood_us - self._clock.now
        if left > 0:
            self._clock.after(left, self._come, turn)
        elif self._process.running:
            self._clock.cause = None
            turn.fn(*turn.args)

    def stood_still(self, us: int) -> None:
        """Hear that the program runs on after a while: whatever was to end ends so much later."""
        self._stood_us += us
        self._free_us = [free + us for free in self._free_us]
        heapify(self._free_us)
        self._begins = deque(begin + us for begin in self._begins)
        late, self._late = self._late, []
        for turn in late:
            self._come(turn)

"""SimPy with nothing on top: what an event costs when it means nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import simpy

if TYPE_CHECKING:
    from collections.abc import Generator


def bare_timeouts(processes: int, events: int) -> int:
    """Run so many processes that do nothing but wait, until about so many of their timeouts have fired.

    Their delays differ, from 0.1 to 1 s in microseconds, as integers: the heap has as many entries as there
    are processes, and nothing about it is easy. Returns the exact number of timeouts.
    """
    env = simpy.Environment()

    def wait(delay: int) -> Generator[simpy.Event, object, None]:
        while True:
            yield env.timeout(delay)

    delays = [100_000 + number * 7_919 % 900_001 for number in range(processes)]
    for delay in delays:
        env.process(wait(delay))
    end = round(events / sum(1 / delay for delay in delays)) + 1
    env.run(until=end)
    return sum((end - 1) // delay for delay in delays)

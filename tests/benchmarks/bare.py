"""SimPy with nothing on top: what an event costs when it means nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import simpy

if TYPE_CHECKING:
    from collections.abc import Generator


def delays_us(count: int) -> list[int]:
    """Return so many delays from 0.1 to 1 s, in microseconds, as integers, no two alike where few are asked."""
    return [100_000 + number * 7_919 % 900_001 for number in range(count)]


def end_us(delays: list[int], events: int) -> int:
    """Return when about so many events have come, each delay again and again."""
    return round(events / sum(1 / delay for delay in delays)) + 1


def bare_timeouts(processes: int, events: int) -> int:
    """Run so many processes that do nothing but wait, until about so many of their timeouts have fired.

    The heap has as many entries as there are processes. Returns the exact number of timeouts.
    """
    env = simpy.Environment()

    def wait(delay: int) -> Generator[simpy.Event, object, None]:
        while True:
            yield env.timeout(delay)

    delays = delays_us(processes)
    for delay in delays:
        env.process(wait(delay))
    end = end_us(delays, events)
    env.run(until=end)
    return sum((end - 1) // delay for delay in delays)

"""Strips: a number through time under the lanes, such as successful writes a second."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.analysis.outcome import duration_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.intervals import Interval
    from statesim.analysis.outages import Outage
    from statesim.analysis.reading import Reading

SECOND = 1_000_000
_WIDTHS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)
_VERBS = {"write": "writes", "read": "reads", "request": "requests"}


@dataclass(frozen=True, slots=True)
class Gap:
    """An outage: from, to (s), whether the run ended first, and the words for it."""

    start: float
    end: float
    open: bool
    text: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A step curve.

    Attributes
    ----------
    label, unit
        What stands left of it.
    edges, heights
        n + 1 times (s) and the n values between them.
    lost
        The part of each value that was lost in the end.
    lost_text
        Words for it, empty if nothing was.
    gaps
        Outages.
    """

    label: str
    unit: str
    edges: tuple[float, ...]
    heights: tuple[float, ...]
    lost: tuple[float, ...] = ()
    lost_text: str = ""
    gaps: tuple[Gap, ...] = ()


def bin_width(length: float) -> float:
    """Return the width of bins (s) that shows a stretch of `length` s in about 300 of them."""
    return next((width for width in _WIDTHS if length / width <= 300), _WIDTHS[-1])


def client_strip(reading: Reading, name: str, window: tuple[float, float]) -> Strip:
    """Return a client's successes a second, its outages and its lost writes, within `window` (s)."""
    client = reading.clients[name]
    main = client.main
    end = reading.record.duration_s
    verb = _VERBS.get(main.f if main is not None else "write", "operations")
    gaps = tuple(
        Gap(o.start_us / SECOND, o.end_us / SECOND, o.open, f"no {verb} for {_length(o)}")
        for o in reading.main_outages(name)
    )
    if main is None:
        edges, values = _reported(gaps, end)
        return Strip(name, verb, edges, values, gaps=gaps)
    width = bin_width(window[1] - window[0])
    count = max(1, -(-round(end * SECOND) // round(width * SECOND)))
    edges = (*(index * width for index in range(count)), end)
    heights = _rates(main.ok, edges)
    lost = client.lost or []
    text = f"{len(lost):,} acknowledged write{'s' if len(lost) != 1 else ''} lost" if lost else ""
    gone = _rates(sorted(client.acked[element] for element in lost), edges) if lost else ()
    return Strip(name, f"{verb}/s", edges, heights, gone, text, gaps)


def _length(outage: Outage) -> str:
    return duration_text(outage.length_us / SECOND)


def _rates(times: Sequence[int], edges: Sequence[float]) -> tuple[float, ...]:
    """Return how many of the sorted `times` (µs) fall between each two edges, a second."""
    places = [bisect_right(times, round(edge * SECOND)) for edge in edges]
    places[0] = 0
    return tuple(
        (places[i + 1] - places[i]) / (edges[i + 1] - edges[i]) if edges[i + 1] > edges[i] else 0.0
        for i in range(len(edges) - 1)
    )


def _reported(gaps: Sequence[Gap], end: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return a curve of 1 and 0 for a client without a history."""
    edges, values = [0.0], []
    for gap in gaps:
        edges += [gap.start, gap.end]
        values += [1.0, 0.0]
    return (*edges, end), (*values, 1.0)


def workload_strip(name: str, ready: Sequence[Interval], hidden: int) -> Strip:
    """Return the number of Ready pods of a workload that has more pods than lanes."""
    edges = (*(interval.start_us / SECOND for interval in ready), ready[-1].end_us / SECOND)
    heights = tuple(float(interval.state) for interval in ready)
    return Strip(f"{name}, +{hidden} more", "Ready pods", edges, heights)

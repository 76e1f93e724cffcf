"""What some scenarios are about: the load of an origin, who is logged out, and states that last a while."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from statesim.analysis.measure_caches import ANSWER
from statesim.kernel.spans import SECOND
from statesim.views.acts import fault_label
from statesim.views.lanes import Lane, Span
from statesim.views.speech import say, word
from statesim.views.strips import Strip, bin_width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.analysis.reading import Reading
    from statesim.analysis.record import FaultSpan

_LASTING = {"clock-skew": "clock of {names}", "pause": "pause of {names}", "traffic": "traffic of {names}"}
_ENDED_BY = {"pause": "resume"}


def spell_lanes(reading: Reading) -> list[Lane]:
    """Return a row for each wrong clock, pause and change of traffic, for as long as it lasted."""
    rows: dict[str, list[Span]] = {}
    for fault in reading.record.faults:
        if fault.do in _LASTING:
            targets = ", ".join(target.partition("/")[2] for target in fault.targets)
            span = Span(
                fault.start_us / SECOND,
                _end_us(reading, fault) / SECOND,
                "act",
                "spell",
                fault_label(reading.record, fault),
            )
            rows.setdefault(say(_LASTING[fault.do], names=targets).strip(), []).append(span)
    return [Lane(label, "act", tuple(spans)) for label, spans in rows.items()]


def _end_us(reading: Reading, fault: FaultSpan) -> int:
    """Return when it was over: as it says itself, by an action that ends it, or with the run."""
    if fault.end_us is not None:
        return fault.end_us
    ended = _ENDED_BY.get(fault.do)
    later = (
        other.start_us
        for other in reading.record.faults
        if other.do == ended and other.targets == fault.targets and other.start_us >= fault.start_us
    )
    return min(later, default=reading.record.duration_us)


def subject_strips(reading: Reading, client: str, window: tuple[float, float]) -> Iterator[Strip]:
    """Yield curves of what a client's callers are about: the load of an origin, users who are logged out."""
    asked = [
        (t, float(value[3]))
        for t, _, name, type_, f, value, *_ in reading.record.history
        if name == client and type_ == "ok" and f == "request"
        if isinstance(value, list | tuple) and len(value) == ANSWER
    ]
    if asked:
        yield _summed(asked, word("origin"), word("requests/s"), "origin", reading, window)
    out = [
        (event.t_us, 1.0)
        for event in reading.record.events
        if event.event == "LoggedOut" and event.object == f"Client/{client}"
    ]
    if out:
        yield _summed(
            out, say("{name} logged out", name=client), word("users/s"), "logged-out", reading, window
        )


def _summed(
    points: list[tuple[int, float]],
    label: str,
    unit: str,
    look: str,
    reading: Reading,
    window: tuple[float, float],
) -> Strip:
    """Return a curve of amounts (when in µs, how much), a second."""
    end, width = reading.record.duration_s, max(1.0, bin_width(window[1] - window[0]))
    edges = [index * width for index in range(int(end / width) + 1)]
    edges = [*(edges[:-1] if end - edges[-1] < width / 2 and len(edges) > 1 else edges), end]
    sums = [0.0] * (len(edges) - 1)
    for t, amount in points:
        sums[min(int(t / SECOND / width), len(sums) - 1)] += amount
    heights = tuple(amount / (b - a) for amount, (a, b) in zip(sums, pairwise(edges), strict=True))
    return Strip(label, unit, tuple(edges), heights, looks=("curve", look, "lost"))

"""Strips: a number through time under the lanes, such as successful writes a second."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from statesim.analysis.outcome import VERBS, lost_text
from statesim.analysis.traffic import Stretch
from statesim.kernel.spans import SECOND
from statesim.views.speech import duration, say, spoken, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statesim.analysis.intervals import Interval
    from statesim.analysis.outages import Outage
    from statesim.analysis.reading import Reading

_WIDTHS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)


@dataclass(frozen=True, slots=True)
class Gap:
    """An outage: from, to (s), whether the run ended first, words for it, and those without its length."""

    start: float
    end: float
    open: bool
    text: str
    what: str = ""


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
    counted
        The values are numbers, not just yes and no.
    of_client
        They are what a client was answered, not the pods of a workload.
    looks
        The table of looks, and in it those of the whole and of its lost part.
    peak
        The value that is drawn full height; 0 = its own greatest.
    at
        Where its words belong (s), if they are of no outage.
    apart, apart_look
        A part of each value that looks otherwise, on top of the others; how.
    """

    label: str
    unit: str
    edges: tuple[float, ...]
    heights: tuple[float, ...]
    lost: tuple[float, ...] = ()
    lost_text: str = ""
    gaps: tuple[Gap, ...] = ()
    counted: bool = True
    of_client: bool = True
    looks: tuple[str, str, str] = ("curve", "answered", "lost")
    peak: float = 0.0
    at: float | None = None
    apart: tuple[float, ...] = ()
    apart_look: str = ""

    @property
    def told(self) -> str:
        """Return the line below its name: its unit, and its greatest value."""
        peak = max(self.heights, default=0.0)
        if not self.counted or not peak:
            return self.unit
        most = f"{peak:,.0f}" if peak >= 1000 else f"{peak:.3g}"
        return say("{unit}, at most {most}", unit=self.unit, most=most)

    @property
    def brief(self) -> str:
        """Return the line below its name where there is room for few words: up to how many of its unit."""
        peak = max(self.heights, default=0.0)
        if not self.counted or not peak:
            return self.unit
        return f"\N{LESS-THAN OR EQUAL TO} {f'{peak:,.0f}' if peak >= 1000 else f'{peak:.3g}'} {self.unit}"

    @property
    def used(self) -> set[str]:
        """Return which looks of its table are in it."""
        if self.looks[0] != "curve":
            _, whole, part = self.looks
            others = self.apart or (0.0,) * len(self.heights)
            rest = any(
                value > less + on for value, less, on in zip(self.heights, self.lost, others, strict=True)
            )
            kinds = ((whole, rest), (part, any(self.lost)), (self.apart_look, any(self.apart)))
            return {kind for kind, there in kinds if there}
        answered = self.of_client and any(self.heights)
        parts = {self.looks[1]: answered, "outage": self.gaps, "lost": self.lost_text}
        return {kind for kind, there in parts.items() if there}

    @property
    def longest(self) -> Gap | None:
        """Return the longest outage: the one that gets words."""
        return max(self.gaps, key=lambda gap: gap.end - gap.start, default=None)

    @property
    def about(self) -> tuple[float, float]:
        """Return what its words are about (s): the longest outage, else the first lost write."""
        if self.longest is not None:
            return self.longest.start, self.longest.end
        if self.at is not None:
            return self.at, self.at
        first = next((index for index, value in enumerate(self.lost) if value), 0)
        return self.edges[first], self.edges[first]

    @property
    def noted(self) -> bool:
        """Tell whether words belong to it, and so a line above the curve where they cover nothing."""
        return bool(self.gaps or self.lost_text)


def bin_width(length: float, interval: float = 0.0) -> float:
    """Return the width of bins (s) for a stretch of `length` s: at most 300, each of eight intervals."""
    return next((w for w in _WIDTHS if length / w <= 300 and w >= 8 * interval), _WIDTHS[-1])


def _typical(ok: Sequence[int]) -> float:
    return median(b - a for a, b in pairwise(ok)) / SECOND if len(ok) > 1 else 0.0


def _edges(width: float, end: float, gaps: Sequence[Gap]) -> tuple[float, ...]:
    """Return edges at equal distances, moved to where outages begin and end."""
    fixed = [t for gap in gaps for t in (gap.start, gap.end) if 0 < t < end]
    grid = (index * width for index in range(1, int(end / width) + 1))
    loose = [t for t in grid if all(abs(t - f) >= width / 2 for f in fixed) and end - t >= width / 2]
    return (0.0, *sorted(fixed + loose), end)


def client_strip(reading: Reading, name: str, window: tuple[float, float]) -> Strip:
    """Return a client's successes a second, its outages and its lost writes, within `window` (s)."""
    client = reading.clients[name]
    main = client.main
    end = reading.record.duration_s
    verb = word(VERBS.get(main.f if main is not None else "write", "operations"))
    gaps = gaps_of(reading.main_outages(name), verb)
    if name in reading.traffic:
        return _counted(reading, name, bin_width(window[1] - window[0]))
    if main is None:
        edges, values = _reported(gaps, end)
        return Strip(name, verb, edges, values, gaps=gaps, counted=False)
    width = bin_width(window[1] - window[0], _typical(main.ok))
    edges = _edges(width, end, gaps)
    heights = rates(main.ok, edges, width / 2)
    lost = reading.lost_at(name)
    text = lost_text(len(lost), spoken()) if lost else ""
    gone = rates(lost, edges, width / 2) if lost else ()
    return Strip(name, say("{what}/s", what=verb), edges, heights, gone, text, gaps)


def _counted(reading: Reading, name: str, width: float) -> Strip:
    """Return the rates that a client without a history has counted, in stretches of `width` s at least."""
    f, count = next(iter(reading.traffic[name].items()))
    verb = word(VERBS.get(f, "operations"))
    end = reading.record.duration_s
    stretches = list(_wide(count.stretches, max(SECOND, round(width * SECOND))))
    edges = [0.0, *(each.start_us / SECOND for each in stretches), end]
    heights = [0.0, *(each.ok * SECOND / (each.end_us - each.start_us) for each in stretches)]
    gaps = gaps_of(reading.main_outages(name), verb)
    loss = reading.losses.get(name)
    text = "" if loss is None else lost_text(loss.count, spoken())
    return Strip(name, say("{what}/s", what=verb), tuple(edges), tuple(heights), (), text, gaps)


def _wide(stretches: Sequence[Stretch], least_us: int) -> Iterator[Stretch]:
    """Put what is shorter together with what follows: one success is no hundred a second."""
    ok, start = 0, None
    for each in stretches:
        start, ok = each.start_us if start is None else start, ok + each.ok
        if each.end_us - start >= least_us:
            yield Stretch(start, each.end_us, ok)
            ok, start = 0, None
    if start is not None and stretches[-1].end_us > start:
        yield Stretch(start, stretches[-1].end_us, ok)


def gaps_of(outages: Sequence[Outage], verb: str) -> tuple[Gap, ...]:
    """Return what is shaded: outages with less than a second between them are one stretch."""
    stretches: list[list[Outage]] = []
    for outage in outages:
        if stretches and outage.start_us - stretches[-1][-1].end_us < SECOND:
            stretches[-1].append(outage)
        else:
            stretches.append([outage])
    return tuple(_gap(stretch, verb) for stretch in stretches)


def _gap(stretch: Sequence[Outage], verb: str) -> Gap:
    start, end = stretch[0].start_us / SECOND, stretch[-1].end_us / SECOND
    none = say("no {what}" if len(stretch) == 1 else "almost no {what}", what=verb)
    text = say("{none} for {time}", none=none, time=duration(end - start))
    return Gap(start, end, stretch[-1].open, text, none)


def rates(times: Sequence[int], edges: Sequence[float], least: float) -> tuple[float, ...]:
    """Return how many of the sorted `times` (µs) fall between each two edges, a second.

    One success between two outages is no thousand a second: a stretch counts as `least` (s) long at least.
    """
    places = [bisect_right(times, round(edge * SECOND)) for edge in edges]
    places[0] = 0
    return tuple(
        (places[i + 1] - places[i]) / max(least, edges[i + 1] - edges[i]) for i in range(len(edges) - 1)
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
    return Strip(
        say("{name}, +{hidden} more", name=name, hidden=hidden),
        word("Ready pods"),
        edges,
        heights,
        of_client=False,
    )

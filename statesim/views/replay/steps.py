"""What clients were answered, counted in equal steps: the curve under a replay."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from statesim.analysis.drift import level_at, levels
from statesim.analysis.outcome import VERBS
from statesim.analysis.record import ABORTED, FINAL, NOT_DONE
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.analysis.reading import Reading
    from statesim.analysis.record import RunRecord
    from statesim.kernel.trace import TraceEvent

MOST_STEPS = 1200
_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400, 604800)
_COUNTED = {"acked": "ok", "failed": "failed", "unknown": "unknown"}


def step_us(duration_us: int) -> int:
    """Return how long a step is: at most 1,200 of them make the run, and a person would choose it."""
    fits = (round(s * SECOND) for s in _SECONDS if s * SECOND * MOST_STEPS >= duration_us)
    return next(fits, -(-duration_us // MOST_STEPS))


def traffic(reading: Reading) -> dict[str, dict[str, Any]]:
    """Return for each client what its operations of the main kind came to, step by step; others beside."""
    counts = _Counts(reading)
    found = {}
    for client in (name for name in reading.clients if name in counts.kinds):
        counted, main = reading.traffic.get(client), reading.clients[client].main
        kinds = list(counts.kinds[client])
        first = next(iter(counted)) if counted else main.f if main is not None else kinds[0]
        told = [counts.told(client, f) for f in sorted(kinds, key=lambda f: f != first)]
        found[client] = told[0]
        lost = reading.lost_at(client)
        if lost:
            found[client]["lost"] = counts.sums(lost)
        if told[1:]:
            found[client]["also"] = told[1:]
    return found


class _Counts:
    """How many operations came to what, in each step."""

    def __init__(self, reading: Reading) -> None:
        self._width = step_us(reading.record.duration_us)
        self._steps = max(1, -(-reading.record.duration_us // self._width))
        self._rows: dict[tuple[str, str, str], list[int]] = {}
        self.kinds: dict[str, dict[str, None]] = {}
        self._history(reading.record)
        for event in reading.record.events:
            if event.event == "Traffic":
                self._counted(event)

    def _row(self, client: str, f: str, outcome: str) -> list[int]:
        row = self._rows.get((client, f, outcome))
        if row is None:
            self.kinds.setdefault(client, {})[f] = None
            row = self._rows[client, f, outcome] = [0] * self._steps
        return row

    def _history(self, record: RunRecord) -> None:
        """Count operations where they were answered; those without an answer where the run ends."""
        width, last = self._width, self._steps - 1
        begun: dict[tuple[str, Any, str], None] = {}
        for t, process, client, type_, f, _, error in record.history:
            if type_ == "invoke":
                begun[client, process, f] = None
            elif process != FINAL:
                begun.pop((client, process, f), None)
                outcome = "acked" if type_ == "ok" else _outcome(type_, error)
                self._row(client, f, outcome)[min(t // width, last)] += 1
        for client, _, f in begun:
            self._row(client, f, "unknown")[last] += 1

    def _counted(self, event: TraceEvent) -> None:
        """Spread what was only counted evenly over its stretch of time; the sum stays what it is."""
        fields, client = event.fields, event.object.partition("/")[2]
        start, last = round(float(fields["since_s"]) * SECOND), self._steps - 1
        first, final = min(start // self._width, last), min(event.t_us // self._width, last)
        edges = [start, *((place + 1) * self._width for place in range(first, final)), event.t_us]
        length = max(1, event.t_us - start)
        for outcome, name in _COUNTED.items():
            count = int(fields.get(name, 0))
            if not count:
                continue
            row = self._row(client, fields["f"], outcome)
            shares = [count * (edge - start) // length for edge in edges[:-1]]
            for place, (a, b) in enumerate(pairwise([*shares, count]), first):
                row[place] += b - a

    def sums(self, times: Iterable[int]) -> list[int]:
        """Return how many of these instants (µs) are in each step."""
        row = [0] * self._steps
        for t in times:
            row[min(t // self._width, self._steps - 1)] += 1
        return row

    def told(self, client: str, f: str) -> dict[str, Any]:
        """Return what one kind of operation of a client came to."""
        none = [0] * self._steps
        rows = {outcome: self._rows.get((client, f, outcome), none) for outcome in _COUNTED}
        return {"step_us": self._width, "f": f, "unit": VERBS.get(f, "operations"), **rows}


def _outcome(type_: str, error: str) -> str:
    """Return what an answer comes to, as `analysis.outages` counts it: who was served was served."""
    served = error.startswith(NOT_DONE) or (type_ == "fail" and error.startswith(ABORTED))
    return "acked" if served else "failed" if type_ == "fail" else "unknown"


def drift(reading: Reading) -> dict[str, dict[str, Any]]:
    """Return for each system how far its containers had moved from their images at the end of each step."""
    duration_us = reading.record.duration_us
    width = step_us(duration_us)
    ends = [min(end, duration_us) for end in accumulate([width] * max(1, -(-duration_us // width)))]
    found = {}
    for system, course in levels(reading.record.drift).items():
        each = [level_at(course, end) for end in ends]
        found[system] = {
            "step_us": width,
            **{
                name: [0 if level is None else getattr(level, name) for level in each]
                for name in ("storage", "at_risk", "sessions")
            },
        }
    return found

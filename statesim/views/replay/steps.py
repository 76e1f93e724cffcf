"""What clients were answered, counted in equal steps: the curve under a replay."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.analysis.drift import level_at, levels
from statesim.analysis.outcome import VERBS
from statesim.analysis.record import ABORTED, FINAL, NOT_DONE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statesim.analysis.reading import Reading

MOST_STEPS = 1200
_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400, 604800)
_COUNTED = {"acked": "ok", "failed": "failed", "unknown": "unknown"}


class Answered(NamedTuple):
    """So many operations of a kind came to something, between two instants (the same, if there was one)."""

    f: str
    outcome: str
    start_us: int
    end_us: int
    many: int


def step_us(duration_us: int) -> int:
    """Return how long a step is: at most 1,200 of them make the run, and a person would choose it."""
    fits = (round(s * SECOND) for s in _SECONDS if s * SECOND * MOST_STEPS >= duration_us)
    return next(fits, -(-duration_us // MOST_STEPS))


def traffic(reading: Reading) -> dict[str, dict[str, Any]]:
    """Return for each client what its operations of the main kind came to, step by step; others beside."""
    record = reading.record
    width = step_us(record.duration_us)
    rows: dict[str, list[Answered]] = {}
    for client, row in _answers(reading):
        rows.setdefault(client, []).append(row)
    found = {}
    for client in (name for name in reading.clients if name in rows):
        kinds = dict.fromkeys(row.f for row in rows[client])
        counted = reading.traffic.get(client)
        main = reading.clients[client].main
        first = next(iter(counted)) if counted else main.f if main is not None else next(iter(kinds))
        told = [_kind(rows[client], f, width, record.duration_us) for f in kinds]
        told.sort(key=lambda each: each["f"] != first)
        found[client] = told[0]
        lost = reading.lost_at(client)
        if lost:
            found[client]["lost"] = _spread(((t, t, 1) for t in lost), width, record.duration_us)
        if told[1:]:
            found[client]["also"] = told[1:]
    return found


def _kind(rows: Iterable[Answered], f: str, width: int, duration_us: int) -> dict[str, Any]:
    sums = {
        outcome: _spread(
            ((r.start_us, r.end_us, r.many) for r in rows if r.f == f and r.outcome == outcome),
            width,
            duration_us,
        )
        for outcome in _COUNTED
    }
    return {"step_us": width, "f": f, "unit": VERBS.get(f, "operations"), **sums}


def _answers(reading: Reading) -> Iterator[tuple[str, Answered]]:
    """Yield what each operation, or each stretch of those that were only counted, came to."""
    end = reading.record.duration_us
    begun: dict[tuple[str, Any, str], None] = {}
    for t, process, client, type_, f, _, *error in reading.record.history:
        if process == FINAL:
            continue
        key = (client, process, f)
        if type_ == "invoke":
            begun[key] = None
            continue
        begun.pop(key, None)
        yield client, Answered(f, _outcome(type_, str(error[0]) if error else ""), t, t, 1)
    for client, _, f in begun:  # without an answer to the end
        yield client, Answered(f, "unknown", end, end, 1)
    for event in reading.record.events:
        if event.event == "Traffic":
            fields, client = event.fields, event.object.partition("/")[2]
            since = round(float(fields["since_s"]) * SECOND)
            for outcome, name in _COUNTED.items():
                if fields.get(name):
                    yield client, Answered(fields["f"], outcome, since, event.t_us, int(fields[name]))


def _outcome(type_: str, error: str) -> str:
    """Return what an answer comes to, as `analysis.outages` counts it: who was served was served."""
    served = type_ == "ok" or error.startswith(NOT_DONE) or (type_ == "fail" and error.startswith(ABORTED))
    return "acked" if served else "failed" if type_ == "fail" else "unknown"


def _spread(rows: Iterable[tuple[int, int, int]], width: int, duration_us: int) -> list[int]:
    """Add counts up by step; those of a stretch are spread evenly over it, and their sum stays what it is."""
    sums = [0] * max(1, -(-duration_us // width))
    last = len(sums) - 1
    for start, end, count in rows:
        first, final = min(start // width, last), min(end // width, last)
        if first == final:
            sums[first] += count
            continue
        edges = [start, *((place + 1) * width for place in range(first, final)), end]
        shares = [count * (edge - start) // (end - start) for edge in edges]
        for place, (a, b) in enumerate(pairwise(shares), first):
            sums[place] += b - a
    return sums


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

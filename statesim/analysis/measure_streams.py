"""What viewers of live streams noticed: streams that were cut, pictures that stood still, who came back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from statesim.analysis.reading import Reading


def measure_streams(reading: Reading) -> dict[str, dict[str, float]]:
    """Return what each client's viewers noticed, by its name; clients without viewers are not in it."""
    if not any("segment" in client.kinds for client in reading.clients.values()):
        return {}
    found: dict[str, dict[str, float]] = {}
    last: dict[tuple[str, object], int] = {}
    for t, process, name, type_, f, value, *_ in reading.record.history:
        if type_ != "ok" or f != "segment":
            continue
        mine = found.setdefault(name, {"stalls": 0, "stalled_s": 0.0})
        before = last.get((name, process), t)
        last[name, process] = t
        stood_us = t - before - round(value * SECOND)
        if stood_us > 0:
            mine["stalls"] += 1
            mine["stalled_s"] = round(mine["stalled_s"] + stood_us / SECOND, 6)
    return {name: {**mine, **_connections(reading, name)} for name, mine in found.items()}


def _connections(reading: Reading, name: str) -> dict[str, float]:
    """Return how many streams were cut, of whom, and the most viewers who came back within a second."""
    seen: set[object] = set()
    cut: Counter[object] = Counter()
    back: Counter[int] = Counter()
    for event in reading.record.events:
        if event.object != f"Client/{name}":
            continue
        session = event.fields.get("session")
        if event.event == "SessionBroken" and event.fields.get("how") != "closed":
            cut[session] += 1
        elif event.event == "SessionOpened":
            if session in seen:
                back[event.t_us // SECOND] += 1
            seen.add(session)
    return {
        "streams_cut": cut.total(),
        "viewers_cut": len(cut),
        "reconnects_max": max(back.values(), default=0),
    }

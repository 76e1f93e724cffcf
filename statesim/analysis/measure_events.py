"""How often each event happened: what an expectation counts when no other metric is about it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statesim.analysis.reading import Reading


def measure_events(reading: Reading) -> dict[str, dict[str, int]]:
    """Return the number of events of each kind of object by name, as ``{"Pod": {"Created": 3}}``."""
    counts: Counter[tuple[str, str]] = Counter(
        (event.object.partition("/")[0], event.event) for event in reading.record.events
    )
    found: dict[str, dict[str, int]] = {}
    for (kind, event), count in sorted(counts.items()):
        found.setdefault(kind, {})[event] = count
    return found

"""Strips of drift: how far the containers of each system have moved from their image, through time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.drift import levels
from statesim.kernel.spans import SECOND
from statesim.views.strips import Strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.drift import Level
    from statesim.analysis.reading import Reading


def drift_strips(reading: Reading) -> list[Strip]:
    """Return a curve for each system: what its containers have and their image has not."""
    end = reading.record.duration_s
    found = levels(reading.record.drift)
    return [_strip(name, course, end) for name, course in found.items()]


def _strip(name: str, course: Sequence[Level], end: float) -> Strip:
    steps = [level for level in course if level.t_us / SECOND < end]
    edges = [0.0] if steps[0].t_us else []
    blank = (0.0,) * len(edges)
    edges += [level.t_us / SECOND for level in steps]
    return Strip(
        f"drift of {name}",
        _unit(steps),
        (*edges, end),
        (*blank, *(float(level.storage) for level in steps)),
        (*blank, *(float(level.at_risk) for level in steps)),
        of_client=False,
        looks=("drift", "kept", "at-risk"),
    )


def _unit(steps: Sequence[Level]) -> str:
    return "entries" if any(level.storage for level in steps) else "entries: none at any time"

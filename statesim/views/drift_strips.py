"""Strips of drift: how far the containers of each system have moved from their image, through time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.drift import level_at, levels
from statesim.analysis.left_on_disks import left_on_disks
from statesim.kernel.spans import SECOND
from statesim.views.speech import say, word
from statesim.views.strips import Strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.drift import Level
    from statesim.analysis.left_on_disks import Left
    from statesim.analysis.reading import Reading


def drift_strips(reading: Reading) -> list[Strip]:
    """Return a curve for each system: what its containers have and their image has not.

    What lies on a volume while its container is gone is a part of its own.
    """
    left = left_on_disks(reading)
    found = levels(reading.record.drift)
    return [
        _strip(name, course, left.get(name, []), reading.record.duration_us) for name, course in found.items()
    ]


def _strip(name: str, course: Sequence[Level], left: Sequence[Left], end_us: int) -> Strip:
    changes = {each.t_us for each in course} | {each.t_us for each in left}
    times = sorted({0, *(t_us for t_us in changes if t_us < end_us)})
    held = [level_at(course, t_us) for t_us in times]
    alone = [next((each.entries for each in reversed(left) if each.t_us <= t_us), 0) for t_us in times]
    storage = [0 if level is None else level.storage for level in held]
    return Strip(
        say("drift of {name}", name=name),
        word("entries" if any(storage) else "entries: none at any time"),
        (*(t_us / SECOND for t_us in times), end_us / SECOND),
        tuple(float(kept + more) for kept, more in zip(storage, alone, strict=True)),
        tuple(0.0 if level is None else float(level.at_risk) for level in held),
        of_client=False,
        looks=("drift", "kept", "at-risk"),
        apart=tuple(map(float, alone)) if any(alone) else (),
        apart_look="left",
    )

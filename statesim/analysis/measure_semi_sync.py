"""For how long a system that promises acknowledged commits kept no such promise, without saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from statesim.analysis.reading import Reading


def semi_sync_off_s(reading: Reading, system: str) -> float:
    """Return for how long any member took writes while its semi-synchronous commits were switched off."""
    off: set[str] = set()
    since = total = 0
    for event in reading.record.events:
        kind, _, pod = event.object.partition("/")
        mine = kind == "Member" and event.fields.get("system") == system
        before = len(off)
        if mine and event.event == "SemiSyncOff":
            off.add(pod)
        elif _exited(kind, event.event) or (mine and _ends(event.event, event.fields)):
            off.discard(pod)
        if off and not before:
            since = event.t_us
        elif before and not off:
            total += event.t_us - since
    return round((total + (reading.record.duration_us - since if off else 0)) / SECOND, 6)


def _exited(kind: str, event: str) -> bool:
    return kind == "Process" and event == "Exited"


def _ends(event: str, fields: dict[str, object]) -> bool:
    """Tell whether a member promises again, or its role says that it takes no writes any more."""
    return event == "SemiSyncOn" or (event == "Role" and not fields.get("accepts_writes"))

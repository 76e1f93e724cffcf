"""For how long a system that promises acknowledged commits kept no such promise, without saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.record import SECOND

if TYPE_CHECKING:
    from statesim.analysis.reading import Reading


def semi_sync_off_s(reading: Reading, system: str) -> float:
    """Return for how long a member took writes while its semi-synchronous commits were switched off."""
    since: dict[str, int] = {}
    total = 0
    for event in reading.record.events:
        kind, _, pod = event.object.partition("/")
        if kind == "Process" and event.event == "Exited" and pod in since:
            total += event.t_us - since.pop(pod)
        if kind != "Member" or event.fields.get("system") != system:
            continue
        if event.event == "SemiSyncOff":
            since.setdefault(pod, event.t_us)
        elif pod in since and (event.event == "SemiSyncOn" or _closed(event.event, event.fields)):
            total += event.t_us - since.pop(pod)
    end = reading.record.duration_us
    return round((total + sum(end - begun for begun in since.values())) / SECOND, 6)


def _closed(event: str, fields: dict[str, object]) -> bool:
    """Tell whether a member's role says that it takes no writes any more."""
    return event == "Role" and not fields.get("accepts_writes")

"""Does a system obey what a row asks? Promotions, restores, switchovers, pauses against what they aim at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.scenario.targets import PrimaryOf, Ref, ReplicaOf
from statesim.scenario.timeline_systems import (
    EmergencyRepair,
    Pause,
    ProcessKill,
    ProcessPause,
    Promote,
    Rebuild,
    Restore,
    Resume,
    StoreLoss,
    Switchover,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statesim.scenario.schema import Scenario
    from statesim.scenario.where import Path

_ROWS = (
    Promote
    | Rebuild
    | Restore
    | EmergencyRepair
    | Switchover
    | Pause
    | Resume
    | StoreLoss
    | ProcessKill
    | ProcessPause
)
_WHY = {
    Promote: "is for roles that are in people's hands; those of {kind} are not",
    Rebuild: "is for roles that are in people's hands; those of {kind} are not",
    Restore: "is for systems that have backups: postgres, postgres-replication and rds; {kind} has none",
    EmergencyRepair: "is for tables that a majority decides on; {kind} has no such repair",
    Switchover: "is for systems with a manager that takes orders; {kind} has none",
    Pause: "is for systems with a manager that takes orders; {kind} has none",
    Resume: "is for systems with a manager that takes orders; {kind} has none",
    StoreLoss: "is for systems whose manager keeps its keys in a store; {kind} has none",
    ProcessKill: "is for members of several programs; one of {kind} is one (container-kill)",
    ProcessPause: "is for members of several programs; one of {kind} is one (node-pause)",
}


def misdirected(scenario: Scenario, obeys: Callable[[str, str], bool]) -> Iterator[tuple[Path, str]]:
    """Yield where a row aims at a system that does not obey it, and why not.

    Only what is certain is said: what else a target means is known when the row happens.
    """
    kinds = {row.workload: row.kind for row in scenario.systems}
    names = {row.name: row.kind for row in scenario.systems}
    for index, row in enumerate(scenario.timeline):
        if not isinstance(row, _ROWS):
            continue
        kind = _kind(row.on, kinds, names)
        if kind is not None and not obeys(kind, row.do):
            yield ("timeline", index, "on"), f"{row.do} {_WHY[type(row)].format(kind=kind)}"


def _kind(on: Any, kinds: dict[Any, Any], names: dict[Any, Any]) -> str | None:
    found: str | None
    match on:
        case PrimaryOf(system) | ReplicaOf(system):
            found = names.get(system)
        case Ref("System", name):
            found = names.get(name)
        case Ref("Pod", name):
            found = kinds.get(on.key) or kinds.get(f"StatefulSet/{name.rpartition('-')[0]}")
        case Ref():
            found = kinds.get(on.key)
        case _:
            found = None
    return found

"""Are the roles of a system in people's hands? ``promote`` and ``rebuild`` against what they aim at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.scenario.targets import PrimaryOf, Ref, ReplicaOf
from statesim.scenario.timeline_systems import Promote, Rebuild

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statesim.scenario.schema import Scenario
    from statesim.scenario.where import Path


def misdirected(scenario: Scenario, by_hand: Callable[[str], bool]) -> Iterator[tuple[Path, str]]:
    """Yield where a row aims at a system whose roles it cannot change, and why not.

    Only what is certain is said: what else a target means is known when the row happens.
    """
    kinds = {row.workload: row.kind for row in scenario.systems}
    names = {row.name: row.kind for row in scenario.systems}
    for index, row in enumerate(scenario.timeline):
        if not isinstance(row, Promote | Rebuild):
            continue
        kind = _kind(row.on, kinds, names)
        if kind is not None and not by_hand(kind):
            why = f"{row.do} is for roles that are in people's hands; those of {kind} are not"
            yield ("timeline", index, "on"), why


def _kind(on: Any, kinds: dict[Any, Any], names: dict[Any, Any]) -> str | None:
    found: str | None
    match on:
        case PrimaryOf(system) | ReplicaOf(system):
            found = names.get(system)
        case Ref("Pod", name):
            found = kinds.get(on.key) or kinds.get(f"StatefulSet/{name.rpartition('-')[0]}")
        case Ref():
            found = kinds.get(on.key)
        case _:
            found = None
    return found

"""What must agree of the workloads' statuses: each number on the way, and everything in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.conformance import comparing, stories
from statesim.analysis.conformance.pair import Mismatch
from statesim.analysis.conformance.paths import final_statuses, status_paths, statuses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.analysis.conformance.pair import Pair
    from statesim.analysis.conformance.recording import Seen

KINDS = ("StatefulSet", "Deployment", "ReplicaSet")
# a status is written after what it counts, when its controller's client may write again
LATE_S = 0.5


def status(pair: Pair) -> list[Mismatch]:
    """Compare what the workloads said of themselves on the way, and in the end."""
    worlds = (pair.recorded, pair.simulated)
    ordered = pair.recording.ordered_sets()
    return [
        *comparing.series(*(_sizes(events, ordered) for events in worlds)),
        *comparing.strays(pair, *(status_paths(events, KINDS) for events in worlds), late_s=LATE_S),
        *comparing.stories(pair, *(stories.deletions(events) for events in worlds)),
        *_ends(pair),
    ]


def _sizes(events: Iterable[Seen], sets: frozenset[str]) -> dict[str, list[tuple[float, tuple[int, int]]]]:
    """Return (replicas, readyReplicas) of the sets whose pods wait for each other: each pair counts."""
    return {
        name: [(t, (numbers["replicas"], numbers["readyReplicas"])) for t, numbers in said]
        for name, said in statuses(events, ("StatefulSet",)).items()
        if name in sets
    }


def _ends(pair: Pair) -> list[Mismatch]:
    real, simulated = (
        final_statuses(events, ("StatefulSet", "Deployment")) for events in (pair.recorded, pair.simulated)
    )
    return [
        Mismatch(name, f"{name} ends with {field} {value} recorded, {ours} simulated")
        for name in sorted(real)
        for field, value in real[name].items()
        if (ours := simulated.get(name, {}).get(field)) != value
    ]

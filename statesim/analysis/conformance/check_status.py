"""What must agree of the workloads' statuses: each number on the way, and everything in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.conformance import comparing, stories
from statesim.analysis.conformance.pair import Mismatch
from statesim.analysis.conformance.paths import final_statuses, status_paths, statuses
from statesim.analysis.conformance.wear import wear, worn_near

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from statesim.analysis.conformance.pair import Pair
    from statesim.analysis.conformance.recording import Seen

# A recording is no clock of statuses: the control plane of node_crash_mixed had just begun, and took 1.8 s
# for its Deployment's first.
LATE_S = 0.3
KINDS = ("StatefulSet", "Deployment", "ReplicaSet")


def status(pair: Pair) -> list[Mismatch]:
    """Compare what the workloads said of themselves on the way, and in the end."""
    worlds = (pair.recorded, pair.simulated)
    wears = wear(pair.recorded, pair.recording.stateful_sets())

    def worn(name: str) -> Callable[[float], bool]:
        return worn_near(wears, name, pair.recording.tolerance_s)

    paths = (status_paths(events, KINDS) for events in worlds)
    return [
        *comparing.series(_sizes(pair.recorded), _sizes(pair.simulated), worn),
        *comparing.strays(pair, *paths, late_s=LATE_S, worn=worn),
        *comparing.stories(pair, *(stories.deletions(events) for events in worlds)),
        *_ends(pair),
    ]


def _sizes(events: Iterable[Seen]) -> dict[str, list[tuple[float, tuple[int, int]]]]:
    """Return (replicas, readyReplicas) of each workload over time: each pair counts."""
    return {
        name: [(t, (numbers["replicas"], numbers["readyReplicas"])) for t, numbers in said]
        for name, said in statuses(events, ("StatefulSet", "Deployment")).items()
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

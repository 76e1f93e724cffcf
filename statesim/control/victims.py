"""Which pods a ReplicaSet gives up first."""

from __future__ import annotations

from functools import cmp_to_key, partial
from typing import TYPE_CHECKING

from statesim.cluster.objects import Phase
from statesim.scenario.versions import Features

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statesim.cluster.objects import Pod

# k8s.io/api core/v1/annotation_key_constants.go: PodDeletionCost
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
LATEST = Features.for_version()


def victims(
    active: Iterable[Pod], related: Iterable[Pod], now: int = 0, features: Features = LATEST
) -> list[Pod]:
    """Return the pods in the order in which they would be given up.

    `related` are the pods of all ReplicaSets of the same Deployment: who shares a node with more of them goes
    earlier (pkg/controller/controller_utils.go: ActivePodsWithRanks; replica_set.go: getPodsToDelete).
    """
    siblings: dict[str, int] = {}
    for pod in related:
        if pod.active and pod.node is not None:
            siblings[pod.node] = siblings.get(pod.node, 0) + 1
    alike = cmp_to_key(partial(_compare, now, features))
    return sorted(active, key=lambda pod: (_rank(pod, siblings, features), alike(pod)))


def _compare(now: int, features: Features, one: Pod, other: Pod) -> int:
    """Compare two pods of one rank: negative if `one` goes first.

    Ready for a shorter time, more restarts, younger.
    """
    both_ready = one.ready_since_us is not None and other.ready_since_us is not None and one.ready
    if both_ready and one.ready_since_us != other.ready_since_us:
        return _younger(one, other, one.ready_since_us or 0, other.ready_since_us or 0, now, features)
    if one.restarts != other.restarts:
        return other.restarts - one.restarts
    if one.created_us != other.created_us:
        return _younger(one, other, one.created_us, other.created_us, now, features)
    return 0


def _rank(pod: Pod, siblings: Mapping[str, int], features: Features) -> tuple[int, ...]:
    """Sort the lowest first: unassigned, Pending, not ready, the cheaper to delete, more siblings there."""
    return (
        pod.node is not None,
        pod.phase is Phase.RUNNING,
        pod.ready,
        deletion_cost(pod) if features.on("PodDeletionCost") else 0,
        -siblings.get(pod.node or "", 0),
    )


def _younger(one: Pod, other: Pod, since: int, others: int, now: int, features: Features) -> int:
    """Compare two different times: the later first; of the same order of magnitude by uid (KEP-2185)."""
    if not features.on("LogarithmicScaleDown"):
        return -1 if since > others else 1
    difference = magnitude(now - since) - magnitude(now - others)
    if difference:
        return difference
    return -1 if one.uid < other.uid else 1


def magnitude(duration_us: int) -> int:
    """Return the order of magnitude of a duration: a power of two of nanoseconds; -1 for none.

    Source: pkg/controller/controller_utils.go: logarithmicRankDiff.
    """
    return (duration_us * 1000).bit_length() - 1 if duration_us > 0 else -1


def deletion_cost(pod: Pod) -> int:
    """Return a pod's deletion cost, 0 if it says none (helper: GetDeletionCostFromPodAnnotations)."""
    said = pod.annotations.get(DELETION_COST, "0")
    digits = said.removeprefix("-")
    return int(said) if digits.isascii() and digits.isdigit() else 0

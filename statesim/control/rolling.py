"""The arithmetic of a Deployment's rollout, as pure functions over counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.scenario.specs import DeploymentSpec


@dataclass(frozen=True, slots=True)
class Revision:
    """One ReplicaSet's counts: wanted (`spec`), there, and available; `max_replicas` is its annotation."""

    name: str
    spec: int
    available: int
    order: int = 0
    max_replicas: int = 0


def fenceposts(spec: DeploymentSpec) -> tuple[int, int]:
    """Return (surge, unavailable) as counts.

    A surge percentage rounds up, an unavailable one down; both zero means one unavailable
    (pkg/controller/deployment/util/deployment_util.go: ResolveFenceposts).
    """
    if spec.strategy == "Recreate":
        return 0, spec.replicas
    surge = spec.max_surge.of(spec.replicas, round_up=True)
    unavailable = spec.max_unavailable.of(spec.replicas, round_up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return surge, min(unavailable, spec.replicas)


def may_be_unavailable(spec: DeploymentSpec) -> int:
    """Return how many pods may be missing while a Deployment counts as available; none with Recreate.

    Source: pkg/controller/deployment/util/deployment_util.go: MaxUnavailable.
    """
    return 0 if spec.strategy == "Recreate" else fenceposts(spec)[1]


def new_size(replicas: int, surge: int, new: int, total: int) -> int:
    """Return how large the new ReplicaSet may be now (same file: NewRSNewReplicas)."""
    if new > replicas:
        return replicas
    room = replicas + surge - total
    return new if room <= 0 else min(replicas, new + room)


def shrink_old(replicas: int, unavailable: int, new: Revision, old: Sequence[Revision]) -> dict[str, int]:
    """Return the old ReplicaSets' next sizes: broken pods first, then as availability allows.

    New pods that are not available yet hold back as many old ones
    (pkg/controller/deployment/rolling.go: reconcileOldReplicaSets). A ReplicaSet that reports more available
    pods than it shall have has not caught up with its size, and nothing is judged by it
    (cleanupUnhealthyReplicas: "got invalid request to scale down").
    """
    if any(rs.available > rs.spec for rs in old):
        return {rs.name: rs.spec for rs in old}
    least = replicas - unavailable
    total = new.spec + sum(rs.spec for rs in old)
    room = total - least - (new.spec - new.available)
    if room <= 0:
        return {rs.name: rs.spec for rs in old}
    sizes = clean_broken(old, room)
    available = new.available + sum(rs.available for rs in old)
    return shrink_available(sizes, old, available - least)


def clean_broken(old: Sequence[Revision], room: int) -> dict[str, int]:
    """Take at most `room` unavailable pods away, oldest revision first: they cost no availability.

    Source: rolling.go: cleanupUnhealthyReplicas.
    """
    sizes = {rs.name: rs.spec for rs in old}
    for rs in sorted(old, key=lambda rs: rs.order):
        broken = min(rs.spec - rs.available, room)
        if broken > 0:
            sizes[rs.name] -= broken
            room -= broken
    return sizes


def shrink_available(sizes: Mapping[str, int], old: Sequence[Revision], spare: int) -> dict[str, int]:
    """Take at most `spare` more pods away, oldest revision first.

    Source: rolling.go: scaleDownOldReplicaSetsForRollingUpdate.
    """
    shrunk = dict(sizes)
    for rs in sorted(old, key=lambda rs: rs.order):
        step = min(shrunk[rs.name], spare)
        if step > 0:
            shrunk[rs.name] -= step
            spare -= step
    return shrunk


def proportional(replicas: int, surge: int, sets: Sequence[Revision]) -> dict[str, int]:
    """Return the sizes of all active ReplicaSets after the Deployment itself was scaled in mid-rollout.

    Each gets its share of the change by its size; what rounding leaves goes to the largest
    (pkg/controller/deployment/sync.go: scale; util: GetProportion).
    """
    sizes = {rs.name: rs.spec for rs in sets}
    allowed = replicas + surge if replicas > 0 else 0
    to_add = allowed - sum(sizes.values())
    if to_add == 0:
        return sizes
    grows = to_add > 0
    by_size = sorted(sets, key=lambda rs: (-rs.spec, -rs.order if grows else rs.order))
    added = 0
    for rs in by_size:
        if to_add == added:
            break
        before = rs.max_replicas or replicas
        share = _round_half_up(rs.spec * allowed, before) - rs.spec
        left = to_add - added
        share = min(share, left) if grows else max(share, left)
        share = max(share, 0) if grows else min(share, 0)
        sizes[rs.name] += share
        added += share
    if added != to_add and by_size:
        first = by_size[0].name
        sizes[first] = max(0, sizes[first] + to_add - added)
    return sizes


def _round_half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)

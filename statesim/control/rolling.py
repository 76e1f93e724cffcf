"""The arithmetic of a Deployment's rollout, as pure functions over counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def new_size(replicas: int, surge: int, new: int, total: int) -> int:
    """Return how large the new ReplicaSet may be now (same file: NewRSNewReplicas)."""
    if new > replicas:
        return replicas
    room = replicas + surge - total
    return new if room <= 0 else min(replicas, new + room)


def shrink_old(replicas: int, unavailable: int, new: Revision, old: Sequence[Revision]) -> dict[str, int]:
    """Return the old ReplicaSets' next sizes: broken pods first, then as availability allows.

    Source: pkg/controller/deployment/rolling.go: reconcileOldReplicaSets, cleanupUnhealthyReplicas,
    scaleDownOldReplicaSetsForRollingUpdate.
    """
    sizes = {rs.name: rs.spec for rs in old}
    total = new.spec + sum(sizes.values())
    least = replicas - unavailable
    room = total - least - (new.spec - new.available)
    if room <= 0:
        return sizes
    oldest_first = sorted(old, key=lambda rs: rs.order)
    cleaned = 0
    for rs in oldest_first:
        broken = min(rs.spec - rs.available, room - cleaned)
        if broken > 0:
            sizes[rs.name] -= broken
            cleaned += broken
    spare = new.available + sum(rs.available for rs in old) - least
    for rs in oldest_first:
        step = min(sizes[rs.name], spare)
        if step > 0:
            sizes[rs.name] -= step
            spare -= step
    return sizes


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

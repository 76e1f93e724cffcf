"""How a Deployment's rollout goes: its counts, and the reason of its Progressing condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statesim.cluster.objects import ReplicaSet
    from statesim.scenario.specs import DeploymentSpec

CREATED = "NewReplicaSetCreated"
UPDATED = "ReplicaSetUpdated"
AVAILABLE = "NewReplicaSetAvailable"
OVERDUE = "ProgressDeadlineExceeded"
PAUSED = "DeploymentPaused"
RESUMED = "DeploymentResumed"
FOUND = "FoundNewReplicaSet"
REFUSED = "ReplicaSetCreateError"

# util/deployment_util.go: HasProgressDeadline (MaxInt32 seconds mean none)
NO_DEADLINE_US = (2**31 - 1) * 1_000_000


class Condition(NamedTuple):
    """The Progressing condition: its reason (``None`` = not set yet), and when the rollout last moved."""

    reason: str | None
    since_us: int


def counts_of(spec: DeploymentSpec, sets: Iterable[ReplicaSet], new: ReplicaSet | None) -> dict[str, int]:
    """Return the numbers of the status, summed over the ReplicaSets (sync.go: calculateStatus)."""
    sets = tuple(sets)

    def total(name: str) -> int:
        return sum(rs.status.get(name, 0) for rs in sets)

    available = total("availableReplicas")
    return {
        "spec_replicas": spec.replicas,
        "replicas": total("replicas"),
        "readyReplicas": total("readyReplicas"),
        "updatedReplicas": new.status.get("replicas", 0) if new is not None else 0,
        "availableReplicas": available,
        "unavailableReplicas": max(0, sum(rs.replicas for rs in sets) - available),
    }


def complete(replicas: int, counts: Mapping[str, Any]) -> bool:
    """Tell whether all pods are new, there and available (util/deployment_util.go: DeploymentComplete)."""
    names = ("updatedReplicas", "replicas", "availableReplicas")
    return all(counts.get(name, 0) == replicas for name in names)


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether the rollout got on: more new, ready or available pods, or fewer old ones.

    Source: util/deployment_util.go: DeploymentProgressing.
    """

    def old(counts: Mapping[str, Any]) -> int:
        left: int = counts.get("replicas", 0) - counts.get("updatedReplicas", 0)
        return left

    more = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return old(after) < old(before) or any(after[name] > before.get(name, 0) for name in more)


def pause(spec: DeploymentSpec, was: Condition, now: int) -> Condition:
    """Note that a rollout was paused or resumed; the clock of its deadline starts anew then.

    Source: sync.go: checkPausedConditions; a missed deadline is not covered up.
    """
    if not has_deadline(spec) or was.reason == OVERDUE or spec.paused == (was.reason == PAUSED):
        return was
    return Condition(PAUSED if spec.paused else RESUMED, now)


def rollout(
    spec: DeploymentSpec, was: Condition, before: Mapping[str, Any], after: Mapping[str, Any], now: int
) -> Condition:
    """Judge a rollout under way. Nothing is rolled back when it is overdue: only the reason says so.

    Source: progress.go: syncRolloutStatus; util: DeploymentTimedOut.
    """
    if not has_deadline(spec):
        return Condition(None, was.since_us)
    if was.reason == AVAILABLE and after["replicas"] == after["updatedReplicas"]:
        return was
    if complete(spec.replicas, after):
        return Condition(AVAILABLE, now)
    if moved(before, after):
        return Condition(UPDATED, now)
    if was.reason in (None, AVAILABLE, OVERDUE):
        return was
    return Condition(OVERDUE, was.since_us) if now >= was.since_us + spec.progress_deadline_us else was


def has_deadline(spec: DeploymentSpec) -> bool:
    """Tell whether the rollout is timed at all; without a deadline there is no condition Progressing."""
    return spec.progress_deadline_us < NO_DEADLINE_US


def failure_of(sets: Iterable[ReplicaSet], new: ReplicaSet | None) -> dict[str, Any]:
    """Return why, and since when, a ReplicaSet cannot make its pods: the new one, else any.

    Source: sync.go: getReplicaFailures.
    """
    by_rank = (*((new,) if new is not None else ()), *sets)
    none: Mapping[str, Any] = {}
    failed = next((rs.status for rs in by_rank if "replicaFailure" in rs.status), none)
    return {name: failed[name] for name in ("replicaFailure", "failed_us") if name in failed}


def deadline(spec: DeploymentSpec, condition: Condition) -> int | None:
    """Return when a rollout that stands still is judged again (progress.go: requeueStuckDeployment)."""
    waiting = condition.reason in (CREATED, UPDATED, FOUND, RESUMED) and not spec.paused
    return condition.since_us + spec.progress_deadline_us if waiting else None

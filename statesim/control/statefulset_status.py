"""A StatefulSet's status, derived from its pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import Pod
from statesim.control.actions import Create, Delete, Together
from statesim.control.statefulset_view import running_and_ready

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.control.actions import Action
    from statesim.control.revisions import Revisions
    from statesim.control.statefulset_view import View


def status_of(
    view: View, revisions: Revisions, step: Iterable[Action] = ()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the status, and the changes that write it (none if it is so already).

    A Terminating pod still counts as there, and as ready while it is, but for no revision
    (stateful_set_control.go: computeReplicaStatus). Before 1.28 a pass that made pods counted them, and one
    that deleted pods no longer counted these for their revisions (updateStatefulSet), as recorded on 1.20:
    sts_scale_down_unhealthy.
    """
    spec, pods = view.spec, tuple(view.pods.values())
    if not view.features.has("StatefulSetCountsFirst"):
        made, gone = _done(step)
        pods = (*(pod for pod in pods if pod.name not in {each.name for each in made}), *made)
    else:
        gone = ()
    living = [pod for pod in pods if not pod.terminating and pod not in gone]
    ready = [pod for pod in pods if running_and_ready(pod)]
    updated = sum(pod.revision == revisions.update.name for pod in living)
    rolled = spec.update_strategy == "RollingUpdate" and complete(view, len(pods), len(ready), updated)
    current = revisions.update.name if rolled else revisions.current.name
    status: dict[str, Any] = {
        "observedGeneration": view.set.generation,
        "spec_replicas": spec.replicas,
        "replicas": len(pods),
        "readyReplicas": len(ready),
        "availableReplicas": sum(pod.available(view.now, spec.min_ready_us) for pod in ready),
        "currentReplicas": sum(pod.revision == current for pod in living),
        "updatedReplicas": updated,
        "currentRevision": current,
        "updateRevision": revisions.update.name,
    }
    if revisions.collisions:
        status["collisionCount"] = revisions.collisions
    if status == view.set.status:
        return status, {}
    changes = {"status": status, "current_revision": current, "update_revision": revisions.update.name}
    return status, changes


def _done(step: Iterable[Action]) -> tuple[tuple[Pod, ...], tuple[Pod, ...]]:
    """Return the pods that a pass makes, and those that it deletes."""
    acts = [act for each in step for act in (each.actions if isinstance(each, Together) else (each,))]
    made = (act.object for act in acts if isinstance(act, Create))
    gone = (act.object for act in acts if isinstance(act, Delete))
    return tuple(o for o in made if isinstance(o, Pod)), tuple(o for o in gone if isinstance(o, Pod))


def complete(view: View, there: int, ready: int, updated: int) -> bool:
    """Tell whether a rolling update is over, so that the update revision becomes the current one.

    Before 1.29 the pods that are there were compared with each other and not with how many are wanted: in
    mid-rollout, with a pod just gone, that could promote the revision early (stateful_set_utils.go:
    completeRollingUpdate).
    """
    wanted = view.spec.replicas if view.features.has("StatefulSetCompletion") else there
    return updated == ready == there == wanted


def next_available(view: View) -> int | None:
    """Return when the next Ready pod will have been so for minReadySeconds."""
    wait = view.spec.min_ready_us
    due = [
        pod.ready_since_us + wait
        for pod in view.pods.values()
        if pod.ready and pod.ready_since_us is not None and pod.ready_since_us + wait > view.now
    ]
    return min(due, default=None)

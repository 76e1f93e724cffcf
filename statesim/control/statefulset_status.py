"""A StatefulSet's status, derived from its pods."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import Pod
from statesim.control.actions import Create, Delete, Together
from statesim.control.statefulset_roster import Roster

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
    spec, roster = view.spec, view.roster
    if not view.features.has("StatefulSetCountsFirst"):
        made, gone = _done(step)
        roster = _as_if(view, made)
        names = {pod.name for pod in made}
        left = Counter(pod.revision for pod in gone if not pod.terminating and pod.name not in names)
    else:
        left = Counter()
    there, living = len(roster.pods), roster.living
    updated = living[revisions.update.name] - left[revisions.update.name]
    rolled = spec.update_strategy == "RollingUpdate" and complete(view, there, roster.ready, updated)
    current = revisions.update.name if rolled else revisions.current.name
    status: dict[str, Any] = {
        "observedGeneration": view.set.generation,
        "spec_replicas": spec.replicas,
        "replicas": there,
        "readyReplicas": roster.ready,
        "availableReplicas": roster.available,
        "currentReplicas": living[current] - left[current],
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


def _as_if(view: View, made: Iterable[Pod]) -> Roster:
    """Return the roster as it will be when these pods are there."""
    new = {pod.name: pod for pod in made}
    if not new:
        return view.roster
    pods = [row for row in view.pods.items() if row[1].name not in new]
    numbered = [(pod.ordinal, pod) for pod in new.values() if pod.ordinal is not None]
    return Roster(view.spec, (*pods, *numbered), view.now)


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

"""Third part of a StatefulSet's pass: pods of an older revision are replaced, from the top down."""

from __future__ import annotations

from itertools import islice, takewhile
from typing import TYPE_CHECKING

from statesim.control.actions import Delete
from statesim.control.statefulset_view import SETTLED, Step

if TYPE_CHECKING:
    from statesim.cluster.objects import ControllerRevision, Pod
    from statesim.control.statefulset_view import View


def update(view: View, newest: ControllerRevision) -> Step:
    """Delete pods of an older revision, as far as the strategy and the budget allow."""
    spec = view.spec
    if spec.update_strategy == "OnDelete":
        return Step((), "OnDelete: pods are updated when somebody deletes them")
    first = spec.start_ordinal + spec.partition
    if view.features.on("MaxUnavailableStatefulSet"):
        return _several(view, newest, first)
    return _one_by_one(view, newest, first)


def _one_by_one(view: View, newest: ControllerRevision, first: int) -> Step:
    """Delete one pod and wait until it is back and well (stateful_set_control.go: updateStatefulSet)."""
    for ordinal in takewhile(lambda ordinal: ordinal >= first, view.roster.to_update(newest.name)):
        pod = view.pods.get(ordinal)
        if pod is None:
            return Step((), f"waiting for slot {ordinal} to be filled")
        if _stale(view, pod, newest):
            return Step((Delete(pod),), f"{pod.name} has an older revision")
        if not view.usable(pod):
            return Step((), f"waiting for {pod.name} before the next")
    return Step(())


def _several(view: View, newest: ControllerRevision, first: int) -> Step:
    """Replace as many as may be unavailable at once, all slots counted (KEP-961).

    A percentage rounds down and means at least one. A broken pod of an older revision uses the budget up as
    any other does, so that it can starve a Parallel set's rollout (issue #137409); later versions replace
    such pods first (stateful_set_control.go: updateStatefulSetAfterInvariantEstablished).
    """
    budget = max(1, view.spec.max_unavailable.of(view.spec.replicas, round_up=False))
    pods = view.pods
    unusable = [o for o in reversed(view.roster.troubled) if o not in pods or not view.usable(pods[o])]
    broken: list[Pod] = []
    if not view.ordered and view.features.has("StatefulSetReplacesBrokenFirst"):
        broken = [pods[o] for o in unusable if o >= first and o in pods and _stale(view, pods[o], newest)]
    urgent = broken[:budget]
    left = max(0, budget - (len(unusable) - len(broken)) - len(urgent))
    outdated = takewhile(lambda ordinal: ordinal >= first, view.roster.outdated(newest.name))
    stale = (pods[o] for o in outdated if _stale(view, pods[o], newest))
    others = (pod for pod in stale if pod not in broken)
    chosen = [*urgent, *islice(others, left)]
    if chosen:
        names = ", ".join(pod.name for pod in chosen)
        why = f"{names}: an older revision, {budget} may be unavailable"
        return Step(tuple(Delete(pod) for pod in chosen), why)
    unavailable = len(unusable) - len(broken)
    waits = next(stale, None) is not None
    return Step((), f"waiting: {budget} may be unavailable and {unavailable} are" if waits else SETTLED)


def _stale(view: View, pod: Pod, newest: ControllerRevision) -> bool:
    return pod.revision != newest.name and not pod.terminating and not view.ended(pod)

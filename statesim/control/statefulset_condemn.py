"""Second part of a StatefulSet's pass: pods beyond the wanted slots go, the highest ordinal first."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from statesim.control.actions import Delete, slow_start
from statesim.control.statefulset_pods import claim_owners
from statesim.control.statefulset_view import SETTLED, Step, running_and_ready

if TYPE_CHECKING:
    from statesim.cluster.objects import Pod
    from statesim.control.actions import Action
    from statesim.control.statefulset_view import View


def condemn(view: View) -> Step:
    """Delete the pods that are too many; OrderedReady one at a time, each gone before the next.

    Their claims are first told whom they go with (stateful_set_control.go: updateStatefulSet,
    processCondemned).
    """
    actions: list[Action] = [
        write for ordinal in view.condemned for write in claim_owners(view, ordinal, view.pods[ordinal])
    ]
    return _in_order(view, actions) if view.ordered else _side_by_side(view, actions)


def _in_order(view: View, actions: list[Action]) -> Step:
    for ordinal in view.condemned:
        pod = view.pods[ordinal]
        if pod.terminating:
            return Step(actions, f"waiting for {pod.name} to be gone")
        first = first_unavailable(view)
        well = running_and_ready(pod) and view.usable(pod)
        if not well and first is not None and pod is not first:
            return Step(actions, f"{pod.name} is not Ready and neither is {first.name}")
        return Step([*actions, Delete(pod)], f"only {view.spec.replicas} wanted")
    return Step(actions, goes_on=True)


def _side_by_side(view: View, actions: list[Action]) -> Step:
    doomed = [view.pods[ordinal] for ordinal in view.condemned if not view.pods[ordinal].terminating]
    why = f"only {view.spec.replicas} wanted" if doomed else SETTLED
    if not doomed and view.condemned:
        why = f"waiting for {view.pods[view.condemned[-1]].name} to be gone"
    if view.features.has("StatefulSetBatches"):
        return Step([*actions, *slow_start([(Delete(pod),) for pod in doomed])], why, goes_on=True)
    return Step([*actions, *(Delete(pod) for pod in doomed)], why, goes_on=True)


def first_unavailable(view: View) -> Pod | None:
    """Return the first pod that is not well: of the slots, then of the condemned, ascending.

    Of the condemned it alone may go although it is not Ready.
    """
    pods = view.pods
    in_order = chain((o for o in view.roster.troubled if o in pods), view.roster.outside)
    return next((pods[ordinal] for ordinal in in_order if not view.usable(pods[ordinal])), None)

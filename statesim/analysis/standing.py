"""How an object stands at an instant: why a pod waits, why a client is not served, what a budget refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.intervals import ABSENT
from statesim.analysis.states import state_at
from statesim.analysis.telling import IN_ENGLISH
from statesim.analysis.unplaced import unplaced
from statesim.analysis.why_no_image import no_image
from statesim.analysis.why_paused import pause
from statesim.analysis.why_refused import refusals
from statesim.analysis.why_unserved import unserved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.states import ClusterState, PodState
    from statesim.analysis.telling import Telling
    from statesim.kernel.trace import TraceEvent

_SILENT = ("crashed", "paused", "cut-off")
_SHOWN = 5


def standing(events: Sequence[TraceEvent], obj: str, at_us: int, say: Telling = IN_ENGLISH) -> str:
    """Return sentences on a pod, a workload whose pods are not Ready, a budget or a client; else "".

    Parameters
    ----------
    obj
        ``Pod/name``, ``Deployment/name``, ``StatefulSet/name``, ``PodDisruptionBudget/name`` or
        ``Client/name``.
    at_us
        The instant, in microseconds.
    say
        Whose words it is told in.
    """
    kind, _, name = obj.partition("/")
    if kind == "PodDisruptionBudget":
        return refusals(events, obj, at_us, say)
    if kind == "Client":
        return unserved(events, name, at_us, say)
    if kind not in ("Pod", "Deployment", "StatefulSet"):
        return ""
    state = state_at(events, at_us)
    if kind != "Pod":
        return _not_ready(state, obj, at_us, say)
    pod = state.pods.get(name)
    if pod is None:
        return say("no_pod", at=say.instant(at_us), name=name)
    really = say("it_is", truth=say.state(pod.truth)) if pod.truth != ABSENT else say("none_ran")
    told = [say("shows", at=say.instant(at_us), name=name, api=say.state(pod.api), really=really)]
    told += [_unconfirmed(state, pod, say), _held(state, pod, say), _beside(state, pod, say)]
    if pod.api == "back-off":
        told.append(pause(events, name, at_us, say))
    elif pod.api == "no-image":
        told.append(no_image(events, name, at_us, say))
    said = say("gap").join(sentence for sentence in told if sentence)
    why = unplaced(events, obj, at_us, say) if pod.api == "pending" else ""
    return f"{said}\n{why}" if why else said


def _not_ready(state: ClusterState, workload: str, at_us: int, say: Telling) -> str:
    waiting = [
        pod for pod in state.pods.values() if pod.workload == workload and pod.api not in ("ready", ABSENT)
    ]
    shown = ", ".join(say("as", name=pod.name, state=say.state(pod.api)) for pod in waiting[:_SHOWN])
    more = say("more_not_ready", more=len(waiting) - _SHOWN) if len(waiting) > _SHOWN else ""
    return say("not_ready", at=say.instant(at_us), shown=shown, more=more) if shown else ""


def _unconfirmed(state: ClusterState, pod: PodState, say: Telling) -> str:
    """Say why a Terminating pod stays: nobody but its kubelet may say that it is gone."""
    node = state.nodes.get(pod.node)
    if pod.api != "terminating" or node is None or node.truth not in _SILENT:
        return ""
    return say("unconfirmed", node=node.name, how=say(node.truth))


def _beside(state: ClusterState, pod: PodState, say: Telling) -> str:
    """Say where a program of that name runs on without an object, if there is one beside the pod."""
    others = [
        say("as", name=o.node, state=say.state(o.truth))
        for o in state.pods.values()
        if o is not pod and o.name == pod.name
    ]
    return say("beside", name=pod.name, where=", ".join(others)) if others else ""


def _held(state: ClusterState, pod: PodState, say: Telling) -> str:
    """Say who holds the volume that a pod waits for."""
    if pod.api != "waiting-volume":
        return ""
    holders = sorted({node for volume in state.volumes.values() if volume.waiting for node in volume.nodes})
    return say("held", nodes=", ".join(holders)) if holders else ""

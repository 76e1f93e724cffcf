"""How an object stands at an instant: why a pod waits, why a client is not served, what a budget refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.instants import instant
from statesim.analysis.intervals import ABSENT
from statesim.analysis.states import state_at
from statesim.analysis.unplaced import unplaced
from statesim.analysis.why_no_image import no_image
from statesim.analysis.why_paused import pause
from statesim.analysis.why_refused import refusals
from statesim.analysis.why_unserved import unserved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.states import ClusterState, PodState
    from statesim.kernel.trace import TraceEvent

_MACHINES = {"crashed": "has no power", "paused": "stands still", "cut-off": "is cut off"}
_WORDS = {
    "ready": "Ready",
    "not-ready": "not Ready",
    "terminating": "Terminating",
    "no-image": "ImagePullBackOff",
    "back-off": "CrashLoopBackOff",
    "absent": "not there",
    "twice": "there twice",
}
_SHOWN = 5


def standing(events: Sequence[TraceEvent], obj: str, at_us: int) -> str:
    """Return sentences on a pod, a workload whose pods are not Ready, a budget or a client; else "".

    Parameters
    ----------
    obj
        ``Pod/name``, ``Deployment/name``, ``StatefulSet/name``, ``PodDisruptionBudget/name`` or
        ``Client/name``.
    at_us
        The instant, in microseconds.
    """
    kind, _, name = obj.partition("/")
    if kind == "PodDisruptionBudget":
        return refusals(events, obj, at_us)
    if kind == "Client":
        return unserved(events, name, at_us, _words)
    if kind not in ("Pod", "Deployment", "StatefulSet"):
        return ""
    state = state_at(events, at_us)
    if kind != "Pod":
        return _not_ready(state, obj, at_us)
    pod = state.pods.get(name)
    if pod is None:
        return f"At {instant(at_us)} there is no pod {name}."
    really = f"it is {_words(pod.truth)}" if pod.truth != ABSENT else "no program of it has run yet"
    told = [f"At {instant(at_us)} Kubernetes shows {name} as {_words(pod.api)}; really {really}."]
    told += [_unconfirmed(state, pod), _held(state, pod), _beside(state, pod)]
    if pod.api == "back-off":
        told.append(pause(events, name, at_us))
    elif pod.api == "no-image":
        told.append(no_image(events, name, at_us))
    said = " ".join(sentence for sentence in told if sentence)
    why = unplaced(events, obj, at_us) if pod.api == "pending" else ""
    return f"{said}\n{why}" if why else said


def _not_ready(state: ClusterState, workload: str, at_us: int) -> str:
    waiting = [
        pod for pod in state.pods.values() if pod.workload == workload and pod.api not in ("ready", ABSENT)
    ]
    shown = ", ".join(f"{pod.name} as {_words(pod.api)}" for pod in waiting[:_SHOWN])
    more = f", and {len(waiting) - _SHOWN} more that are not Ready" if len(waiting) > _SHOWN else ""
    return f"At {instant(at_us)} Kubernetes shows {shown}{more}; explain Pod/NAME says why." if shown else ""


def _words(state: str) -> str:
    return _WORDS.get(state, state.replace("-", " "))


def _unconfirmed(state: ClusterState, pod: PodState) -> str:
    """Say why a Terminating pod stays: nobody but its kubelet may say that it is gone."""
    node = state.nodes.get(pod.node)
    if pod.api != "terminating" or node is None or node.truth not in _MACHINES:
        return ""
    return (
        f"Only the kubelet of {node.name} could confirm its end, and that machine {_MACHINES[node.truth]}: "
        "until the pod's object is gone its name is taken and its volumes stay attached."
    )


def _beside(state: ClusterState, pod: PodState) -> str:
    """Say where a program of that name runs on without an object, if there is one beside the pod."""
    others = [
        f"{o.node} as {_words(o.truth)}" for o in state.pods.values() if o is not pod and o.name == pod.name
    ]
    return f"A program of an earlier {pod.name} still runs on {', '.join(others)}." if others else ""


def _held(state: ClusterState, pod: PodState) -> str:
    """Say who holds the volume that a pod waits for."""
    if pod.api != "waiting-volume":
        return ""
    holders = sorted({node for volume in state.volumes.values() if volume.waiting for node in volume.nodes})
    return f"Its volume is still attached to {', '.join(holders)}." if holders else ""

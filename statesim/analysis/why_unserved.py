"""Why a client is not served: whom it goes to, and how the pods are that should be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.instants import instant
from statesim.analysis.states import state_at
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from statesim.analysis.states import ClusterState
    from statesim.kernel.trace import TraceEvent

_SHOWN = 5
_SILENT = {"crashed": "has no power", "paused": "stands still", "cut-off": "is cut off"}


def unserved(events: Sequence[TraceEvent], client: str, at_us: int, words: Callable[[str], str]) -> str:
    """Return since when a client has not been served, and who does not answer; "" if it is served.

    Parameters
    ----------
    client
        The client's name.
    at_us
        The instant, in microseconds.
    words
        Says what Kubernetes calls a pod's state.
    """
    out: dict[str, TraceEvent] = {}
    for event in events:
        if event.t_us > at_us:
            break
        if event.object == f"Client/{client}" and event.event in ("Outage", "Recovered"):
            out.pop(str(event.fields.get("f")), None)
            if event.event == "Outage":
                out[str(event.fields.get("f"))] = event
    lines = []
    state = state_at(events, at_us) if out else None
    for f, event in out.items():
        last = event.fields.get("last_ok_s")
        since = instant(float(last or 0) * SECOND, SECOND // 10)
        ever = "has ever succeeded" if last is None else f"has succeeded since {since}"
        target = str(event.fields.get("target", ""))
        said = f"At {instant(at_us)} no {f} of {client} {ever}"
        where = _behind(events, state, target, at_us, words) if state is not None else ""
        held = _held(state, client) if state is not None else ""
        lines.append(f"{said}{where}{held}.")
    return "\n".join(lines)


def _behind(
    events: Sequence[TraceEvent],
    state: ClusterState,
    target: str,
    at_us: int,
    words: Callable[[str], str],
) -> str:
    """Say how the pods are that a client's target leads to."""
    kind, _, name = target.partition("/")
    if kind == "Pod":
        pod = state.pods.get(name)
        how = "is not there" if pod is None else f"is shown as {words(pod.api)}"
        return f", and {target} {how}; explain {target} says why"
    if kind != "Service":
        return f"; it goes to {target}" if target else ""
    ready = state.endpoints.get(name, ())
    if ready:
        return f"; {target} sends new connections to {_some(ready)}"
    pods = [pod for pod in _not_ready(events, name, at_us) if pod in state.pods]
    if not pods:
        return f": {target} has no pod with an address"
    there = _some([f"{pod} as {words(state.pods[pod].api)}" for pod in pods])
    return f": {target} has no pod that is Ready. Kubernetes shows {there}; explain Pod/NAME says why"


def _held(state: ClusterState, client: str) -> str:
    """Say how many of a client's connections lead to a machine that says nothing: it does not know yet."""
    silent = []
    for (name, key), count in state.sessions.items():
        pod = state.pods.get(key)
        node = None if pod is None or name != client else state.nodes.get(pod.node)
        if pod is not None and node is not None and node.truth in _SILENT:
            silent.append(f"{count} to {pod.name}, whose machine {node.name} {_SILENT[node.truth]}")
    if not silent:
        return ""
    return f"; connections that it still has: {_some(silent)}, and nobody has told it"


def _not_ready(events: Sequence[TraceEvent], service: str, at_us: int) -> list[str]:
    """Return the pods that stand in a Service's slices as not ready at an instant."""
    slices: dict[str, list[str]] = {}
    for event in events:
        if event.t_us > at_us:
            break
        kind, _, name = event.object.partition("/")
        if kind == "EndpointSlice" and event.fields.get("service", name) == service:
            if event.event == "EndpointsChanged":
                slices[name] = list(event.fields.get("not_ready", ()))
            elif event.event == "Deleted":
                slices.pop(name, None)
    return sorted({pod for pods in slices.values() for pod in pods})


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"

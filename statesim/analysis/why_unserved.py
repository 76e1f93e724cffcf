"""Why a client is not served: whom it goes to, and how the pods are that should be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.states import state_at
from statesim.analysis.telling import IN_ENGLISH
from statesim.analysis.words_zh import FILLED
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.states import ClusterState
    from statesim.analysis.telling import Telling
    from statesim.kernel.trace import TraceEvent

_SHOWN = 5
_SILENT = ("crashed", "paused", "cut-off")


def unserved(events: Sequence[TraceEvent], client: str, at_us: int, say: Telling = IN_ENGLISH) -> str:
    """Return since when a client has not been served, and who does not answer; "" if it is served.

    Parameters
    ----------
    client
        The client's name.
    at_us
        The instant, in microseconds.
    say
        Whose words it is told in.
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
        since = say.instant(float(last or 0) * SECOND, SECOND // 10)
        what = FILLED.get(f, f) if say.language == "zh" else f
        key = "never" if last is None else "none_since"
        said = say(key, at=say.instant(at_us), f=what, client=client, since=since)
        target = str(event.fields.get("target", ""))
        where = _behind(events, state, target, at_us, say) if state is not None else ""
        held = _held(state, client, say) if state is not None else ""
        lines.append(f"{said}{where}{held}{say('stop')}")
    return "\n".join(lines)


def _behind(
    events: Sequence[TraceEvent],
    state: ClusterState,
    target: str,
    at_us: int,
    say: Telling,
) -> str:
    """Say how the pods are that a client's target leads to."""
    kind, _, name = target.partition("/")
    if kind == "Pod":
        pod = state.pods.get(name)
        if pod is None:
            return say("pod_gone", target=target)
        return say("pod_shown", target=target, state=say.state(pod.api))
    if kind != "Service":
        return say("goes_to", target=target) if target else ""
    ready = state.endpoints.get(name, ())
    if ready:
        return say("sends_to", target=target, ready=say.named(ready, _SHOWN))
    pods = [pod for pod in _not_ready(events, name, at_us) if pod in state.pods]
    if not pods:
        return say("no_address", target=target)
    there = [say("as", name=pod, state=say.state(state.pods[pod].api)) for pod in pods]
    return say("none_ready", target=target, there=say.named(there, _SHOWN))


def _held(state: ClusterState, client: str, say: Telling) -> str:
    """Say how many of a client's connections lead to a machine that says nothing: it does not know yet."""
    silent = []
    for (name, key), count in state.sessions.items():
        pod = state.pods.get(key)
        node = None if pod is None or name != client else state.nodes.get(pod.node)
        if pod is not None and node is not None and node.truth in _SILENT:
            silent.append(say("silent", sessions=count, pod=pod.name, node=node.name, how=say(node.truth)))
    if not silent:
        return ""
    return say("still_has", some=say.named(silent, _SHOWN))


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

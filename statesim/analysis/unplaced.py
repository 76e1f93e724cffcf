"""A pod that has no node: what the scheduler said of it, and of each node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.chinese import reason
from statesim.analysis.telling import IN_ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statesim.analysis.telling import Telling
    from statesim.kernel.trace import TraceEvent

# With more nodes than this they are listed by reason.
_MANY = 40


def unplaced(events: Sequence[TraceEvent], pod: str, at_us: int, say: Telling = IN_ENGLISH) -> str:
    """Return why a pod has no node at an instant: the scheduler's last answer, and a line for each node.

    An empty text if it has one, or if the scheduler has not spoken yet.

    Parameters
    ----------
    pod
        ``Pod/name``.
    at_us
        The instant, in microseconds.
    say
        Whose words it is told in.
    """
    born: TraceEvent | None = None
    answer: TraceEvent | None = None
    first_us = 0
    told: dict[str, Mapping[str, Sequence[str]]] = {}
    nodes: dict[str, None] = {}
    leaving: dict[str, str] = {}
    for event in events:
        if event.t_us > at_us:
            break
        if event.event == "FailedScheduling":
            reasons = event.fields.get("reasons")
            told[event.object] = (
                told.get(event.fields.get("reasons_of", ""), {}) if reasons is None else reasons
            )
        if event.object == pod:
            if event.event == "Created":
                born, answer = event, None
            elif event.event in ("Scheduled", "Deleted"):
                born = answer = None
            elif event.event == "FailedScheduling":
                first_us = event.t_us if answer is None else first_us
                answer = event
        _note(event, pod, nodes, leaving)
    if answer is None:
        return _held_back(born, say)
    why = str(answer.fields.get("why", ""))
    why = reason(why) if why and say.language == "zh" else why
    said = say("no_node", first=say.instant(first_us), why=why)
    return "\n".join([said, *_by_node(told[pod], list(nodes), say), *_room(answer, leaving, say)])


def _note(event: TraceEvent, pod: str, nodes: dict[str, None], leaving: dict[str, str]) -> None:
    """Follow which nodes there are, and which pods have to go for this one."""
    kind, _, name = event.object.partition("/")
    if kind == "Node" and event.event == "Created":
        nodes[name] = None
    elif kind == "Node" and event.event == "Deleted":
        nodes.pop(name, None)
    elif event.event == "Preempted" and event.fields.get("by") == pod:
        leaving[event.object] = str(event.fields.get("node", ""))
    elif event.event == "Deleted":
        leaving.pop(event.object, None)


def _held_back(born: TraceEvent | None, say: Telling) -> str:
    gates = born.fields.get("gates") if born is not None else None
    if not gates:
        return ""
    return say("gates", gates=", ".join(gates))


def _by_node(reasons: Mapping[str, Sequence[str]], nodes: Sequence[str], say: Telling) -> Iterable[str]:
    """Return a line for each node with its reasons; by reason where there are many nodes."""
    everywhere = [reason for reason, names in reasons.items() if not names]
    if len(nodes) > _MANY:
        for reason, names in reasons.items():
            where = ", ".join(names) or say("every_node")
            yield f"  {reason}: {where}"
        return
    of_node: dict[str, list[str]] = {name: list(everywhere) for name in nodes} if everywhere else {}
    for reason, names in reasons.items():
        for name in names:
            of_node.setdefault(name, []).append(reason)
    width = max((len(name) for name in of_node), default=0)
    order = [name for name in nodes if name in of_node] + [name for name in of_node if name not in nodes]
    for name in order:
        yield f"  {name:<{width}}  {'; '.join(of_node[name])}"


def _room(answer: TraceEvent, leaving: Mapping[str, str], say: Telling) -> Iterable[str]:
    node = answer.fields.get("nominated")
    going = [pod.partition("/")[2] for pod, where in leaving.items() if where == node]
    if node is not None:
        who = say("room_who", pods=", ".join(going)) if going else ""
        yield say("room", node=node, who=who)

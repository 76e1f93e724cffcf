"""How long after what caused it something came, when that was not an action but an event.

The tolerance of times grows by 5 % of the time since the latest action, and a pod is evicted five minutes
after one. Measured from the taint, or from the end of the pod object, the same moment must agree to 1.5 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.conformance.pair import Mismatch
from statesim.analysis.conformance.recording import LEAST_TOLERANCE_S
from statesim.analysis.conformance.stories import evicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statesim.analysis.conformance.pair import Pair
    from statesim.analysis.conformance.recording import Recording, Seen

# what comes so soon after an action has that for its cause
_CAUSED_S = 10.0
Delay = tuple[str, float]


def after_taints(pair: Pair) -> list[Mismatch]:
    """Compare how long after its node's NoExecute taint each pod was told to go (300 s by default)."""
    told = "{} is told to go {:.2f} s after its node's taint recorded, {:.2f} s simulated"
    return _apart(told, *(list(_evictions(events, pair)) for events in (pair.recorded, pair.simulated)))


def taints_after_silence(pair: Pair) -> list[Mismatch]:
    """Compare how long after a node was found silent it got its NoExecute taint, zone by zone."""
    told = "{}: a taint evicts {:.2f} s after NotReady recorded, {:.2f} s simulated"
    zones = {str(node["name"]): str(node.get("zone", "")) for node in pair.recording.nodes}
    return _apart(told, *(list(_taints(events, zones)) for events in (pair.recorded, pair.simulated)))


def detached(pair: Pair) -> list[Mismatch]:
    """Compare how long after a node's last pod was gone its volume was let go (360 s from a dead node)."""
    told = "{} is let go {:.2f} s after its pod has gone recorded, {:.2f} s simulated"
    return _apart(
        told, *(list(_detached(events, pair.recording)) for events in (pair.recorded, pair.simulated))
    )


def _apart(told: str, theirs: Sequence[Delay], ours: Sequence[Delay]) -> list[Mismatch]:
    """Compare delays name by name; those of one name in order of their length."""
    if sorted(name for name, _ in theirs) != sorted(name for name, _ in ours):
        names = (", ".join(name for name, _ in sorted(found)) or "nothing" for found in (theirs, ours))
        what = told.removeprefix("{}").lstrip(": ").partition(" {")[0]
        return [Mismatch("", "what {}: {} recorded, {} simulated".format(what, *names))]
    return [
        Mismatch(name, told.format(name, real, simulated))
        for (name, real), (_, simulated) in zip(sorted(theirs), sorted(ours), strict=True)
        if abs(real - simulated) > LEAST_TOLERANCE_S
    ]


def _evictions(events: Sequence[Seen], pair: Pair) -> Iterator[Delay]:
    tainted: dict[str, float] = {}
    nodes: dict[str, str] = {}
    for seen in events:
        if seen.event == "Scheduled" and seen.kind == "Pod":
            nodes[seen.object] = str(seen.fields["node"])
        elif seen.event == "Tainted":
            if any(map(evicts, seen.fields["taints"])):
                tainted.setdefault(seen.name, seen.t)
            else:
                tainted.pop(seen.name, None)
        elif seen.event == "Deleted" and seen.kind == "Node":
            tainted.pop(seen.name, None)
        elif seen.event == "Terminating" and seen.kind == "Pod" and not _caused(seen.t, pair.recording):
            since = tainted.get(nodes.get(seen.object, ""))
            if since is not None:
                yield seen.object if seen.object in pair.stateful else "a pod", seen.t - since


def _taints(events: Sequence[Seen], zones: dict[str, str]) -> Iterator[Delay]:
    silent: dict[str, float] = {}
    for seen in events:
        if seen.kind != "Node":
            continue
        if seen.event == "NotReady":
            silent[seen.name] = seen.t
        elif seen.event == "Tainted" and any(map(evicts, seen.fields["taints"])):
            since = silent.pop(seen.name, None)
            if since is not None:
                yield f"zone {zones.get(seen.name, '')}", seen.t - since


def _detached(events: Sequence[Seen], recording: Recording) -> Iterator[Delay]:
    nodes: dict[str, str] = {}
    gone: dict[str, float] = {}
    for seen in events:
        if seen.event == "Scheduled" and seen.kind == "Pod":
            nodes[seen.object] = str(seen.fields["node"])
        elif seen.event == "Deleted" and seen.kind == "Pod":
            gone[nodes.get(seen.object, "")] = seen.t
        elif seen.event == "Detached" and not _caused(seen.t, recording):
            node = str(seen.fields["node"])
            if node in gone:
                yield f"a volume on {node}", seen.t - gone[node]


def _caused(t: float, recording: Recording) -> bool:
    return any(-0.05 <= t - action["t"] < _CAUSED_S for action in recording.actions)

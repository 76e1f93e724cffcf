"""What must agree between a recording and its replay: one function a column of the table.

Each returns what does not agree; nothing means that all does.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from statesim.analysis.conformance import stories
from statesim.analysis.conformance.pair import Mismatch, Pair
from statesim.analysis.conformance.stories import COALESCED_S, distinct, within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from statesim.analysis.conformance.recording import Recording, Seen
    from statesim.analysis.conformance.stories import Counted, Moment

_SETS = ("StatefulSet",)
_DEPLOYED = ("Deployment", "ReplicaSet")


def pods(pair: Pair) -> list[Mismatch]:
    """Compare the pods of StatefulSets: the same events of each, at the same times, in the same order."""
    ours = stories.lives(pair.simulated, pair.stateful)
    wrong = [
        problem
        for pod, theirs in stories.lives(pair.recorded, pair.stateful).items()
        for problem in _moments(pair, pod, theirs, ours[pod])
    ]
    for event in ("Created", "Terminating"):
        real = stories.order_of(pair.recorded, event, pair.stateful)
        simulated = stories.order_of(pair.simulated, event, pair.stateful)
        if _contradict(real, simulated):
            told = f"order of {event}: recorded {_names(real)}, simulated {_names(simulated)}"
            wrong.append(Mismatch("", told))
    known = {seen.object for seen in pair.recorded} | {seen.object for seen in pair.simulated}
    parents = {pod.rpartition("-")[0] for pod in pair.stateful}
    extra = sorted(pod for pod in known - pair.stateful if _is_member(pod, parents))
    return wrong + [Mismatch(pod, f"{pod} was never recorded") for pod in extra]


def _contradict(real: Sequence[Moment], simulated: Sequence[Moment]) -> bool:
    """Tell whether the worlds order two events differently that neither has at about the same time."""
    times = dict(_numbered(simulated))
    ours = [(t, times[place]) for place, t in _numbered(real) if place in times]
    return any(
        later - t > COALESCED_S and simulated_t - simulated_later > COALESCED_S
        for index, (t, simulated_t) in enumerate(ours)
        for later, simulated_later in ours[index + 1 :]
    )


def _numbered(moments: Sequence[Moment]) -> Iterator[tuple[tuple[str, int], float]]:
    seen: Counter[str] = Counter()
    for name, t in moments:
        seen[name] += 1
        yield (name, seen[name]), t


def _is_member(pod: str, parents: Iterable[str]) -> bool:
    parent, _, ordinal = pod.rpartition("-")
    return pod.startswith("Pod/") and ordinal.isdigit() and parent in parents


def revisions(pair: Pair) -> list[Mismatch]:
    """Compare the pods of Deployments: for each revision the same counts of events at the same times."""
    theirs = stories.revisions(pair.recorded, pair.stateful)
    ours = stories.revisions(pair.simulated, pair.stateful)
    wrong = []
    for name in sorted({*theirs, *ours}):
        real, simulated = theirs.get(name, []), ours.get(name, [])
        if len(real) != len(simulated):
            told = f"{name}: {len(real)} times recorded, {len(simulated)} simulated"
            wrong.append(Mismatch(name, told))
            continue
        wrong += [
            Mismatch(name, f"{name}, number {n}: {t:.2f} s recorded, {simulated_t:.2f} s simulated")
            for n, (t, simulated_t) in enumerate(zip(real, simulated, strict=True), start=1)
            if pair.apart(t, simulated_t)
        ]
    return wrong


def nodes(pair: Pair) -> list[Mismatch]:
    """Compare the nodes' conditions and taints, and hold them to the rules of the node lifecycle."""
    theirs, ours = stories.node_stories(pair.recorded), stories.node_stories(pair.simulated)
    wrong = []
    for node in sorted({*theirs, *ours}):
        real, simulated = theirs.get(node, []), ours.get(node, [])
        if _passed(real) != _passed(simulated):
            wrong.append(Mismatch(node, f"{node}: other conditions or taints"))
    return wrong + _found_silent(pair, ours) + _heard_again(pair, theirs, ours) + _tainted(pair, theirs, ours)


def _passed(story: Sequence[Moment]) -> list[str]:
    """Return a node's changes without those that lasted less than half a second (two writes for one)."""
    return [told for told, _ in stories.settled(story, 0.5)]


def _found_silent(pair: Pair, ours: Mapping[str, Sequence[Moment]]) -> list[Mismatch]:
    """Hold the simulator to the rule: NotReady after the grace period, less a heartbeat, plus two rounds."""
    grace = float(pair.recording.settings.get("node_monitor_grace_s", 40))
    wrong = []
    for action in pair.recording.actions:
        if action["action"] != "node-unreachable":
            continue
        story = ours.get(f"Node/{action['node']}", ())
        noticed = next((t for told, t in story if told == "NotReady" and t > action["t"]), None)
        if noticed is not None and not grace - 10 <= noticed - action["t"] <= grace + 10:
            node, after = f"Node/{action['node']}", noticed - action["t"]
            wrong.append(Mismatch(node, f"{node} was found silent after {after:.1f} s"))
    return wrong


def _heard_again(
    pair: Pair, theirs: Mapping[str, Sequence[Moment]], ours: Mapping[str, Sequence[Moment]]
) -> list[Mismatch]:
    """Compare when nodes were Ready again."""
    wrong = []
    for node in sorted({*theirs, *ours}):
        real, simulated = (
            [t for told, t in stories.get(node, ()) if told == "Ready"] for stories in (theirs, ours)
        )
        wrong += [
            Mismatch(node, f"{node} Ready: {t:.2f} s recorded, {simulated_t:.2f} s simulated")
            for t, simulated_t in zip(real, simulated, strict=False)
            if pair.apart(t, simulated_t)
        ]
    return wrong


def _tainted(pair: Pair, theirs: dict[str, list[Moment]], ours: dict[str, list[Moment]]) -> list[Mismatch]:
    """Compare when nodes of each zone got their NoExecute taints, whichever node came first."""
    zones = {f"Node/{node['name']}": str(node.get("zone", "")) for node in pair.recording.nodes}

    def zone_of(node: str) -> str:
        return zones.get(node, "")

    real, simulated = stories.by_zone(theirs, zone_of), stories.by_zone(ours, zone_of)
    wrong = []
    for zone, times in real.items():
        for t, simulated_t in zip(times, simulated.get(zone, []), strict=False):
            if pair.apart(t, simulated_t):
                told = f"zone {zone}: NoExecute at {t:.2f} s recorded, {simulated_t:.2f} s simulated"
                wrong.append(Mismatch("", told))
    return wrong


def volumes(pair: Pair) -> list[Mismatch]:
    """Compare claims, attachments and Multi-Attach errors; never take a volume from a living pod object."""
    theirs, ours = stories.claims(pair.recorded), stories.claims(pair.simulated)
    wrong = []
    for claim in sorted({*theirs, *ours}):
        wrong += _moments(pair, claim, theirs.get(claim, []), ours.get(claim, []))
    real, simulated = stories.attachments(pair.recorded), stories.attachments(pair.simulated)
    if len(real) != len(simulated):
        told = f"{len(real)} volumes were attached as recorded, {len(simulated)} as simulated"
        wrong.append(Mismatch("", told))
    for number, (theirs_, ours_) in enumerate(zip(real, simulated, strict=False), start=1):
        wrong += _moments(pair, f"volume {number}", theirs_, ours_)
    errors = stories.multi_attach(pair.recorded), stories.multi_attach(pair.simulated)
    if errors[0] != errors[1]:
        told = f"Multi-Attach errors: {errors[0]} recorded, {errors[1]} simulated"
        wrong.append(Mismatch("", told))
    return wrong


def endpoints(pair: Pair) -> list[Mismatch]:
    """Compare who stood behind each Service: stable names one by one, the others by their numbers."""
    theirs, ours = (stories.endpoints(events, pair.stateful) for events in (pair.recorded, pair.simulated))
    wrong = []
    for name in sorted({*theirs, *ours}):
        real, simulated = (stories.settled(each.get(name, [])) for each in (theirs, ours))
        wrong += _moments(pair, name, real, simulated)
    stateful = pair.stateful
    real_others = stories.other_endpoints(pair.recorded, stateful)
    return wrong + _strays(
        pair, real_others, stories.other_endpoints(pair.simulated, stateful), "ready", "not ready"
    )


def status(pair: Pair) -> list[Mismatch]:
    """Compare what the workloads said of themselves on the way, and in the end."""
    worlds = (pair.recorded, pair.simulated)
    ordered = pair.recording.ordered_sets()
    real, simulated = (
        {name: path for name, path in stories.statuses(events, _SETS).items() if name in ordered}
        for events in worlds
    )
    return [*_series(real, simulated), *_rollouts(pair, ordered), *_ends(pair)]


def _rollouts(pair: Pair, ordered: frozenset[str]) -> list[Mismatch]:
    """Compare the paths of Deployments, their ReplicaSets, and sets whose pods do not wait for each other."""
    kinds = (*_DEPLOYED, *_SETS)
    real, simulated = (
        {
            name: path
            for name, path in _by_order(stories.statuses(events, kinds)).items()
            if name not in ordered
        }
        for events in (pair.recorded, pair.simulated)
    )
    return _strays(pair, real, simulated, "replicas", "ready")


def _strays(
    pair: Pair,
    theirs: Mapping[str, Sequence[Counted]],
    ours: Mapping[str, Sequence[Counted]],
    first: str,
    second: str,
) -> list[Mismatch]:
    """Compare two numbers over time: neither world strays from the other's path."""
    slack = pair.recording.tolerance_s
    wrong = []
    for name in sorted({*theirs, *ours}):
        real, simulated = theirs.get(name, ()), ours.get(name, ())
        for told, found in (
            ("recorded", stories.stray(real, simulated, slack)),
            ("simulated", stories.stray(simulated, real, slack)),
        ):
            wrong += [
                Mismatch(name, f"{name}: {n} {first}, {k} {second} at {t:.2f} s only as {told}")
                for t, (n, k) in found
            ]
    return wrong


def _ends(pair: Pair) -> list[Mismatch]:
    kinds = ("StatefulSet", "Deployment")
    real, simulated = (stories.final_statuses(events, kinds) for events in (pair.recorded, pair.simulated))
    return [
        Mismatch(name, f"{name} ends with {field} {value} recorded, {simulated[name].get(field)} simulated")
        for name in sorted(real)
        for field, value in real[name].items()
        if simulated.setdefault(name, {}).get(field) != value
    ]


def evictions(pair: Pair) -> list[Mismatch]:
    """Compare which evictions were granted (201) and which refused (429)."""
    wrong = []
    for action in pair.recording.actions:
        if action["action"] != "evict" or "status" not in action:
            continue
        granted = any(
            seen.object == f"Pod/{action['name']}"
            and seen.event == "Evicted"
            and abs(seen.t - action["t"]) < COALESCED_S
            for seen in pair.simulated
        )
        if granted != (int(action["status"]) == 201):
            told = "granted" if granted else "refused"
            asked = f"eviction of {action['name']} at {action['t']} s"
            wrong.append(Mismatch(f"Pod/{action['name']}", f"{asked}: {action['status']}, here {told}"))
    return wrong


# what a recording must hold for a check to have something to compare
SUBJECTS: dict[str, Callable[[Recording], bool]] = {
    "pods": lambda recording: bool(recording.stateful_pods()),
    "revisions": lambda recording: any(seen.kind == "ReplicaSet" for seen in recording.events),
    "nodes": lambda recording: any(seen.kind == "Node" for seen in recording.events),
    "volumes": lambda recording: any(seen.kind == "VolumeAttachment" for seen in recording.events),
    "endpoints": lambda recording: any(seen.kind == "EndpointSlice" for seen in recording.events),
    "status": lambda recording: any(seen.event == "Status" for seen in recording.events),
    "evictions": lambda recording: any(action["action"] == "evict" for action in recording.actions),
}

CHECKS: dict[str, Callable[[Pair], list[Mismatch]]] = {
    "pods": pods,
    "revisions": revisions,
    "nodes": nodes,
    "volumes": volumes,
    "endpoints": endpoints,
    "status": status,
    "evictions": evictions,
}


# -- how two stories are compared ------------------------------------------------------------------------


def _moments(pair: Pair, name: str, theirs: Sequence[Moment], ours: Sequence[Moment]) -> list[Mismatch]:
    real, simulated = [told for told, _ in theirs], [told for told, _ in ours]
    if real != simulated:
        return [Mismatch(name, f"{name}: other events, or in another order")]
    return [
        Mismatch(name, f"{name} {told}: {t:.2f} s recorded, {simulated_t:.2f} s simulated")
        for (told, t), (_, simulated_t) in zip(theirs, ours, strict=True)
        if pair.apart(t, simulated_t)
    ]


def _series(
    theirs: Mapping[str, Sequence[tuple[float, Any]]], ours: Mapping[str, Sequence[tuple[float, Any]]]
) -> list[Mismatch]:
    """Compare values over time: what lasts in one world is seen in the other, and both end alike."""
    wrong = []
    for name in sorted({*theirs, *ours}):
        real, simulated = theirs.get(name, ()), ours.get(name, ())
        lasting = distinct(real, COALESCED_S), distinct(simulated, COALESCED_S)
        every = distinct(real), distinct(simulated)
        alike = within(lasting[0], every[1]) and within(lasting[1], every[0])
        if not alike or every[0][-1:] != every[1][-1:]:
            wrong.append(Mismatch(name, f"{name}: other values, or in another order"))
    return wrong


def _by_order(series: Mapping[str, Sequence[Counted]]) -> dict[str, Sequence[Counted]]:
    """Name ReplicaSets by their Deployment and the order of their appearance: hashes differ."""
    found: dict[str, Sequence[Counted]] = {}
    for name, values in series.items():
        kind, _, rest = name.partition("/")
        parent = rest.rpartition("-")[0]
        if kind != "ReplicaSet" or not parent:
            found[name] = values
            continue
        number = sum(key.startswith(f"ReplicaSet/{parent} #") for key in found) + 1
        found[f"ReplicaSet/{parent} #{number}"] = values
    return found


def _names(moments: Iterable[Moment]) -> str:
    return ", ".join(name.removeprefix("Pod/") for name, _ in moments) or "none"


def sides(pair: Pair) -> dict[str, tuple[list[Moment], list[Moment]]]:
    """Return both worlds' timelines, row by row, under the names that mismatches bear."""
    real, simulated = (_timelines(pair, events) for events in (pair.recorded, pair.simulated))
    return {name: (real.get(name, []), simulated.get(name, [])) for name in {**real, **simulated}}


def _timelines(pair: Pair, events: Sequence[Seen]) -> dict[str, list[Moment]]:
    found = stories.lives(events, pair.stateful)
    for name, times in stories.revisions(events, pair.stateful).items():
        found[name] = [(f"number {n}", t) for n, t in enumerate(times, start=1)]
    found |= stories.node_stories(events) | stories.claims(events)
    for number, story in enumerate(stories.attachments(events), start=1):
        found[f"volume {number}"] = story
    found |= stories.endpoints(events, pair.stateful)
    for values in (stories.statuses(events, _SETS), _by_order(stories.statuses(events, _DEPLOYED))):
        found |= {name: _as_moments(path, "replicas", "ready") for name, path in values.items()}
    for name, path in stories.other_endpoints(events, pair.stateful).items():
        found[name] = _as_moments(path, "ready", "not ready")
    return found


def _as_moments(path: Sequence[Counted], first: str, second: str) -> list[Moment]:
    return [(f"{n} {first}, {k} {second}", t) for t, (n, k) in path]

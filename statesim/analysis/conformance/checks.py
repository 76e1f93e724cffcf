"""What must agree between a recording and its replay: one function a column of the table.

Each returns what does not agree; nothing means that all does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.conformance import comparing, delays, stories
from statesim.analysis.conformance.check_nodes import nodes
from statesim.analysis.conformance.check_status import KINDS, status
from statesim.analysis.conformance.pair import Mismatch, Pair
from statesim.analysis.conformance.paths import COALESCED_S, status_paths
from statesim.analysis.conformance.recording import has_ordinal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from statesim.analysis.conformance.recording import Recording, Seen
    from statesim.analysis.conformance.stories import Moment


def pods(pair: Pair) -> list[Mismatch]:
    """Compare the pods of StatefulSets: the same events of each, at the same times, in the same order."""
    lives = (stories.lives(events, pair.stateful) for events in (pair.recorded, pair.simulated))
    wrong = comparing.stories(pair, *lives)
    for event in ("Created", "Terminating"):
        real = stories.order_of(pair.recorded, event, pair.stateful)
        simulated = stories.order_of(pair.simulated, event, pair.stateful)
        if _in_order(real, pair.recording) != _in_order(simulated, pair.recording):
            told = f"order of {event}: recorded {_names(real)}, simulated {_names(simulated)}"
            wrong.append(Mismatch("", told))
    known = {seen.object for seen in pair.recorded} | {seen.object for seen in pair.simulated}
    sets = pair.recording.stateful_sets()
    extra = sorted(pod for pod in known - pair.stateful if _is_member(pod, sets))
    return wrong + [Mismatch(pod, f"{pod} was never recorded") for pod in extra]


def _in_order(moments: Sequence[Moment], recording: Recording) -> list[str]:
    """Return the pods in their order; those that a deleted set takes with it have none among themselves.

    The garbage collector deletes them with twenty workers side by side (garbagecollector.go: Run,
    ``--concurrent-gc-syncs``): sts_delete_foreground and sts_delete_keeps_claims have different orders.
    """
    found: list[str] = []
    together: list[str] = []
    for pod, t in moments:
        if recording.collects(pod, t):
            together.append(pod)
            continue
        found += [*sorted(together), pod]
        together = []
    return found + sorted(together)


def _is_member(pod: str, sets: Iterable[str]) -> bool:
    return pod.startswith("Pod/") and has_ordinal(pod.removeprefix("Pod/"), sets)


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


def volumes(pair: Pair) -> list[Mismatch]:
    """Compare claims, attachments and Multi-Attach errors."""
    wrong = comparing.stories(pair, stories.claims(pair.recorded), stories.claims(pair.simulated))
    real, simulated = stories.attachments(pair.recorded), stories.attachments(pair.simulated)
    if len(real) != len(simulated):
        told = f"{len(real)} volumes were attached as recorded, {len(simulated)} as simulated"
        wrong.append(Mismatch("", told))
    for number, (theirs, ours) in enumerate(zip(real, simulated, strict=False), start=1):
        wrong += comparing.moments(pair, f"volume {number}", theirs, stories.firsts(ours))
    errors = stories.multi_attach(pair.recorded), stories.multi_attach(pair.simulated)
    return [*wrong, *comparing.moments(pair, "Multi-Attach errors", *errors), *delays.detached(pair)]


def endpoints(pair: Pair) -> list[Mismatch]:
    """Compare who stood behind each Service: stable names one by one, the others by their numbers."""
    worlds, stateful = (pair.recorded, pair.simulated), pair.stateful
    known = (stories.endpoints(events, stateful) for events in worlds)
    others = (stories.other_endpoints(events, stateful) for events in worlds)
    return [*comparing.stories(pair, *known), *comparing.strays(pair, *others)]


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
    for each in (stories.conditions, stories.taints, stories.claims, stories.deletions):
        for name, story in each(events).items():
            found[name] = sorted([*found.get(name, ()), *story], key=lambda moment: moment[1])
    for number, story in enumerate(stories.attachments(events), start=1):
        found[f"volume {number}"] = stories.firsts(story)
    found["Multi-Attach errors"] = stories.multi_attach(events)
    found |= stories.endpoints(events, pair.stateful)
    for paths in (status_paths(events, KINDS), stories.other_endpoints(events, pair.stateful)):
        found |= {name: [(str(number), t) for t, number in path] for name, path in paths.items()}
    return found

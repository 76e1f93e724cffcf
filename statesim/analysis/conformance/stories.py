"""What the events of either world tell, in a form that can be laid side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.conformance.paths import add
from statesim.analysis.conformance.recording import POD_EVENTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from statesim.analysis.conformance.paths import Paths
    from statesim.analysis.conformance.recording import Seen

Moment = tuple[str, float]


def lives(events: Iterable[Seen], pods: Collection[str]) -> dict[str, list[Moment]]:
    """Return what happened to each of the `pods` with a stable identity, with times."""
    found: dict[str, list[Moment]] = {pod: [] for pod in sorted(pods)}
    revisions: dict[tuple[str, str], int] = {}
    for seen in events:
        if seen.object in found and (told := _told(seen, revisions)):
            found[seen.object].append((told, seen.t))
    return found


def _told(seen: Seen, revisions: dict[tuple[str, str], int]) -> str:
    """Return an event of a pod in the words that both worlds share; nothing if they need not.

    Hashes differ: revisions are numbered in the order of their appearance.
    """
    match seen.event:
        case "Created":
            parent = seen.name.rpartition("-")[0]
            key = parent, str(seen.fields.get("revision"))
            number = revisions.setdefault(key, 1 + sum(known == parent for known, _ in revisions))
            return f"Created by {_owner(seen)}, {seen.fields.get('image')}, revision {number}"
        case "OwnerChanged":
            return f"owner {_owner(seen)}"
        case event:
            return event if event in POD_EVENTS else ""


def _owner(seen: Seen) -> str:
    return str(seen.fields.get("owner", "nobody")).rpartition("/")[2]


def order_of(events: Iterable[Seen], event: str, pods: Collection[str]) -> list[Moment]:
    """Return the pods in the order in which one event came to them, with times."""
    return [(seen.object, seen.t) for seen in events if seen.event == event and seen.object in pods]


def revisions(events: Iterable[Seen], stateful: Collection[str]) -> dict[str, list[float]]:
    """Return when each event came to the pods of each revision, whatever their names.

    A row is called by its image and its event, as ``v2 Ready``; revisions of one image are numbered.
    """
    called: dict[tuple[str, str], str] = {}
    revision_of: dict[str, str] = {}
    found: dict[str, list[float]] = {}
    for seen in events:
        if seen.kind != "Pod" or seen.object in stateful or seen.event not in POD_EVENTS:
            continue
        if seen.event == "Created":
            known = _owner(seen), str(seen.fields.get("image"))
            revision_of[seen.object] = called.setdefault(known, _call(called.values(), *known))
        name = revision_of.get(seen.object)
        if name is not None:
            found.setdefault(f"{name} {seen.event}", []).append(seen.t)
    return {name: sorted(times) for name, times in found.items()}


def _call(taken: Collection[str], owner: str, image: str) -> str:
    name = f"{owner.rpartition('-')[0] or owner or 'pod'}:{image}"
    same = sum(other == name or other.startswith(f"{name} #") for other in taken)
    return f"{name} #{same + 1}" if same else name


def conditions(events: Iterable[Seen]) -> dict[str, list[Moment]]:
    """Return when each node was found silent, was heard again, and was deleted."""
    return _of_kinds(events, ("Node",), ("NotReady", "Ready", "Deleted"))


def taints(events: Iterable[Seen]) -> dict[str, list[Moment]]:
    """Return how each node's taints changed."""
    found: dict[str, list[Moment]] = {}
    for seen in events:
        if seen.kind == "Node" and seen.event == "Tainted":
            shown = sorted(str(each).removeprefix("node.kubernetes.io/") for each in seen.fields["taints"])
            found.setdefault(seen.object, []).append((f"taints {', '.join(shown) or 'none'}", seen.t))
    return found


def claims(events: Iterable[Seen]) -> dict[str, list[Moment]]:
    """Return when each claim was made, bound and deleted."""
    return _of_kinds(events, ("PersistentVolumeClaim",), ("Created", "Bound", "Deleted"))


def deletions(events: Iterable[Seen]) -> dict[str, list[Moment]]:
    """Return when each workload was gone."""
    return _of_kinds(events, ("StatefulSet", "Deployment"), ("Deleted",))


def _of_kinds(
    events: Iterable[Seen], kinds: Collection[str], wanted: Collection[str]
) -> dict[str, list[Moment]]:
    found: dict[str, list[Moment]] = {}
    for seen in events:
        if seen.kind in kinds and seen.event in wanted:
            found.setdefault(seen.object, []).append((seen.event, seen.t))
    return found


def attachments(events: Iterable[Seen]) -> list[list[Moment]]:
    """Return each volume's attachments and detachments with their nodes; volumes in order of their first.

    The names of volumes are chance's, and the two worlds do not share them.
    """
    found: dict[str, list[Moment]] = {}
    for seen in events:
        if seen.kind == "VolumeAttachment" and seen.event in ("AttachRequested", "Attached", "Detached"):
            volume = str(seen.fields.get("volume", seen.name))
            found.setdefault(volume, []).append((f"{seen.event} {seen.fields['node']}", seen.t))
    return list(found.values())


def firsts(story: Sequence[Moment]) -> list[Moment]:
    """Return a volume's story as the recorder sees it, which knows attachments by their names.

    One that comes back to a node gets an attachment of the same name: only the first is recorded.
    """
    found: dict[str, float] = {}
    for told, t in story:
        found.setdefault(told, t)
    return list(found.items())


def multi_attach(events: Iterable[Seen]) -> list[Moment]:
    """Return when Multi-Attach errors were reported, by whatever pod."""
    return [
        ("Multi-Attach", seen.t)
        for seen in events
        if seen.event == "MultiAttach"
        or (
            seen.event == "Event"
            and seen.fields.get("reason") == "FailedAttachVolume"
            and "Multi-Attach" in str(seen.fields.get("message"))
        )
    ]


def endpoints(events: Iterable[Seen], stateful: Collection[str]) -> dict[str, list[Moment]]:
    """Return how each pod of a stable name stood behind each Service: ready, not ready, or gone."""
    found: dict[str, list[Moment]] = {}
    for seen in events:
        if seen.event != "EndpointsChanged":
            continue
        stands = dict.fromkeys(seen.fields["not_ready"], "not ready")
        stands |= dict.fromkeys(seen.fields["ready"], "ready")
        for pod in sorted(stateful):
            name = pod.removeprefix("Pod/")
            story = found.setdefault(f"{seen.object} {name}", [])
            state = stands.get(name, "gone")
            if state != (story[-1][0] if story else "gone"):
                story.append((state, seen.t))
    return {name: story for name, story in found.items() if story}


def other_endpoints(events: Iterable[Seen], stateful: Collection[str]) -> Paths:
    """Return how many pods of other names stood behind each Service over time: ready, and not."""
    found: Paths = {}
    for seen in events:
        if seen.event == "EndpointsChanged":
            for side in ("ready", "not_ready"):
                others = sum(f"Pod/{name}" not in stateful for name in seen.fields[side])
                add(found, f"{seen.object} {side}", seen.t, others)
    return {name: path for name, path in found.items() if any(number for _, number in path)}


def mild(story: Sequence[Moment]) -> list[Moment]:
    """Return a node's taints without those that evict pods, which a node of the same zone may get first."""
    told = [(", ".join(taint for taint in _each(told) if not evicts(taint)), t) for told, t in story]
    return [
        (words, t)
        for (words, t), (before, _) in zip(told, [("", 0.0), *told], strict=False)
        if words != before
    ]


def by_zone(taints: Mapping[str, Sequence[Moment]], zones: Mapping[str, str]) -> dict[str, list[Moment]]:
    """Return when nodes of each zone got and lost taints that evict pods, in order of time."""
    found: dict[str, list[Moment]] = {}
    for node, story in taints.items():
        had = False
        for told, t in story:
            has = any(map(evicts, _each(told)))
            if has != had:
                moment = "NoExecute" if has else "no NoExecute", t
                found.setdefault(f"zone {zones.get(node, '')}", []).append(moment)
            had = has
    return {zone: sorted(moments, key=lambda moment: moment[1]) for zone, moments in found.items()}


def _each(told: str) -> list[str]:
    return told.removeprefix("taints ").split(", ")


def evicts(taint: str) -> bool:
    """Tell whether a taint ends the pods that do not tolerate it."""
    return taint.endswith(":NoExecute")

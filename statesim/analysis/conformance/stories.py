"""What the events of either world tell, in a form that can be laid side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.conformance.recording import POD_EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from statesim.analysis.conformance.recording import Seen

Moment = tuple[str, float]
Counted = tuple[float, tuple[int, int]]
# Values of a status that last shorter may be missed by whoever watches.
COALESCED_S = 0.2
MANY = 10


def lives(events: Iterable[Seen], pods: Collection[str]) -> dict[str, list[Moment]]:
    """Return what happened to each of the `pods` with a stable identity, with times."""
    found: dict[str, list[Moment]] = {pod: [] for pod in sorted(pods)}
    for seen in events:
        if seen.object in found and seen.event in POD_EVENTS:
            found[seen.object].append((seen.event, seen.t))
    return found


def order_of(events: Iterable[Seen], event: str, pods: Collection[str]) -> list[Moment]:
    """Return the pods in the order in which one event came to them, with times."""
    return [(seen.object, seen.t) for seen in events if seen.event == event and seen.object in pods]


def revisions(events: Iterable[Seen], stateful: Collection[str]) -> dict[str, list[float]]:
    """Return when each event came to the pods of each revision, whatever their names.

    A row is called by its image and its event, as ``v2 Ready``; revisions of one image are numbered.
    """
    called: dict[str, str] = {}
    revision_of: dict[str, str] = {}
    found: dict[str, list[float]] = {}
    for seen in events:
        if seen.kind != "Pod" or seen.object in stateful or seen.event not in POD_EVENTS:
            continue
        if seen.event == "Created":
            owner = str(seen.fields.get("owner", "")).rpartition("/")[2]
            revision_of[seen.object] = called.setdefault(owner, _call(called, owner, seen))
        name = revision_of.get(seen.object)
        if name is not None:
            found.setdefault(f"{name} {seen.event}", []).append(seen.t)
    return {name: sorted(times) for name, times in found.items()}


def _call(called: dict[str, str], owner: str, seen: Seen) -> str:
    image = f"{owner.rpartition('-')[0] or owner or 'pod'}:{seen.fields.get('image')}"
    same = sum(name == image or name.startswith(f"{image} #") for name in called.values())
    return f"{image} #{same + 1}" if same else image


def node_stories(events: Iterable[Seen]) -> dict[str, list[tuple[str, float]]]:
    """Return how each node's condition and taints changed."""
    found: dict[str, list[Moment]] = {}
    for seen in events:
        if seen.kind == "Node" and seen.event in ("NotReady", "Ready", "Tainted"):
            taints = sorted(str(taint) for taint in seen.fields.get("taints", ()))
            shown = [taint.removeprefix("node.kubernetes.io/") for taint in taints]
            told = f"taints {', '.join(shown) or 'none'}" if seen.event == "Tainted" else seen.event
            found.setdefault(seen.object, []).append((told, seen.t))
    return found


def claims(events: Iterable[Seen]) -> dict[str, list[Moment]]:
    """Return when each claim was made, bound and deleted."""
    found: dict[str, list[Moment]] = {}
    for seen in events:
        if seen.kind == "PersistentVolumeClaim" and seen.event in ("Created", "Bound", "Deleted"):
            found.setdefault(seen.object, []).append((seen.event, seen.t))
    return found


def attachments(events: Iterable[Seen]) -> list[list[Moment]]:
    """Return each volume's attachments and detachments with their nodes; volumes in order of their first.

    The names of volumes are chance's, and the two worlds do not share them. A volume that comes back to a
    node gets an attachment of the same name, so that a recording by name shows only the first: it counts.
    """
    found: dict[str, dict[str, float]] = {}
    for seen in events:
        if seen.kind == "VolumeAttachment" and seen.event in ("AttachRequested", "Attached", "Detached"):
            volume = str(seen.fields.get("volume", seen.name))
            found.setdefault(volume, {}).setdefault(f"{seen.event} {seen.fields['node']}", seen.t)
    return [list(story.items()) for story in found.values()]


def multi_attach(events: Iterable[Seen]) -> int:
    """Count the Multi-Attach errors that were reported."""
    return sum(
        seen.event == "MultiAttach"
        or (
            seen.event == "Event"
            and seen.fields.get("reason") == "FailedAttachVolume"
            and "Multi-Attach" in str(seen.fields.get("message"))
        )
        for seen in events
    )


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


def other_endpoints(events: Iterable[Seen], stateful: Collection[str]) -> dict[str, list[Counted]]:
    """Return how many pods of other names stood behind each Service over time: ready, and not."""
    found: dict[str, list[Counted]] = {}
    for seen in events:
        if seen.event == "EndpointsChanged":
            sides = (seen.fields["ready"], seen.fields["not_ready"])
            ready, not_ready = (sum(f"Pod/{name}" not in stateful for name in names) for names in sides)
            found.setdefault(seen.object, []).append((seen.t, (ready, not_ready)))
    return {name: values for name, values in found.items() if any(any(value) for _, value in values)}


def statuses(events: Iterable[Seen], kinds: Collection[str]) -> dict[str, list[Counted]]:
    """Return each workload's (replicas, readyReplicas) over time.

    One that has just been made says nothing yet, and one that is deleted has none.
    """
    found: dict[str, list[Counted]] = {}
    for seen in events:
        if seen.event == "Status" and seen.kind in kinds:
            value = (seen.fields.get("replicas", 0), seen.fields.get("readyReplicas", 0))
            if value != (0, 0) or seen.object in found:
                found.setdefault(seen.object, []).append((seen.t, value))
        elif seen.event == "Deleted" and seen.object in found and seen.kind != "ReplicaSet":
            found[seen.object].append((seen.t, (0, 0)))
    return found


_FINAL = (
    "spec_replicas",
    "replicas",
    "readyReplicas",
    "updatedReplicas",
    "availableReplicas",
    "unavailableReplicas",
    "currentReplicas",
    "progressing",
)


def final_statuses(events: Iterable[Seen], kinds: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return each workload's last status; revisions as the number of their first appearance."""
    numbers: dict[tuple[str, str], int] = {}
    found: dict[str, dict[str, Any]] = {}
    for seen in events:
        if seen.event == "Deleted" and seen.object in found:
            del found[seen.object]
        if seen.event != "Status" or seen.kind not in kinds:
            continue
        status = {name: seen.fields[name] for name in _FINAL if name in seen.fields}
        for name in ("updateRevision", "currentRevision"):
            if seen.fields.get(name):
                key = (seen.object, str(seen.fields[name]))
                status[name] = numbers.setdefault(key, sum(obj == seen.object for obj, _ in numbers) + 1)
        found[seen.object] = status
    return found


def settled(story: Sequence[Moment], least_s: float = COALESCED_S) -> list[Moment]:
    """Return a story without what lasted less than `least_s`, and without what then repeats."""
    kept: list[Moment] = []
    for index, (told, t) in enumerate(story):
        lasts = index + 1 == len(story) or story[index + 1][1] - t >= least_s
        if lasts and (not kept or kept[-1][0] != told):
            kept.append((told, t))
    return kept


def distinct(values: Sequence[tuple[float, Any]], least_s: float = 0.0) -> list[Any]:
    """Return the values that lasted at least so long, repeats left out; the last one always counts."""
    kept: list[Any] = []
    for index, (t, value) in enumerate(values):
        lasts = index + 1 == len(values) or values[index + 1][0] - t >= least_s
        if lasts and (not kept or kept[-1] != value):
            kept.append(value)
    return kept


def stray(
    real: Sequence[Counted], simulated: Sequence[Counted], slack_s: Callable[[float], float]
) -> list[Counted]:
    """Return the lasting values of `real` that lie outside of what `simulated` went through about then.

    Pods that become ready in one instant here do so one after the other there, so that a rollout takes many
    small steps there and few large ones here. What must hold is that neither world strays from the other's
    path: each number lies between the least and the greatest that the other had within `slack_s`, give or
    take one in ten.
    """
    found = []
    for index, (t, value) in enumerate(real):
        until = real[index + 1][0] if index + 1 < len(real) else t
        if until - t < COALESCED_S and index + 1 < len(real):
            continue
        slack = slack_s(t)
        give = max(value) // MANY
        bounds = [(min(each) - give, max(each) + give) for each in _near(simulated, t - slack, until + slack)]
        if not bounds or not all(low <= n <= high for n, (low, high) in zip(value, bounds, strict=True)):
            found.append((t, value))
    return found


def _near(values: Sequence[Counted], low: float, high: float) -> list[tuple[int, ...]]:
    """Return both numbers' values from `low` to `high`; nothing if there were none."""
    return list(zip(*_values_in(values, low, high), strict=True))


def _values_in(values: Sequence[Counted], low: float, high: float) -> list[tuple[int, int]]:
    """Return the values that held at some time from `low` to `high`."""
    ends = [*(t for t, _ in values[1:]), float("inf")][: len(values)]
    return [value for (t, value), end in zip(values, ends, strict=True) if t <= high and end >= low]


def within(short: Sequence[Any], long: Sequence[Any]) -> bool:
    """Tell whether `short` is `long` with some values left out."""
    rest = iter(long)
    return all(value in rest for value in short)


def by_zone(stories: dict[str, list[Moment]], zone_of: Callable[[str], str]) -> dict[str, list[float]]:
    """Return when nodes of each zone got their NoExecute taints, in order of time."""
    found: dict[str, list[float]] = {}
    for node, story in stories.items():
        had = False
        for told, t in story:
            has = "NoExecute" in told
            if has and not had:
                found.setdefault(zone_of(node), []).append(t)
            had = has if told.startswith("taints") else had
    return {zone: sorted(times) for zone, times in found.items()}

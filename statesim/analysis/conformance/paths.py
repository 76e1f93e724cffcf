"""Numbers over time: what workloads said of themselves, and when one world strays from the other's path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from statesim.analysis.conformance.recording import Seen

Counted = tuple[float, int | str]
Path = list[Counted]
Paths = dict[str, Path]
# Values that last shorter may be missed by whoever watches.
COALESCED_S = 0.2
# where a client had little left, one in so many may be missing or too much
MANY = 20

# what is recorded of each kind
_SIZES = ("spec_replicas", "replicas", "readyReplicas")
NUMBERS = {
    "StatefulSet": (*_SIZES, "updatedReplicas", "currentReplicas"),
    "Deployment": (*_SIZES, "updatedReplicas", "availableReplicas", "unavailableReplicas"),
    "ReplicaSet": _SIZES,
}


def add(paths: Paths, name: str, t: float, value: int | str) -> None:
    """Note a value, if it is another one than before."""
    path = paths.setdefault(name, [])
    if not path or path[-1][1] != value:
        path.append((t, value))


def statuses(events: Iterable[Seen], kinds: Collection[str]) -> dict[str, list[tuple[float, dict[str, int]]]]:
    """Return the numbers in each workload's status over time, and how many replicas its spec wants.

    One that has just been made says nothing yet, and one that is deleted has none.
    """
    found: dict[str, list[tuple[float, dict[str, int]]]] = {}
    for seen in events:
        if seen.event == "Status" and seen.kind in kinds:
            said = {name: int(seen.fields.get(name, 0)) for name in NUMBERS[seen.kind]}
            if (
                any(number for name, number in said.items() if name != "spec_replicas")
                or seen.object in found
            ):
                found.setdefault(seen.object, []).append((seen.t, said))
        elif seen.event == "Deleted" and seen.object in found and seen.kind != "ReplicaSet":
            found[seen.object].append((seen.t, dict.fromkeys(NUMBERS[seen.kind], 0)))
    return _by_order(found)


def _by_order(series: dict[str, Any]) -> dict[str, Any]:
    """Name ReplicaSets by their Deployment and the order of their appearance: hashes differ."""
    found: dict[str, Any] = {}
    for name, values in series.items():
        kind, _, rest = name.partition("/")
        parent = rest.rpartition("-")[0]
        if kind != "ReplicaSet" or not parent:
            found[name] = values
            continue
        number = sum(key.startswith(f"ReplicaSet/{parent} #") for key in found) + 1
        found[f"ReplicaSet/{parent} #{number}"] = values
    return found


def status_paths(events: Sequence[Seen], kinds: Collection[str]) -> Paths:
    """Return each number and each word of each workload's status over time."""
    found: Paths = {}
    for name, said in statuses(events, kinds).items():
        for t, numbers in said:
            for field, number in numbers.items():
                add(found, f"{name} {field}", t, number)
    revisions: dict[tuple[str, str], int] = {}
    for seen in events:
        if seen.event == "Status" and seen.kind in kinds:
            for field, word in _words(seen, revisions).items():
                add(found, f"{seen.object} {field}", seen.t, word)
    return found


def final_statuses(events: Iterable[Seen], kinds: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return each workload's last status."""
    revisions: dict[tuple[str, str], int] = {}
    found: dict[str, dict[str, Any]] = {}
    for seen in events:
        if seen.event == "Deleted" and seen.object in found:
            del found[seen.object]
        if seen.event == "Status" and seen.kind in kinds:
            numbers = {name: seen.fields[name] for name in NUMBERS[seen.kind] if name in seen.fields}
            found[seen.object] = numbers | _words(seen, revisions)
    return found


def _words(seen: Seen, numbers: dict[tuple[str, str], int]) -> dict[str, str]:
    """Return what a status says beside numbers; revisions by the order of their appearance: hashes differ."""
    found = {"progressing": str(seen.fields["progressing"])} if seen.fields.get("progressing") else {}
    for name in ("updateRevision", "currentRevision"):
        if seen.fields.get(name):
            key = (seen.object, str(seen.fields[name]))
            number = numbers.setdefault(key, sum(obj == seen.object for obj, _ in numbers) + 1)
            found[name] = f"revision {number}"
    return found


def never(_: float) -> bool:
    """Say that there is no such time."""
    return False


def distinct(
    values: Sequence[tuple[float, Any]], least_s: float = 0.0, left_out: Callable[[float], bool] = never
) -> list[Any]:
    """Return the values that lasted at least so long, repeats left out; the last one always counts."""
    kept: list[Any] = []
    for index, (t, value) in enumerate(values):
        lasts = index + 1 == len(values) or (values[index + 1][0] - t >= least_s and not left_out(t))
        if lasts and (not kept or kept[-1] != value):
            kept.append(value)
    return kept


def within(short: Sequence[Any], long: Sequence[Any]) -> bool:
    """Tell whether `short` is `long` with some values left out."""
    rest = iter(long)
    return all(value in rest for value in short)


def stray(
    real: Sequence[Counted],
    simulated: Sequence[Counted],
    slack_s: Callable[[float], float],
    worn: Callable[[float], bool] = never,
) -> Path:
    """Return the lasting values of `real` that lie outside of what `simulated` went through about then.

    Pods that become ready in one instant here do so one after the other there, so that a rollout takes many
    small steps there and few large ones here. What must hold is that neither world strays from the other's
    path: when a number begins and when it ends, it lies between the least and the greatest that the other had
    within `slack_s`, give or take one in ten where `worn` tells so; a word is one that the other had.
    """
    found = []
    for index, (t, value) in enumerate(real):
        ends = [] if index + 1 == len(real) else [real[index + 1][0]]
        if ends and ends[0] - t < COALESCED_S:
            continue
        for instant in (t, *ends):
            slack = slack_s(instant)
            near = _values_in(simulated, instant - slack, instant + slack)
            if not _among(value, near, MANY if worn(instant) else 0):
                found.append((instant, value))
                break
    return found


def _among(value: int | str, near: Sequence[int | str], one_in: int) -> bool:
    if isinstance(value, str):
        return value in near
    numbers = [number for number in near if isinstance(number, int)]
    give = value // one_in if one_in else 0
    return bool(numbers) and min(numbers) - give <= value <= max(numbers) + give


def _values_in(path: Sequence[Counted], low: float, high: float) -> list[int | str]:
    """Return the values that held at some time from `low` to `high`."""
    ends = [*(t for t, _ in path[1:]), float("inf")][: len(path)]
    return [value for (t, value), end in zip(path, ends, strict=True) if t <= high and end >= low]

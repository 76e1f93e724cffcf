"""What lies on volumes while no container has it: its container has ended, and nobody has taken its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statesim.analysis.change_volumes import made_with
from statesim.analysis.intervals import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statesim.analysis.drift import Moved
    from statesim.analysis.reading import Reading
    from statesim.analysis.record import RunRecord


class Left(NamedTuple):
    """How many entries of a system lie on volumes that no container has, from an instant on."""

    t_us: int
    entries: int


def left_on_disks(reading: Reading) -> dict[str, list[Left]]:
    """Return what lies on volumes of each system without a container, whenever that has changed.

    A volume that is bound to a claim keeps its data when its pod goes (Kubernetes, "Persistent Volumes": the
    life of a volume is independent of any pod that uses it); a lost disk, or one that is deleted, does not.
    The number is the container's last: what it had not flushed when its machine lost power may be missing.
    """
    return left_behind(reading.record.drift, claims_of(reading.record), _ends(reading))


def claims_of(record: RunRecord) -> dict[str, str]:
    """Return what each pod has claimed; nothing of pods without a claim, or where no documents were kept."""
    made = made_with(record)
    return {
        event.object.removeprefix("Pod/"): ",".join(made[event.id])
        for event in record.events
        if event.id in made and event.object.startswith("Pod/")
    }


def _ends(reading: Reading) -> list[tuple[int, str]]:
    """Return when (µs) the data of which claim was gone, in order."""
    found = []
    for volume in reading.tracks.volumes.values():
        found += [(each.start_us, volume.claim) for each in volume.attached if each.state == "lost"]
        existed = volume.sizes[:1] and volume.sizes[0].state != ABSENT
        later = volume.sizes[1 if existed else 2 :]
        found += [(each.start_us, volume.claim) for each in later if each.state == ABSENT]
    return sorted(found)


def left_behind(
    rows: Sequence[Moved], claims: Mapping[str, str], ends: Sequence[tuple[int, str]] = ()
) -> dict[str, list[Left]]:
    """Return what `left_on_disks` does, of rows, of who claims what, and of when which data was gone.

    Whoever has no claim is followed by the next of the same name.
    """
    runs: dict[str, dict[str, tuple[str, int]]] = {}  # system to containers: disk, entries
    left: dict[str, dict[str, int]] = {}  # system to disks: entries
    found: dict[str, list[Left]] = {}
    for t_us, row, gone in _in_order(rows, ends):
        if row is None:
            for disks in left.values():
                disks.pop(gone, None)
        else:
            _take(
                row,
                claims.get(row.pod, row.pod),
                runs.setdefault(row.system, {}),
                left.setdefault(row.system, {}),
            )
        for system, disks in left.items():
            _note(found.setdefault(system, []), t_us, sum(disks.values()))
    return {system: course for system, course in found.items() if any(each.entries for each in course)}


def _in_order(
    rows: Sequence[Moved], ends: Sequence[tuple[int, str]]
) -> Iterator[tuple[int, Moved | None, str]]:
    """Yield rows and ends of data by time."""
    both: list[tuple[int, Moved | None, str]] = [(row.t_us, row, "") for row in rows]
    both += [(t_us, None, claim) for t_us, claim in ends]
    yield from sorted(both, key=lambda each: each[0])


def _take(row: Moved, disk: str, runs: dict[str, tuple[str, int]], left: dict[str, int]) -> None:
    """Take note of a row: what a container that has ended leaves, and who has found it."""
    if row.runs:
        runs[row.uid] = (disk, row.volume)
        if row.volume or row.role:
            left.pop(disk, None)
        return
    _, entries = runs.pop(row.uid, (disk, 0))
    if entries and all(other != disk for other, _ in runs.values()):
        left[disk] = entries


def _note(course: list[Left], t_us: int, entries: int) -> None:
    if course and course[-1].t_us == t_us:
        course.pop()
    if not course or course[-1].entries != entries:
        course.append(Left(t_us, entries))

"""Disks that fail, and storage systems that do not do what they are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import Node, PersistentVolume, PersistentVolumeClaim, VolumeAttachment
from statesim.faults.ground import Missing
from statesim.scenario.targets import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statesim.faults.ground import Ground


def is_disk(on: Any) -> bool:
    """Tell whether a target is a volume by itself, and not the machine or the pod that has it."""
    return isinstance(on, Ref) and on.kind in ("PersistentVolume", "PersistentVolumeClaim")


def volumes(ground: Ground, on: Any) -> list[PersistentVolume]:
    """Return the volumes that a target means now: itself, a claim's, those that pods mount.

    A node means the volumes that are attached to it, and its own disks.

    Raises
    ------
    Missing
        If it means none.
    """
    store = ground.store
    found: list[PersistentVolume | None]
    match on:
        case Ref("PersistentVolume", name):
            found = [store.get(PersistentVolume, name)]
        case Ref("PersistentVolumeClaim", name):
            found = [_volume_of(ground, name)]
        case Ref("Node", name):
            held = [a.volume for a in store.by(VolumeAttachment, "node", name)]
            own = [v.name for v in store.all(PersistentVolume) if _belongs(ground, v, name)]
            found = [store.get(PersistentVolume, volume) for volume in dict.fromkeys([*held, *own])]
        case _:
            claims = dict.fromkeys(c for pod in ground.pods(on) for c in pod.spec.claims)
            found = [_volume_of(ground, name) for name in claims]
    there = [volume for volume in found if volume is not None]
    if not there:
        raise Missing(f"no volume is meant by {on} now")
    return there


def _volume_of(ground: Ground, claim: str) -> PersistentVolume | None:
    obj = ground.store.get(PersistentVolumeClaim, claim)
    return None if obj is None or obj.volume is None else ground.store.get(PersistentVolume, obj.volume)


def _belongs(ground: Ground, volume: PersistentVolume, node: str) -> bool:
    """Tell whether a volume is a disk of one machine, and of which."""
    obj = ground.store.get(Node, node)
    return volume.source == "local" and obj is not None and _near(volume, obj)


def _struck(ground: Ground, hit: list[PersistentVolume], event: str, why: str) -> Iterator[str]:
    """Tell what happens to each volume, and yield its disks: what follows there is caused by it."""
    for volume in ground.each(hit):
        ground.clock.cause = ground.store.note(volume, event, claim=volume.claim, why=why)
        yield from _disks(ground, volume)


def _disks(ground: Ground, volume: PersistentVolume) -> list[str]:
    """Return the ids of a volume's data; a directory of the hosts is one on each of them."""
    found = {f"pv/{volume.disk(node.name)}": None for node in ground.store.all(Node) if _near(volume, node)}
    return list(found) or [f"pv/{volume.disk('')}"]


def _near(volume: PersistentVolume, node: Node) -> bool:
    return volume.usable({**node.spec.labels, **node.labels})


@dataclass(slots=True)
class DiskLoss:
    """A disk's data is gone for good.

    Kubernetes does not notice: the volume stays Bound and attached. What a program writes next is an I/O
    error, and one that starts later finds an empty disk.
    """

    on: Any

    def apply(self, ground: Ground) -> list[str]:
        """Take the data away."""
        hit = volumes(ground, self.on)
        for disk in _struck(ground, hit, "Lost", "its disk has failed"):
            ground.disks.lose(disk)
        return [volume.key for volume in hit]


@dataclass(slots=True)
class DiskFull:
    """A volume has no room left until the fault ends, or the claim grows; what is on it stays readable.

    PostgreSQL stops when it cannot write its log, and does not start without room ("Disk Full Failure").
    """

    on: Any
    name: str
    hit: list[str] = field(default_factory=list)

    def apply(self, ground: Ground) -> list[str]:
        """Fill the disks."""
        found = volumes(ground, self.on)
        for disk in _struck(ground, found, "Full", "nothing is left of its room"):
            self.hit.append(disk)
            ground.disks.fill(disk, self.name)
        return [volume.key for volume in found]

    def revert(self, ground: Ground) -> None:
        """Give the room back."""
        for disk in self.hit:
            ground.disks.relieve(disk, self.name)


@dataclass(slots=True)
class DetachStuck:
    """The storage system detaches the volumes from no node until the fault ends; it tries again and again.

    Neither a forced detach nor the out-of-service taint helps: both only ask the storage system sooner.
    """

    on: Any
    name: str
    hit: list[str] = field(default_factory=list)

    def apply(self, ground: Ground) -> list[str]:
        """Hold the volumes."""
        found = volumes(ground, self.on)
        self.hit = [volume.name for volume in found]
        for name in self.hit:
            ground.storage.hold(name, self.name)
        return [volume.key for volume in found]

    def revert(self, ground: Ground) -> None:
        """Let them go."""
        for name in self.hit:
            ground.storage.let_go(name, self.name)

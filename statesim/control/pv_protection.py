"""Volumes that are bound are protected: a deleted volume stays until no claim has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import PersistentVolume, VolumeAttachment
from statesim.control.actions import Decision, let_go
from statesim.control.volumes import VOLUME_FINALIZER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store


@dataclass(frozen=True, slots=True)
class View:
    """A volume that is being deleted, and the nodes that hold it."""

    volume: PersistentVolume
    attached_to: tuple[str, ...] = ()


def decide(view: View) -> Decision:
    """Let a terminating volume go when it is not bound and attached nowhere.

    Sources: pkg/controller/volume/pvprotection: pv_protection_controller.go: isBeingUsed (the phase is
    Bound); external-attacher pkg/controller/csi_handler.go: a finalizer of its own while it is attached.
    """
    volume = view.volume
    if volume.phase == "Bound":
        return Decision(why=f"the claim {volume.claim} has it")
    if view.attached_to:
        return Decision(why=f"still attached to {', '.join(view.attached_to)}")
    return Decision(let_go(volume, VOLUME_FINALIZER), why="no claim has it and it is attached nowhere")


class PVProtection:
    """One key a volume."""

    name = "pv-protection"
    watches = (PersistentVolume, VolumeAttachment)

    def __init__(self, store: Store) -> None:
        self._store = store

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`."""
        obj = change.object
        if isinstance(obj, PersistentVolume):
            return (obj.key,) if obj.terminating and change.verb != "DELETED" else ()
        if change.verb != "DELETED":
            return ()
        volume = self._store.get(PersistentVolume, obj.volume)
        return (volume.key,) if volume is not None and volume.terminating else ()

    def look(self, key: str) -> View | None:
        """See `Controller.look`."""
        volume = self._store.find(key)
        if not isinstance(volume, PersistentVolume) or not volume.terminating:
            return None
        held = tuple(a.node for a in self._store.by(VolumeAttachment, "volume", volume.name))
        return View(volume, held)

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)

"""Does what attach and detach requests ask for: the storage system at work.

Source: external-attacher (pkg/controller/csi_handler.go: csiAttach, csiDetach). How long the cloud takes are
two distributions; the request is an object from AttachRequested until Detached.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import PersistentVolume, VolumeAttachment
from statesim.control.actions import Decision, Delete, Write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store
    from statesim.kernel.distributions import Distribution
    from statesim.kernel.streams import Streams


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """One attachment, how long the storage system takes for it, and whether the disk answers."""

    now: int
    attachment: VolumeAttachment
    attach_us: int
    detach_us: int
    healthy: bool = True


def decide(view: AttachmentView) -> Decision:
    """Complete the request under way when its time has come; a disk that failed completes none."""
    attachment = view.attachment
    detach = attachment.detach_requested_us
    where = {"volume": attachment.volume, "node": attachment.node}
    if detach is None and attachment.attached:
        return Decision(why="attached")
    if not view.healthy:
        return Decision(why="the storage system does not answer for the volume")
    if detach is not None:
        due = detach + view.detach_us
        if view.now < due:
            return Decision(wake_at=due, why="the storage system is detaching")
        why = "the storage system has detached the volume"
        return Decision((Delete(attachment, event="Detached", fields={**where, "forced": False}),), why=why)
    due = attachment.requested_us + view.attach_us
    if view.now < due:
        return Decision(wake_at=due, why="the storage system is attaching")
    why = "the storage system has attached the volume"
    return Decision((Write(attachment, "Attached", {"attached": True}, where),), why=why)


class Attacher:
    """The CSI attacher: one key a VolumeAttachment.

    Parameters
    ----------
    attach, detach
        How long the storage system takes, each drawn once for each attachment.
    """

    name = "attacher"
    watches = (VolumeAttachment, PersistentVolume)

    def __init__(self, store: Store, streams: Streams, *, attach: Distribution, detach: Distribution) -> None:
        self._store = store
        self._streams = streams
        self._attach = attach
        self._detach = detach
        self._drawn: dict[str, tuple[int, int]] = {}

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: requests, and those that waited for their volume."""
        obj = change.object
        if isinstance(obj, PersistentVolume):
            waiting = self._store.by(VolumeAttachment, "volume", obj.name)
            return [a.key for a in waiting if not a.attached or a.detach_requested_us is not None]
        if change.verb == "DELETED":
            self._drawn.pop(obj.uid, None)
            return []
        return [obj.key] if change.event in ("AttachRequested", "DetachRequested") else []

    def look(self, key: str) -> AttachmentView | None:
        """See `Controller.look`."""
        attachment = self._store.find(key)
        if not isinstance(attachment, VolumeAttachment):
            return None
        drawn = self._drawn.get(attachment.uid)
        if drawn is None:
            rng = self._streams.get("PersistentVolume", attachment.volume, "attach")
            drawn = self._drawn[attachment.uid] = (self._attach.draw(rng), self._detach.draw(rng))
        volume = self._store.get(PersistentVolume, attachment.volume)
        healthy = volume is None or volume.phase != "Failed"
        return AttachmentView(self._store.clock.now, attachment, *drawn, healthy=healthy)

    def decide(self, view: AttachmentView) -> Decision:
        """See `Controller.decide`."""
        return decide(view)

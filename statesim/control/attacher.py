"""Does what attach and detach requests ask for: the storage system at work.

Source: external-attacher (pkg/controller/csi_handler.go: csiAttach, csiDetach). How long the cloud takes are
two distributions; the request is an object from AttachRequested until Detached. An attachment that was never
completed is detached like any other, since nobody knows how far it had come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import VolumeAttachment
from statesim.cluster.storage_system import StorageSystem
from statesim.control.actions import Decision, Delete, Write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store
    from statesim.kernel.distributions import Distribution
    from statesim.kernel.streams import Streams


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """One attachment, how long the storage system takes for it, and whether it can detach the volume now.

    `said` tells that a detaching that does not end has been complained of.
    """

    now: int
    attachment: VolumeAttachment
    attach_us: int
    detach_us: int
    detaches: bool = True
    said: bool = False


def decide(view: AttachmentView) -> Decision:
    """Complete the request under way when its time has come."""
    attachment = view.attachment
    detach = attachment.detach_requested_us
    where = {"volume": attachment.volume, "node": attachment.node}
    if detach is None and attachment.attached:
        return Decision(why="attached")
    if detach is not None:
        due = detach + view.detach_us
        if view.now < due:
            return Decision(wake_at=due, why="the storage system is detaching")
        if not view.detaches:
            why = "the storage system does not detach the volume: the driver tries again and again"
            failed = Write(attachment, "DetachFailed", {"detach_failed_us": view.now}, where)
            return Decision(() if view.said else (failed,), why=why)
        why = "the storage system has detached the volume"
        told = {**where, "forced": attachment.forced}
        return Decision((Delete(attachment, event="Detached", fields=told),), why=why)
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
    storage
        The storage system.
    """

    name = "attacher"
    watches = (VolumeAttachment,)

    def __init__(
        self,
        store: Store,
        streams: Streams,
        *,
        attach: Distribution,
        detach: Distribution,
        storage: StorageSystem | None = None,
    ) -> None:
        self._storage = storage or StorageSystem()
        self._said: set[str] = set()
        self._store = store
        self._streams = streams
        self._attach = attach
        self._detach = detach
        self._drawn: dict[str, tuple[int, int]] = {}

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: the requests."""
        obj = change.object
        if change.verb == "DELETED":
            self._said.discard(obj.uid)
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
            rng = self._streams.seldom("PersistentVolume", attachment.volume, "attach")
            drawn = self._drawn[attachment.uid] = (self._attach.draw(rng), self._detach.draw(rng))
        detaches = self._storage.detaches(attachment.volume)
        said = attachment.uid in self._said
        return AttachmentView(self._store.clock.now, attachment, *drawn, detaches=detaches, said=said)

    def decide(self, view: AttachmentView) -> Decision:
        """See `Controller.decide`; remembers of what it has complained."""
        decision = decide(view)
        if any(isinstance(action, Write) and action.event == "DetachFailed" for action in decision.actions):
            self._said.add(view.attachment.uid)
        return decision

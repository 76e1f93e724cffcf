"""Makes volumes larger when their claims ask for more: the disk first, then the file system on it.

Source: external-resizer (pkg/controller/controller.go: pvcNeedResize, resizePVC, markPVCResizeInProgress,
markPVCAsFSResizeRequired); KEP-284, KEP-556. The file system is the kubelet's affair (``node/volumes.py``),
which needs a pod that mounts the volume. Whether a claim may grow at all is judged when it is edited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.cluster.objects import PersistentVolume, PersistentVolumeClaim
from statesim.control.actions import Decision, Write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.cluster.store import Change, Store
    from statesim.kernel.distributions import Distribution
    from statesim.kernel.streams import Streams

RESIZING = "Resizing"
FILE_SYSTEM_PENDING = "FileSystemResizePending"


@dataclass(frozen=True, slots=True)
class View:
    """A bound claim, its volume, and how long the storage system takes to make that larger."""

    now: int
    claim: PersistentVolumeClaim
    volume: PersistentVolume
    resize_us: int


def decide(view: View) -> Decision:
    """Begin to resize, or end it when its time has come: first the volume, then what the claim shows.

    The claim's capacity stays what it was until the file system has grown.
    """
    claim, volume = view.claim, view.volume
    wanted = claim.spec.size_bytes
    if wanted <= volume.size_bytes:
        return Decision(why="the volume is as large as the claim asks for")
    if claim.resizing_us is None:
        why = f"External resizer is resizing volume {volume.name}"
        begun = {"resizing_us": view.now, "conditions": (RESIZING,)}
        told = {"size_bytes": wanted}
        return Decision((Write(claim, RESIZING, begun, told),), view.now + view.resize_us, why)
    due = claim.resizing_us + view.resize_us
    if view.now < due:
        return Decision(wake_at=due, why="the volume is being made larger")
    why = "Require file system resize of volume on node"
    grown = Write(
        volume, "Resized", {"size_bytes": wanted}, {"size_bytes": wanted}, why=f"{claim.name} asks for it"
    )
    pending = {"conditions": (FILE_SYSTEM_PENDING,), "resizing_us": None}
    return Decision((grown, Write(claim, "FileSystemResizeRequired", pending)), why=why)


class Resizer:
    """The CSI resizer: one key a claim.

    Parameters
    ----------
    resize
        How long it takes to make a volume larger, drawn once for each time.
    """

    name = "resizer"
    watches = (PersistentVolumeClaim,)

    def __init__(self, store: Store, streams: Streams, *, resize: Distribution) -> None:
        self._store = store
        self._streams = streams
        self._resize = resize
        self._drawn: dict[str, int] = {}

    def keys(self, change: Change) -> Iterable[str]:
        """See `Controller.keys`: claims that were edited, or bound."""
        obj = change.object
        if change.verb == "DELETED":
            self._drawn.pop(obj.uid, None)
            return []
        return [obj.key] if change.event in ("Changed", "FileSystemResizeRequired", "Bound") else []

    def look(self, key: str) -> View | None:
        """See `Controller.look`: nothing if the claim has all that it asks for."""
        claim = self._store.find(key)
        if not isinstance(claim, PersistentVolumeClaim) or claim.volume is None:
            return None
        volume = self._store.get(PersistentVolume, claim.volume)
        if volume is None or volume.size_bytes >= claim.spec.size_bytes:
            self._drawn.pop(claim.uid, None)
            return None
        drawn = self._drawn.get(claim.uid)
        if drawn is None:
            drawn = self._drawn[claim.uid] = self._resize.draw(self._streams.seldom(claim.key, "resize"))
        return View(self._store.clock.now, claim, volume, drawn)

    def decide(self, view: View) -> Decision:
        """See `Controller.decide`."""
        return decide(view)

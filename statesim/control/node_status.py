"""Which volumes a node's status says are attached to it: what its kubelet waits for before it mounts.

Source: pkg/controller/volume/attachdetach/statusupdater/node_status_updater.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.objects import Node, VolumeAttachment

if TYPE_CHECKING:
    from statesim.cluster.store import Change, Store


class VolumesAttached:
    """Keeps ``status.volumesAttached`` of every node in step with its attachments."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.watch((VolumeAttachment,), self._changed)

    def _changed(self, change: Change) -> None:
        node = self._store.get(Node, change.object.node)
        if node is None:
            return
        there = self._store.by(VolumeAttachment, "node", node.name)
        volumes = tuple(sorted(attachment.volume for attachment in there if attachment.attached))
        if volumes != node.volumes_attached:
            self._store.report(node, {"volumes_attached": volumes})

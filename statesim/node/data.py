"""Where a container keeps its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statesim.node.worker import ContainerRun, PodWorker


def data_directory(worker: PodWorker, run: ContainerRun) -> str:
    """Return the id of the disk that a container keeps its data on.

    The first claim that it mounts; else the emptyDir whose path looks most like a data directory; else its
    own writable layer. A kubelet makes a new container, with an empty layer, at each restart and after each
    boot of its machine (kuberuntime_container.go: startContainer).
    """
    volumes = {volume.name: volume for volume in worker.pod.spec.volumes}
    claims = list(worker.pod.spec.claims)
    empty = []
    for mount in run.spec.mounts:
        volume = volumes.get(mount.name)
        if volume is not None and volume.claim_name is not None:
            return f"pv/{worker.disks[claims.index(volume.claim_name)]}"
        if volume is not None and volume.kind == "emptyDir":
            empty.append(mount)
    if empty:
        chosen = next((m for m in empty if "data" in m.path or "/lib/" in m.path), empty[0])
        return f"emptyDir/{worker.uid}/{chosen.name}"
    if worker.disks:
        return f"pv/{worker.disks[0]}"
    return f"layer/{worker.uid}/{run.spec.name}/{run.made}"

"""Sidecars: init containers that stay, start before the containers and end after them.

Source: KEP-753; pkg/kubelet/kuberuntime (computeInitContainerActions; kuberuntime_termination_order.go:
newTerminationOrdering, waitForTurn).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.node.worker import Stage

if TYPE_CHECKING:
    from statesim.node.worker import ContainerRun, PodWorker


def may_run(worker: PodWorker, run: ContainerRun) -> bool:
    """Tell whether a container may run now: a sidecar also while the init containers run."""
    return worker.stage is Stage.RUNNING or (run.sidecar and worker.stage is Stage.INITIALISING)


def next_to_stop(worker: PodWorker) -> ContainerRun | None:
    """Return the sidecar whose turn to stop it is: the latest, once no container runs any more."""
    up = [run for run in worker.containers if run.up]
    if not up or not all(run.sidecar for run in up):
        return None
    return up[-1]

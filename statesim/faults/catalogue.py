"""The table of everything a timeline can do: one row a word, and nothing registers itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from statesim.faults import (
    backups,
    containers,
    control_plane,
    drain,
    machines,
    managers,
    names,
    nodes,
    operator,
    pods,
    processes,
    roles,
    storage,
    traffic,
)
from statesim.node.pressure import DISK, MEMORY
from statesim.scenario.timeline_systems import ERASE

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.faults.ground import Ground


class Fault(Protocol):
    """One occurrence of a fault or an operator action. One that can end has a `revert` as well."""

    def apply(self, ground: Ground) -> list[str]:
        """Make it happen; return the keys of the objects that it hit.

        Raises
        ------
        Missing
            If what it aims at does not exist now.
        """


# word: (row of the timeline, target of this occurrence, its name) -> Fault
CATALOGUE: dict[str, Callable[[Any, Any, str], Fault]] = {
    "node-crash": lambda _row, on, name: machines.NodeCrash(on, name),
    "node-pause": lambda _row, on, name: machines.NodePause(on, name),
    "node-recover": lambda _row, on, _name: machines.NodeRecover(on),
    "zone-outage": lambda _row, on, name: machines.ZoneOutage(on, name),
    "network-partition": lambda row, on, name: machines.NetworkPartition(on, row.away_from, name),
    "disk-loss": lambda _row, on, _name: storage.DiskLoss(on),
    "volume-detach-stuck": lambda _row, on, name: storage.DetachStuck(on, name),
    "dns-outage": lambda _row, _on, name: names.DnsOutage(name),
    "node-reboot": lambda row, on, name: nodes.NodeReboot(
        on,
        name,
        row.away_us,
        row.graceful,
        row.shutdown_grace_period_us,
        row.shutdown_grace_period_critical_pods_us,
    ),
    "control-plane-outage": lambda row, _on, name: control_plane.ControlPlaneOutage(row.failover, name),
    "disk-full": lambda row, on, name: (
        storage.DiskFull(on, name) if storage.is_disk(on) else nodes.Squeeze(on, name, DISK, row.free)
    ),
    "memory-pressure": lambda row, on, name: nodes.Squeeze(on, name, MEMORY, row.free),
    "clock-skew": lambda row, on, name: nodes.ClockSkew(on, name, row.offset_us, row.drift_ppm),
    "pod-kill": lambda row, on, name: pods.PodKill(on, row.grace_us, name),
    "container-kill": lambda _row, on, name: pods.ContainerKill(on, name),
    "start-container": lambda row, on, _name: containers.StartContainer(on, row.node, row.anew, row.tell_us),
    "stop-container": lambda _row, on, _name: containers.StopContainer(on),
    "apply": lambda row, _on, _name: operator.Apply(row.manifests),
    "patch": lambda row, on, _name: operator.Patch(on, row.patch),
    "scale": lambda row, on, _name: operator.Scale(on, row.replicas),
    "rollback": lambda row, on, _name: operator.Rollback(on, row.to_revision),
    "set-image": lambda row, on, _name: operator.SetImage(on, row.container, row.image),
    "rollout-restart": lambda _row, on, _name: operator.RolloutRestart(on),
    "delete": lambda row, on, _name: operator.DeleteObject(on, row.force, row.cascade),
    "cordon": lambda _row, on, _name: operator.Cordon(on),
    "uncordon": lambda _row, on, _name: operator.Uncordon(on),
    "drain": lambda row, on, _name: drain.Drain(on, drain.options(row)),
    "evict": lambda row, on, _name: operator.Evict(on, row.retry),
    "promote": lambda row, on, name: roles.Promote(on, row.fence, row.service, name),
    "rebuild": lambda _row, on, _name: roles.Rebuild(on),
    "restore": lambda row, on, _name: backups.Restore(on, row.to_us),
    "truncate": lambda _row, on, name: backups.Truncate(on, name),
    "emergency-repair": lambda row, on, _name: roles.EmergencyRepair(on, row.mode == ERASE),
    "traffic": lambda row, on, name: traffic.Traffic(on, name, row.rate, row.factor, row.over_us),
    "switchover": lambda row, on, _name: managers.Switchover(on, row.candidate),
    "pause": lambda _row, on, _name: managers.Pause(on),
    "resume": lambda _row, on, _name: managers.Resume(on),
    "store-loss": lambda _row, on, _name: managers.StoreLoss(on),
    "process-kill": lambda row, on, name: processes.ProcessKill(on, row.process, name),
    "process-pause": lambda row, on, name: processes.ProcessPause(on, row.process, name),
    "taint": lambda row, on, _name: operator.TaintNode(on, row.taint),
    "untaint": lambda row, on, _name: operator.TaintNode(on, row.taint, remove=True),
}


def build(row: Any, on: Any, name: str) -> Fault:
    """Return the occurrence that a row of the timeline means, aimed at `on`."""
    return CATALOGUE[row.do](row, on, name)

"""What a storm throws at a town: one small function for each kind of fault or operator action.

Each returns rows of a timeline. A *safe* row keeps what Kubernetes asks of people who act by force: only on a
machine that is known to be off ("Force Delete StatefulSet Pods", KEP-2268 non-graceful node shutdown). An
unsafe row is marked by its label, so that what follows from it can be told from a mistake of the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from statesim.experiment.storm_town import BROKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statesim.experiment.lot import Lot

UNSAFE = "unsafe"
MAINTENANCE = "maintenance"
OUT_OF_SERVICE = {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}
Rows = list[dict[str, Any]]
GRACE_S = 40  # how long a graceful shutdown may take


class Workload(Protocol):
    """What a row can strike: `storm_town.Workload`, or a workload of somebody's scenario."""

    @property
    def kind(self) -> str:
        """Return StatefulSet or Deployment."""

    @property
    def name(self) -> str:
        """Return its name."""

    @property
    def key(self) -> str:
        """Return ``Kind/name``."""

    @property
    def replicas(self) -> int:
        """Return how many pods it has at the start."""

    @property
    def most(self) -> int:
        """Return to how many it may be scaled."""

    @property
    def image(self) -> str:
        """Return the name of its image without the tag."""

    @property
    def volume(self) -> str:
        """Return whether ``each`` pod has a claim, all have ``one``, or none has any (empty)."""

    @property
    def system(self) -> str | None:
        """Return the kind of the system in its pods."""

    @property
    def system_name(self) -> str | None:
        """Return what that system is called."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Return the labels of its pods."""

    def claim(self, ordinal: int) -> str:
        """Return the name of a pod's claim, or of the one that all share."""

    def manifest(self) -> dict[str, Any]:
        """Return the Kubernetes object."""


class Town(Protocol):
    """What a storm hits: `storm_town.Town`, or somebody's scenario."""

    @property
    def zones(self) -> Sequence[str]:
        """Return the names of the zones."""

    @property
    def machines(self) -> Sequence[str]:
        """Return the names of all nodes."""

    @property
    def workloads(self) -> Sequence[Workload]:
        """Return the workloads."""


@dataclass(slots=True)
class Sky:
    """What a row is drawn from.

    Attributes
    ----------
    begin, end
        The storm's first and last second.
    buried
        Machines that are off for sure, each from when to when: nobody may switch them on meanwhile.
    """

    lot: Lot
    town: Town
    begin: int
    end: int
    buried: dict[str, tuple[int, int]] = field(default_factory=dict)

    def moment(self) -> int:
        """Return a second of the storm."""
        return self.lot.between(self.begin, self.end - 1)

    def span(self, at: int) -> str:
        """Return how long something lasts that begins at `at`: it is over when the storm is."""
        left = self.end - at
        return f"{self.lot.between(1, min(left, self.lot.pick((8, 45, 120, 400))))}s"

    def machine(self) -> str:
        """Return the name of a node."""
        return self.lot.pick(self.town.machines)

    def workload(self) -> Workload:
        """Return a workload."""
        return self.lot.pick(self.town.workloads)

    def pods(self) -> Any:
        """Return a target that means pods: one by lot, one by name, all of a workload, one by its role."""
        workload = self.workload()
        targets: list[Any] = [{"anyPod": dict(workload.labels)}] * 3
        if workload.most <= 3 or self.lot.chance(0.2):
            targets.append(workload.key)
        if workload.kind == "StatefulSet":
            ordinal = self.lot.between(0, max(0, workload.replicas - 1))
            targets += [f"Pod/{workload.name}-{ordinal}"] * 3
        if workload.system_name is not None:
            targets += [{"primaryOf": workload.system_name}, {"replicaOf": workload.system_name}] * 2
        return self.lot.pick(targets)

    def place(self) -> Any:
        """Return a target that means one machine."""
        workload = self.workload()
        targets: list[Any] = [f"Node/{self.machine()}"] * 3 + [{"anyNode": {}}]
        if workload.kind == "StatefulSet":
            targets.append({"nodeOf": f"Pod/{workload.name}-0"})
        if workload.system_name is not None:
            targets += [{"primaryOf": workload.system_name}] * 2
        return self.lot.pick(targets)


# -- machines and networks -------------------------------------------------------------------------------


def _held(do: str) -> Callable[[Sky], Rows]:
    def rows(sky: Sky) -> Rows:
        at = sky.moment()
        return [{"at": at, "do": do, "on": sky.place(), "for": sky.span(at)}]

    return rows


def _crash_until_found(sky: Sky) -> Rows:
    """Crash a machine; somebody may switch it on in the storm, and does when it is over."""
    return [{"at": sky.moment(), "do": "node-crash", "on": f"Node/{sky.machine()}"}]


def _recover(sky: Sky) -> Rows:
    at, node = sky.moment(), sky.machine()
    first, last = sky.buried.get(node, (at, at))
    return [] if first < at < last else [{"at": at, "do": "node-recover", "on": f"Node/{node}"}]


def _partition(sky: Sky) -> Rows:
    at = sky.moment()
    row: dict[str, Any] = {"at": at, "do": "network-partition", "on": sky.place(), "for": sky.span(at)}
    if sky.lot.chance(0.3) and sky.town.zones:
        row["on"] = {"zone": sky.lot.pick(sky.town.zones)}
    whom = sky.lot.pick((None, None, "control-plane", "control-plane", "clients", "machine"))
    if whom == "machine":
        whom = f"Node/{sky.machine()}"
    return [row if whom is None else {**row, "from": whom}]


def _zone(sky: Sky) -> Rows:
    at = sky.moment()
    zone = {"zone": sky.lot.pick(sky.town.zones)}
    return [{"at": at, "do": "zone-outage", "on": zone, "for": sky.span(at)}]


def _reboot(sky: Sky) -> Rows:
    """Reboot a machine, in order or not, unless it may not come back in the storm's time."""
    node, away = sky.machine(), sky.lot.pick((5, 30, 90))
    at = sky.lot.between(sky.begin, sky.end)
    first, last = sky.buried.get(node, (sky.end, sky.end))
    if at + away + GRACE_S >= min(first, sky.end) and (at <= last or at + away + GRACE_S >= sky.end):
        return []
    row: dict[str, Any] = {"at": at, "do": "node-reboot", "on": f"Node/{node}", "away": f"{away}s"}
    return [{**row, "graceful": True} if sky.lot.chance(0.5) else row]


def _dns(sky: Sky) -> Rows:
    at = sky.moment()
    return [{"at": at, "do": "dns-outage", "for": sky.span(at)}]


def _control_plane(sky: Sky) -> Rows:
    at = sky.moment()
    row: dict[str, Any] = {"at": at, "do": "control-plane-outage"}
    return [{**row, "failover": True} if sky.lot.chance(0.5) else {**row, "for": sky.span(at)}]


def _disk(sky: Sky, *, whole: bool) -> str | None:
    """Return a claim; of a system's members only the last one's, unless the disk stays `whole`."""
    kept = [w for w in sky.town.workloads if w.volume]
    if not kept:
        return None
    workload = sky.lot.pick(kept)
    if workload.volume == "one":
        return f"PersistentVolumeClaim/{workload.claim(0)}"
    last = max(0, workload.replicas - 1)
    ordinal = sky.lot.between(0 if whole or workload.system is None else last, last)
    return f"PersistentVolumeClaim/{workload.claim(ordinal)}"


def _disk_loss(sky: Sky) -> Rows:
    claim = _disk(sky, whole=False)
    return [] if claim is None else [{"at": sky.moment(), "do": "disk-loss", "on": claim}]


def _detach_stuck(sky: Sky) -> Rows:
    claim, at = _disk(sky, whole=True), sky.moment()
    row = {"at": at, "do": "volume-detach-stuck", "on": claim, "for": sky.span(at)}
    return [] if claim is None else [row]


def _cordon(sky: Sky) -> Rows:
    at = sky.moment()
    row: dict[str, Any] = {"at": at, "do": "cordon", "on": f"Node/{sky.machine()}"}
    return [{**row, "for": sky.span(at)} if sky.lot.chance(0.5) else row]


def _uncordon(sky: Sky) -> Rows:
    return [{"at": sky.moment(), "do": "uncordon", "on": f"Node/{sky.machine()}"}]


def _drain(sky: Sky) -> Rows:
    return [{"at": sky.moment(), "do": "drain", "on": f"Node/{sky.machine()}"}]


def _taint(sky: Sky) -> Rows:
    taint = {"key": MAINTENANCE, "value": "", "effect": sky.lot.pick(("NoExecute", "NoSchedule"))}
    at, node = sky.moment(), f"Node/{sky.machine()}"
    rows = [{"at": at, "do": "taint", "on": node, "taint": taint}]
    if sky.lot.chance(0.6):
        rows.append({"at": sky.lot.between(at, sky.end), "do": "untaint", "on": node, "taint": taint})
    return rows


# -- pods ------------------------------------------------------------------------------------------------


def _pod_kill(sky: Sky) -> Rows:
    row: dict[str, Any] = {"at": sky.moment(), "do": "pod-kill", "on": sky.pods()}
    grace = sky.lot.pick((None, None, "1s", "90s"))
    return [row if grace is None else {**row, "grace": grace}]


def _container_kill(sky: Sky) -> Rows:
    return [{"at": sky.moment(), "do": "container-kill", "on": sky.pods()}]


def _evict(sky: Sky) -> Rows:
    return [{"at": sky.moment(), "do": "evict", "on": sky.pods()}]


# -- workloads -------------------------------------------------------------------------------------------


def _scale(sky: Sky) -> Rows:
    workload = sky.workload()
    to = sky.lot.between(2 if workload.system else 0, workload.most)
    return [{"at": sky.moment(), "do": "scale", "on": workload.key, "replicas": to}]


def _set_image(sky: Sky) -> Rows:
    workload = sky.workload()
    tag = sky.lot.pick(("1", "2", "3", BROKEN))
    image = f"{workload.image}:{tag}"
    return [{"at": sky.moment(), "do": "set-image", "on": workload.key, "image": image}]


def _rollback(sky: Sky) -> Rows:
    return [{"at": sky.moment(), "do": "rollback", "on": sky.workload().key}]


def _strategy(sky: Sky) -> Rows:
    workload = sky.workload()
    if workload.kind != "StatefulSet":
        patch: dict[str, Any] = {"template": {"metadata": {"labels": {"round": f"r{sky.lot.between(1, 3)}"}}}}
    elif sky.lot.chance(0.3):
        patch = {"updateStrategy": {"type": "OnDelete", "rollingUpdate": None}}
    else:
        rolling = {"partition": sky.lot.between(0, 3)}
        patch = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}
    return [{"at": sky.moment(), "do": "patch", "on": workload.key, "patch": {"spec": patch}}]


def _delete_workload(sky: Sky) -> Rows:
    """Delete a workload, its pods with it or not, and create it again (in the calm at the latest)."""
    workload, at = sky.workload(), sky.moment()
    cascade = sky.lot.pick(("background", "orphan"))
    rows: Rows = [{"at": at, "do": "delete", "on": workload.key, "cascade": cascade}]
    if sky.lot.chance(0.7):
        again = sky.lot.between(at, min(sky.end, at + 60))
        rows.append({"at": again, "do": "apply", "manifests": [workload.manifest()]})
    return rows


def _delete_pod(sky: Sky) -> Rows:
    sets = [w for w in sky.town.workloads if w.kind == "StatefulSet"]
    if not sets:
        return []
    workload = sky.lot.pick(sets)
    pod = f"Pod/{workload.name}-{sky.lot.between(0, max(0, workload.replicas - 1))}"
    return [{"at": sky.moment(), "do": "delete", "on": pod}]


# -- by force --------------------------------------------------------------------------------------------


def bury(sky: Sky) -> Rows:
    """Crash a machine for a while, and act by force on what it can no longer run."""
    node = sky.machine()
    if node in sky.buried or sky.end - sky.begin < 90:
        return []
    at = sky.lot.between(sky.begin, sky.end - 60)
    back = sky.lot.between(at + 40, sky.end)
    sky.buried[node] = (at, back)
    acts = sky.lot.between(at + 5, back - 5)
    on = f"Node/{node}"
    rows: Rows = [{"at": at, "do": "node-crash", "on": on, "for": f"{back - at}s"}]
    act = sky.lot.pick(("pod-kill", "delete", "taint"))
    if act == "pod-kill":
        return [*rows, {"at": acts, "do": "pod-kill", "on": on, "grace": "0s"}]
    if act == "delete":  # PodGC then ends its pods; its kubelet registers it again when it has booted
        return [*rows, {"at": acts, "do": "delete", "on": on}]
    off = {"at": back - 1, "do": "untaint", "on": on, "taint": OUT_OF_SERVICE}
    return [*rows, {"at": acts, "do": "taint", "on": on, "taint": OUT_OF_SERVICE}, off]


def _force(sky: Sky) -> Rows:
    """Delete a pod by force, whatever becomes of its program."""
    row = {"at": sky.moment(), "do": "pod-kill", "on": sky.pods(), "grace": "0s"}
    return [{**row, "label": f"{UNSAFE}: its program may run on"}]


def _out_of_service(sky: Sky) -> Rows:
    """Declare a machine out of service that may only be cut off."""
    at, on = sky.moment(), f"Node/{sky.machine()}"
    back = sky.lot.between(at, sky.end)
    row = {"at": at, "do": "taint", "on": on, "taint": OUT_OF_SERVICE}
    return [
        {**row, "label": f"{UNSAFE}: the machine may run on"},
        {"at": back, "do": "untaint", "on": on, "taint": OUT_OF_SERVICE},
    ]


KINDS: Mapping[str, Callable[[Sky], Rows]] = {
    "node-crash": _held("node-crash"),
    "node-crash until found": _crash_until_found,
    "node-pause": _held("node-pause"),
    "node-recover": _recover,
    "network-partition": _partition,
    "zone-outage": _zone,
    "node-reboot": _reboot,
    "disk-full": _held("disk-full"),
    "memory-pressure": _held("memory-pressure"),
    "disk-loss": _disk_loss,
    "volume-detach-stuck": _detach_stuck,
    "control-plane-outage": _control_plane,
    "dns-outage": _dns,
    "cordon": _cordon,
    "uncordon": _uncordon,
    "drain": _drain,
    "taint": _taint,
    "pod-kill": _pod_kill,
    "container-kill": _container_kill,
    "evict": _evict,
    "scale": _scale,
    "set-image": _set_image,
    "rollback": _rollback,
    "patch": _strategy,
    "delete a workload": _delete_workload,
    "delete a pod": _delete_pod,
}
UNSAFE_KINDS: Mapping[str, Callable[[Sky], Rows]] = {
    "delete by force": _force,
    "out of service": _out_of_service,
}

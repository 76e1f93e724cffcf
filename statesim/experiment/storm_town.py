"""The town that a storm hits: machines, workloads, budgets, services and callers, drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.experiment.lot import Lot

VERSIONS = ("1.22", "1.26", "1.28", "1.30", "1.32", "1.32", "1.34")
# a slow control plane decides on what it saw a while ago
RATES: tuple[dict[str, Any], ...] = (
    {"qps": 20, "burst": 30},
    {"qps": 20, "burst": 30},
    {"qps": 2, "burst": 3},
    {"qps": 0.5, "burst": 1},
)
IMAGES: dict[str, Any] = {
    "app:broken": {"pull": "2s", "ready": "never"},
    "pg:broken": {"pull": "2s", "ready": "never"},
    "app:*": {"pull": "2s", "start": {"uniform": ["500ms", "3s"]}, "ready": "1s", "stop": "1s"},
    "pg:*": {"pull": "3s", "start": "1s", "ready": "1s", "stop": {"uniform": ["1s", "4s"]}},
}
BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment or a StatefulSet, in the few words that a storm needs.

    Attributes
    ----------
    image
        Name of its image without the tag.
    most
        To how many replicas it may be scaled.
    volume
        How its pods keep data: each a claim of its own (``each``), all one claim (``one``), or none.
    system
        The system in its pods; ``None`` for a stateless program.
    """

    kind: str
    name: str
    replicas: int
    most: int
    image: str = "app"
    volume: str = ""
    policy: str = "Parallel"
    strategy: Mapping[str, Any] = field(default_factory=dict)
    grace: int = 30
    toleration: int | None = None
    min_ready: int = 0
    tag: str = "1"
    system: str | None = None

    @property
    def key(self) -> str:
        """Return ``Kind/name``."""
        return f"{self.kind}/{self.name}"

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels of its pods."""
        return {"app": self.name}

    @property
    def system_name(self) -> str | None:
        """Return what the system in its pods is called, if there is one."""
        return None if self.system is None else self.name

    def claim(self, ordinal: int) -> str:
        """Return the name of the claim of its pod number `ordinal`, or of the one that all share."""
        return self.name if self.volume == "one" else f"data-{self.name}-{ordinal}"

    @property
    def ordered(self) -> bool:
        """Tell whether one pod waits for the other."""
        return self.kind == "StatefulSet" and self.policy == "OrderedReady"

    def manifest(self) -> dict[str, Any]:
        """Return the Kubernetes object."""
        spec: dict[str, Any] = {
            "replicas": self.replicas,
            "selector": {"matchLabels": {"app": self.name}},
            "template": {"metadata": {"labels": {"app": self.name}}, "spec": self._pod()},
        }
        if self.min_ready:
            spec["minReadySeconds"] = self.min_ready
        if self.kind == "Deployment":
            spec["strategy"] = dict(self.strategy)
        else:
            spec |= {"serviceName": f"{self.name}-members", "podManagementPolicy": self.policy}
            spec["updateStrategy"] = dict(self.strategy)
            if self.volume:
                spec["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": _claim()}]
        return {"apiVersion": "apps/v1", "kind": self.kind, "metadata": {"name": self.name}, "spec": spec}

    def _pod(self) -> dict[str, Any]:
        container: dict[str, Any] = {"name": "main", "image": f"{self.image}:{self.tag}"}
        container["readinessProbe"] = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 2}
        pod: dict[str, Any] = {"terminationGracePeriodSeconds": self.grace, "containers": [container]}
        if self.volume:
            container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        if self.volume == "one":
            pod["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": self.name}}]
        if self.toleration is not None:
            pod["tolerations"] = [
                {
                    "key": f"node.kubernetes.io/{key}",
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": self.toleration,
                }
                for key in ("not-ready", "unreachable")
            ]
        return pod

    def service(self) -> list[dict[str, Any]]:
        """Return the Services in front of it: one for callers, a headless one for a set's members."""
        callers: dict[str, Any] = {"selector": {"app": self.name}, "ports": [{"port": 80}]}
        if self.system == "patroni":
            callers["selector"] = {"app": self.name, "role": "primary"}
        made = [_service(self.name, callers)]
        if self.kind == "StatefulSet":
            members = {"clusterIP": "None", "selector": {"app": self.name}, "ports": [{"port": 80}]}
            made.append(_service(f"{self.name}-members", {**members, "publishNotReadyAddresses": True}))
        return made

    def claims(self) -> list[dict[str, Any]]:
        """Return the claim that all its pods share, if they share one."""
        if self.volume != "one":
            return []
        meta = {"name": self.name}
        return [{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": _claim()}]


def _claim() -> dict[str, Any]:
    return {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def _service(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


@dataclass(frozen=True, slots=True)
class Town:
    """What a storm hits.

    Attributes
    ----------
    nodes
        Names of the nodes, by zone.
    budgets
        Disruption budgets by the name of their workload: the spec without its selector.
    watchdog
        Whether the machines have a watchdog, and a primary must use it.
    """

    zones: tuple[str, ...]
    nodes: Mapping[str, tuple[str, ...]]
    workloads: tuple[Workload, ...]
    budgets: Mapping[str, Mapping[str, Any]]
    watchdog: bool = False

    @property
    def machines(self) -> tuple[str, ...]:
        """Return the names of all nodes."""
        return tuple(name for names in self.nodes.values() for name in names)

    def objects(self) -> list[dict[str, Any]]:
        """Return every Kubernetes object."""
        made = [o for w in self.workloads for o in (*w.service(), *w.claims(), w.manifest())]
        return made + [self.budget(name) for name in self.budgets]

    def budget(self, name: str) -> dict[str, Any]:
        """Return the disruption budget of a workload."""
        spec = {**self.budgets[name], "selector": {"matchLabels": {"app": name}}}
        meta = {"name": name}
        return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": spec}

    def systems(self) -> list[dict[str, Any]]:
        """Return the bindings of systems to workloads."""
        watchdog = {"watchdog_mode": "required", "watchdog_device": True} if self.watchdog else {}
        return [
            {"name": w.name, "kind": w.system, "workload": w.key, "parameters": watchdog}
            for w in self.workloads
            if w.system is not None
        ]

    def clients(self) -> list[dict[str, Any]]:
        """Return one client for each workload."""
        return [
            {
                "name": w.name,
                "target": f"Service/{w.name}",
                "sessions": 2,
                "operations": {"kind": "set" if w.system else "web", "rate": "1/s"},
                "timeouts": {"connect": "2s", "statement": "5s", "keepalive": "30s"},
            }
            for w in self.workloads
        ]


def build(lot: Lot, *, watchdog: bool = False) -> Town:
    """Draw a town of three to nine machines with one to four workloads."""
    zones = ("a", "b", "c")[: lot.between(2, 3)]
    each = lot.between(2, 4) if len(zones) == 2 else lot.between(1, 3)
    nodes = {zone: tuple(f"node-{zone}-{n}" for n in range(1, each + 1)) for zone in zones}
    workloads = tuple(draw(lot) for draw in lot.some((_set, _web, _files, _patroni), least=1))
    budgets = {w.name: _budget(lot, w) for w in workloads if lot.chance(0.6)}
    return Town(zones, nodes, workloads, budgets, watchdog)


def _common(lot: Lot) -> dict[str, Any]:
    return {
        "grace": lot.pick((1, 5, 30, 60)),
        "toleration": lot.pick((None, None, 0, 20, 60)),
        "min_ready": lot.pick((0, 0, 0, 5)),
    }


def _set(lot: Lot) -> Workload:
    strategies: tuple[dict[str, Any], ...] = (
        {"type": "RollingUpdate"},
        {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
    )
    return Workload(
        "StatefulSet",
        "db",
        lot.between(1, 5),
        most=6,
        volume=lot.pick(("each", "each", "")),
        policy=lot.pick(("OrderedReady", "OrderedReady", "Parallel")),
        strategy=lot.pick(strategies),
        **_common(lot),
    )


def _web(lot: Lot) -> Workload:
    bounds = [(1, 0), (0, 1), (1, 1), (2, 1), ("25%", "25%"), ("50%", "0%")]
    surge, unavailable = lot.pick(bounds)
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    strategy = {"type": "RollingUpdate", "rollingUpdate": rolling}
    if lot.chance(0.2):
        strategy = {"type": "Recreate"}
    replicas = lot.between(1, 6)
    return Workload("Deployment", "web", replicas, most=8, strategy=strategy, **_common(lot))


def _files(lot: Lot) -> Workload:
    """Draw a Deployment on one ReadWriteOnce claim: with a surge it would wait for itself (#52236)."""
    strategy: dict[str, Any] = {"type": "Recreate"}
    if lot.chance(0.3):
        strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    return Workload("Deployment", "files", 1, most=1, volume="one", strategy=strategy, **_common(lot))


def _patroni(lot: Lot) -> Workload:
    return Workload(
        "StatefulSet",
        "pg",
        3,
        most=4,
        image="pg",
        volume="each",
        policy=lot.pick(("OrderedReady", "Parallel")),
        strategy={"type": "RollingUpdate"},
        system="patroni",
        **{**_common(lot), "min_ready": 0},
    )


def _budget(lot: Lot, workload: Workload) -> dict[str, Any]:
    if lot.chance(0.5):
        return {"maxUnavailable": lot.pick((1, 1, 2, "34%"))}
    return {"minAvailable": lot.pick((1, max(0, workload.replicas - 1), "50%"))}


def rebuilt(lot: Lot, town: Town) -> Town:
    """Return the town as it shall stand after the storm: some workloads with another size or version."""
    workloads = []
    for workload in town.workloads:
        replicas = workload.replicas
        if workload.most > 1 and workload.system is None and lot.chance(0.3):
            replicas = lot.between(1, workload.most)
        workloads.append(replace(workload, replicas=replicas, tag=lot.pick(("1", "1", "2", "3"))))
    return replace(town, workloads=tuple(workloads))

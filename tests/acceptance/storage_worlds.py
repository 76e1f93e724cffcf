"""What the tests of the acceptance list's storage rows share: manifests, and a small world to put them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.world import World

if TYPE_CHECKING:
    from statesim.cluster.objects import Object
    from statesim.kernel.trace import TraceEvent

T = TypeVar("T", bound="Object")

QUICK = {"provision": "1s", "attach": "1s", "detach": "1s", "mount": "100ms", "resize": "1s"}
IMAGE = {"*": {"pull": "0s", "start": "500ms", "ready": "0s", "stop": "500ms"}}


def pod_spec(*claims: str, **spec: Any) -> dict[str, Any]:
    volumes = [{"name": f"v{i}", "persistentVolumeClaim": {"claimName": c}} for i, c in enumerate(claims)]
    mounts = [{"name": f"v{i}", "mountPath": f"/data/{i}"} for i in range(len(claims))]
    container = {"name": "app", "image": "app:1", "volumeMounts": mounts}
    return {"containers": [container], "volumes": volumes, "terminationGracePeriodSeconds": 1, **spec}


def pod(name: str, *claims: str, **spec: Any) -> dict[str, Any]:
    meta = {"name": name, "labels": {"app": name}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": pod_spec(*claims, **spec)}


def claim(name: str = "data", *modes: str, **spec: Any) -> dict[str, Any]:
    size = {"resources": {"requests": {"storage": spec.pop("size", "10Gi")}}}
    body = {"accessModes": list(modes) or ["ReadWriteOnce"], **size, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": body}


def volume(name: str = "pv", *modes: str, **spec: Any) -> dict[str, Any]:
    meta = {"name": name, **spec.pop("metadata", {})}
    body = {
        "capacity": {"storage": spec.pop("size", "10Gi")},
        "accessModes": list(modes) or ["ReadWriteOnce"],
        "csi": {"driver": "disks.example.com", "volumeHandle": f"disk-of-{name}"},
        **spec,
    }
    if {"local", "hostPath", "nfs"} & set(body):
        del body["csi"]
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": meta, "spec": body}


def on_node(*names: str, key: str = "kubernetes.io/hostname") -> dict[str, Any]:
    rule = {"key": key, "operator": "In", "values": list(names)}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [rule]}]}}


def workload(kind: str, name: str = "db", *claims: str, **spec: Any) -> dict[str, Any]:
    """Return a workload of one replica; for a StatefulSet each of `claims` is a template."""
    templates = [claim(c) for c in claims] if kind == "StatefulSet" else []
    used = () if kind == "StatefulSet" else claims
    inner = pod_spec(*used, **spec.pop("pod", {}))
    if templates:
        inner["containers"][0]["volumeMounts"] = [{"name": c, "mountPath": f"/{c}"} for c in claims]
    body: dict[str, Any] = {
        "replicas": 1,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": inner},
        **spec,
    }
    if kind == "StatefulSet":
        body |= {"serviceName": name, "volumeClaimTemplates": templates}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": body}


def storage_class(name: str, binding: str = "WaitForFirstConsumer", **rest: Any) -> dict[str, Any]:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": rest.pop("provisioner", "disks.example.com"),
        "volumeBindingMode": binding,
        **rest,
    }


class Lab:
    """A world of three zones with a node each (node-a-1, node-b-1, node-c-1) that can be stopped and looked at."""

    def __init__(self, *manifests: dict[str, Any], timeline: Any = (), **extra: Any) -> None:
        cluster = {
            "kubernetes": extra.pop("kubernetes", "1.32"),
            **extra.pop("cluster", {"zones": 3, "nodesPerZone": 1}),
            "timings": {**QUICK, **extra.pop("timings", {})},
        }
        scenario = {
            "metadata": {"name": "storage"},
            "seed": extra.pop("seed", 5),
            "duration": extra.pop("duration", "2h"),
            "cluster": cluster,
            "images": IMAGE,
            "manifests": list(manifests),
            "timeline": list(timeline),
            **extra,
        }
        self.world = World(load(Scenario.model_validate(scenario)).variants[0])

    def run(self, until: float) -> Lab:
        """Let it run up to an instant (seconds)."""
        self.world.clock.run(round(until * 1_000_000))
        return self

    def the(self, kind: type[T], name: str) -> T:
        """Return the object of that kind and name."""
        found = self.world.store.get(kind, name)
        assert found is not None, name
        return found

    def has(self, kind: type[Object], name: str) -> bool:
        """Tell whether there is such an object."""
        return self.world.store.get(kind, name) is not None

    def said(self, key: str, *events: str) -> list[TraceEvent]:
        """Return what happened to an object, in order; `key` may be the beginning of names."""
        found = [e for e in self.world.trace.events if e.object == key or e.object.startswith(f"{key}@")]
        return [e for e in found if not events or e.event in events]

    def times(self, key: str, event: str) -> list[float]:
        """Return when an event happened to an object."""
        return [e.t for e in self.said(key, event)]

    def why(self, key: str, event: str) -> list[str]:
        """Return the reasons that were given with an event."""
        return [e.fields.get("why", "") for e in self.said(key, event)]

    def data_of(self, name: str) -> str:
        """Return the id of the data that a pod's program has open."""
        process = self.world.fleet.main_process(name)
        assert process is not None, name
        return process.data

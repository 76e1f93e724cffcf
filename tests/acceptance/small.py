"""Small scenarios for the acceptance list: a few nodes, a workload, a timeline, and the trace of the run."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from statesim.cluster.objects import UNREACHABLE
from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.world import World

if TYPE_CHECKING:
    from statesim.cluster.objects import Pod
    from statesim.kernel.trace import TraceEvent

BASE = {"pull": "0s", "start": "1s", "ready": "1s", "stop": "1s"}
IMAGES = {"*": BASE}
ONE = {"kubernetes": "1.31", "nodes": [{"name": "n1"}]}
TWO = {"kubernetes": "1.31", "zones": 1, "nodesPerZone": 2}


def workload(kind: str = "Deployment", name: str = "a", replicas: int = 3, **pod: Any) -> dict[str, Any]:
    """Return a workload whose pods carry `app: <name>`; keywords go into the pod's spec."""
    container = {"name": "c", "image": "app:1", **pod.pop("container", {})}
    spec: dict[str, Any] = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        **pod.pop("spec", {}),
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container], **pod}},
    }
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def with_claim(made: dict[str, Any]) -> dict[str, Any]:
    """Return a StatefulSet in which each pod has a claim, ``data``."""
    made = deepcopy(made)
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    made["spec"]["volumeClaimTemplates"] = [claim]
    containers = made["spec"]["template"]["spec"]["containers"]
    containers[0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    return made


def pod(name: str = "p", **spec: Any) -> dict[str, Any]:
    """Return a pod that nobody owns."""
    container = {"name": "c", "image": "app:1", **spec.pop("container", {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": [container], **spec},
    }


def budget(name: str = "a", app: str = "a", **spec: Any) -> dict[str, Any]:
    """Return a PodDisruptionBudget."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": app}}, **spec},
    }


def requests(memory: str) -> dict[str, Any]:
    """Return what a container asks for."""
    return {"resources": {"requests": {"memory": memory}}}


def apply(at: float | str, *objects: dict[str, Any]) -> dict[str, Any]:
    """Return a row that applies manifests."""
    return {"at": at, "do": "apply", "manifests": list(objects)}


def cut(pod_name: str = "a-0", at: str = "60s", **row: Any) -> dict[str, Any]:
    """Return a row that cuts a pod's machine off from the control plane."""
    on = {"nodeOf": f"Pod/{pod_name}"}
    return {"at": at, "do": "network-partition", "from": "control-plane", "on": on, **row}


def no_execute(run: Small, node: str = "Node/") -> float:
    """Return when a node first got a NoExecute taint for being unreachable."""
    tainted = (e for e in run.events("Tainted", node) if f"{UNREACHABLE}:NoExecute" in e.fields["taints"])
    return next(tainted).t


class Small:
    """One run of a small scenario, which can be looked at while it goes on."""

    def __init__(
        self,
        *timeline: dict[str, Any],
        objects: list[dict[str, Any]],
        duration: str = "200s",
        version: str = "1.31",
        cluster: dict[str, Any] | None = None,
        images: dict[str, Any] | None = None,
        seed: int = 3,
        **extra: Any,
    ) -> None:
        scenario = Scenario.model_validate(
            {
                "metadata": {"name": "small"},
                "seed": seed,
                "duration": duration,
                "cluster": {"kubernetes": version, "zones": 3, "nodesPerZone": 1}
                if cluster is None
                else cluster,
                "images": images or IMAGES,
                "manifests": objects,
                "timeline": list(timeline),
                **extra,
            }
        )
        self.world = World(load(scenario).variants[0])

    def run(self, until: float | None = None) -> Small:
        """Let time pass up to `until` seconds, or to the end."""
        self.world.clock.run(self.world.duration_us if until is None else round(until * 1_000_000))
        return self

    def events(self, event: str, obj: str = "") -> list[TraceEvent]:
        """Return the events of that name of the objects whose key begins with `obj`."""
        return [e for e in self.world.trace.events if e.event == event and e.object.startswith(obj)]

    def times(self, event: str, obj: str = "") -> list[float]:
        """Return when those events were, in seconds, to the tenth."""
        return [round(e.t, 1) for e in self.events(event, obj)]

    def story(self, obj: str) -> list[str]:
        """Return the names of an object's events."""
        return [e.event for e in self.world.trace.events if e.object == obj]

    def find(self, key: str) -> Any:
        """Return an object of the store, ``None`` if it is not there."""
        return self.world.store.find(key)

    def pod(self, name: str) -> Pod:
        """Return a pod that is there."""
        found: Pod | None = self.find(f"Pod/{name}")
        assert found is not None, name
        return found

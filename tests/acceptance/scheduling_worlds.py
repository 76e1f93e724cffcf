"""What the tests of the scheduling rows share: nodes, pods that ask for something, and where they went."""

from __future__ import annotations

from typing import Any

from statesim.cluster.objects import Pod
from tests.acceptance.small import Small

HOST = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
TAINT = {"key": "dedicated", "value": "db", "effect": "NoSchedule"}


def nodes(*rows: str | dict[str, Any], cpu: int = 4, version: str = "1.31") -> dict[str, Any]:
    """Return a cluster of single nodes: their names, or rows with a name and what differs."""
    made = [{"name": row} if isinstance(row, str) else row for row in rows]
    return {"kubernetes": version, "nodes": [{"capacity": {"cpu": cpu}, **row} for row in made]}


def asks(cpu: str | int = 0, **container: Any) -> dict[str, Any]:
    """Return the keyword of a pod or workload whose container requests so much."""
    return {"container": {"resources": {"requests": {"cpu": cpu}}, **container}}


def priority_class(name: str, value: int, **more: Any) -> dict[str, Any]:
    meta = {"name": name}
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": meta,
        "value": value,
        **more,
    }


def labelled(made: dict[str, Any], **labels: str) -> dict[str, Any]:
    """Return a pod with other labels."""
    return {**made, "metadata": {**made["metadata"], "labels": labels}}


def near(key: str, app: str) -> dict[str, Any]:
    return {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key}


def required(*terms: dict[str, Any]) -> dict[str, Any]:
    return {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}


def preferred(weight: int, **term: Any) -> dict[str, Any]:
    return {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": weight, **term}]}


def match(key: str, *values: str, operator: str = "In") -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def node_affinity(*terms: dict[str, Any]) -> dict[str, Any]:
    rule = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}
    return {"affinity": {"nodeAffinity": rule}}


def spread(key: str, when: str = "DoNotSchedule", app: str = "a", **more: Any) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": when,
        "labelSelector": {"matchLabels": {"app": app}},
        **more,
    }


def placed(made: Small) -> dict[str, str | None]:
    """Return where each pod is."""
    return {pod.name: pod.node for pod in made.world.store.all(Pod)}


def crowd(made: Small, app: str = "a") -> list[int]:
    """Return how many pods of a workload each node that has any holds, in order."""
    where = [p.node for p in made.world.store.all(Pod) if p.labels.get("app") == app and p.node]
    return sorted(where.count(node) for node in set(where))


def said(made: Small, pod: str) -> str:
    """Return the last thing that the scheduler said of a pod."""
    return str(made.events("FailedScheduling", f"Pod/{pod}")[-1].fields["why"])


def run(
    *objects: dict[str, Any], cluster: dict[str, Any], timeline: tuple[dict[str, Any], ...] = ()
) -> Small:
    return Small(*timeline, objects=list(objects), cluster=cluster, duration="2m").run()

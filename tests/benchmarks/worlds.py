"""The worlds that are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.api import load
from statesim.scenario.schema import Scenario

if TYPE_CHECKING:
    from statesim.scenario.load import VariantScenario

KUBERNETES = "1.32"
REPLICAS = 100


def web(name: str, replicas: int) -> dict[str, Any]:
    """Return a Deployment."""
    labels = {"app": name}
    container = {"name": "web", "image": "web:1", "resources": {"requests": {"cpu": "100m"}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def deployments(pods: int) -> VariantScenario:
    """Return a cluster with so many pods in Deployments of 100, and half an hour of its life.

    They are created; after two minutes three nodes lose power for good; after fifteen all of them are
    rolled to another image. About 30 pods a node, three zones.
    """
    names = [f"web-{number}" for number in range(max(1, pods // REPLICAS))]
    nodes = max(6, pods // 30)
    shape = {"name": "n", "count": nodes, "zones": ["a", "b", "c"]}
    shape["capacity"] = {"cpu": 16, "memory": "64Gi", "pods": 110}
    crashes = [{"at": "2m", "do": "node-crash", "on": f"Node/n-{zone}-1"} for zone in "abc"]
    rollout = [
        {"at": "15m", "do": "set-image", "on": f"Deployment/{name}", "image": "web:2"} for name in names
    ]
    return only(
        {
            "metadata": {"name": "deployments"},
            "duration": "30m",
            "seed": 1,
            "cluster": {"kubernetes": KUBERNETES, "nodes": [shape]},
            "images": {"web:*": {"pull": "2s", "start": "1s", "ready": "1s", "stop": "1s"}},
            "manifests": [web(name, min(pods, REPLICAS)) for name in names],
            "timeline": crashes + rollout,
        }
    )


def only(scenario: dict[str, Any]) -> VariantScenario:
    """Return the one variant of a scenario given as its file would be."""
    (variant,) = load(Scenario.model_validate(scenario)).variants
    return variant

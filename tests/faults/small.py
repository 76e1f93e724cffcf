"""A workload of three pods on three machines, for timelines to act on."""

from __future__ import annotations

from typing import Any

from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.world import Run, World

TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "app:1"}]}}


def workload(kind: str = "Deployment", replicas: int = 3, **spec: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": "a"}},
        "template": TEMPLATE,
    }
    if kind == "StatefulSet":
        body["serviceName"] = "a"
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "a"}, "spec": {**body, **spec}}


def budget(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "a"},
        "spec": {"selector": {"matchLabels": {"app": "a"}}, **spec},
    }


def run(
    *timeline: dict[str, Any], objects: list[dict[str, Any]], duration: str = "200s", **extra: Any
) -> Run:
    return prepared(*timeline, objects=objects, duration=duration, **extra).run()


def prepared(
    *timeline: dict[str, Any], objects: list[dict[str, Any]], duration: str = "200s", **extra: Any
) -> World:
    scenario = Scenario.model_validate(
        {
            "metadata": {"name": "small"},
            "seed": 3,
            "duration": duration,
            "cluster": {"kubernetes": "1.31", "zones": 3, "nodesPerZone": 1},
            "images": {"*": {"pull": "0s", "start": "1s", "ready": "1s", "stop": "1s"}},
            "manifests": objects,
            "timeline": list(timeline),
            **extra,
        }
    )
    return World(load(scenario).variants[0])


def events(made: Run, event: str, prefix: str = "") -> list[Any]:
    return [e for e in made.events if e.event == event and e.object.startswith(prefix)]

"""A small town for the judges of storms."""

from __future__ import annotations

from typing import Any

from statesim.experiment.storm_guard import Guard
from statesim.experiment.storm_runs import Outcome, judge
from statesim.kernel.spans import SECOND
from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.systems.catalogue import problems
from statesim.world import World

PARTITION = {
    "at": "60s",
    "do": "network-partition",
    "on": {"nodeOf": "Pod/db-0"},
    "from": "control-plane",
    "for": "600s",
}
FORCE = {"at": "70s", "do": "delete", "on": "Pod/db-0", "force": True}


def judged(*rows: dict[str, Any], **town: Any) -> Outcome:
    """Run a small town through the rows, and judge it."""
    return judge(small(*rows, **town))


def small(*rows: dict[str, Any], replicas: int = 2, kind: str = "StatefulSet", **extra: Any) -> Scenario:
    """Return a town of three machines with one workload, which the rows befall."""
    claims = [
        {
            "metadata": {"name": "data"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }
    ]
    spec: dict[str, Any] = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": "db"}},
        "template": {
            "metadata": {"labels": {"app": "db"}},
            "spec": {"containers": [{"name": "c", "image": "app:1"}]},
        },
    }
    if kind == "StatefulSet":
        spec |= {"serviceName": "db", "volumeClaimTemplates": claims}
    ports = {"selector": {"app": "db"}, "ports": [{"port": 80}]}
    return Scenario.model_validate(
        {
            "metadata": {"name": "small"},
            "seed": 5,
            "duration": "20m",
            "cluster": {"zones": 1, "nodesPerZone": 3},
            "images": {
                "app:broken": {"ready": "never"},
                "*": {"pull": "0s", "start": "1s", "ready": "1s", "stop": "1s"},
            },
            "manifests": [
                {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "db"}, "spec": spec},
                {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db"}, "spec": ports},
            ],
            "clients": [{"name": "db", "target": "Service/db", "operations": {"kind": "web", "rate": "1/s"}}],
            "timeline": rows,
            **extra,
        }
    )


Told = tuple[float, str, str, dict[str, Any]]


def heard(scenario: Scenario, *told: Told, prompt: bool = False) -> Guard:
    """Return the guard of a world in whose trace stands more than what has happened in it."""
    world = World(load(scenario, systems=problems).variants[0])
    guard = Guard(world, prompt=prompt)
    for t, obj, event, fields in told:
        world.clock.at(round(t * SECOND), lambda o=obj, e=event, f=fields: world.trace.emit(o, e, **f))
    world.run(until_us=600 * SECOND)
    return guard

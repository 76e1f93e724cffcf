"""A cluster that may have any size, and what a run over it costs: ``python -m tests.benchmarks.growth SHAPE PODS``.

Each size runs in a process of its own, so that its peak of memory is its own as well.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.world import World
from tests.benchmarks.worlds import KUBERNETES, only

if TYPE_CHECKING:
    from statesim.scenario.load import VariantScenario

SHAPES = ("deployments", "statefulset")
REPLICAS = 50
# the control plane creates 20 pods a second (--kube-api-qps); a pod takes a few seconds to roll
CREATED_A_SECOND = 20
ROLL_S = 12


class Cost(NamedTuple):
    """What a run took: its exact counts, processor time, and memory beyond that of an empty world."""

    pods: int
    events: int
    writes: int
    timers: int
    cpu_s: float
    grown_mib: float
    peak_mib: float


def growth(shape: str, pods: int, per_node: int = 100) -> VariantScenario:
    """Return a cluster with so many pods whose nodes fail and whose pods are all rolled.

    The pods are those of one StatefulSet (Parallel, with a headless Service) or of Deployments of 50, each
    with its Service. When they run, every tenth node loses its power and comes back later; then the image
    is changed everywhere.
    """
    manifests, workloads = _stateful(pods) if shape == "statefulset" else _deployments(pods)
    nodes = pods // per_node
    failing = [f"Node/n-{'abc'[i % 3]}-{i // 3 + 1}" for i in range(0, nodes, 10)]
    crash_s = pods / CREATED_A_SECOND + 300
    recover_s = crash_s + pods / 50 + 600
    roll_s = recover_s + pods / CREATED_A_SECOND + 120
    rows: list[dict[str, Any]] = [{"at": crash_s, "do": "node-crash", "on": node} for node in failing]
    rows += [{"at": recover_s, "do": "node-recover", "on": node} for node in failing]
    rows += [{"at": roll_s, "do": "set-image", "on": key, "image": "app:2"} for key in workloads]
    pool = {"name": "n", "count": nodes, "zones": ["a", "b", "c"]}
    pool["capacity"] = {"cpu": 64, "memory": "256Gi", "pods": 2 * per_node}
    return only(
        {
            "metadata": {"name": f"growth-{shape}"},
            "duration": roll_s + ROLL_S * pods + 600,
            "seed": 1,
            "cluster": {"kubernetes": KUBERNETES, "nodes": [pool]},
            "images": {"app:*": {"pull": "1s", "start": "1s", "ready": "1s", "stop": "1s"}},
            "manifests": manifests,
            "timeline": rows,
        }
    )


def _stateful(pods: int) -> tuple[list[dict[str, Any]], list[str]]:
    spec = {**_spec("db", pods), "serviceName": "db", "podManagementPolicy": "Parallel"}
    made = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": spec}
    return [_service("db"), made], ["StatefulSet/db"]


def _deployments(pods: int) -> tuple[list[dict[str, Any]], list[str]]:
    names = [f"web-{number}" for number in range(pods // REPLICAS)]
    made = [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": _spec(name, REPLICAS),
        }
        for name in names
    ]
    return [*map(_service, names), *made], [f"Deployment/{name}" for name in names]


def _spec(name: str, replicas: int) -> dict[str, Any]:
    container = {"name": "app", "image": "app:1", "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}}
    return {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
    }


def _service(name: str) -> dict[str, Any]:
    spec = {"clusterIP": "None", "selector": {"app": name}, "ports": [{"port": 80}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def cost(shape: str, pods: int) -> Cost:
    """Run the cluster in this process, once, and return what that took."""
    World(growth(shape, 100))
    before = peak_mib()
    begun = time.process_time()
    run = World(growth(shape, pods)).run()
    cpu_s, peak = time.process_time() - begun, peak_mib()
    return Cost(pods, len(run.events), len(run.journal), run.cost, cpu_s, peak - before, peak)


def peak_mib() -> float:
    """Return the most memory that this process has had, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


if __name__ == "__main__":
    json.dump(cost(sys.argv[1], int(sys.argv[2]))._asdict(), sys.stdout)

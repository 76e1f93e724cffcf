"""What a pod finds on its disks after its machine has booted, again and again."""

from __future__ import annotations

from typing import Any

import pytest

import statesim

REBOOTS = [{"at": f"{at}s", "do": "node-reboot", "on": "Node/n-a-1", "away": "20s"} for at in (60, 150, 240)]
KEEPS = {"emptyDir": {"volumes": [{"name": "data", "emptyDir": {}}]}, "layer": {}}


def run(kind: str, operations: str, place: str, *timeline: dict[str, Any], **parameters: Any) -> Any:
    """Run one pod for six minutes, its data where `place` says."""
    mounts = [] if place == "layer" else [{"name": "data", "mountPath": "/var/lib/data"}]
    template = {
        "metadata": {"labels": {"app": "s"}},
        "spec": {
            "containers": [
                {"name": "c", "image": "p:1", "volumeMounts": mounts},
                {"name": "beside", "image": "p:1"},
            ],
            **KEEPS[place],
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"selector": {"app": "s"}, "ports": [{"port": 80}]},
    }
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "s"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "s"}}, "template": template},
    }
    client = {"name": "c", "target": "Service/s", "sessions": 2}
    return statesim.run(
        {
            "metadata": {"name": "small"},
            "seed": 3,
            "duration": "6m",
            "cluster": {"nodes": [{"name": "n", "count": 1, "zone": "a"}]},
            "images": {"*": {"pull": "1s", "start": "1s", "ready": "1s", "stop": "1s"}},
            "manifests": [service, workload],
            "systems": [{"name": "s", "kind": kind, "workload": "Deployment/s", "parameters": parameters}],
            "clients": [{**client, "operations": {"kind": operations, "rate": "10/s"}}],
            "timeline": [*REBOOTS, *timeline],
        }
    )


def directories(result: Any) -> list[str]:
    """Return where the program found its data, run by run."""
    events = result.records[0].events
    return [
        str(e.fields["data"]) for e in events if e.object.startswith("Process/s-") and e.event == "Running"
    ]


def acked(result: Any, before_s: float) -> int:
    """Return how many elements were acknowledged before an instant."""
    rows = result.records[0].history
    return sum(row.type == "ok" and row.f == "write" and row.t_us < before_s * 1_000_000 for row in rows)


@pytest.mark.parametrize(("place", "found"), [("layer", 4), ("emptyDir", 1)])
def test_a_boot_makes_new_containers_and_keeps_the_pods_directory(place: str, found: int) -> None:
    result = run("postgres", "set", place)
    where = directories(result)
    assert len(where) == 4
    assert len(set(where)) == found
    lost = result.metrics["variants"]["default"]["clients"]["c"]["lost"]
    assert lost == (acked(result, 240) if place == "layer" else 0)


def test_a_crash_between_two_boots_counts_as_well() -> None:
    kills = [{"at": f"{at}s", "do": "container-kill", "on": "Deployment/s"} for at in (110, 115, 200)]
    result = run("postgres", "set", "layer", *kills)
    where = directories(result)
    assert len(where) == len(set(where)) == 7
    restarts = [e.fields["restarts"] for e in result.records[0].events if e.event == "Restarted"]
    # each boot restarts both containers, each kill one of them
    assert restarts == [2, 3, 4, 6, 7, 9]


@pytest.mark.parametrize(("place", "again"), [("layer", 0), ("emptyDir", 3)])
def test_a_cache_on_disk_is_as_warm_after_a_boot_as_what_it_mounts(place: str, again: int) -> None:
    result = run("cdn", "cache", place, store="disk", capacity=1000)
    began = [e.fields["cache"] for e in result.records[0].events if e.event == "CacheStarted"]
    assert len(began) == 4
    assert sum(cache != began[0] for cache in began) == again

"""Whatever is done to nodes, pods and disks: once it is over, volumes are where their pods are, and nowhere else."""

from __future__ import annotations

import random
from typing import Any

import pytest

from statesim.cluster.objects import (
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    VolumeAttachment,
)
from tests.acceptance.storage_worlds import Lab, claim, workload

STORM_S, CALM_S = 900, 6000


def blow(dice: random.Random) -> dict[str, Any]:
    """Return something that happens, by lot."""
    node = f"Node/node-{dice.choice('abc')}-{dice.randint(1, 2)}"
    db = dice.randint(0, 2)
    disk = f"PersistentVolumeClaim/data-db-{db}"
    lasts = {"for": f"{dice.choice([5, 30, 90, 200, 500])}s"}
    size = {"spec": {"resources": {"requests": {"storage": f"{dice.randint(11, 30)}Gi"}}}}
    return dice.choice(
        [
            {"do": "node-crash", "on": node, **lasts},
            {"do": "node-pause", "on": node, **lasts},
            {"do": "network-partition", "on": node, **lasts},
            {"do": "cordon", "on": node, **lasts},
            {"do": "volume-detach-stuck", "on": disk, **lasts},
            {"do": "disk-full", "on": disk, **lasts},
            {"do": "pod-kill", "on": f"Pod/db-{db}"},
            {"do": "delete", "on": f"Pod/db-{db}", "force": True},
            {"do": "evict", "on": f"Pod/db-{db}"},
            {"do": "patch", "on": disk, "patch": size},
        ]
    )


@pytest.mark.parametrize("seed", range(12))
def test_after_a_storm_volumes_are_where_their_pods_are(seed: int) -> None:
    dice = random.Random(seed)
    storm = [{"at": dice.randint(30, STORM_S), **blow(dice)} for _ in range(dice.randint(4, 10))]
    grows: dict[str, Any] = {"name": "c", "allowVolumeExpansion": True}
    lab = Lab(
        workload("StatefulSet", "db", "data", replicas=3, podManagementPolicy="Parallel"),
        workload("Deployment", "web", "shared", replicas=2),
        claim("shared", "ReadWriteMany"),
        cluster={"zones": 3, "nodesPerZone": 2, "storageClasses": [grows]},
        timeline=storm,
        timings={"nodeStatusPeriod": ("0s", "10s")[seed % 2]},
        seed=seed,
    ).run(CALM_S)
    store = lab.world.store
    pods = list(store.all(Pod))
    assert sorted(p.name for p in pods if p.ready) == sorted(p.name for p in pods)
    claims = {c.name: c for c in store.all(PersistentVolumeClaim)}
    used = {f"{claims[name].volume}@{p.node}" for p in pods for name in p.spec.claims}
    assert {a.name for a in store.all(VolumeAttachment)} == used
    assert {f"{volume}@{n.name}" for n in store.all(Node) for volume in n.volumes_in_use} == used
    assert {v.phase for v in store.all(PersistentVolume)} == {"Bound"}
    for c in claims.values():
        assert (c.phase, c.conditions) == ("Bound", ())
        assert c.capacity_bytes == c.spec.size_bytes
    before = lab.world.clock.events
    lab.run(CALM_S + 1000)
    assert lab.world.clock.events == before, "what is at rest costs nothing"

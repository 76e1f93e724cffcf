"""Disks that lose their data, or are deleted with their claims: what programs and clients see of it."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.cluster.objects import PersistentVolume, PersistentVolumeClaim, Pod
from statesim.scenario.schema import Scenario
from tests.acceptance.storage_worlds import IMAGE, QUICK, Lab, claim, on_node, pod, volume, workload


def database(kind: str, replicas: int, *timeline: dict[str, Any], **extra: Any) -> Any:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "db"},
        "spec": {"selector": {"app": "db"}, "ports": [{"port": 5432}]},
    }
    scenario = {
        "metadata": {"name": "disks"},
        "seed": 4,
        "duration": "5m",
        "cluster": {
            "zones": 3,
            "nodesPerZone": 1,
            "timings": QUICK,
            "storageClasses": [{"name": "c", "allowVolumeExpansion": extra.pop("growing", False)}],
        },
        "images": IMAGE,
        "manifests": [service, workload("StatefulSet", "db", "data", replicas=replicas, **extra)],
        "systems": [{"name": "pg", "kind": kind, "workload": "StatefulSet/db"}],
        "clients": [{"name": "shop", "target": "Service/db", "operations": {"rate": "5/s"}}],
        "timeline": list(timeline),
    }
    return statesim.run(Scenario.model_validate(scenario)).variants["default"]


def loss(at: float, on: Any) -> dict[str, Any]:
    return {"at": at, "do": "disk-loss", "on": on}


def test_server_alone_loses_everything_and_looks_healthy_again() -> None:
    seen = database("postgres", 1, loss(120, "PersistentVolumeClaim/data-db-0"))
    events = seen.events
    exits = events[(events.object == "Process/db-0") & (events.event == "Exited")]
    assert exits.t.iloc[0] == pytest.approx(120, abs=2)
    assert "Input/output error" in exits.why.iloc[0]
    assert events[events.event == "Initialised"].shape[0] == 2
    assert list(events[(events.event == "Lost") & events.object.str.startswith("PersistentVolume/")].t) == [
        120
    ]
    shop = seen.metrics["clients"]["shop"]
    assert shop["lost"] > 100
    assert shop["lost"] < shop["acked"]
    assert seen.metrics["volumes"]["data-db-0"]["lost"] == 1


def test_replicated_system_loses_nothing_when_one_member_loses_its_disk() -> None:
    seen = database("patroni", 3, loss(120, {"primaryOf": "pg"}))
    events = seen.events
    assert events[events.event == "Lost"].shape[0] >= 1
    assert events[(events.event == "Elected") & (events.t > 120)].shape[0] >= 1
    assert events[(events.event == "Cloned") & (events.t > 120)].shape[0] >= 1
    shop = seen.metrics["clients"]["shop"]
    assert shop["acked"] > 300
    assert shop["lost"] <= 5, "asynchronous replication may lose the last writes"


def full(at: float, on: Any, **how: Any) -> dict[str, Any]:
    return {"at": at, "do": "disk-full", "on": on, **how}


def test_full_disk_stops_the_server_until_there_is_room_again() -> None:
    seen = database("postgres", 1, full(60, "PersistentVolumeClaim/data-db-0", **{"for": "60s"}))
    events = seen.events
    exits = events[(events.object == "Process/db-0") & (events.event == "Exited")]
    assert len(exits) >= 3
    assert exits.t.iloc[0] == pytest.approx(60, abs=1)
    assert "No space left on device" in exits.why.iloc[0]
    assert "postmaster.pid" in exits.why.iloc[1]
    assert (exits.t <= 120 + 5).all()
    shop = seen.metrics["clients"]["shop"]
    assert shop["lost"] == 0
    assert shop["unavailable_s"] > 55


def test_full_disk_of_a_member_costs_the_group_a_failover() -> None:
    seen = database("patroni", 3, full(60, "PersistentVolumeClaim/data-db-0"))
    events = seen.events
    assert events[(events.event == "Elected") & (events.t > 60)].shape[0] >= 1
    shop = seen.metrics["clients"]["shop"]
    assert shop["lost"] <= 5
    assert shop["unavailable_s"] < 60


def test_claim_that_grows_has_room_again() -> None:
    grow = {"at": 90, "do": "patch", "on": "PersistentVolumeClaim/data-db-0",
            "patch": {"spec": {"resources": {"requests": {"storage": "20Gi"}}}}}  # fmt: skip
    seen = database("postgres", 1, full(60, "PersistentVolumeClaim/data-db-0"), grow, growing=True)
    events = seen.events
    assert events[events.event == "FileSystemResizeSuccessful"].shape[0] == 1
    roles = events[(events.object == "Member/db-0") & (events.event == "Role")]
    assert roles.role.iloc[-1] == "primary"
    assert seen.metrics["clients"]["shop"]["lost"] == 0


def test_disk_of_a_deleted_claim_goes_with_its_data() -> None:
    retention = {"whenDeleted": "Delete", "whenScaled": "Retain"}
    gone = {"at": 120, "do": "delete", "on": "StatefulSet/db"}
    seen = database("postgres", 1, gone, persistentVolumeClaimRetentionPolicy=retention)
    shop = seen.metrics["clients"]["shop"]
    assert shop["acked"] > 100
    assert shop["lost"] == shop["acked"]
    kept = database("postgres", 1, gone)
    assert kept.metrics["clients"]["shop"]["lost"] == 0


def test_retained_disk_gives_its_data_to_the_next_volume_of_that_handle() -> None:
    again = volume("pv2", storageClassName="", csi={"driver": "d", "volumeHandle": "disk-of-pv"})
    lab = Lab(
        volume(persistentVolumeReclaimPolicy="Retain"), claim(storageClassName=""), pod("p", "data"),
        timeline=[
            {"at": 20, "do": "delete", "on": "Pod/p"},
            {"at": 30, "do": "delete", "on": "PersistentVolumeClaim/data"},
            {"at": 40, "do": "delete", "on": "PersistentVolume/pv"},
            {"at": 50, "do": "apply", "manifests": [again, claim("next", storageClassName=""), pod("q", "next")]},
        ],
    )  # fmt: skip
    lab.run(15)
    before = lab.data_of("p")
    lab.run(70)
    assert not lab.has(PersistentVolume, "pv")
    assert lab.the(PersistentVolumeClaim, "next").volume == "pv2"
    assert lab.the(Pod, "q").ready
    assert lab.data_of("q") == before


def test_loss_of_a_nodes_disks_takes_its_local_volumes_only() -> None:
    def local(node: str) -> dict[str, Any]:
        return volume(
            f"pv-{node}", storageClassName="", local={"path": "/mnt"}, nodeAffinity=on_node(f"node-{node}-1"),
            metadata={"labels": {"of": node}},
        )  # fmt: skip

    def user(node: str) -> list[dict[str, Any]]:
        wants = {"selector": {"matchLabels": {"of": node}}}
        return [claim(f"c-{node}", storageClassName="", **wants), pod(f"p-{node}", f"c-{node}")]

    lab = Lab(local("a"), local("b"), *user("a"), *user("b"), timeline=[loss(30, "Node/node-a-1")]).run(40)
    assert lab.data_of("p-a") == "pv//mnt@node-a-1"
    lost = [e.object for e in lab.world.trace.events if e.event == "Lost"]
    assert lost == ["PersistentVolume/pv-a"]


def test_loss_that_meets_no_disk_is_skipped() -> None:
    lab = Lab(claim(storageClassName=""), timeline=[loss(10, "PersistentVolumeClaim/data")]).run(20)
    (why,) = [e.fields["why"] for e in lab.world.trace.events if e.event == "Skipped"]
    assert why == "no volume is meant by PersistentVolumeClaim/data now"

"""Rows V07, V09 and V11: data and disks when pods, kubelets and nodes go away."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.cluster.objects import (
    Node,
    Pod,
)
from statesim.scenario.schema import Scenario
from tests.acceptance.attach_worlds import OUT, STATIC, attachments, delete, on
from tests.acceptance.storage_worlds import IMAGE, QUICK, Lab, claim, volume, workload


def database(kind: str, **extra: Any) -> dict[str, Any]:
    """Return a scenario of one PostgreSQL server on a claim, and a client that counts what it was promised."""
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "db"},
        "spec": {"selector": {"app": "db"}, "ports": [{"port": 5432}]},
    }
    objects = [
        service,
        workload(kind, "db", "data", **({"strategy": {"type": "Recreate"}} if kind == "Deployment" else {})),
    ]
    if kind == "Deployment":
        objects.append(claim())
    return {
        "metadata": {"name": "moves"},
        "seed": 11,
        "duration": extra.pop("duration", "15m"),
        "cluster": {"zones": 1, "nodesPerZone": 3, "timings": QUICK},
        "images": IMAGE,
        "manifests": objects,
        "systems": [{"name": "pg", "kind": "postgres", "workload": f"{kind}/db"}],
        "clients": [{"name": "shop", "target": "Service/db", "operations": {"rate": "5/s"}}],
        **extra,
    }


def result_of(scenario: dict[str, Any]) -> Any:
    return statesim.run(Scenario.model_validate(scenario)).variants["default"]


@pytest.mark.parametrize("force", [False, True])
def test_v07_data_are_read_on_the_node_that_the_volume_is_attached_to_next(force: bool) -> None:
    cordon = {"at": 60, "do": "cordon", "on": {"nodeOf": "Pod/db-0"}}
    seen = result_of(
        database("StatefulSet", timeline=[cordon, delete(61, "Pod/db-0", force=force)], duration="5m")
    )
    events = seen.events
    nodes = list(events[(events.object == "Pod/db-0") & (events.event == "Scheduled")].node)
    assert len(set(nodes)) == 2
    attached = events[events.event == "Attached"]
    assert [row.object.rpartition("@")[2] for row in attached.itertuples()] == nodes
    shop = seen.metrics["clients"]["shop"]
    assert shop["acked"] > 500
    assert shop["lost"] == 0


def test_v07_volume_of_a_node_whose_object_is_deleted_is_detached_and_attached_elsewhere() -> None:
    quiet = result_of(database("StatefulSet", duration="30s")).events
    node = quiet[quiet.event == "Scheduled"].node.iloc[0]
    off = {"at": 60, "do": "node-crash", "on": f"Node/{node}"}
    seen = result_of(database("StatefulSet", timeline=[off, delete(70, f"Node/{node}")]))
    events = seen.events
    (gone,) = events[(events.object == "Pod/db-0") & (events.event == "Deleted")].t
    assert 70 + 40 <= gone <= 70 + 81
    detached = events[events.event == "Detached"]
    assert detached.t.iloc[0] == pytest.approx(gone + 361, abs=1.5)
    attached = events[events.event == "Attached"]
    assert attached.object.iloc[1].rpartition("@")[2] != node
    assert seen.metrics["clients"]["shop"]["lost"] == 0


CUT = {"do": "network-partition", "on": "Node/node-a-1", "from": "control-plane"}


def test_v09_program_and_data_stay_while_the_kubelet_is_not_heard() -> None:
    lab = Lab(volume(), claim(**STATIC), on("a", "p", "data"), timeline=[{"at": 20, "for": "30s", **CUT}])
    lab.run(15)
    process, data = lab.world.fleet.main_process("p"), lab.data_of("p")
    lab.run(100)
    assert lab.world.fleet.main_process("p") is process
    assert data
    assert lab.data_of("p") == data
    assert attachments(lab) == {"node-a-1": True}
    assert lab.the(Node, "node-a-1").volumes_in_use == ("pv",)


@pytest.mark.parametrize("force", [False, True])
def test_v09_pod_deleted_while_its_kubelet_is_away_is_unmounted_when_it_returns(force: bool) -> None:
    lab = Lab(
        volume(), claim(**STATIC), on("a", "p", "data"),
        timeline=[
            {"at": 20, "for": "100s", **CUT},
            delete(40, "Pod/p", force=force),
            {"at": 141, "do": "apply", "manifests": [on("a", "q", "data")]},
        ],
    ).run(15)  # fmt: skip
    data = lab.data_of("p")
    lab.run(119)
    assert len(lab.world.fleet.kubelets["node-a-1"].workers) == 1
    assert lab.the(Node, "node-a-1").volumes_in_use == ("pv",)
    assert attachments(lab) == {"node-a-1": True}
    assert lab.has(Pod, "p") is not force
    lab.run(140)
    assert not lab.has(Pod, "p")
    assert lab.the(Node, "node-a-1").volumes_in_use == ()
    assert attachments(lab) == {}
    assert lab.said("VolumeAttachment/pv", "Detached")[0].fields["forced"] is False
    lab.run(170)
    assert lab.data_of("q") == data


def test_v11_volume_of_a_node_without_power_is_attached_on_the_next_node() -> None:
    off = {"at": 60, "do": "node-crash", "on": {"nodeOf": "Deployment/db"}}
    seen = result_of(database("Deployment", timeline=[off], duration="25m"))
    events = seen.events
    assert events[events.event == "Detached"].empty, "the old pod is Terminating and keeps it (section 5.4)"
    old = events[(events.event == "Terminating")].object.iloc[0]
    assert old.startswith("Pod/db-")
    taint = {"at": 120, "do": "taint", "on": {"nodeOf": "Deployment/db"}, **OUT}
    seen = result_of(database("Deployment", timeline=[off, taint]))
    events = seen.events
    detached = events[events.event == "Detached"]
    attached = events[events.event == "Attached"]
    assert list(detached.forced) == [True]
    assert len({row.object for row in attached.itertuples()}) == 2
    assert detached.t.iloc[0] < attached.t.iloc[1] < 160
    assert seen.metrics["clients"]["shop"]["lost"] == 0

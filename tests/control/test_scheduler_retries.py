from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statesim.cluster.objects import (
    Node,
    PersistentVolumeClaim,
    StorageClass,
)
from statesim.control.scheduler import Scheduler
from statesim.kernel.spans import SECOND
from statesim.kernel.streams import Streams
from statesim.scenario.specs import (
    ClaimSpec,
    NodeSpec,
    StorageClassSpec,
    Volume,
)
from tests.control.test_scheduler import (
    pod,
    said,
    spec,
    volume,
)
from tests.control.workbench import store_under

if TYPE_CHECKING:
    from statesim.cluster.store import Store


@pytest.fixture
def store() -> Store:
    return store_under(lambda store: Scheduler(store, Streams(1)))


def test_room_is_kept_for_a_pod_that_waits_for_its_volume(store: Store) -> None:
    store.create(StorageClass(name="standard", spec=StorageClassSpec(default=True)))
    store.create(Node(name="n1", spec=NodeSpec(cpu_milli=1_000)))
    disk = store.create(PersistentVolumeClaim(name="data", spec=ClaimSpec()))
    first = store.create(pod("p0", spec(cpu=800, volumes=(Volume("d", "claim", "data"),))))
    second = store.create(pod("p1", spec(cpu=800)))
    store.clock.run(5 * SECOND)
    assert (disk.selected_node, first.node, second.node) == ("n1", None, None)
    store.create(volume())
    store.write(disk, "Bound", {"phase": "Bound", "volume": "v"})
    store.clock.run(20 * SECOND)
    assert (first.node, second.node) == ("n1", None)


def test_pod_starts_over_when_the_chosen_node_is_gone(store: Store) -> None:
    store.create(StorageClass(name="standard", spec=StorageClassSpec(default=True)))
    node = store.create(Node(name="n1", spec=NodeSpec()))
    disk = store.create(PersistentVolumeClaim(name="data", spec=ClaimSpec()))
    store.create(pod("p0", spec(volumes=(Volume("d", "claim", "data"),))))
    store.clock.run(SECOND)
    store.remove(node)
    store.create(Node(name="n2", spec=NodeSpec()))
    store.clock.run(20 * SECOND)
    assert disk.selected_node == "n2"


def test_pod_is_retried_when_its_claim_is_created(store: Store) -> None:
    store.create(Node(name="n1", spec=NodeSpec()))
    asked = store.create(pod("p0", spec(volumes=(Volume("d", "claim", "data"),))))
    store.clock.run(5 * SECOND)
    assert said(store, "FailedScheduling")[0][1].startswith(
        '0/1 nodes are available: persistentvolumeclaim "data" not found. preemption: '
    )
    store.create(volume())
    store.create(PersistentVolumeClaim(name="data", spec=ClaimSpec(), phase="Bound", volume="v"))
    store.clock.run(10 * SECOND)
    assert asked.node == "n1"

"""The endpoints controller: who stands behind a Service, and since when."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import EndpointSlice, Phase, Pod, Service
from statesim.control.actions import Create
from statesim.control.endpoints import View, decide, endpoint_of
from statesim.scenario.specs import ServiceSpec
from tests.control.workbench import HOUR, Cluster, pod, running, stateful


def service(**spec: Any) -> Service:
    return Service(name="db", spec=ServiceSpec(selector={"app": "db"}, headless=True, **spec))


def view(*pods: Pod, slices: tuple[EndpointSlice, ...] = (), **spec: Any) -> View:
    found = (endpoint_of(one, service(**spec), tells_terminating=True) for one in pods)
    return View(service(**spec), slices, {e.pod: e for e in found if e is not None})


def placed(*pods: Pod, **spec: Any) -> tuple[list[str], list[str]]:
    (action,) = decide(view(*pods, **spec)).actions
    assert action.object.name == "db"
    return action.fields["ready"], action.fields["not_ready"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("one", "ready", "not_ready"),
    [
        pytest.param(pod("a", node="n1"), [], [], id="K01 no address yet"),
        pytest.param(running("a"), ["a"], [], id="K01 Ready"),
        pytest.param(running("a", ready=False), [], ["a"], id="K01 not Ready"),
        pytest.param(running("a", deleted_us=1), [], [], id="K01 terminating"),
        pytest.param(running("a", ready=False, deleted_us=1), [], [], id="K01 terminating, not Ready"),
        pytest.param(pod("a", node="n1", ip="10.0.0.1", phase=Phase.FAILED), [], [], id="K01 finished"),
    ],
)
def test_where_a_pod_stands(one: Pod, ready: list[str], not_ready: list[str]) -> None:
    assert placed(one) == (ready, not_ready)


def test_k01_publish_not_ready_addresses_makes_all_ready() -> None:
    pods = running("b", ready=False), running("a"), running("c", deleted_us=1)
    assert placed(*pods, publish_not_ready=True) == (["a", "b", "c"], [])


def test_nothing_is_written_while_nothing_changes() -> None:
    pods = running("a"), running("b", ready=False)
    (made,) = decide(view(*pods)).actions
    assert isinstance(made, Create)
    assert isinstance(made.object, EndpointSlice)
    assert decide(view(*pods, slices=(made.object,))).actions == ()


def test_slice_follows_the_pods_as_recorded() -> None:
    cluster, db = Cluster(), stateful(replicas=2)
    cluster.create(service(), db)
    cluster.run(10)
    cluster.unready("db-0")
    cluster.run(1)
    cluster.delete("db-1")
    cluster.run(0.5)
    rows = [
        (e.fields["ready"], e.fields["not_ready"])
        for e in cluster.trace.events
        if e.event == "EndpointsChanged"
    ]
    assert rows == [
        ([], []),
        ([], ["db-0"]),
        (["db-0"], []),
        (["db-0"], ["db-1"]),
        (["db-0", "db-1"], []),
        (["db-1"], ["db-0"]),
        ([], ["db-0"]),
    ]


def test_a_relabelled_pod_leaves_and_the_slice_goes_with_its_service() -> None:
    cluster = Cluster()
    db = service()
    cluster.create(db, stateful(replicas=1))
    cluster.run(5)
    cluster.relabel("db-0", app="debug")
    cluster.run(1)
    found = cluster.store.get(EndpointSlice, "db")
    assert found is not None
    assert found.ready == ()
    cluster.delete(db)
    cluster.run(1)
    assert cluster.store.get(EndpointSlice, "db") is None


def test_a_service_without_a_selector_is_left_alone() -> None:
    cluster = Cluster()
    cluster.create(Service(name="db", spec=ServiceSpec()), stateful(replicas=1))
    cluster.run(HOUR)
    assert cluster.store.get(EndpointSlice, "db") is None

"""The endpoints controller: who stands behind a Service, and since when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


OPS = st.lists(
    st.tuples(
        st.sampled_from(("delete", "force", "unready", "relabel", "scale", "patch", "republish")),
        st.integers(0, 3),
        st.sampled_from((0.0, 0.01, 0.1, 1.5)),
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(OPS)
def test_whatever_happens_the_slices_end_as_the_pods_are(ops: list[tuple[str, int, float]]) -> None:
    cluster, db = Cluster(), stateful(replicas=3, pod_management="Parallel")
    front = service()
    cluster.create(front, db)
    cluster.run(5)
    for what, n, wait in ops:
        there = cluster.store.get(Pod, f"db-{n}")
        if what == "scale":
            cluster.change(db, replicas=n)
        elif what == "patch":
            selector = {"app": "db"} if n % 2 else {"app": "debug"}
            cluster.store.write(front, "Changed", {"spec": replace(front.spec, selector=selector)})
        elif what == "republish":
            cluster.store.write(front, "Changed", {"spec": replace(front.spec, publish_not_ready=n > 1)})
        elif there is not None and what in ("delete", "force"):
            cluster.delete(there, grace_us=0 if what == "force" else None)
        elif there is not None and what == "unready" and there.ready:
            cluster.unready(there.name)
        elif there is not None and what == "relabel":
            cluster.relabel(there.name, app="debug" if there.labels["app"] == "db" else "db")
        cluster.run(wait)
    cluster.run(10)
    found = cluster.store.by(EndpointSlice, "service", "db")
    listed = {e.pod: e for part in found for e in part.endpoints}
    pods = cluster.store.pods_matching(front.spec.selector or {})
    wanted = {p.name: endpoint_of(p, front, tells_terminating=True) for p in pods}
    assert listed == {name: endpoint for name, endpoint in wanted.items() if endpoint is not None}
    assert len(found) == 1

"""Controllers write at their client's rate: a burst, then so many a second."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import ReplicaSet, Service
from statesim.cluster.store import Change, Store
from statesim.control.actions import Create, Decision, Together, Write
from statesim.control.client_rate import ClientRate, Limit
from statesim.control.runtime import Loop
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.kernel.trace import Trace
from statesim.scenario.load import load
from statesim.scenario.specs import LabelSelector, PodSpec, PodTemplate, ServiceSpec
from statesim.world import World


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    rate = ClientRate(Limit(qps=20, burst=3))
    assert [rate.reserve(0) for _ in range(6)] == [0, 0, 0, 50_000, 100_000, 150_000]


def test_tokens_come_back_up_to_the_burst() -> None:
    rate = ClientRate(Limit(qps=10, burst=2))
    assert [rate.reserve(0), rate.reserve(0), rate.reserve(0)] == [0, 0, 100_000]
    assert [rate.reserve(60 * SECOND) for _ in range(3)] == [60 * SECOND, 60 * SECOND, 60 * SECOND + 100_000]


def test_without_a_limit_nothing_waits() -> None:
    rate = ClientRate(None)
    assert {rate.reserve(7) for _ in range(1000)} == {7}


class Maker:
    """Wants `wanted` Services of a ReplicaSet's name; counts how often it was asked."""

    name = "maker"
    watches = (ReplicaSet, Service)

    def __init__(self, store: Store, wanted: int) -> None:
        self.store, self.wanted, self.passes = store, wanted, 0

    def keys(self, change: Change) -> list[str]:
        return ["ReplicaSet/x"]

    def look(self, key: str) -> int | None:
        return len(tuple(self.store.all(Service)))

    def decide(self, view: int) -> Decision:
        self.passes += 1
        missing = range(view, self.wanted)
        return Decision(tuple(Create(Service(name=f"s{n}", spec=ServiceSpec())) for n in missing))


# in the first second the burst of ten, and 20 tokens: every other is an Event's
SOON = 15


def made(wanted: int, limit: Limit | None) -> tuple[Clock, Store, Maker, Loop]:
    clock = Clock()
    store = Store(clock, Trace(clock))
    maker = Maker(store, wanted)
    loop = Loop(maker, clock, store, 1_000, limit)
    store.create(ReplicaSet(name="x", selector=LabelSelector(), template=PodTemplate(PodSpec(()))))
    return clock, store, maker, loop


def test_r03_no_second_burst_while_creations_are_under_way() -> None:
    clock, store, maker, _ = made(50, Limit(qps=20, burst=10))
    clock.run(SECOND)
    assert len(tuple(store.all(Service))) == SOON
    assert maker.passes == 1, "changes that its own writes cause wait for the end of the pass"
    clock.run(10 * SECOND)
    assert len(tuple(store.all(Service))) == 50
    last = tuple(store.all(Service))[-1].created_us
    assert last // 50_000 == 50 + 25 - 10, "25 Events took their part of the rate"
    assert maker.passes == 2


def test_a_control_plane_that_stops_gives_up_the_pass_under_way_and_begins_anew() -> None:
    clock, store, _, loop = made(50, Limit(qps=20, burst=10))
    clock.run(SECOND)
    loop.pause()
    clock.run(60 * SECOND)
    assert len(tuple(store.all(Service))) == SOON
    loop.resume()
    clock.run(120 * SECOND)
    assert len(tuple(store.all(Service))) == 50


def test_the_first_refusal_ends_a_pass_but_not_the_batch_it_is_in() -> None:
    clock = Clock()
    store = Store(clock, Trace(clock))

    def service(name: str) -> Create:
        return Create(Service(name=name, spec=ServiceSpec()))

    class Batches(Maker):
        def decide(self, view: Any) -> Decision:
            self.passes += 1
            taken = service("taken")
            return Decision((service("a"), Together((taken, service("b"))), service("c")))

    store.create(Service(name="taken", spec=ServiceSpec()))
    maker = Batches(store, 0)
    Loop(maker, clock, store, 1_000)
    store.create(ReplicaSet(name="x", selector=LabelSelector(), template=PodTemplate(PodSpec(()))))
    clock.run(1_500)
    assert [s.name for s in store.all(Service)] == ["taken", "a", "b"]


@pytest.mark.parametrize("meddled", [False, True])
def test_a_write_that_waited_conflicts_if_somebody_else_changed_the_object(meddled: bool) -> None:
    clock = Clock()
    store = Store(clock, Trace(clock))

    class Slow(Maker):
        def decide(self, view: Any) -> Decision:
            self.passes += 1
            rs = store.get(ReplicaSet, "x")
            assert rs is not None
            if rs.revision != 1:
                return Decision(why="settled")
            counted = Write(rs, "Status", {"status": {"replicas": self.passes}})
            return Decision((counted, Write(rs, "Changed", {"revision": 7})))

    rs = store.create(ReplicaSet(name="x", selector=LabelSelector(), template=PodTemplate(PodSpec(()))))
    maker = Slow(store, 0)
    Loop(maker, clock, store, 1_000, Limit(qps=1, burst=1)).add("ReplicaSet/x")
    clock.run(SECOND // 2)
    assert (rs.status, rs.revision) == ({"replicas": 1}, 1), "the second write waits for its client"
    if meddled:
        store.write(rs, "Changed", {"replicas": 5})
    clock.run(20 * SECOND)
    assert (rs.replicas, rs.revision) == (5 if meddled else 0, 7)
    assert rs.status == {"replicas": 2 if meddled else 1}, "a conflict makes the pass look again"


def test_a_pass_does_not_wait_for_its_events() -> None:
    clock, store, _, _ = made(0, None)

    class Talker(Maker):
        def decide(self, view: Any) -> Decision:
            rs = self.store.get(ReplicaSet, "x")
            assert rs is not None
            return Decision(tuple(Write(rs, "Told", {}, {"n": n}) for n in range(100)))

    loop = Loop(Talker(store, 0), clock, store, 1_000, Limit(qps=1, burst=1))
    loop.add("ReplicaSet/x")
    clock.run(5_000)
    assert sum(event.event == "Told" for event in store.trace.events) == 100


@pytest.mark.parametrize(
    ("kind", "recorded_s"), [("Deployment", 24.5), ("StatefulSet", 25.3)], ids=["deployment", "parallel-set"]
)
def test_five_hundred_pods_take_as_long_as_on_a_real_control_plane(kind: str, recorded_s: float) -> None:
    """Recorded on v1.20.2 with kubelets that take no time: 20 pods a second."""
    spec: dict[str, Any] = {
        "replicas": 500,
        "selector": {"matchLabels": {"app": "x"}},
        "template": {
            "metadata": {"labels": {"app": "x"}},
            "spec": {"containers": [{"name": "c", "image": "v1"}]},
        },
    }
    if kind == "StatefulSet":
        spec |= {"serviceName": "x", "podManagementPolicy": "Parallel"}
    manifest = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "x"}, "spec": spec}
    image = {"pull": "0s", "start": "0s", "ready": "0s"}
    loaded = load(
        {
            "apiVersion": "statesim/v1",
            "kind": "Scenario",
            "metadata": {"name": "five-hundred"},
            "duration": "40s",
            "cluster": {"kubernetes": "1.20", "zones": 3, "nodesPerZone": 2},
            "images": {"*": image},
            "manifests": [manifest],
        }
    )
    run = World(loaded.variants[0]).run()
    ready = [event.t for event in run.events if event.event == "Ready" and event.object.startswith("Pod/")]
    assert len(ready) == 500
    assert ready[-1] == pytest.approx(recorded_s, abs=0.75)


def test_what_is_sent_side_by_side_goes_before_the_events_that_tell_of_it() -> None:
    """Held by the recording deploy_sixty: sixty pods are there after 2 s, not after 2.75."""
    clock = Clock()
    store = Store(clock, Trace(clock))

    class Batch(Maker):
        def decide(self, view: int) -> Decision:
            missing = range(view, self.wanted)
            return Decision(
                (Together(tuple(Create(Service(name=f"s{n}", spec=ServiceSpec())) for n in missing)),)
            )

    Loop(Batch(store, 40), clock, store, 1_000, Limit(qps=20, burst=10))
    store.create(ReplicaSet(name="x", selector=LabelSelector(), template=PodTemplate(PodSpec(()))))
    clock.run(10 * SECOND)
    made = [service.created_us for service in store.all(Service)]
    assert made[-1] == pytest.approx((40 - 10) * 50_000, abs=2_000)


def test_the_events_of_a_long_pass_take_their_tokens_amid_its_requests() -> None:
    """Recorded as sts_parallel_sixty: every other token is an Event's long before the burst is spent."""
    clock, store, _, _ = made(60, Limit())
    clock.run(10 * SECOND)
    times = [service.created_us / SECOND for service in store.all(Service)]
    recorded = {20: 0.44, 25: 0.94, 29: 1.34, 40: 1.89, 59: 2.84}
    assert {n: times[n] for n in recorded} == pytest.approx(recorded, abs=0.2)

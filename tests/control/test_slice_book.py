"""A pass over the endpoints reads few slices, and decides as one that reads all of them."""

from __future__ import annotations

from random import Random

import pytest

from statesim.cluster.objects import EndpointSlice, Pod, Service
from statesim.control.endpoints import EndpointsController, View, decide, endpoint_of
from statesim.control.runtime import apply
from statesim.scenario.specs import ServiceSpec
from tests.control.workbench import flat, new_store, running


def all_of(store, service: Service) -> View:  # type: ignore[no-untyped-def]
    pods = store.pods_matching(service.spec.selector or {})
    found = {pod.name: endpoint_of(pod, service, tells_terminating=True) for pod in pods}
    slices = store.by(EndpointSlice, "owner", service.uid)
    endpoints = {name: endpoint for name, endpoint in found.items() if endpoint is not None}
    like = store.get(Pod, next(iter(endpoints), ""))
    return View(service, slices, endpoints, like, [each.name for each in slices])


@pytest.mark.parametrize("seed", range(6))
def test_a_pass_that_reads_few_slices_decides_as_one_that_reads_all(seed: int) -> None:
    rng, store = Random(seed), new_store()
    controller = EndpointsController(store)
    store.watch(controller.watches, lambda change: list(controller.keys(change)) and None)
    front = store.create(Service(name="db", spec=ServiceSpec({"app": "db"})))
    written, most = 0, 0
    for _ in range(120):
        for _ in range(rng.choice([1, 1, 2, 30, 90])):
            name = f"p-{rng.randrange(350):03}"
            pod = store.get(Pod, name)
            if pod is None:
                store.write(store.create(running(name, ready=False)), "Ready", {"ready": True})
            elif rng.random() < 0.5:
                store.remove(pod)
            elif rng.random() < 0.2:
                store.write(pod, "Labelled", {"labels": {"app": rng.choice(["db", "other"])}})
            else:
                store.write(pod, "NotReady" if pod.ready else "Ready", {"ready": not pod.ready})
        view = controller.look(front.key)
        assert view is not None
        decision, whole = controller.decide(view), decide(all_of(store, front))
        assert decision.why == whole.why
        assert [repr(one) for one in flat(decision)] == [repr(one) for one in flat(whole)]
        for one in flat(decision):
            if rng.random() < 0.8:  # others get lost on their way
                apply(store, one, decision.why)
                written += 1
        most = max(most, len(store.by(EndpointSlice, "owner", front.uid)))
    assert written > 100
    assert most > 2


def test_one_change_in_a_thousand_pods_concerns_two_slices() -> None:
    store = new_store()
    controller = EndpointsController(store)
    store.watch(controller.watches, lambda change: list(controller.keys(change)) and None)
    front = store.create(Service(name="db", spec=ServiceSpec({"app": "db"})))
    for number in range(1_000):
        store.write(store.create(running(f"p-{number:03}", ready=False)), "Ready", {"ready": True})
    for one in flat(controller.decide(controller.look(front.key))):  # type: ignore[arg-type]
        apply(store, one, "")
    pod = store.get(Pod, "p-500")
    assert pod is not None
    store.write(pod, "NotReady", {"ready": False})
    view = controller.look(front.key)
    assert view is not None
    assert len(view.slices) <= 2
    assert len(view.endpoints) <= 200
    (write,) = flat(controller.decide(view))
    assert "p-500" in write.fields["not_ready"]

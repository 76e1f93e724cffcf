"""What kube-proxy has programmed slice by slice is what reading all slices finds."""

from __future__ import annotations

from random import Random

import pytest

from statesim.clients.routing import Router
from statesim.cluster.dns import ClusterAddress
from statesim.cluster.objects import Endpoint, EndpointSlice, Service
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import ServiceSpec
from tests.control.workbench import new_store


@pytest.mark.parametrize("seed", range(4))
def test_slices_that_come_change_and_go_leave_the_backends_of_them_all(seed: int) -> None:
    rng, store = Random(seed), new_store()
    fronts = [store.create(Service(name=name, spec=ServiceSpec({"app": name}))) for name in "ab"]
    router = Router(store)
    seen = set()
    for _ in range(60):
        for _ in range(rng.randrange(4)):
            front, name = rng.choice(fronts), f"s{rng.randrange(6)}"
            there = store.get(EndpointSlice, f"{front.name}-{name}")
            pods = [f"{name}-{n}" for n in range(rng.randrange(3))]
            held = tuple(
                Endpoint(pod=p, uid=p, address=p, node="n", ready=rng.random() < 0.7, serving=True)
                for p in pods
            )
            if there is None:
                store.create(EndpointSlice(name=f"{front.name}-{name}", service=front.name, endpoints=held))
            elif rng.random() < 0.3:
                store.remove(there)
            else:
                store.write(there, "EndpointsChanged", {"endpoints": held})
        store.clock.run(store.clock.now + 2 * SECOND)
        afresh = Router(store)
        for front in fronts:
            address = ClusterAddress(front.name, front.uid)
            for draw in range(5):
                found = router.route(address, "c", Random(draw))
                assert found == afresh.route(address, "c", Random(draw))
                seen.add(found)
    assert len(seen) > 10

"""Where new connections go: what kube-proxy and resolvers know, and when."""

from __future__ import annotations

from random import Random

import pytest

from statesim.clients.routing import DNS_TTL_US, NO_ENDPOINTS, NO_NAME, Backend
from statesim.cluster.objects import EndpointSlice, Pod, Service
from statesim.kernel.clock import SECOND
from statesim.scenario.specs import ServiceSpec


@pytest.fixture
def world(bench):
    return bench(pods=3)


def pick(world, target="Service/pg", client="shop", rng=None):
    found = world.client.router.pick(target, client, rng or Random(0))
    return found.pod if isinstance(found, Backend) else found


def test_kube_proxy_knows_a_change_later_and_all_changes_of_that_time_together(world):
    world.run(10)
    world.endpoints("pg-1")
    world.run(10.5)
    world.endpoints("pg-2")
    rng = Random(1)
    assert {pick(world, rng=rng) for _ in range(50)} == {"pg-0", "pg-1", "pg-2"}
    world.clock.run(11 * SECOND + 1)
    assert {pick(world, rng=rng) for _ in range(50)} == {"pg-2"}


def test_new_connections_are_spread_evenly(world):
    rng = Random(1)
    counts = dict.fromkeys(("pg-0", "pg-1", "pg-2"), 0)
    for _ in range(3000):
        counts[pick(world, rng=rng)] += 1
    assert all(900 < count < 1100 for count in counts.values())


def test_no_endpoint_is_refused(world):
    world.endpoints()
    world.run(2)
    assert pick(world) == NO_ENDPOINTS
    assert pick(world, "Service/nobody") == NO_ENDPOINTS


def test_established_connections_stay_when_their_endpoint_goes(world):
    world.run(10)
    before = [p.connections for p in world.programs.values()]
    world.endpoints()
    world.run(60)
    assert [p.connections for p in world.programs.values()] == before
    assert not world.events("SessionBroken")


def test_a_namesake_with_another_address_is_not_reached_until_the_proxy_knows_it(world):
    world.run(10)
    old = world.store.get(Pod, "pg-0")
    backend = world.client.router.pick("Pod/pg-0", "shop", Random(0))
    world.store.remove(old)
    world.exit("pg-0")
    new = world.start("pg-0", "n0")
    assert new.uid != backend.uid
    assert world.find_process(backend.pod, backend.uid) is None
    assert world.client.router.pick("Pod/pg-0", "shop", Random(0)).uid == new.uid


def test_a_headless_name_is_repeated_from_the_cache_empty_or_not(world):
    world.store.create(Service(name="peers", spec=ServiceSpec(headless=True)))
    endpoints = world.store.create(EndpointSlice(name="peers"))
    world.run(10)
    assert pick(world, "Service/peers") == NO_NAME
    world.store.write(endpoints, "EndpointsChanged", {"ready": ("pg-2",)})
    world.clock.run(10 * SECOND + DNS_TTL_US - 1)
    assert pick(world, "Service/peers") == NO_NAME
    world.clock.run(10 * SECOND + DNS_TTL_US)
    assert pick(world, "Service/peers") == "pg-2"


def test_client_ip_affinity_sticks_while_the_endpoint_is_there(world):
    world.store.create(Service(name="sticky", spec=ServiceSpec(session_affinity="ClientIP")))
    endpoints = world.store.create(EndpointSlice(name="sticky", ready=("pg-0", "pg-1", "pg-2")))
    world.run(5)
    rng = Random(3)
    (first,) = {pick(world, "Service/sticky", rng=rng) for _ in range(20)}
    rest = tuple(p for p in endpoints.ready if p != first)
    world.store.write(endpoints, "EndpointsChanged", {"ready": rest})
    world.run(10)
    (second,) = {pick(world, "Service/sticky", rng=rng) for _ in range(20)}
    assert second in rest


def test_without_dns_no_new_connection_and_no_harm_to_old_ones(world):
    world.run(10)
    world.client.router.dns_down = True
    assert pick(world) == NO_NAME
    world.run(60)
    assert not world.rows("fail", "info")


def test_a_managed_service_is_found_by_its_endpoint_name(world):
    assert pick(world, "System/pg") == NO_NAME
    world.system.primary = lambda: world.programs["pg-1"]
    assert pick(world, "System/pg") == "pg-1"

"""Where new connections go: what kube-proxy and resolvers know, and when."""

from __future__ import annotations

from random import Random

import pytest

from statesim.clients.resolver import NO_ANSWER, NO_NAME
from statesim.clients.routing import NO_ENDPOINTS
from statesim.cluster.dns import CACHE_US, PodAddress
from statesim.cluster.objects import EndpointSlice, Pod, Service
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import ServiceSpec


@pytest.fixture
def world(bench):
    return bench(pods=3)


def pick(world, target="Service/pg", rng=None):
    found = world.client.find(target, rng or Random(0))
    return found.pod if isinstance(found, PodAddress) else found


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
    assert pick(world, "Service/nobody") == NO_NAME


def test_established_connections_stay_when_their_endpoint_goes(world):
    world.run(10)
    before = [p.connections for p in world.programs.values()]
    world.endpoints()
    world.run(60)
    assert [p.connections for p in world.programs.values()] == before
    assert not world.events("SessionBroken")


def headless(world, name="peers", *pods):
    world.store.create(Service(name=name, spec=ServiceSpec(headless=True)))
    made = world.store.create(EndpointSlice(name=name, service=name))
    world.place(made, *pods)
    return made


def test_a_namesake_with_another_address_is_not_reached_until_the_name_is_looked_up_anew(world):
    peers = headless(world, "peers", "pg-0")
    world.run(10)
    old = world.store.get(Pod, "pg-0")
    backend = world.client.find("Pod/pg-0", Random(0))
    world.store.remove(old)
    world.exit("pg-0")
    new = world.start("pg-0", "n0")
    world.place(peers, "pg-0")
    assert new.uid != backend.uid
    assert not world.has_address(backend)
    assert world.client.find("Pod/pg-0", Random(0)).uid == backend.uid
    world.clock.run(10 * SECOND + CACHE_US)
    assert world.client.find("Pod/pg-0", Random(0)).uid == new.uid


def test_a_headless_name_is_repeated_from_the_cache_empty_or_not(world):
    endpoints = headless(world)
    world.run(10)
    assert pick(world, "Service/peers") == NO_NAME
    world.place(endpoints, "pg-2")
    world.clock.run(10 * SECOND + CACHE_US - 1)
    assert pick(world, "Service/peers") == NO_NAME
    world.clock.run(10 * SECOND + CACHE_US)
    assert pick(world, "Service/peers") == "pg-2"


def test_client_ip_affinity_sticks_while_the_endpoint_is_there(world):
    world.store.create(Service(name="sticky", spec=ServiceSpec(session_affinity="ClientIP")))
    endpoints = world.store.create(EndpointSlice(name="sticky", service="sticky"))
    world.place(endpoints, "pg-0", "pg-1", "pg-2")
    world.run(5)
    rng = Random(3)
    (first,) = {pick(world, "Service/sticky", rng=rng) for _ in range(20)}
    rest = tuple(p for p in endpoints.ready if p != first)
    world.place(endpoints, *rest)
    world.run(10)
    (second,) = {pick(world, "Service/sticky", rng=rng) for _ in range(20)}
    assert second in rest


def test_without_dns_no_new_connection_and_no_harm_to_old_ones(world):
    world.run(10)
    world.dns.fail("outage")
    assert pick(world) == NO_ANSWER
    world.run(60)
    assert not world.rows("fail", "info")


def test_a_managed_service_is_found_by_its_endpoint_name(world):
    assert pick(world, "System/pg") == NO_NAME
    world.system.primary = lambda: world.programs["pg-1"]
    assert pick(world, "System/pg") == "pg-1"

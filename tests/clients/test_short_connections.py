"""A connection for each operation, and where it goes."""

from __future__ import annotations

import pytest

from statesim.cluster.objects import EndpointSlice, Service
from statesim.scenario.specs import ServiceSpec

WEB = {"kind": "web", "rate": "20/s"}


def shop(**row):
    return {"target": "Service/pg", "connections": "short", "operations": WEB, **row}


def places(world, seconds=10):
    """Return the pods that each session's requests went to."""
    found = {}
    submit = world.system.submit

    def watched(process, request):
        found.setdefault(request.session.process, set()).add(process.pod)
        submit(process, request)

    world.system.submit = watched
    world.run(seconds)
    return found


def test_each_operation_has_a_connection_of_its_own(bench):
    world = bench(shop(sessions=2), pods=3)
    assert set.union(*places(world).values()) == {"pg-0", "pg-1", "pg-2"}
    assert len(world.rows("ok")) > 150
    assert world.rows("fail", "info") == []
    assert all(len(program.connections) <= 2 for program in world.programs.values())
    assert len(world.events("SessionOpened")) == 2, "one line for each session, not for each call"
    assert world.events("SessionBroken") == []


def test_a_kept_connection_stays_with_its_pod(bench):
    world = bench(shop(sessions=2, connections="kept"), pods=3)
    assert [len(pods) for pods in places(world).values()] == [1, 1]


def test_a_short_connection_costs_a_round_trip_more(bench):
    waits = {}
    for connections in ("kept", "short"):
        world = bench(shop(connections=connections))
        world.run(10)
        asked, answered = world.rows("invoke"), world.rows("ok")
        waits[connections] = answered[5].t_us - asked[5].t_us
    assert waits["short"] - waits["kept"] == world.client.rtt_us


def test_whoever_is_refused_fails_at_once_and_the_next_caller_tries_again(bench):
    world = bench(shop(timeouts={"connect": "2s"}))
    world.run(5)
    world.programs["pg-0"].listening = False
    world.run(10)
    failed = world.rows("fail")
    assert len(failed) > 50
    assert {row.error for row in failed} == {"connection refused"}
    world.programs["pg-0"].listening = True
    world.run(15)
    assert not world.rows("fail", after_s=10.1)
    assert len(world.rows("ok", after_s=10.1)) > 50


def test_nothing_is_tried_while_nobody_calls(bench):
    cost = {}
    for connections in ("kept", "short"):
        world = bench(shop(connections=connections))
        world.run(5)
        world.client.set_rate(0)
        world.run(6)
        events = world.clock.events
        world.exit("pg-0")
        world.run(300)
        cost[connections] = world.clock.events - events
    assert cost["kept"] - cost["short"] > 100, "a kept connection is tried again every two seconds"


def test_a_server_that_says_goodbye_while_it_works_is_left_for_another(bench):
    world = bench(shop(serviceTime="500ms", operations={"kind": "web", "rate": "1/s"}), pods=2)
    world.run(3)
    for name in ("pg-0", "pg-1"):
        if world.programs[name].connections:
            world.exit(name, "closed")
            world.endpoints("pg-1" if name == "pg-0" else "pg-0")
            break
    world.run(20)
    assert len(world.rows("ok", after_s=4)) > 5


@pytest.mark.parametrize(("addresses", "everywhere"), [("own", True), ("shared", False)])
def test_session_affinity_is_by_address(bench, addresses, everywhere):
    world = bench(shop(sessions=12, target="Service/sticky", addresses=addresses), pods=3)
    spec = ServiceSpec(selector={"app": "pg"}, session_affinity="ClientIP")
    world.store.create(Service(name="sticky", spec=spec))
    made = world.store.create(EndpointSlice(name="sticky", service="sticky"))
    world.place(made, *world.programs)
    world.run(70)
    found = places(world, 120)
    assert len(found) == 12
    assert all(len(pods) == 1 for pods in found.values()), "each address has one pod"
    assert (len(set.union(*found.values())) == 3) is everywhere

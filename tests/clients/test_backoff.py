"""How a session tries again, and that a long outage does not flood the trace."""

from __future__ import annotations

from itertools import pairwise

from statesim.kernel.spans import MILLISECOND, SECOND


def waits_of(world, times):
    """Return the waits between attempts: what is between two of them, but for the refusal's round trip."""
    return [b - a - world.client.rtt_us for a, b in pairwise(times)]


def attempts(world, seconds):
    """Return the times at which sessions look for a backend, from now on."""
    seen = []
    find = world.client.find

    def spy(*args):
        seen.append(world.clock.now)
        return find(*args)

    world.client.find = spy
    world.run(seconds)
    return seen


def test_waits_double_up_to_the_longest(bench):
    world = bench({"backoff": {"initial": "100ms", "max": "2s", "jitter": 0}})
    world.run(10)
    world.exit("pg-0")
    times = attempts(world, 40)
    waits = waits_of(world, times)
    assert times[0] == 10 * SECOND + 250 + 100 * MILLISECOND
    assert waits[:5] == [x * MILLISECOND for x in (200, 400, 800, 1600, 2000)]
    assert set(waits[5:]) == {2 * SECOND}


def test_chance_only_shortens_a_wait(bench):
    world = bench({"backoff": {"initial": "1s", "max": "1s", "jitter": 0.2}})
    world.run(10)
    world.exit("pg-0")
    waits = waits_of(world, attempts(world, 200))
    assert all(800 * MILLISECOND <= wait <= SECOND for wait in waits)
    assert len(set(waits)) > 10


def test_ten_minutes_without_a_server_are_a_few_events(bench):
    world = bench({"sessions": 20})
    world.run(10)
    before = len(world.events())
    world.exit("pg-0")
    world.run(610)
    kinds = [e.event for e in world.events()[before:]]
    assert sorted(kinds) == sorted(["SessionBroken"] * 20 + ["Outage"] * 2)
    assert len(world.rows("fail")) > 1000


def test_ten_minutes_of_read_only_servers_are_a_few_events(bench):
    world = bench({"sessions": 20}, pods=2)
    world.run(10)
    before = len(world.events())
    world.system.read_only |= {"pg-0", "pg-1"}
    world.run(610)
    kinds = [e.event for e in world.events()[before:]]
    # each session announces the first connection after one that was of use, and then no more
    assert 20 <= kinds.count("SessionBroken") == kinds.count("SessionOpened") + 20 <= 40
    writes = [e.event for e in world.events()[before:] if e.fields.get("f") == "write"]
    assert writes == ["Outage"]
    before = len(world.events())
    world.system.read_only.clear()
    world.run(660)
    kinds = [e.event for e in world.events()[before:]]
    assert (kinds.count("SessionOpened"), kinds.count("SessionBroken")) == (20, 0)


def test_a_server_that_accepts_and_dies_does_not_flood_the_trace(bench):
    world = bench({"sessions": 5, "operations": {"rate": "5/s", "mix": {"write": 1}}})
    world.run(10)
    before = len(world.events())
    for second in range(10, 310, 2):
        world.exit("pg-0")
        world.system.mode = "holds"
        world.run(second + 1)
        world.start("pg-0")
        world.run(second + 2)
    kinds = [e.event for e in world.events()[before:]]
    assert kinds.count("SessionBroken") <= 10
    assert len(kinds) <= 16


def test_how_long_a_connection_was_there_is_no_part_of_the_time_between_two_attempts(bench):
    """A client that counts rests for as long as that while nobody answers."""
    world = bench({"operations": {"rate": "10/m"}}, pods=2)
    world.run(3_600)
    (link,) = {id(each): each for each in world.client.sessions[0].links.values()}.values()
    world.exit(link.connection.process.pod, "reset")
    world.run(3_601)
    assert 0 < link.cycle_us < SECOND

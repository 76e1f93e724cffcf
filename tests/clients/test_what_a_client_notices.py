"""What a client notices, and when: each row of the table of docs/reference/clients.md, to the microsecond."""

from __future__ import annotations

from itertools import pairwise

import pytest

from statesim.clients.keepalive import GIVE_UP_US
from statesim.clients.link import SYN_GIVE_UP_US
from statesim.kernel.spans import SECOND

NEVER = {"connect": "never", "statement": "never"}
WRITER = {"operations": {"rate": "10/s", "mix": {"write": 1}}, "timeouts": NEVER}
QUIET = {"operations": {"rate": "1/h"}, "timeouts": NEVER}


def broken(world):
    return [(e.t_us, e.fields["how"]) for e in world.events("SessionBroken")]


def first_call(world, after_s):
    return next(row.t_us for row in world.rows("invoke", after_s=after_s))


def test_a_killed_process_is_noticed_within_a_round_trip(bench):
    world = bench(WRITER)
    world.run(10)
    world.exit("pg-0", "reset")
    world.run(11)
    assert broken(world)[0] == (10 * SECOND + world.client.rtt_us // 2, "reset")


def test_a_shut_down_server_says_so(bench):
    world = bench(WRITER)
    world.run(10)
    world.exit("pg-0", "closed")
    world.run(11)
    assert broken(world)[0] == (10 * SECOND + world.client.rtt_us // 2, "closed")


def test_data_for_a_host_that_has_vanished_is_sent_fifteen_times_again(bench):
    assert sum(min(200_000 * 2**n, 120 * SECOND) for n in range(16)) == GIVE_UP_US, (
        "0.2 s doubled, 120 s at most"
    )
    world = bench(WRITER)
    world.run(10)
    world.crash("n0")
    world.run(1000)
    assert broken(world)[0] == (first_call(world, 10) + GIVE_UP_US, "timeout")


@pytest.mark.parametrize("limit", [5, 10, 60])
def test_the_user_timeout_ends_it_sooner(bench, limit):
    world = bench({**WRITER, "tcp": {"userTimeout": f"{limit}s"}})
    world.run(10)
    world.crash("n0")
    world.run(200)
    assert broken(world)[0] == (first_call(world, 10) + limit * SECOND, "timeout")


def test_an_idle_connection_without_keepalive_is_never_missed(bench):
    world = bench({**QUIET, "operations": {"rate": "0/s"}})
    world.run(10)
    world.crash("n0")
    world.run(100_000)
    assert broken(world) == []


def test_keepalive_misses_it_after_7875_seconds_by_default(bench):
    world = bench({**QUIET, "operations": {"rate": "0/s"}, "tcp": {"keepalive": {}}})
    world.run(10)
    opened = world.events("SessionOpened")[0].t_us
    world.crash("n0")
    world.run(10_000)
    assert broken(world) == [(opened + (7200 + 9 * 75) * SECOND, "timeout")]


@pytest.mark.parametrize(
    ("idle", "interval", "count", "user", "after"),
    [
        (60, 10, 3, None, 90),
        (30, 10, 3, None, 60),
        (60, 5, 3, None, 75),
        (60, 10, 6, None, 120),
        (60, 10, 3, 65, 70),
        (60, 10, 9, 200, 200),
    ],
)
def test_each_setting_of_keepalive_counts(bench, idle, interval, count, user, after):
    tcp = {"keepalive": {"idle": f"{idle}s", "interval": f"{interval}s", "count": count}}
    if user:
        tcp["userTimeout"] = f"{user}s"
    world = bench({**QUIET, "operations": {"rate": "0/s"}, "tcp": tcp})
    world.run(1)
    opened = world.events("SessionOpened")[0].t_us
    world.crash("n0")
    world.run(1000)
    assert broken(world) == [(opened + after * SECOND, "timeout")]


def test_probes_that_were_answered_set_the_phase_of_the_one_that_is_not(bench):
    world = bench({**QUIET, "operations": {"rate": "0/s"}, "tcp": {"keepalive": {"idle": "60s"}}})
    world.run(1)
    opened = world.events("SessionOpened")[0].t_us
    world.run(200)
    world.crash("n0")
    world.run(5000)
    assert broken(world) == [(opened + (240 + 9 * 75) * SECOND - 0, "timeout")]


def test_a_host_that_is_back_before_the_probe_was_never_away(bench):
    world = bench({**QUIET, "operations": {"rate": "0/s"}, "tcp": {"keepalive": {"idle": "60s"}}})
    world.run(10)
    world.freeze("n0")
    world.run(50)
    world.thaw("n0")
    world.run(3000)
    assert broken(world) == []


def test_a_host_that_has_booted_resets_the_probe(bench):
    world = bench({**QUIET, "operations": {"rate": "0/s"}, "tcp": {"keepalive": {"idle": "60s"}}})
    world.run(10)
    opened = world.events("SessionOpened")[0].t_us
    world.crash("n0")
    world.run(50)
    world.powers["n0"] = "on"
    world.run(3000)
    assert broken(world) == [(opened + 60 * SECOND, "reset")]


def test_who_waits_for_an_answer_is_saved_by_keepalive_alone(bench):
    """The request was acknowledged, so nothing is sent again: without probes the caller waits for ever."""
    tcp = {"userTimeout": "10s", "keepalive": {"idle": "60s", "interval": "10s", "count": 3}}
    for given, after in (({"userTimeout": "10s"}, None), (tcp, 70)):
        world = bench({**WRITER, "tcp": given})
        world.run(10)
        world.system.mode = "holds"
        world.run(11)
        world.crash("n0")
        world.run(5000)
        asked = first_call(world, 10)
        assert broken(world) == ([] if after is None else [(asked + after * SECOND, "timeout")])


def test_while_data_is_under_way_there_are_no_probes(bench):
    world = bench({**WRITER, "tcp": {"keepalive": {"idle": "5s", "interval": "1s", "count": 1}}})
    world.run(10)
    world.crash("n0")
    world.run(1000)
    assert broken(world)[0] == (first_call(world, 10) + GIVE_UP_US, "timeout")


@pytest.mark.parametrize(("connect", "after"), [("never", SYN_GIVE_UP_US), ("3s", 3 * SECOND)])
def test_a_connection_to_a_vanished_address(bench, connect, after):
    world = bench({**WRITER, "timeouts": {"connect": connect, "statement": "1s"}})
    world.run(10)
    world.crash("n0")
    world.run(400)
    lost = broken(world)[0][0]
    failed = world.rows("fail", after_s=lost / SECOND)[0]
    assert failed.error == "connect timeout"
    assert after <= failed.t_us - lost <= after + SECOND


def test_a_closed_port_refuses_at_once(bench):
    world = bench({**WRITER, "backoff": {"policy": "none"}})
    world.run(10)
    world.exit("pg-0", "reset")
    world.run(20)
    failed = world.rows("fail", after_s=10)
    assert {row.error for row in failed} == {"connection refused"}
    asked = {row.value: row.t_us for row in world.rows("invoke", after_s=10)}
    assert {row.t_us - asked[row.value] for row in failed} == {world.client.rtt_us}


def test_a_demoted_server_answers_reads_and_refuses_writes(bench):
    world = bench({"operations": {"rate": "20/s"}, "timeouts": NEVER})
    world.run(10)
    world.system.read_only.add("pg-0")
    world.run(20)
    assert {row.f for row in world.rows("ok", after_s=10.1)} == {"read"}
    assert all("read-only" in row.error for row in world.rows("fail", after_s=10.1))


def test_idle_connections_that_are_well_cost_nothing(bench):
    costs = []
    for tcp in ({}, {"keepalive": {"idle": "1s"}}):
        world = bench({**QUIET, "sessions": 50, "tcp": tcp})
        world.run(10)
        before = world.clock.events
        world.run(3000)
        costs.append(world.clock.events - before)
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("backoff", "waits"),
    [
        ({"initial": "1s", "max": "8s", "jitter": 0}, [1, 2, 4, 8, 8]),
        ({"initial": "1s", "policy": "fixed", "jitter": 0}, [1, 1, 1, 1, 1]),
    ],
)
def test_the_policy_of_connecting_again(bench, backoff, waits):
    world = bench({**QUIET, "backoff": backoff})
    tried = []
    find = world.client.find

    def watched(*given):
        tried.append(world.clock.now)
        return find(*given)

    world.client.find = watched
    world.run(5)
    tried.clear()
    world.exit("pg-0", "reset")
    world.run(60)
    steps = [b - a for a, b in pairwise(tried)]
    assert [round(step / SECOND) for step in steps[:4]] == waits[1:]


def test_without_a_policy_nobody_connects_until_somebody_calls(bench):
    world = bench({**QUIET, "operations": {"rate": "1/m"}, "backoff": {"policy": "none"}})
    world.run(5)
    world.exit("pg-0", "reset")
    before = world.clock.events
    world.run(8)
    assert world.clock.events - before <= 4
    world.run(300)
    assert {row.error for row in world.rows("fail", after_s=5)} == {"connection refused"}
    assert len(world.rows("fail", after_s=5)) == len(world.rows("invoke", after_s=5))

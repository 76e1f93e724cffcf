"""Connections that callers share: who gets one, who waits, and what a pool full of dead sockets does."""

from __future__ import annotations

import pytest

from statesim.clients.keepalive import GIVE_UP_US
from statesim.kernel.spans import SECOND

BUSY = {
    "sessions": 30,
    "operations": {"rate": "200/s", "mix": {"write": 1}},
    "timeouts": {"statement": "never"},
    "serviceTime": "100ms",
}
QUICK = {**BUSY, "serviceTime": "1ms"}
CALM = {"sessions": 4, "operations": {"rate": "2/s", "mix": {"write": 1}}, "timeouts": {"statement": "never"}}


def pooled(preset="hikaricp", base=BUSY, **pool):
    return {**base, "pool": {"preset": preset, **pool}}


def lent(world):
    return sum(len(process.connections) for process in world.programs.values())


def opened_at(world):
    return [e.t_us / SECOND for e in world.events("SessionOpened")]


@pytest.mark.parametrize("size", [3, 10])
def test_callers_share_as_many_connections_as_there_are(bench, size):
    world = bench(pooled(size=size))
    world.run(10)
    assert lent(world) == size
    under_way = [session.operation for session in world.client.sessions if session.operation is not None]
    assert sum(1 for operation in under_way if operation.connection is not None) <= size
    served = len(world.rows("ok")) / 10
    assert served == pytest.approx(size / 0.1, rel=0.15), "each serves one caller at a time"


def test_waiting_callers_are_served_in_their_order(bench):
    world = bench(pooled(size=1))
    world.run(5)
    asked = {row.value: row.t_us for row in world.rows("invoke")}
    served = [asked[row.value] for row in world.rows("ok")]
    assert served == sorted(served)


def test_a_pool_full_of_dead_sockets_lets_every_caller_wait_and_fail(bench):
    """Ten sockets hang for as long as TCP sends again; everybody else waits for 30 s, again and again."""
    world = bench(pooled(base=QUICK, validateAfter="1m"))
    world.run(10)
    world.start("pg-1", "n1")
    world.crash("n0")
    world.endpoints("pg-1")
    world.run(900)
    assert not world.rows("ok", after_s=10.2)
    hung = [s.operation for s in world.client.sessions if s.operation and s.operation.connection]
    assert len(hung) == 10
    failed = world.rows("fail")
    assert {row.error for row in failed} == {"Connection is not available, request timed out after 30000ms"}
    asked = {row.value: row.t_us for row in world.rows("invoke")}
    assert {row.t_us - asked[row.value] for row in failed} == {30 * SECOND}
    world.run(960)
    first = world.rows("ok", after_s=10.2)[0].t_us
    assert first == pytest.approx(10 * SECOND + GIVE_UP_US, abs=SECOND)


@pytest.mark.parametrize(
    ("given", "after_s"),
    [
        ({"tcp": {"userTimeout": "10s"}}, 10),
        ({"tcp": {"userTimeout": "20s"}}, 20),
        ({"timeouts": {"statement": "5s"}}, 5),
    ],
)
def test_any_limit_frees_the_pool(bench, given, after_s):
    world = bench({**pooled(base=QUICK, validateAfter="1m"), **given})
    world.run(10)
    world.start("pg-1", "n1")
    world.crash("n0")
    world.endpoints("pg-1")
    world.run(60)
    assert world.rows("ok", after_s=10.2)[0].t_us == pytest.approx((10 + after_s) * SECOND, abs=SECOND)


@pytest.mark.parametrize("limit", [5, 30])
def test_how_long_callers_wait(bench, limit):
    world = bench(pooled(size=1, connectionTimeout=f"{limit}s"))
    world.run(5)
    world.crash("n0")
    world.run(100)
    asked = {row.value: row.t_us for row in world.rows("invoke")}
    waits = {row.t_us - asked[row.value] for row in world.rows("fail") if asked[row.value] > 5 * SECOND}
    assert waits == {limit * SECOND}


@pytest.mark.parametrize(("lifetime", "ends"), [("60s", 6), ("never", 0)])
def test_connections_are_replaced_when_they_have_served_their_time(bench, lifetime, ends):
    world = bench(pooled(base=CALM, size=1, maxLifetime=lifetime))
    world.run(400)
    closed = world.events("SessionClosed")
    assert len(closed) == ends
    assert {e.fields["why"] for e in closed} <= {"maxLifetime"}
    assert not world.rows("fail", "info")


def test_a_connection_in_use_is_never_retired(bench):
    world = bench(pooled(base={**CALM, "sessions": 1, "serviceTime": "90s"}, size=1, maxLifetime="60s"))
    world.run(300)
    assert not world.rows("fail", "info")
    for closed in world.events("SessionClosed"):
        assert closed.t_us in {row.t_us for row in world.rows("ok")}, "when it is given back"


@pytest.mark.parametrize(("mode", "ends"), [("transaction", True), ("session", False)])
def test_a_session_keeps_its_old_connection(bench, mode, ends):
    world = bench(pooled("pgbouncer", base=CALM, mode=mode, maxLifetime="60s"))
    world.run(400)
    assert bool(world.events("SessionClosed")) is ends


@pytest.mark.parametrize(
    ("pool", "left"),
    [
        ({"minimumIdle": 0, "idleTimeout": "30s"}, 0),
        ({"minimumIdle": 2, "idleTimeout": "30s"}, 2),
        ({"minimumIdle": 0, "idleTimeout": "never"}, 4),
        ({"idleTimeout": "30s"}, 4),
    ],
)
def test_what_nobody_uses_is_closed_down_to_the_minimum(bench, pool, left):
    world = bench(pooled(base={**BUSY, "sessions": 8}, size=4, **pool))
    world.run(10)
    assert lent(world) == 4
    world.client.set_rate(0)
    world.run(100)
    assert lent(world) == left


@pytest.mark.parametrize(("after", "lost"), [("500ms", 0), ("1h", 1)])
def test_a_test_before_lending_finds_what_is_reset(bench, after, lost):
    world = bench(
        pooled(
            base={**CALM, "sessions": 1, "operations": {"rate": "6/m", "mix": {"write": 1}}},
            size=1,
            validateAfter=after,
        ),
    )
    world.run(60)
    world.start("pg-1", "n1")
    world.crash("n0")
    world.powers["n0"] = "on"
    world.endpoints("pg-1")
    world.run(300)
    assert len(world.rows("info")) == lost
    assert not world.rows("fail")
    assert len(world.rows("ok", after_s=62)) > 10


@pytest.mark.parametrize("limit", [5, 15])
def test_a_test_that_nobody_answers_takes_its_time(bench, limit):
    rare = {
        "sessions": 1,
        "operations": {"rate": "6/m", "mix": {"write": 1}},
        "timeouts": {"statement": "never"},
    }
    world = bench(pooled(base=rare, size=1, validationTimeout=f"{limit}s"))
    world.run(60)
    world.start("pg-1", "n1")
    world.crash("n0")
    world.endpoints("pg-1")
    world.run(300)
    asked = world.rows("invoke", after_s=60)[0].t_us
    (broken,) = world.events("SessionBroken")
    assert broken.t_us == asked + limit * SECOND
    assert not world.rows("fail", "info"), "the caller got another one"


def test_a_test_that_is_passed_costs_a_round_trip_and_no_event(bench):
    waits, costs = {}, {}
    for after in ("0s", "never"):
        world = bench(pooled(base=CALM, validateAfter=after))
        world.run(100)
        pairs = zip(world.rows("invoke"), world.rows("ok"), strict=False)
        waits[after] = [answered.t_us - asked.t_us for asked, answered in pairs][5]
        costs[after] = world.clock.events
    assert waits["0s"] - waits["never"] == world.client.rtt_us
    assert costs["0s"] == costs["never"]


@pytest.mark.parametrize(("keepalive", "noticed"), [("60s", 10), ("never", 0)])
def test_a_pool_that_tests_what_is_idle_finds_it_dead(bench, keepalive, noticed):
    world = bench(pooled(base=CALM, keepaliveTime=keepalive))
    world.run(10)
    world.client.set_rate(0)
    world.crash("n0")
    world.run(10 + 60 + 5 + 1)
    assert len(world.events("SessionBroken")) == noticed


def test_pgbouncer_answers_with_the_error_until_it_may_try_again(bench):
    world = bench(pooled("pgbouncer", base=CALM, mode="transaction"))
    world.run(10)
    world.exit("pg-0")
    world.run(12)
    world.start("pg-0")
    world.run(40)
    failed = world.rows("fail", after_s=10)
    said = "server login has been failing: connection refused"
    assert {row.error for row in failed[1:]} <= {said, "query_wait_timeout"}
    assert sum(row.error == said for row in failed) > 10
    back = world.rows("ok", after_s=10.5)[0].t_us / SECOND
    first = world.rows("invoke", after_s=10)[0].t_us / SECOND
    assert back >= first + 15


@pytest.mark.parametrize("retry", [2, 15])
def test_how_long_pgbouncer_remembers_a_failure(bench, retry):
    world = bench(pooled("pgbouncer", base=CALM, mode="transaction", loginRetry=f"{retry}s"))
    world.run(10)
    world.exit("pg-0")
    world.run(11.9)
    tried = world.rows("invoke", after_s=10)[0].t_us / SECOND
    world.start("pg-0")
    world.run(60)
    back = world.rows("ok", after_s=10.1)[0].t_us / SECOND
    attempts = [tried + retry * n for n in range(20)]
    assert min(abs(back - attempt) for attempt in attempts if attempt > 11.9) < 2


def test_hikaricp_tries_again_sooner_and_sooner_fills_up(bench):
    world = bench(pooled(base=CALM))
    world.run(10)
    world.exit("pg-0")
    world.run(12)
    world.start("pg-0")
    world.run(30)
    assert world.rows("ok", after_s=10.5)[0].t_us < 15 * SECOND
    assert not world.rows("fail"), "callers wait, which is what the pool is for"
    assert lent(world) == 10


@pytest.mark.parametrize(("mode", "most"), [("transaction", 30), ("session", 2)])
def test_in_session_mode_a_connection_is_lent_for_good(bench, mode, most):
    world = bench(pooled("pgbouncer", size=2, mode=mode))
    world.run(60)
    served = world.rows("ok")
    assert len({row.process for row in served}) == most
    assert len(served) > 500, "and who has one goes on"


def test_pgbouncer_connects_when_it_has_to(bench):
    world = bench(pooled("pgbouncer", base=CALM, mode="transaction"))
    world.run(60)
    assert lent(world) < 4
    world = bench(pooled("pgbouncer", base=CALM, mode="transaction", minimumIdle=7))
    world.run(60)
    assert lent(world) == 7


@pytest.mark.parametrize(("close", "recovers"), [(True, True), (False, False)])
def test_a_demoted_server_keeps_its_place_in_the_pool(bench, close, recovers):
    """Neither of the two looks at SQLSTATE 25006: until connections are replaced, every write fails."""
    world = bench(pooled(base=CALM, closeReadOnly=close))
    world.run(10)
    world.start("pg-1", "n1")
    world.system.read_only.add("pg-0")
    world.endpoints("pg-1")
    world.run(300)
    assert bool(world.rows("ok", after_s=60)) is recovers
    world.run(10 + 1800 + 5)
    assert world.rows("ok", after_s=1812)


def test_an_idle_pool_costs_nothing(bench):
    rare = {**CALM, "operations": {"rate": "1/d", "mix": {"write": 1}}}
    costs = []
    for row in (
        rare,
        pooled(base=rare),
        pooled("pgbouncer", base=rare),
        pooled(base=rare, keepaliveTime="30s"),
    ):
        world = bench(row)
        world.run(10)
        before = world.clock.events
        world.run(50_000)
        costs.append(world.clock.events - before)
    assert max(costs) <= costs[0] + 2 * 10, (
        "each connection ends once, unused, and is not replaced for nothing"
    )


def test_who_calls_after_a_long_silence_finds_a_connection(bench):
    world = bench(pooled(base=CALM))
    world.run(10)
    world.client.set_rate(0)
    world.run(10_000)
    assert lent(world) == 0
    world.client.set_rate(2)
    world.run(10_100)
    assert lent(world) == 10
    assert not world.rows("fail")


def test_two_pools_with_numbers_of_their_own(bench):
    world = bench(pooled(base=CALM), {**pooled(base=CALM), "name": "other"})
    world.run(20)
    assert lent(world) == 20
    assert {row.client for row in world.rows("ok")} == {"shop", "other"}


def test_reads_have_a_pool_of_their_own(bench):
    world = bench({**pooled(base={**CALM, "operations": {"rate": "20/s"}}), "readTarget": "Pod/pg-0"})
    world.run(10)
    assert {row.error for row in world.rows("fail") if row.f == "write"} == set()
    assert world.rows("ok", f="write")

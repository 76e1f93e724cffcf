"""Arrivals that do not depend on outcomes, and unique elements."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.clients.arrivals import Arrivals
from statesim.clients.workload import RECENT, SetWorkload, WebWorkload
from statesim.kernel.distributions import Exponential, Fixed
from statesim.kernel.spans import SECOND


def arrivals(mean_us=SECOND, seed=1):
    return Arrivals(Random(seed), Fixed(3_000), mean_us)


def test_arrivals_are_a_poisson_process():
    stream = arrivals()
    times = []
    while stream.due_us < 20_000 * SECOND:
        times.append(stream.due_us)
        stream.advance()
    assert len(times) == pytest.approx(20_000, rel=0.03)
    per_second = [0] * 20_000
    for t in times:
        per_second[t // SECOND] += 1
    mean = sum(per_second) / 20_000
    assert sum((n - mean) ** 2 for n in per_second) / 20_000 == pytest.approx(mean, rel=0.05)


def test_a_change_of_rate_stretches_what_is_left():
    stream = arrivals()
    left = stream.due_us
    stream.set_mean(0, 2 * SECOND)
    assert stream.due_us == pytest.approx(2 * left, abs=2)
    stream.set_mean(0, None)
    assert stream.due_us is None
    stream.set_mean(7 * SECOND, SECOND)
    assert stream.due_us == pytest.approx(7 * SECOND + left, abs=3)


def test_nobody_comes_at_rate_zero_from_the_start():
    stream = arrivals(None)
    assert stream.due_us is None
    stream.set_mean(5 * SECOND, SECOND)
    assert stream.due_us > 5 * SECOND


def invocations(world):
    return [(row.t_us, row.process, row.f) for row in world.rows("invoke")]


def test_callers_come_at_the_same_times_whatever_becomes_of_them(bench):
    row = {"sessions": 5, "operations": {"rate": "2/s"}, "serviceTime": {"exponential": "2ms"}}
    calm, stormy = bench(row), bench(row)
    calm.run(300)
    stormy.run(50)
    stormy.exit("pg-0")
    stormy.run(60)
    stormy.start("pg-0")
    stormy.run(300)
    there = set(invocations(calm))
    in_time = [call for call in invocations(stormy) if call[0] > 70 * SECOND]
    assert len(in_time) > 400
    # a caller who has waited for the one before begins later than it came; all others are the same
    assert len(there.intersection(in_time)) / len(in_time) > 0.97


def test_a_session_does_not_replay_the_calls_that_it_missed(bench):
    world = bench({"operations": {"rate": "10/s"}, "timeouts": {"statement": "20s"}})
    world.run(10)
    world.topology.cut("cut", ["n0"])
    world.run(20)
    world.topology.heal("cut")
    world.run(30)
    ended = next(row for row in world.rows("ok", after_s=20))
    burst = [r for r in world.rows("invoke") if ended.t_us <= r.t_us < ended.t_us + 5_000]
    assert 1 <= len(burst) <= 2


def test_a_session_is_busy_with_one_operation_at_a_time(bench):
    world = bench({"operations": {"rate": "2000/s"}, "serviceTime": "3ms"})
    world.run(10)
    assert len(world.rows("ok")) == pytest.approx(10 / 0.0035, rel=0.01)


@given(st.floats(0, 1), st.lists(st.floats(0, 0.999999999), max_size=200), st.integers(1, 3))
def test_elements_are_unique_and_reads_ask_for_recent_ones(share, choices, step):
    workload = SetWorkload(share, step - 1, step)
    written = []
    for choice in choices:
        f, value = workload.begin(choice)
        assert f in workload.shares
        if f == "write":
            assert value not in written
            assert workload.mine(value)
            written.append(value)
            workload.succeed(f, value, None)
        elif written:
            assert value in written[-RECENT:]


def test_readers_of_all_meet_the_oldest_element_as_often_as_the_newest():
    workload = SetWorkload(0.5, every=True)
    for _ in range(10 * RECENT):
        workload.succeed(*workload.begin(0), None)
    asked = [workload.begin(0.5 + (at + 0.5) / 2000)[1] for at in range(1000)]
    assert sorted(asked) == list(range(10 * RECENT))


def test_clients_of_one_system_share_the_integers_out(bench):
    rows = [{"name": name, "operations": {"rate": "20/s"}} for name in ("a", "b")]
    world = bench(*rows, {"name": "web", "operations": {"kind": "web", "rate": "5/s"}})
    world.run(30)
    written = [row.value for row in world.rows("invoke", f="write")]
    assert len(written) == len(set(written))
    assert {row.value % 2 for row in world.rows("invoke", f="write") if row.client == "a"} == {0}
    assert {row.process for row in world.rows() if row.client == "web"} == {2}
    assert {row.f for row in world.rows() if row.client == "web"} == {"request"}
    for client in world.clients:
        client.finish()
    final = {row.client: row.value for row in world.rows(f="final")}
    assert final["a"] == sorted(r.value for r in world.rows("ok", f="write") if r.client == "a")
    assert set(final) == {"a", "b"}
    assert not world.events("Lost")


def test_service_times_follow_their_distribution():
    stream = Arrivals(Random(1), Exponential(4_000), SECOND)
    total = 0
    for _ in range(20_000):
        total += stream.service_us
        stream.advance()
    assert total / 20_000 == pytest.approx(4_000, rel=0.03)


def test_a_web_request_carries_nothing():
    assert WebWorkload().begin(0.3) == ("request", None)
    assert WebWorkload().succeed("request", None, "page") == "page"

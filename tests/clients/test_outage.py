"""When a client has an outage, and why the trace says it had one."""

from __future__ import annotations

import pytest

from statesim.kernel.spans import SECOND


def test_an_outage_lasts_from_the_last_success_to_the_next(bench):
    world = bench({"sessions": 5})
    world.run(10)
    world.crash("n0")
    last = {f: world.rows("ok", f=f)[-1].t_us for f in ("write", "read")}
    world.run(30)
    world.powers["n0"] = "on"
    world.start("pg-0")
    world.run(60)
    for f in ("write", "read"):
        (outage,) = [e for e in world.events("Outage") if e.fields["f"] == f]
        (recovered,) = [e for e in world.events("Recovered") if e.fields["f"] == f]
        first = world.rows("ok", f=f, after_s=30)[0]
        assert last[f] + SECOND <= outage.t_us <= last[f] + 2 * SECOND
        assert outage.fields["last_ok_s"] == last[f] / SECOND
        assert recovered.t_us == first.t_us
        assert recovered.fields["outage_s"] == (first.t_us - last[f]) / SECOND
        assert recovered.cause == outage.id
        assert world.trace.events[outage.cause].event == "Crashed"


def test_one_silent_session_among_many_is_no_outage(bench):
    world = bench({"sessions": 20, "operations": {"rate": "40/s"}}, pods=2)
    world.run(10)
    world.endpoints("pg-1")
    world.run(12)
    assert world.programs["pg-0"].connections
    world.crash("n0")
    world.run(40)
    assert world.events("SessionBroken")
    assert not world.events("Outage")


@pytest.mark.parametrize("rate", ["20/s", "1/s", "6/m"])
def test_rare_calls_are_no_outage(bench, rate):
    world = bench({"sessions": 3, "operations": {"rate": rate}})
    world.run(3600)
    assert not world.events("Outage")


def test_a_client_without_callers_has_no_outage(bench):
    world = bench({"sessions": 3})
    world.run(10)
    world.client.set_rate(0)
    world.run(100)
    assert not world.rows("invoke", after_s=10.001)
    world.client.set_rate(20)
    world.run(200)
    assert not world.events("Outage")
    assert len(world.rows("invoke", after_s=100)) == pytest.approx(2000, rel=0.1)


def test_a_cut_is_blamed_on_what_cut(bench):
    world = bench({"sessions": 2, "timeouts": {"statement": "2s"}})
    world.run(10)
    fault = world.clock.cause = world.trace.emit("Fault/1-network-partition", "Started")
    world.topology.cut("cut", ["n0"])
    world.clock.cause = None
    world.run(20)
    assert {e.cause for e in world.events("Outage")} == {fault}
    assert {e.cause for e in world.events("SessionBroken")} == {fault}

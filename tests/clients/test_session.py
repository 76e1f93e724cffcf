"""What a session hears when its server, its machine or its network fails."""

from __future__ import annotations

import pytest

from statesim.clients.routing import NO_ENDPOINTS
from statesim.cluster.objects import EndpointSlice, Service
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import ServiceSpec

WRITER = {"operations": {"rate": "10/s", "mix": {"write": 1}}}


def test_a_killed_program_resets_its_connections_within_a_round_trip(bench):
    world = bench({**WRITER, "sessions": 4})
    world.run(10)
    world.exit("pg-0", "reset")
    world.run(11)
    broken = world.events("SessionBroken")
    assert [e.fields["how"] for e in broken] == ["reset"] * 4
    assert all(e.t_us == 10 * SECOND + 250 for e in broken)
    assert broken[0].fields == {"session": broken[0].fields["session"], "pod": "pg-0", "how": "reset"}


def test_a_goodbye_is_told_from_a_reset(bench):
    world = bench(WRITER)
    world.run(10)
    world.exit("pg-0", "closed")
    world.run(11)
    assert [e.fields["how"] for e in world.events("SessionBroken")] == ["closed"]


@pytest.mark.parametrize(("write", "type_"), [(1, "info"), (0, "fail")])
def test_a_reset_leaves_a_write_unknown_and_a_read_failed(bench, write, type_):
    world = bench({"operations": {"rate": "10/s", "mix": {"write": write}}})
    world.system.mode = "holds"
    world.run(2)
    assert len(world.system.held) == 1
    world.exit("pg-0", "reset")
    world.run(2.1)
    (row,) = world.rows("ok", "fail", "info")[:1]
    assert (row.type, row.error) == (type_, "connection reset")


def test_a_power_cut_is_silence_until_the_patience_for_an_answer_ends(bench):
    world = bench({**WRITER, "timeouts": {"statement": "3s"}})
    world.run(10)
    world.crash("n0")
    world.run(20)
    lost = world.rows("info")
    assert [row.error for row in lost] == ["statement timeout"]
    (broken,) = world.events("SessionBroken")
    invoked = next(r.t_us for r in world.rows("invoke", after_s=10))
    assert broken.t_us == lost[0].t_us == invoked + 3 * SECOND
    assert broken.fields["how"] == "timeout"
    assert world.trace.events[broken.cause].event == "Crashed"


def test_new_connections_to_a_silent_machine_wait_for_the_connect_timeout(bench):
    world = bench({**WRITER, "timeouts": {"statement": "1s", "connect": "2s"}})
    world.run(10)
    world.crash("n0")
    world.run(40)
    failed = world.rows("fail")
    assert {row.error for row in failed} == {"connect timeout"}
    assert len(failed) > 5


def test_who_gives_up_on_a_silent_machine_does_not_repeat_the_refusal_of_long_ago(bench):
    """The Service had no endpoints once; now a SYN goes to one whose machine has lost power."""
    world = bench({**WRITER, "timeouts": {"statement": "1s", "connect": "2s"}})
    world.endpoints()
    world.run(1)
    world.exit("pg-0")
    world.run(3)
    assert {row.error for row in world.rows("fail", after_s=2)} == {NO_ENDPOINTS}
    world.start("pg-0")
    world.endpoints("pg-0")
    world.run(10)
    world.crash("n0")
    world.run(40)
    assert {row.error for row in world.rows("fail", after_s=10)} == {"connect timeout"}


def test_a_frozen_machine_takes_the_request_up_when_it_thaws_in_time(bench):
    world = bench({**WRITER, "timeouts": {"statement": "10s"}})
    world.run(10)
    world.freeze("n0")
    world.run(12)
    assert not world.rows("ok", after_s=10.01)
    world.thaw("n0")
    world.run(20)
    assert not world.rows("fail", "info")
    assert not world.events("SessionBroken")
    assert world.rows("ok", after_s=12)


def test_a_frozen_machine_is_given_up_when_it_does_not_thaw(bench):
    world = bench({**WRITER, "timeouts": {"statement": "1s"}})
    world.run(10)
    requests = world.system.requests
    world.freeze("n0")
    world.run(20)
    world.thaw("n0")
    world.run(20.1)
    assert [row.type for row in world.rows("info")] == ["info"]
    assert world.system.requests - requests <= 2


def test_an_answer_is_lost_with_the_path_and_found_when_the_path_is_back(bench):
    world = bench({**WRITER, "timeouts": {"statement": "10s"}})
    world.run(10)
    requests = world.system.requests
    while world.system.requests == requests:
        world.clock.run(world.clock.now + 1)
    called = world.clock.now
    world.topology.cut("cut", ["n0"])
    world.run(11)
    assert world.client.sessions[0].operation is not None
    world.topology.heal("cut")
    world.run(15)
    ended = next(row for row in world.rows("ok", "fail", "info") if row.t_us > called)
    assert ended.type == "ok"
    assert ended.t_us >= 11 * SECOND


def test_a_rebooted_machine_answers_the_next_packet_with_a_reset(bench):
    world = bench({"operations": {"rate": "1/m", "mix": {"write": 1}}})
    world.run(10)
    assert world.events("SessionOpened")
    world.crash("n0")
    world.powers["n0"] = "on"
    world.run(600)
    (broken,) = world.events("SessionBroken")
    invoked = next(row for row in world.rows("invoke", after_s=10))
    assert (broken.fields["how"], broken.t_us) == ("reset", invoked.t_us + 500)
    assert world.rows("info")[0].error == "connection reset"


def test_a_reset_that_meets_a_cut_is_not_heard(bench):
    world = bench({"operations": {"rate": "1/m", "mix": {"write": 1}}, "timeouts": {"statement": "5s"}})
    world.run(10)
    world.topology.cut("cut", ["n0"])
    world.exit("pg-0", "reset")
    world.run(11)
    assert not world.events("SessionBroken")
    world.run(600)
    assert [e.fields["how"] for e in world.events("SessionBroken")] == ["timeout"]


@pytest.mark.parametrize(("keepalive", "broken"), [("20s", 1), ("never", 0)])
def test_an_idle_connection_is_noticed_by_keepalive_or_not_at_all(bench, keepalive, broken):
    world = bench({"operations": {"rate": "1/h"}, "timeouts": {"keepalive": keepalive}})
    world.run(5)
    world.crash("n0")
    world.run(40)
    assert len(world.events("SessionBroken")) == broken


def test_without_patience_an_answer_from_the_dead_is_waited_for_for_ever(bench):
    world = bench({**WRITER, "timeouts": {"statement": "never"}})
    world.run(10)
    world.system.mode = "holds"
    world.run(11)
    world.crash("n0")
    world.run(3600)
    assert world.client.sessions[0].operation is not None


def test_a_refused_connection_fails_at_once_and_says_why(bench):
    world = bench({**WRITER, "timeouts": {"connect": "5s"}})
    world.run(5)
    world.system.refusal = "the database system is starting up"
    world.exit("pg-0", "reset")
    world.start("pg-0")
    world.run(30)
    failed = world.rows("fail")
    assert {row.error for row in failed} == {"the database system is starting up"}
    invoked = {row.value: row.t_us for row in world.rows("invoke")}
    assert max(row.t_us - invoked[row.value] for row in failed) <= 2 * SECOND


def test_a_caller_gives_up_when_the_back_off_outlasts_its_patience(bench):
    world = bench(
        {
            **WRITER,
            "timeouts": {"connect": "1s"},
            "backoff": {"initial": "30s", "max": "60s", "jitter": 0},
        }
    )
    world.run(5)
    world.exit("pg-0", "reset")
    world.run(20)
    (first, *_) = [row for row in world.rows("fail") if row.error]
    invoked = next(row for row in world.rows("invoke") if row.value == first.value)
    assert first.t_us - invoked.t_us == SECOND


def test_a_read_only_answer_fails_the_write_and_ends_the_session(bench):
    world = bench(WRITER)
    world.run(10)
    world.start("pg-1", "n1")
    world.system.read_only.add("pg-0")
    world.endpoints("pg-1")
    world.run(20)
    refused = next(row for row in world.rows("fail") if "read-only" in row.error)
    broken = world.events("SessionBroken")[0]
    assert (broken.fields["how"], broken.t_us) == ("read-only", refused.t_us)
    assert world.events("SessionOpened")[-1].fields["pod"] == "pg-1"


def test_reads_have_a_connection_of_their_own_where_the_scenario_says_so(bench):
    world = bench({"readTarget": "Service/pg", "sessions": 2})
    assert len({id(link) for link in world.client.sessions[0].links.values()}) == 1
    world = bench({"readTarget": "Service/other", "sessions": 2})
    world.store.create(Service(name="other", spec=ServiceSpec()))
    world.run(5)
    assert world.rows("ok", f="write")
    assert {row.error for row in world.rows("fail", f="read")} == {
        "connection refused: the Service has no endpoints"
    }


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_broken_connection_says_what_it_was_for_where_reads_have_their_own(bench, elsewhere):
    world = bench({"readTarget": "Service/other" if elsewhere else "Service/pg", "sessions": 1})
    world.store.create(Service(name="other", spec=ServiceSpec(selector={"app": "pg"})))
    where = EndpointSlice(name="other", service="other")
    world.store.create(where)
    world.place(where, "pg-0")
    world.run(10)
    world.exit("pg-0", "reset")
    world.run(11)
    told = [e.fields.get("f") for e in world.events("SessionBroken")]
    assert sorted(told, key=str) == (["read", "write"] if elsewhere else [None])


def test_nobody_calls_a_service_that_was_never_there_for_the_first_minute(bench):
    world = bench(WRITER, pods=0)
    world.run(59)
    assert not world.rows()
    world.run(70)
    assert world.rows("fail")
    assert world.events("Outage")[0].fields == {"f": "write", "target": "Service/pg"}

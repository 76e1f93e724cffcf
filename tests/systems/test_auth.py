"""Servers that know who is logged in: what outlives which server."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.kernel.spans import MINUTE, SECOND
from statesim.node.process import Exit
from statesim.systems.catalogue import problems
from statesim.systems.statements import EXPIRED, NOT_LOGGED_IN
from tests.systems.harness import Ask, Lab

USERS = 40


def lab(store: str, servers: int = 4, **parameters: Any) -> Lab:
    """Return servers that have settled."""
    found = Lab("auth", store=store, **parameters)
    for number in range(servers):
        found.start(f"auth-{number}")
    found.run(60)
    return found


def log_in(found: Lab, count: int = USERS, servers: int = 4) -> list[list[Any]]:
    """Let users log in, one server after the other; return what each was told."""
    asked = [found.ask(f"auth-{n % servers}", "login", [f"u{n}", 1]) for n in range(count)]
    found.run(1)
    return [ask.result for ask in asked]


def act(found: Lab, held: list[Any], pod: str, f: str = "act") -> Ask:
    ask = found.ask(pod, f, held)
    found.run(0.01)
    return ask


def known(found: Lab, held: list[list[Any]], pod: str) -> int:
    """Return how many of the users a server knows."""
    return sum(act(found, each, pod).type == "ok" for each in held)


# -- one memory ----------------------------------------------------------------------------------------


def test_a_server_knows_only_those_who_have_logged_in_with_it() -> None:
    found = lab("local")
    held = log_in(found)
    assert [each[:2] for each in held] == [[f"u{n}-1", 0] for n in range(USERS)]
    assert act(found, held[0], "auth-0").result == ["u0-1", 1]
    assert act(found, held[0], "auth-0").result == ["u0-1", 2], "the server counts, whatever the user says"
    assert act(found, held[0], "auth-1").error == NOT_LOGGED_IN
    assert known(found, held, "auth-0") == USERS // 4


@pytest.mark.parametrize("end", ["stop", "kill", "power_cut"])
def test_what_is_in_one_memory_goes_with_the_program_and_its_disk_does_not_bring_it_back(end: str) -> None:
    found = lab("local")
    held = log_in(found)
    uid = found.processes["auth-0"].uid
    getattr(found, end)("auth-0")
    found.run(5)
    (lost,) = found.events("SessionsLost")
    assert (lost.fields["count"], lost.fields["pod"]) == (USERS // 4, "auth-0")
    found.start("auth-0", uid=uid)
    assert known(found, held, "auth-0") == 0
    assert known(found, held, "auth-1") == USERS // 4


def test_whoever_logs_out_is_logged_out() -> None:
    for store in ("local", "replicated"):
        found = lab(store)
        held = log_in(found, 1)[0]
        assert act(found, held, "auth-0", "logout").type == "ok"
        assert act(found, held, "auth-0").error == NOT_LOGGED_IN


# -- several owners --------------------------------------------------------------------------------------


def test_any_server_answers_for_a_session_of_several_owners() -> None:
    found = lab("replicated")
    held = log_in(found)
    carts = [act(found, held[0], f"auth-{n}").result[1] for n in range(4)]
    assert carts == [1, 2, 3, 4]
    assert known(found, held, "auth-2") == USERS


def leave_two(found: Lab, between_s: float) -> list[list[Any]]:
    """Let two servers go, one after the other; return what the users hold."""
    held = log_in(found)
    found.kill("auth-0")
    found.run(between_s)
    found.kill("auth-1")
    found.run(1)
    return held


def test_two_owners_are_safe_if_there_is_a_new_one_before_the_other_goes() -> None:
    slow = lab("replicated")
    assert known(slow, leave_two(slow, 11), "auth-2") == USERS
    assert slow.events("SessionsLost") == []
    fast = lab("replicated")
    left = known(fast, leave_two(fast, 9), "auth-2")
    assert 0 < left < USERS
    assert USERS - left == sum(event.fields["count"] for event in fast.events("SessionsLost"))


def test_of_two_servers_that_go_at_once_go_the_sessions_that_only_these_two_had() -> None:
    """Two of four: one in 1/C(4, 2) = 6 of the sessions."""
    found = lab("replicated")
    held = log_in(found, 600)
    found.kill("auth-0")
    found.kill("auth-1")
    assert known(found, held, "auth-2") == pytest.approx(500, abs=40)


def test_a_server_that_is_stopped_waits_for_nobody() -> None:
    found = lab("replicated", owners=1)
    held = log_in(found)
    found.stop("auth-0")
    found.run(30)
    lost = sum(event.fields["count"] for event in found.events("SessionsLost"))
    assert 0 < lost < USERS
    assert known(found, held, "auth-1") == USERS - lost


def test_a_change_meanwhile_waits_for_the_rebalance_to_end() -> None:
    found = lab("replicated")
    log_in(found)
    began = found.clock.now
    found.kill("auth-0")
    found.run(4)
    found.kill("auth-1")
    found.run(60)
    last = [(e.t_us - began) / SECOND for e in found.events("Rebalanced") if e.t_us > began]
    assert last == [10, 20]
    assert found.events("Rebalanced")[-1].fields["members"] == ["auth-2", "auth-3"]


def test_a_silent_machine_is_missed_after_the_timeout_and_an_ended_program_at_once() -> None:
    for end, expected in ((Exit.KILLED, 10), (Exit.POWER_CUT, 50)):
        found = lab("replicated")
        log_in(found)
        began = found.clock.now
        found.kill("auth-0", end)
        found.run(100)
        (done,) = [e for e in found.events("Rebalanced") if e.t_us > began]
        assert (done.t_us - began) / SECOND == expected


def test_a_frozen_server_comes_back_with_old_copies_and_the_newer_ones_count() -> None:
    found = lab("replicated")
    held = log_in(found, 8)
    found.freeze("auth-0")
    for each in held:
        act(found, each, "auth-1")
    found.run(60)
    found.thaw("auth-0")
    assert [act(found, each, "auth-0").result[1] for each in held] == [2] * 8
    found.run(30)
    assert [act(found, each, "auth-0").result[1] for each in held] == [3] * 8


def test_who_is_cut_off_does_not_know_what_only_the_others_have() -> None:
    found = lab("replicated")
    held = log_in(found)
    for other in ("auth-1", "auth-2", "auth-3"):
        found.cut("auth-0", other)
    assert 0 < known(found, held, "auth-0") < USERS
    found.heal()
    assert known(found, held, "auth-0") == USERS


# -- another system, and tokens ---------------------------------------------------------------------------


def with_database() -> Lab:
    found = lab("external", system="pg")
    database = found.beside("pg", "postgres")
    found.start("pg-0", system=database)
    found.run(30)
    return found


def test_a_database_keeps_the_sessions_through_the_end_of_every_server() -> None:
    found = with_database()
    held = log_in(found)
    for number in range(4):
        found.kill(f"auth-{number}")
        found.start(f"auth-{number}")
    assert known(found, held, "auth-3") == USERS
    assert act(found, held[0], "auth-0", "logout").type == "ok"
    assert act(found, held[0], "auth-1").error == NOT_LOGGED_IN


def test_without_the_database_nobody_is_logged_out_and_nobody_can_do_anything() -> None:
    found = with_database()
    held = log_in(found, 1)[0]
    database = found.processes["pg-0"].driver
    found.cut("auth-0", "pg-0")
    silent = act(found, held, "auth-0")
    assert (silent.type, silent.error) == ("", ""), "it waits, as long as the user does"
    assert act(found, held, "auth-1").type == "ok"
    uid = found.processes["pg-0"].uid
    found.kill("pg-0")
    assert "the session store" in act(found, held, "auth-1").error
    found.start("pg-0", uid=uid, system=database)
    found.run(30)
    assert act(found, held, "auth-1").result == ["u0-1", 2]


def test_a_token_is_good_at_any_server_and_after_a_logout_too() -> None:
    found = lab("token")
    held = log_in(found, 1)[0]
    for number in range(4):
        found.kill(f"auth-{number}")
        found.start(f"auth-{number}")
    held = act(found, held, "auth-2").result
    assert held[:2] == ["u0-1", 1]
    assert act(found, held, "auth-1", "logout").type == "ok"
    assert act(found, held, "auth-0").type == "ok", "nobody can take it back"
    found.run(31 * 60)
    assert act(found, held, "auth-0").error == EXPIRED


# -- parameters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["local", "replicated", "external", "token"])
def test_a_session_lives_as_long_as_it_is_used(store: str) -> None:
    more = {"system": "pg"} if store == "external" else {}
    found = lab(store, session_ttl="10m", **more)
    if store == "external":
        found.start("pg-0", system=found.beside("pg", "postgres"))
        found.run(30)
    held = log_in(found, 1)[0]
    for _ in range(3):
        found.run(9 * 60)
        held = act(found, held, "auth-0").result
    found.run(11 * 60)
    assert act(found, held, "auth-0").error == EXPIRED


def test_sessions_that_have_expired_are_not_called_lost() -> None:
    for store in ("local", "replicated"):
        found = lab(store, owners=1, session_ttl="10m")
        log_in(found)
        found.run(11 * 60)
        for number in range(4):
            found.kill(f"auth-{number}")
        assert found.events("SessionsLost") == []


def test_the_store_is_one_of_four_and_an_external_one_has_a_name() -> None:
    assert problems("auth", {"store": "replicated", "owners": 2, "session_ttl": "30m"}) == []
    assert "did you mean replicated?" in problems("auth", {"store": "replicatd"})[0]
    assert "needs a system" in problems("auth", {"store": "external"})[0]
    assert "system is not for store: token" in problems("auth", {"store": "token", "system": "pg"})[0]


def test_healthy_servers_cost_nothing() -> None:
    found = lab("replicated")
    log_in(found)
    before = found.clock.events
    found.run(20 * MINUTE / SECOND)
    assert found.clock.events == before


def test_other_requests_are_answered_or_refused() -> None:
    found = lab("local")
    assert found.ask("auth-0", "request").type == "ok"
    assert "keeps no other data" in found.write("auth-0").error
    assert found.system.primary() is None
    assert [process.pod for process in found.system.replicas()] == [f"auth-{n}" for n in range(4)]

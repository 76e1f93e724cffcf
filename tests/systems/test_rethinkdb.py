"""RethinkDB's failovers, what its callers are told, and what people can do when most servers are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statesim.kernel.spans import SECOND
from statesim.systems.catalogue import problems
from statesim.systems.rethinkdb.links import next_try_us
from tests.systems.rethink_lab import cut_off, kinds, out_s, put, start, table, write

if TYPE_CHECKING:
    from tests.systems.harness import Lab


def crashed(lab: Lab, how: str, seconds: float = 30) -> float:
    """End the primary one way, and return how long nobody took writes."""
    getattr(lab, how)("db-0")
    lab.run(seconds)
    return out_s(lab)[-1]


# -- failovers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_a_silent_primary_is_replaced_after_eleven_to_fourteen_seconds(seed: int) -> None:
    lab = table(seed=seed)
    write(lab, "db-1")
    assert 11 <= crashed(lab, "power_cut") <= 14.8
    assert lab.primary in ("db-1", "db-2")
    assert kinds(write(lab, "db-1")) == {"ok"}
    assert lab.lost == set()


@pytest.mark.parametrize("how", ["kill", "stop"])
@pytest.mark.parametrize("seed", range(4))
def test_one_whose_sockets_are_closed_after_two_to_four(how: str, seed: int) -> None:
    lab = table(seed=seed)
    assert 1.7 <= crashed(lab, how) <= 4


def test_no_election_is_needed_where_the_raft_leader_is_another_server() -> None:
    lab = table(shards=3)
    (elected,) = lab.events("Elected")
    assert elected.fields["pod"] == "db-0"
    lab.power_cut("db-1")
    lab.run(20)
    (chosen,) = [
        e for e in lab.events("ContractChanged") if e.t_us > 60 * SECOND and e.fields["primary"] != "nobody"
    ]
    assert chosen.fields["shard"] == 1
    assert 10.4 <= (chosen.t_us / SECOND) - 60 <= 12.6
    assert len(lab.events("Elected")) == 1


def test_the_preferred_primary_gets_its_role_back_in_a_second_short_outage() -> None:
    lab = table()
    crashed(lab, "power_cut")
    write(lab, "db-1")
    start(lab, "db-0")
    lab.run(10)
    assert lab.primary == "db-0"
    assert [e.object for e in lab.events("CaughtUp")] == ["Member/db-0"]
    first, second = out_s(lab)
    assert first > 10
    assert 0.5 <= second <= 1
    assert kinds(write(lab, "db-2")) == {"ok"}
    assert lab.lost == set()


def test_while_the_role_is_given_away_writes_are_refused_and_nothing_was_done() -> None:
    lab = table()
    crashed(lab, "kill")
    start(lab, "db-0")
    asks = []
    for _ in range(300):
        asks += write(lab, "db-1", 1)
    refused = {ask.error.partition(";")[0] for ask in asks if ask.type == "fail"}
    assert any("changing from one replica to another" in error for error in refused)
    assert kinds(asks) == {"ok", "fail"}


def test_two_servers_never_fail_over() -> None:
    lab = table(2)
    lab.power_cut("db-0")
    lab.run(600)
    assert lab.primary is None
    (ask,) = write(lab, "db-1", 1)
    assert (ask.type, "not available" in ask.error) == ("fail", True)
    start(lab, "db-0")
    lab.run(20)
    assert lab.primary == "db-0"


def test_the_majority_lost_is_the_table_lost_until_they_are_back() -> None:
    lab = table()
    write(lab, "db-0")
    lab.power_cut("db-1")
    lab.power_cut("db-2")
    lab.run(20)
    (ask,) = write(lab, "db-0", 1)
    assert (ask.type, "quorum of replicas" in ask.error) == ("fail", True)
    start(lab, "db-2")
    lab.run(20)
    assert kinds(write(lab, "db-0")) == {"ok"}
    assert lab.lost == set()


def test_a_cut_shorter_than_the_timeout_moves_nothing() -> None:
    lab = table()
    cut_off(lab, "db-0")
    asks = [lab.write("db-0")]
    lab.run(8)
    assert asks[0].type == "", "nobody can confirm it"
    lab.heal()
    lab.run(1)
    assert asks[0].type == "ok"
    assert (lab.primary, len(lab.events("Elected"))) == ("db-0", 1)


def test_connectivity_that_is_not_transitive_leaves_the_primary_and_a_replica_behind() -> None:
    lab = table()
    lab.cut("db-0", "db-2")
    lab.run(60)
    assert lab.primary == "db-0"
    assert kinds(write(lab, "db-1")) == {"ok"}
    (ask,) = write(lab, "db-2", 1)
    assert ask.type == "fail", "it sees no primary"


# -- what callers see ------------------------------------------------------------------------------------------


def test_an_isolated_primary_acknowledges_nothing_but_shows_what_will_be_rolled_back() -> None:
    lab = table()
    put(lab, "db-0", "k", 1)
    cut_off(lab, "db-0")
    asked = put(lab, "db-0", "k", 2)
    assert put(lab, "db-0", "k").result == ["k", 2], "read_mode single: from memory"
    lab.run(20)
    assert (asked.type, "may or may not" in asked.error) == ("info", True)
    assert put(lab, "db-1", "k").result == ["k", 1]
    late = put(lab, "db-0", "k")
    assert late.type == "fail", "it has noticed"
    lab.heal()
    lab.run(40)
    (gone,) = lab.events("Overwritten")
    assert (gone.object, gone.fields["count"]) == ("Member/db-0", 1)
    assert put(lab, "db-0", "k").result == ["k", 1]


def test_a_majority_read_of_an_isolated_primary_is_not_answered() -> None:
    lab = table(read_mode="majority")
    put(lab, "db-0", "k", 1)
    cut_off(lab, "db-0")
    asked = put(lab, "db-0", "k")
    lab.run(20)
    assert (asked.type, "guaranteed as committed" in asked.error) == ("fail", True)


def test_with_single_acknowledgements_what_an_isolated_primary_has_taken_is_lost() -> None:
    lab = table(write_acks="single")
    write(lab, "db-0")
    cut_off(lab, "db-0")
    gone = write(lab, "db-0")
    assert kinds(gone) == {"ok"}
    lab.run(30)
    lab.heal()
    lab.run(40)
    assert lab.lost == {ask.value for ask in gone}


def test_outdated_reads_are_answered_by_any_replica_even_without_a_majority() -> None:
    lab = table(read_mode="outdated")
    put(lab, "db-0", "k", 1)
    lab.power_cut("db-0")
    lab.power_cut("db-1")
    lab.run(20)
    assert put(lab, "db-2", "k").result == ["k", 1]
    assert put(lab, "db-2", "k", 2).type == "fail"


def test_any_server_passes_queries_on_and_says_what_it_does_not_know() -> None:
    lab = table()
    lab.start("db-3", ordinal=3)
    lab.run(5)
    assert kinds(write(lab, "db-3")) == {"ok"}
    roles = [e.fields["role"] for e in lab.events("Role", "Member/db-3")]
    assert roles[-1] == "proxy"
    lab.power_cut("db-0")
    (ask,) = write(lab, "db-3", 1)
    assert ask.type == ""
    lab.run(13)
    assert (ask.type, "lost contact" in ask.error) == ("info", True)


def test_what_several_documents_would_need_is_refused() -> None:
    lab = table()
    ask = put(lab, "db-0", "k", 1)
    ask.type, ask.kind = "", "bank"
    lab.system.submit(lab.processes["db-0"], ask)
    assert "several documents" in ask.error


def test_a_frozen_primary_finds_out_when_it_thaws() -> None:
    lab = table()
    lab.freeze("db-0")
    lab.run(30)
    assert lab.primary in ("db-1", "db-2")
    asks = write(lab, "db-1")
    lab.thaw("db-0")
    lab.run(10)
    assert kinds(asks) == {"ok"}
    assert lab.primary == "db-0", "and is preferred still"
    assert lab.dual_primary_s() == 0
    assert lab.lost == set()


def test_whoever_was_lost_is_tried_again_after_waits_that_grow_to_fifteen_seconds() -> None:
    assert next_try_us(0, 10) == 50_000
    assert next_try_us(0, 60_000) == 50_000 + 75_000
    late = [next_try_us(0, at * SECOND) for at in range(100, 200)]
    assert all(0 <= due - at * SECOND <= 15 * SECOND for at, due in zip(range(100, 200), late, strict=True))
    assert len(set(late)) <= 8


# -- who a server is -------------------------------------------------------------------------------------------


def test_a_pod_on_an_empty_disk_is_a_new_server_which_the_table_does_not_name() -> None:
    lab = table()
    write(lab, "db-0")
    lab.kill("db-2")
    start(lab, "db-2", "emptyDir/new")
    lab.run(30)
    assert kinds(write(lab, "db-2")) == {"ok"}, "two of three are a majority"
    assert lab.disks.open("emptyDir/new").contents.copies == {}
    lab.kill("db-1")
    start(lab, "db-1", "emptyDir/newer")
    lab.run(600)
    assert not lab.accepting("db-0")
    assert kinds(write(lab, "db-1")) == {"fail"}, "two of three are strangers"


def test_a_person_puts_the_new_server_in_the_place_of_the_old_one_in_time() -> None:
    lab = table()
    write(lab, "db-0")
    lab.kill("db-2")
    start(lab, "db-2", "emptyDir/new")
    lab.run(30)
    assert lab.system.rebuild("db-2") is None
    lab.run(30)
    assert [e.object for e in lab.events("Cloned")] == ["Member/db-2"]
    lab.kill("db-1")
    lab.run(30)
    assert lab.primary == "db-0"
    assert kinds(write(lab, "db-2")) == {"ok"}, "the new one votes"
    lab.disks.lose("pv/db-1")
    lab.kill("db-0")
    lab.disks.lose("pv/db-0")
    assert lab.lost == set(), "it has everything"


def test_what_cannot_be_reconfigured_says_why() -> None:
    lab = table()
    assert lab.system.rebuild("db-9") == "no server can be reached in db-9"
    assert "already" in lab.system.rebuild("db-1")
    lab.start("db-3", ordinal=3)
    lab.run(5)
    assert lab.system.rebuild("db-3") == "all servers that the table names are there"
    lab.power_cut("db-0")
    lab.power_cut("db-1")
    lab.run(20)
    assert "currently unreachable" in lab.system.rebuild("db-3")


def test_people_prefer_another_primary() -> None:
    lab = table()
    assert "already" in lab.system.cannot_promote("db-0")
    assert lab.system.cannot_promote("db-2") is None
    lab.system.promote("db-2")
    lab.run(5)
    assert lab.primary == "db-2"
    assert out_s(lab)[-1] <= 1
    lab.start("db-3", ordinal=3)
    lab.run(5)
    assert "no voting replica" in lab.system.cannot_promote("db-3")


# -- emergency repair ------------------------------------------------------------------------------------------


def test_a_repair_brings_the_table_back_without_what_the_last_replica_never_got() -> None:
    lab = table()
    write(lab, "db-0")
    lab.cut("db-0", "db-2")
    lab.cut("db-1", "db-2")
    missed = write(lab, "db-0")
    assert kinds(missed) == {"ok"}
    lab.power_cut("db-0")
    lab.power_cut("db-1")
    lab.heal()
    lab.run(30)
    assert lab.system.emergency_repair("db-2", erase=False) is None
    lab.run(10)
    assert lab.primary == "db-2"
    assert kinds(write(lab, "db-2")) == {"ok"}
    assert lab.lost == {ask.value for ask in missed}
    start(lab, "db-0")
    lab.run(30)
    (gone,) = lab.events("Overwritten")
    assert (gone.object, gone.fields["count"]) == ("Member/db-0", 20)
    assert lab.primary == "db-2", "it came back without a vote"


def test_a_repair_that_is_not_needed_or_not_enough_is_refused() -> None:
    lab = table()
    assert "doesn't need" in lab.system.emergency_repair("db-0", erase=True)
    lab.start("db-3", ordinal=3)
    lab.run(5)
    for pod in ("db-0", "db-1", "db-2"):
        lab.power_cut(pod)
    lab.run(20)
    assert "nothing to repair" in lab.system.emergency_repair("db-3", erase=True)
    assert lab.system.emergency_repair("db-0", erase=True) == "no server can be reached in db-0"


def test_both_sides_of_a_cut_can_be_repaired_and_then_there_are_two_histories() -> None:
    lab = table()
    write(lab, "db-0")
    cut_off(lab, "db-2")
    lab.run(30)
    assert lab.system.emergency_repair("db-2", erase=False) is None
    lab.run(5)
    here, there = write(lab, "db-0"), write(lab, "db-2")
    assert kinds(here) == kinds(there) == {"ok"}
    lab.heal()
    lab.run(60)
    assert lab.dual_primary_s() >= 4
    assert lab.lost == {ask.value for ask in here}, "the later repair prevails"


def test_values_that_do_not_fit_are_refused_all_at_once() -> None:
    wrong = problems(
        "rethinkdb",
        {"write_acks": "all", "read_mode": "stale", "shards": 65, "election_timeout_max": "100ms"},
    )
    assert len(wrong) == 4
    assert wrong[0] == "write_acks: expected majority or single, found all"
    assert "did you mean heartbeat_timeout?" in problems("rethinkdb", {"heartbeat_timeut": "1s"})[0]

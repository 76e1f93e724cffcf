"""A Cassandra ring: levels, views, hints, repair and clocks."""

from __future__ import annotations

import pytest

from statesim.kernel.spans import SECOND
from statesim.systems.catalogue import problems
from tests.systems.cassandra_lab import HOSTS, away, finish, held, kinds, put, ring, write
from tests.systems.registers import Put

# -- levels ------------------------------------------------------------------------------------------------


def test_every_host_coordinates_and_every_replica_gets_every_write() -> None:
    lab = ring()
    for pod in HOSTS:
        assert kinds(write(lab, pod, 10)) == {"ok"}
    assert held(lab, "db-0") == held(lab, "db-1") == held(lab, "db-2") == set(range(1, 31))
    assert lab.primary is None


@pytest.mark.parametrize(
    ("level", "dead", "answer"),
    [
        ("ONE", 1, "ok"),
        ("TWO", 1, "ok"),
        ("QUORUM", 1, "ok"),
        ("THREE", 1, "fail"),
        ("ALL", 1, "fail"),
        ("ONE", 2, "ok"),
        ("TWO", 2, "fail"),
        ("QUORUM", 2, "fail"),
    ],
)
def test_a_level_is_available_if_as_many_replicas_are_up(level: str, dead: int, answer: str) -> None:
    lab = ring(write_consistency=level, read_consistency=level)
    write(lab, "db-0", 1)
    for number in range(dead):
        lab.kill(f"db-{2 - number}")
    lab.run(3)
    assert finish(lab, "db-0", "write", 7).type == answer
    read = finish(lab, "db-0", "read", 1)
    assert read.type == answer
    assert ("Unavailable" in read.error) == (answer == "fail")


def test_what_is_sent_and_not_acknowledged_may_have_been_done() -> None:
    lab = ring(write_consistency="ALL", read_consistency="ALL")
    lab.power_cut("db-2")
    ask = lab.write("db-0")
    lab.run(1.9)
    assert ask.type == ""
    lab.run(0.2)
    assert (ask.type, "WriteTimeout" in ask.error) == ("info", True)
    assert finish(lab, "db-0", "read", ask.value).error.startswith("ReadTimeout")
    assert ask.value in held(lab, "db-1"), "it has been done after all"


def test_a_read_that_hears_nothing_asks_one_replica_more() -> None:
    lab = ring(read_consistency="QUORUM")
    write(lab, "db-0", 20)
    lab.power_cut("db-1")
    for element in range(1, 21):
        ask = finish(lab, "db-0", "read", element, 0.06)
        assert (ask.type, ask.result) == ("ok", True)


# -- views -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "least", "most"),
    [("kill", 1.9, 2.1), ("power_cut", 18.3, 18.5), ("freeze", 18.3, 18.5), ("stop", 0, 0.1)],
)
def test_a_host_counts_as_down_at_once_soon_or_after_the_phi_detector(
    how: str, least: float, most: float
) -> None:
    lab = ring()
    lab.run(0.001)
    getattr(lab, how)("db-2")
    start = lab.clock.now
    lab.run(30)
    (marked,) = lab.events("MarkedDown", "Member/db-2")
    assert least <= (marked.t_us - start) / SECOND <= most


def test_a_machine_that_stands_still_twice_is_convicted_by_the_second_silence_alone() -> None:
    lab = ring()
    lab.freeze("db-2")
    lab.run(5)
    lab.thaw("db-2")
    lab.run(5)
    lab.freeze("db-2")
    lab.run(18)
    assert not lab.events("MarkedDown")
    lab.run(1)
    lab.kill("db-2")
    lab.run(30)
    assert len(lab.events("MarkedDown")) == 1


def test_healthy_gossip_costs_nothing() -> None:
    lab = ring()
    before = lab.clock.events
    lab.run(24 * 3600)
    assert lab.clock.events == before


def test_both_sides_of_a_cut_take_writes_at_one_and_only_the_larger_one_at_quorum() -> None:
    for level, alone in (("ONE", "ok"), ("QUORUM", "fail")):
        lab = ring(write_consistency=level)
        lab.cut("db-0", "db-2")
        lab.cut("db-1", "db-2")
        lab.run(20)
        assert kinds(write(lab, "db-2", 5)) == {alone}
        assert kinds(write(lab, "db-0", 5)) == {"ok"}
        lab.heal()
        lab.run(20)
        assert held(lab, "db-0") == held(lab, "db-2"), "hints heal"
        assert lab.lost == set()


# -- hints and repair --------------------------------------------------------------------------------------


def test_hints_heal_what_a_host_has_missed_ten_seconds_after_it_is_back() -> None:
    lab = ring(read_consistency="ONE")
    asks = away(lab)
    missed = finish(lab, "db-2", "read", asks[0].value, 1)
    assert (missed.type, missed.result) == ("ok", False), "one replica's word is stale"
    lab.run(12)
    assert finish(lab, "db-2", "read", asks[0].value, 1).result is True
    (told,) = lab.events("HintsDelivered", "Member/db-2")
    assert (told.fields["count"], told.fields["by"]) == (50, "db-0")


def test_who_is_away_for_longer_than_the_window_gets_no_hints_for_what_came_later() -> None:
    lab = ring(max_hint_window="60s")
    lab.kill("db-2")
    lab.run(30)
    early = write(lab, "db-0", 5)
    lab.run(60)
    late = write(lab, "db-0", 5)
    lab.start("db-2")
    lab.run(30)
    assert held(lab, "db-2") == {ask.value for ask in early}
    assert finish(lab, "db-2", "read", late[0].value, 1).result is True, "a quorum knows"
    assert late[0].value in held(lab, "db-2"), "and has mended the replica that was asked"


def test_a_replay_takes_as_long_as_the_throttle_says() -> None:
    lab = ring(hinted_handoff_throttle="10Ki")
    away(lab)
    lab.run(12)
    assert 0 < len(held(lab, "db-2")) < 50
    lab.run(12)
    assert len(held(lab, "db-2")) == 50


def test_a_hint_that_was_not_flushed_dies_with_its_coordinator() -> None:
    for wait, left in ((0, False), (15, True)):
        lab = ring()
        lab.kill("db-2")
        lab.run(5)
        (ask,) = write(lab, "db-0", 1)
        lab.run(wait)
        lab.kill("db-0")
        lab.start("db-0")
        lab.start("db-2")
        lab.run(20)
        assert (ask.value in held(lab, "db-2")) == left


# -- clocks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("skew", "kept"), [({}, True), ({"db-0": 5 * SECOND}, False), ({"db-1": -5 * SECOND}, False)]
)
def test_an_acknowledged_write_with_an_older_timestamp_is_lost(skew: dict[str, int], kept: bool) -> None:
    lab = ring()
    lab.skews |= skew
    assert put(lab, "db-0", "k", 1).type == "ok"
    assert put(lab, "db-1", "k", 2).type == "ok"
    assert put(lab, "db-2", "k").result == ["k", 2 if kept else 1]
    survived = lab.system.surviving()[1]
    assert survived.get(("shop", "k")) == (2 if kept else 1)
    assert (2 in survived.values(("shop", "k"))) == kept


def test_lightweight_transactions_are_refused() -> None:
    lab = ring()
    ask = Put("cas", ["k", [None, 1]])
    lab.system.submit(lab.processes["db-0"], ask)
    assert ask.type == "fail"
    assert "not modelled" in ask.error


def test_what_does_not_fit_together_is_said() -> None:
    assert "expected ONE, TWO, THREE, QUORUM or ALL" in problems("cassandra", {"read_consistency": "ANY"})[0]
    assert (
        "replicas of a key" in problems("cassandra", {"replication_factor": 1, "read_consistency": "TWO"})[0]
    )

"""A Cassandra ring: levels, views, hints, repair, clocks, disks, and who is who."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.kernel.clock import SECOND
from statesim.node.process import Exit
from statesim.systems.catalogue import problems
from tests.systems.harness import Ask, Lab

HOSTS = ("db-0", "db-1", "db-2")


class Put(Ask):
    """An operation of the workload ``register``."""

    kind = "register"


def ring(hosts: int = 3, zones: str = "abc", **parameters: Any) -> Lab:
    """Return a ring, a minute old, whose hosts have not streamed anything."""
    lab = Lab("cassandra", **{"auto_bootstrap": False, "members": hosts, **parameters})
    for number in range(hosts):
        lab.zones[f"db-{number}"] = zones[number % len(zones)]
        lab.start(f"db-{number}")
    lab.run(60)
    return lab


def finish(lab: Lab, pod: str, f: str, value: Any = None, seconds: float = 6) -> Ask:
    ask = lab.ask(pod, f, value)
    lab.run(seconds)
    return ask


def put(lab: Lab, pod: str, key: str, value: Any = None) -> Put:
    ask = Put("read" if value is None else "write", [key, value])
    lab.system.submit(lab.processes[pod], ask)
    lab.run(1)
    return ask


def write(lab: Lab, pod: str, count: int = 50) -> list[Ask]:
    asks = [lab.write(pod) for _ in range(count)]
    lab.run(3)
    return asks


def held(lab: Lab, pod: str) -> set[Any]:
    return set(lab.disks.open(f"pv/{pod}").contents.held)


def kinds(asks: list[Ask]) -> set[str]:
    return {ask.type for ask in asks}


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


def away(lab: Lab, seconds: float = 30) -> list[Ask]:
    """Let a host be away while others write."""
    lab.kill("db-2")
    lab.run(5)
    asks = write(lab, "db-0")
    lab.run(seconds)
    lab.start("db-2")
    return asks


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


@pytest.mark.parametrize(("skew", "kept"), [({}, True), ({"db-0": "5s"}, False), ({"db-1": "-5s"}, False)])
def test_an_acknowledged_write_with_an_older_timestamp_is_lost(skew: dict[str, str], kept: bool) -> None:
    lab = ring(clock_skew=skew)
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


# -- disks -------------------------------------------------------------------------------------------------


def test_a_killed_program_loses_nothing_and_a_power_cut_the_tail_of_the_log() -> None:
    for how, sync, kept in (
        (Exit.KILLED, "periodic", True),
        (Exit.POWER_CUT, "periodic", False),
        (Exit.POWER_CUT, "batch", True),
    ):
        lab = ring(commitlog_sync=sync)
        lab.run(5)
        asks = write(lab, "db-0", 5)
        for pod in HOSTS:
            lab.kill(pod, how)
        assert (lab.lost == set()) == kept
        assert kinds(asks) == {"ok"}
        assert len(lab.events("CommitLogTailLost")) == (0 if kept else 3)
    lab = ring()
    write(lab, "db-0", 5)
    lab.run(10)
    for pod in HOSTS:
        lab.kill(pod, Exit.POWER_CUT)
    assert lab.lost == set(), "ten seconds later it was on disk"


def test_with_its_disk_a_host_is_itself_and_without_it_a_ghost_stays() -> None:
    lab = ring()
    lab.kill("db-2")
    lab.start("db-2")
    assert len(lab.system.ring.peers) == 3
    lab.kill("db-2")
    lab.disks.lose("pv/db-2")
    lab.start("db-2")
    assert len(lab.system.ring.peers) == 4
    write(lab, "db-0", 100)
    assert len(held(lab, "db-2")) < 100, "the ghost has kept its share"


def replace_all(lab: Lab, wait: float) -> list[Ask]:
    """Write, and put every host on an empty disk, one after the other."""
    asks = write(lab, "db-0", 200)
    for pod in HOSTS:
        lab.stop(pod)
        lab.run(2)
        lab.disks.lose(f"pv/{pod}")
        lab.start(pod)
        lab.run(wait)
    return asks


def test_hosts_replaced_without_streaming_lose_what_a_quorum_had_acknowledged() -> None:
    lab = ring()
    asks = replace_all(lab, 5)
    assert kinds(asks) == {"ok"}
    assert len(lab.lost) == 200
    assert "ok" in kinds(write(lab, "db-0", 50)), "for some keys a quorum is alive"
    assert "fail" in kinds(write(lab, "db-0", 50)), "for others there are two ghosts"


def test_a_host_that_takes_the_dead_ones_place_streams_its_share_and_nothing_is_lost() -> None:
    lab = ring(auto_bootstrap=True, replace_address_first_boot=True, members=1, ring_delay="2s")
    lab.start("db-1")
    lab.run(60)
    lab.start("db-2")
    lab.run(60)
    asks = replace_all(lab, 10)
    assert kinds(asks) == {"ok"}
    assert lab.lost == set()
    assert len(lab.system.ring.peers) == 3
    assert len(lab.events("Replaced")) == 3


def test_a_new_host_takes_thirty_seconds_and_as_long_as_its_share_streams() -> None:
    lab = ring()
    write(lab, "db-0", 50)
    lab = ring(
        auto_bootstrap=True, hosts=1, replication_factor=1, write_consistency="ONE", read_consistency="ONE"
    )
    write(lab, "db-0", 50)
    start = lab.clock.now
    lab.start("db-1")
    lab.run(60)
    (joined,) = lab.events("Joined", "Member/db-1")
    assert (joined.t_us - start) / SECOND == pytest.approx(30 + 100 / 24, abs=0.01)
    assert 5 < len(held(lab, "db-1")) < 45
    assert lab.lost == set()


def test_one_host_joins_at_a_time_and_none_while_a_replica_that_gives_a_range_up_is_down() -> None:
    lab = ring(auto_bootstrap=True, hosts=1, endpoint_snitch="SimpleSnitch")
    lab.start("db-1")
    other = lab.start("db-2")
    lab.run(1)
    assert not other.alive
    assert "Other bootstrapping" in lab.events("Exited", "Process/db-2")[-1].fields["why"]
    for pod in ("db-2", "db-3"):
        lab.run(60)
        lab.start(pod)
    lab.run(60)
    lab.kill("db-0")
    late = lab.start("db-4")
    lab.run(60)
    assert not late.alive
    assert "consistently is down" in lab.events("Exited", "Process/db-4")[-1].fields["why"]


def test_an_empty_host_that_hears_nobody_does_not_found_a_second_ring() -> None:
    lab = ring()
    for pod in HOSTS:
        lab.kill(pod)
    lab.start("db-3")
    lab.run(31)
    assert "Unable to gossip" in lab.events("Exited", "Process/db-3")[-1].fields["why"]
    for pod in HOSTS:
        lab.disks.lose(f"pv/{pod}")
    lab.start("db-4")
    assert len(lab.events("Founded")) == 2, "nothing is left of the old one"


def test_the_keyspace_is_there_when_its_hosts_are() -> None:
    lab = Lab("cassandra", auto_bootstrap=False)
    first = lab.start("db-0")
    lab.start("db-1")
    assert "keyspace" in lab.system.accept(first, read_write=True)
    lab.start("db-2")
    assert lab.system.accept(first, read_write=True) is None


# -- racks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("snitch", "apart"), [("GossipingPropertyFileSnitch", True), ("SimpleSnitch", False)]
)
def test_replicas_are_in_different_racks_if_the_snitch_knows_them(snitch: str, apart: bool) -> None:
    lab = ring(6, endpoint_snitch=snitch)
    zones = [[lab.zones[peer.pod] for peer in lab.system.ring.replicas(key)] for key in range(100)]
    assert all(len(each) == 3 for each in zones)
    assert all(len(set(each)) == 3 for each in zones) == apart
    lab.kill("db-0")
    lab.kill("db-3")
    lab.run(3)
    assert ("fail" in kinds(write(lab, "db-1", 100))) != apart


def test_with_fewer_racks_than_copies_each_rack_has_one() -> None:
    lab = ring(4, zones="ab")
    for key in range(50):
        owners = lab.system.ring.replicas(key)
        assert len(set(owners)) == 3
        assert {peer.rack for peer in owners} == {"a", "b"}


# -- parameters --------------------------------------------------------------------------------------------


def marked_after(**parameters: Any) -> float:
    lab = ring(**parameters)
    start = lab.clock.now
    lab.power_cut("db-2")
    lab.run(100)
    return (lab.events("MarkedDown")[0].t_us - start) / SECOND


def test_every_detector_knob_moves_its_outcome() -> None:
    assert marked_after(phi_convict_threshold=12) > marked_after() > marked_after(gossip_interval="500ms")
    lab = ring(socket_detection="5s")
    lab.kill("db-2")
    lab.run(4)
    assert not lab.events("MarkedDown")
    lab.run(2)
    assert lab.events("MarkedDown")


def test_every_request_knob_moves_its_outcome() -> None:
    lab = ring(write_consistency="ALL", write_request_timeout="10s", replica_latency="100ms")
    ask = lab.write("db-0")
    lab.run(0.19)
    assert ask.type == ""
    lab.run(0.02)
    assert ask.type == "ok"
    lab.power_cut("db-2")
    assert lab.write("db-0").type == ""
    lab.run(9)
    assert lab.asked[-1].type == ""
    lab.run(1.5)
    assert lab.asked[-1].type == "info"
    for timeout, ended in (("1s", True), ("8s", False)):
        lab = ring(read_consistency="ALL", read_request_timeout=timeout)
        write(lab, "db-0", 1)
        lab.power_cut("db-2")
        assert (finish(lab, "db-0", "read", 1, 3).type == "fail") == ended
    lab = ring(speculative_retry="1s")
    write(lab, "db-0", 10)
    lab.power_cut("db-1")
    asks = [lab.ask("db-0", "read", element) for element in range(1, 11)]
    lab.run(0.9)
    assert kinds(asks) == {"", "ok"}
    lab.run(0.2)
    assert kinds(asks) == {"ok"}


def test_every_hint_and_repair_knob_moves_its_outcome() -> None:
    lab = ring(hinted_handoff_enabled=False)
    away(lab)
    lab.run(30)
    assert held(lab, "db-2") == set()
    for flush, there in (("2s", 50), ("20s", 0)):
        lab = ring(hints_flush_period=flush)
        away(lab)
        lab.run(5)
        assert len(held(lab, "db-2")) == there
    lab = ring(mutation_size="100Ki")
    away(lab)
    lab.run(12)
    assert len(held(lab, "db-2")) < 50
    lab = ring(hinted_handoff_enabled=False, read_repair="NONE")
    asks = away(lab)
    assert finish(lab, "db-2", "read", asks[0].value).result is True
    assert held(lab, "db-2") == set()


def test_every_other_knob_moves_its_outcome() -> None:
    lab = ring(commitlog_sync_period="1s")
    write(lab, "db-0", 5)
    for pod in HOSTS:
        lab.kill(pod, Exit.POWER_CUT)
    assert lab.lost == set()
    assert {len(peer.tokens) for peer in ring(num_tokens=4).system.ring.peers.values()} == {4}
    lab = ring(replication_factor=1, write_consistency="ONE", read_consistency="ONE")
    write(lab, "db-0", 60)
    assert sum(len(held(lab, pod)) for pod in HOSTS) == 60
    lab = ring(hosts=1, auto_bootstrap=True, consistent_rangemovement=False, ring_delay="1s", data_size="24Mi",
               stream_throughput_outbound="12Mi")  # fmt: skip
    lab.start("db-1")
    lab.start("db-2")
    lab.run(2.9)
    assert not lab.events("Joined")
    lab.run(0.2)
    assert len(lab.events("Joined")) == 2


def test_what_does_not_fit_together_is_said() -> None:
    assert problems("cassandra", {"clock_skew": {"db-0": "5s", 1: "-200ms"}}) == []
    assert "expected ONE, TWO, THREE, QUORUM or ALL" in problems("cassandra", {"read_consistency": "ANY"})[0]
    assert (
        "replicas of a key" in problems("cassandra", {"replication_factor": 1, "read_consistency": "TWO"})[0]
    )
    assert "a mapping" in problems("cassandra", {"clock_skew": "5s"})[0]

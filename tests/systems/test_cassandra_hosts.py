"""A Cassandra ring's hosts: disks, joining, and racks."""

from __future__ import annotations

import pytest

from statesim.kernel.spans import SECOND
from statesim.node.process import Exit
from tests.systems.cassandra_lab import HOSTS, held, kinds, ring, write
from tests.systems.harness import Ask, Lab

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

"""Every parameter of a Citus cluster moves its outcome."""

from __future__ import annotations

from statesim.systems.catalogue import problems
from tests.systems.citus_lab import Put, again, apart, cluster, home, submit, transfer
from tests.systems.harness import Lab


def test_how_many_workers_the_table_waits_for() -> None:
    for workers, shards in ((1, {"c-1"}), (2, {"c-1", "c-2"})):
        lab = Lab("citus", workers=workers)
        for number in range(3):
            lab.start(f"c-{number}", ordinal=number)
        assert set(lab.disks.open("pv/c-0").contents.placements.values()) == shards


def test_into_how_many_shards_the_table_is_cut_and_more_are_dealt_out_more_evenly() -> None:
    for count, held in ((4, [2, 1, 1]), (32, [11, 11, 10]), (128, [43, 43, 42])):
        lab = cluster(shard_count=count)
        assert [len(lab.disks.open(f"pv/c-{n}").contents.shards) for n in (1, 2, 3)] == held


def test_how_long_a_silent_worker_is_waited_for() -> None:
    for timeout, ended in (("1s", "fail"), ("3s", "")):
        lab = cluster(node_connection_timeout=timeout)
        key = next(key for key in "abcdefghij" if home(lab, key) == "c-1")
        lab.power_cut("c-1")
        assert submit(lab, Put("read", [key, None]), 2).type == ended


def test_how_often_transactions_in_doubt_are_looked_for() -> None:
    for interval, left in (("5s", False), ("60s", True)):
        lab = cluster(round_trip="10ms", recover_2pc_interval=interval)
        submit(lab, transfer(*apart(lab)), 0.005)
        lab.kill("c-2")
        lab.run(0.1)
        again(lab, 2)
        lab.run(10)
        assert bool(lab.disks.open("pv/c-2").contents.prepared) == left


def test_a_commit_at_several_workers_takes_two_round_trips_and_one_at_a_single_worker_none() -> None:
    for trip, ended in (("10ms", "ok"), ("15ms", "")):
        lab = cluster(round_trip=trip)
        source, target = apart(lab)
        assert submit(lab, transfer(source, target), 0.025).type == ended
        assert submit(lab, Put("write", ["k", 1]), 0).type == "ok"


def test_the_label_and_the_coordinator_of_another_system() -> None:
    assert cluster(role_label="citus").labels["c-1"] == {"citus": "shard"}
    lab = Lab("citus", workers=1)
    workers = lab.beside("workers", "citus", coordinator="nobody")
    lab.start("c-0", ordinal=0)
    lab.start("w-0", ordinal=0, system=workers)
    assert not lab.processes["w-0"].listening, "there is no such coordinator"
    assert "whole number above zero" in problems("citus", {"shard_count": 0})[0]


def test_what_does_not_fit_together_is_said() -> None:
    assert "not for the same system" in problems("citus", {"groups": ["a"], "coordinator": "b"})[0]

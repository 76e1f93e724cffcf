"""A Citus cluster: which worker has which rows, and what is left of them when one goes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.node.process import Exit
from statesim.systems.citus.shards import Catalogue, Shards, Union, place, shard_of
from statesim.systems.citus.staging import Staged
from statesim.systems.drift import entries
from statesim.systems.statements import execute
from tests.systems.citus_lab import Everything, again, apart, balances, cluster, home, submit, transfer
from tests.systems.harness import Lab
from tests.systems.registers import Put

KEYS = st.one_of(st.integers(), st.text(), st.tuples(st.text(), st.text()))


def write(lab: Lab, count: int = 90) -> list[Any]:
    asks = [lab.write("c-0") for _ in range(count)]
    lab.run(0.1)
    return asks


def share(asks: list[Any], type_: str) -> float:
    return sum(ask.type == type_ for ask in asks) / len(asks)


# -- shards --------------------------------------------------------------------------------------------------


@given(KEYS, st.integers(1, 128))
def test_a_key_always_goes_to_the_same_one_of_the_shards(key: Any, count: int) -> None:
    assert shard_of(key, count) == shard_of(key, count)
    assert 0 <= shard_of(key, count) < count


@given(st.sets(st.text(min_size=1), min_size=1), st.integers(1, 128))
def test_shards_are_dealt_out_evenly(names: set[str], count: int) -> None:
    placed = place(names, count)
    assert sorted(placed) == list(range(count))
    held = [list(placed.values()).count(name) for name in names]
    assert max(held) - min(held) <= 1


class Plain:
    """A table that nobody has sharded."""

    def __init__(self) -> None:
        self.rows: dict[Any, Any] = {}

    def get(self, key: Any) -> Any:
        return self.rows.get(key)

    def put(self, key: Any, value: Any) -> None:
        self.rows[key] = value


OPERATIONS = st.lists(
    st.one_of(
        st.builds(lambda k, v: Put("write", [k, v]), st.sampled_from("abcdef"), st.integers(0, 9)),
        st.builds(lambda k, o, n: Put("cas", [k, [o, n]]), st.sampled_from("abcdef"), st.integers(0, 9),
                  st.integers(0, 9)),
        st.builds(transfer, st.sampled_from("uvw"), st.sampled_from("xyz"), st.integers(1, 60)),
    ),
    max_size=30,
)  # fmt: skip


@given(OPERATIONS, st.integers(1, 5), st.integers(1, 40))
def test_the_union_of_the_shards_is_the_table_that_was_not_sharded(
    operations: list[Any], workers: int, count: int
) -> None:
    plain, catalogue = Plain(), Catalogue()
    stores = {f"w-{number}": Shards() for number in range(workers)}
    catalogue.placements = place(stores, count)
    for name, store in stores.items():
        store.shards = frozenset(s for s, node in catalogue.placements.items() if node == name)
    for at, operation in enumerate(operations):
        staged = Staged(catalogue, stores.__getitem__)
        assert execute(operation, staged) == execute(operation, plain)
        for name, writes in staged.writes.items():
            stores[name].write(writes, at)
    union = Union(catalogue, stores)
    assert {key: union.get(key) for key in plain.rows} == plain.rows
    assert set(union.keys()) == set(plain.rows)
    assert all(union.values(key)[-1] == value for key, value in plain.rows.items())


# -- workers -------------------------------------------------------------------------------------------------


def test_numbers_say_who_is_who_and_labels_tell_it() -> None:
    lab = cluster()
    assert lab.primary == "c-0"
    assert [process.pod for process in lab.system.replicas()] == ["c-1", "c-2", "c-3"]
    assert lab.labels == {
        "c-0": {"citus-role": "query"},
        **{f"c-{n}": {"citus-role": "shard"} for n in (1, 2, 3)},
    }
    for number, refusal in ((0, None), (1, 'relation "t" does not exist')):
        assert lab.system.accept(lab.processes[f"c-{number}"], read_write=True) == refusal


def test_a_worker_waits_for_the_coordinator_and_the_table_for_all_workers() -> None:
    lab = Lab("citus", workers=2)
    lab.start("c-1", ordinal=1)
    lab.run(5)
    assert not lab.processes["c-1"].listening
    lab.start("c-0", ordinal=0)
    assert lab.processes["c-1"].listening
    assert lab.write("c-0").type == ""
    lab.start("c-2", ordinal=2)
    assert lab.write("c-0").type == "ok"
    assert [event.fields["node"] for event in lab.events("Registered")] == ["c-1", "c-2"]


def test_without_a_worker_its_part_of_the_keys_fails_and_comes_back_with_its_disk() -> None:
    lab = cluster()
    write(lab)
    lab.kill("c-2")
    assert 0.2 < share(write(lab), "fail") < 0.5
    again(lab, 2)
    assert share(write(lab), "ok") == 1
    assert lab.lost == set()
    assert len(lab.events("Registered")) == 3, "its disk knows that it is registered"


def test_a_worker_with_its_name_and_an_empty_disk_is_asked_for_tables_that_it_has_not() -> None:
    lab = cluster()
    write(lab)
    lab.kill("c-2")
    lab.disks.lose("pv/c-2")
    again(lab, 2, "pv/new")
    (told,) = (event for event in lab.events("Registered") if event.fields.get("missing"))
    assert told.fields["new"] is False
    assert told.fields["missing"] == 11
    assert 0.2 < len(lab.lost) / len(lab.confirmed) < 0.5
    asks = write(lab)
    assert 0.2 < share(asks, "fail") < 0.5
    assert all("does not exist on c-2" in ask.error for ask in asks if ask.type == "fail")


def test_a_worker_without_a_number_is_known_by_its_address_and_its_follower_is_another() -> None:
    lab = Lab("citus", workers=2)
    head = lab.beside("citus", "citus", workers=2)
    workers = lab.beside("workers", "citus", coordinator="citus")
    lab.system = head
    lab.start("c-0", ordinal=0)
    lab.start("w-x", "emptyDir/x", system=workers)
    lab.start("w-y", "emptyDir/y", system=workers)
    write(lab)
    assert share(lab.asked, "ok") == 1
    lab.kill("w-x", Exit.STOPPED)
    lab.disks.lose("emptyDir/x")
    lab.start("w-z", "emptyDir/z", system=workers)
    assert 0.3 < len(lab.lost) / len(lab.confirmed) < 0.7
    catalogue = lab.disks.open("pv/c-0").contents
    assert len(catalogue.nodes) == 3
    assert len(set(catalogue.placements.values())) == 2, "the new one has no shards"
    asks = write(lab)
    assert 0.3 < share(asks, "fail") < 0.7
    assert all("connection to the remote node 10." in ask.error for ask in asks if ask.type == "fail")
    assert workers.surviving()[1].keys() == head.surviving()[1].keys()


def out_of_reach(lab: Lab) -> list[tuple[str, int, str]]:
    return [(e.fields["node"], e.fields["shards"], e.fields["why"]) for e in lab.events("ShardsOutOfReach")]


def test_shards_that_nobody_can_be_asked_for_are_told_once_and_again_when_they_can() -> None:
    lab = cluster()
    assert out_of_reach(lab) == []
    lab.kill("c-2")
    write(lab)
    assert out_of_reach(lab) == [("c-2", 11, "connection to the remote node c-2:5432 failed")]
    ended = next(event for event in lab.events("Role") if event.fields["role"] == "stopped")
    assert lab.events("ShardsOutOfReach")[0].cause == ended.id
    assert lab.events("ShardsAnswer") == []
    again(lab, 2)
    assert [event.fields["node"] for event in lab.events("ShardsAnswer")] == ["c-2"]
    lab.kill("c-2")
    lab.disks.lose("pv/c-2")
    again(lab, 2, "pv/new")
    assert [why.startswith("relation") for _, _, why in out_of_reach(lab)] == [False, False, True]
    assert len(lab.events("ShardsAnswer")) == 1


def test_a_worker_is_no_replica_and_says_so() -> None:
    lab = cluster()
    lab.kill("c-3")
    again(lab, 3)
    told = {event.fields["role"] for event in lab.events("Role") if event.object != "Member/c-0"}
    assert told == {"starting", "worker", "stopped"}


def test_a_plain_deployment_has_no_coordinator() -> None:
    lab = Lab("citus", workers=1)
    for pod in ("w-x", "w-y"):
        lab.start(pod)
    lab.run(600)
    assert lab.primary is None
    assert not any(process.listening for process in lab.processes.values())


# -- the coordinator -----------------------------------------------------------------------------------------


def test_without_the_coordinator_nobody_is_answered_and_with_its_disk_everything_is_back() -> None:
    lab = cluster()
    write(lab)
    lab.kill("c-0")
    assert lab.primary is None
    assert lab.lost == set()
    again(lab, 0)
    assert share(write(lab), "ok") == 1
    assert lab.lost == set()


def test_a_coordinator_with_an_empty_disk_knows_no_table_whatever_the_workers_have() -> None:
    lab = cluster()
    write(lab)
    lab.kill("c-0")
    lab.disks.lose("pv/c-0")
    again(lab, 0, "pv/new")
    lab.run(120)
    assert share(write(lab, 10), "ok") == 0
    assert lab.lost == lab.confirmed


def test_a_silent_worker_costs_a_timeout_and_one_that_refuses_does_not() -> None:
    lab = cluster(node_connection_timeout="7s")
    keys = [key for key in "abcdefghij" if home(lab, key) == "c-1"]
    lab.kill("c-1")
    assert submit(lab, Put("write", [keys[0], 1]), 0).type == "fail"
    again(lab, 1)
    lab.power_cut("c-1")
    ask = submit(lab, Put("write", [keys[0], 1]), 6.9)
    assert ask.type == ""
    lab.run(0.2)
    assert ask.type == "fail"
    assert "timeout expired" in ask.error


# -- transactions over several workers -----------------------------------------------------------------------


def test_a_transfer_between_workers_takes_two_rounds_and_its_rows_are_locked_meanwhile() -> None:
    lab = cluster(round_trip="10ms")
    source, target = apart(lab)
    first = submit(lab, transfer(source, target), 0.015)
    second = submit(lab, transfer(target, source), 0)
    assert (first.type, second.type) == ("", "")
    assert balances(lab, source, target).result == {source: 100, target: 100}
    lab.run(0.006)
    assert (first.type, second.type) == ("ok", "")
    assert balances(lab, source, target).result == {source: 90, target: 110}
    lab.run(0.02)
    assert second.type == "ok"
    assert balances(lab, source, target).result == {source: 100, target: 100}


@pytest.mark.parametrize(("after", "committed"), [(0.005, 0), (0.015, 2)])
def test_what_is_in_doubt_is_locked_until_the_coordinator_is_back_and_ends_as_its_disk_says(
    after: float, committed: int
) -> None:
    lab = cluster(round_trip="10ms")
    source, target = apart(lab)
    submit(lab, transfer(source, target), after)
    lab.kill("c-0", Exit.POWER_CUT)
    (doubt,) = lab.events("InDoubt")
    assert doubt.fields["count"] == 1
    assert lab.disks.open("pv/c-1").contents.prepared
    left = lab.system.surviving()[1]
    assert (left.get(("shop", source)) == 90) == bool(committed)
    lab.run(30)
    again(lab, 0)
    (ended,) = lab.events("TwoPhaseRecovered")
    assert (ended.fields["committed"], ended.fields["rolled_back"]) == (committed, 2 - committed)
    moved = 10 if committed else 0
    assert balances(lab, source, target).result == {source: 100 - moved, target: 100 + moved}


def test_a_worker_that_misses_the_commit_has_it_at_the_next_recovery_and_until_then_half_is_seen() -> None:
    lab = cluster(round_trip="10ms", recover_2pc_interval="20s")
    source, target = apart(lab)
    ask = submit(lab, transfer(source, target), 0.005)
    lab.kill("c-2")
    lab.run(0.1)
    assert ask.type == "ok", "it is committed: the coordinator has written it down"
    again(lab, 2)
    assert balances(lab, source, target).result == {source: 90, target: 100}, "there is no common snapshot"
    late = submit(lab, transfer(target, source), 1)
    assert late.type == "", "the row is locked"
    lab.run(20)
    assert late.type == "ok"
    assert balances(lab, source, target).result == {source: 100, target: 100}


def test_a_worker_drifts_with_its_rows_and_the_coordinator_with_its_workers() -> None:
    lab = cluster()
    write(lab)
    held = [entries(lab.disks.open(f"pv/c-{number}").contents) for number in range(4)]
    assert held[0] == 3
    assert sum(held[1:]) == 90
    assert min(held[1:]) > 15


def test_a_statement_about_all_rows_needs_every_worker() -> None:
    lab = cluster()
    write(lab)
    lab.kill("c-3")
    assert submit(lab, Everything("truncate", None)).error == "connection to the remote node c-3:5432 failed"
    assert lab.lost == set()
    again(lab, 3)
    assert submit(lab, Everything("truncate", None)).type == "ok"
    copy = lab.system.surviving()[1]
    assert [ask.value for ask in lab.asked if copy.get(ask.value)] == []

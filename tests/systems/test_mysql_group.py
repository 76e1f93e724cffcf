"""A MySQL group: who is expelled and who is elected, what waits, and what people must do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statesim.kernel.spans import SECOND
from statesim.systems.mysql_group.decide import Candidate, Step, Suspicion, elect, judge, rejoin
from tests.systems.mysql_group_lab import NAMES, back, fails_over_s, group, weighted

if TYPE_CHECKING:
    from tests.systems.harness import Ask, Lab

# -- what it decides ---------------------------------------------------------------------------------------


def test_the_highest_weight_is_elected_then_the_lowest_uuid() -> None:
    a, b, c = Candidate("a", "3f", 50), Candidate("b", "1e", 50), Candidate("c", "9d", 60)
    assert elect([a, b, c]) == c
    assert elect([a, b]) == b
    assert elect([]) is None


def test_everybody_suspects_but_only_a_majority_expels() -> None:
    silent = {"m-0": Suspicion(5 * SECOND, 11 * SECOND)}
    assert judge(silent, 4 * SECOND, majority=True) == ((), (), 5 * SECOND, "suspicions last")
    assert judge(silent, 5 * SECOND, majority=True).suspected == ("m-0",)
    assert judge(silent, 11 * SECOND, majority=True).expelled == ("m-0",)
    blocked = judge(silent, 11 * SECOND, majority=False)
    assert (blocked.expelled, blocked.wake_us) == ((), None)


def test_who_is_out_tries_three_times() -> None:
    assert [rejoin(n, possible=False) for n in (3, 2, 1, 0)] == [Step.WAIT, Step.WAIT, Step.EXIT, Step.EXIT]
    assert rejoin(1, possible=True) is Step.JOIN
    assert rejoin(0, possible=True) is Step.EXIT, "auto-rejoin is off"


# -- failover ------------------------------------------------------------------------------------------------


def test_one_writes_and_all_have_it() -> None:
    lab = group()
    assert lab.write("m-0").type == "ok"
    assert "--super-read-only" in lab.write("m-1").error
    lab.run(1)
    assert all(lab.ask(pod, "read", 1).result for pod in NAMES)
    assert {pod: worn for pod in NAMES for worn in lab.labels[pod].values()} == {
        "m-0": "PRIMARY",
        "m-1": "SECONDARY",
        "m-2": "SECONDARY",
    }


def test_a_silent_primary_is_replaced_after_ten_to_thirteen_seconds() -> None:
    lab = group(group_replication_member_weight=weighted("m-2"))
    assert lab.write("m-0").type == "ok"
    lab.power_cut("m-0")
    took = fails_over_s(lab)
    assert took is not None
    assert 10.4 <= took <= 12.7
    assert lab.primary == "m-2"
    assert lab.lost == set()
    assert [event.object for event in lab.events("Unreachable")] == ["Member/m-0"]
    assert [event.object for event in lab.events("Expelled")] == ["Member/m-0"]
    assert not lab.labels["m-0"], "the operator takes the label away, though the node is dead"
    assert list(lab.labels["m-2"].values()) == ["PRIMARY"]


def test_a_primary_that_is_stopped_is_replaced_at_once() -> None:
    lab = group()
    lab.stop("m-0")
    took = fails_over_s(lab)
    assert took is not None
    assert took <= 1


def test_a_killed_program_is_as_silent_as_a_dead_machine_and_its_successor_waits() -> None:
    lab = group()
    lab.write("m-0")
    lab.kill("m-0")
    lab.at(62, back, lab, "m-0")
    took = fails_over_s(lab)
    assert took is not None
    assert 10.4 <= took <= 12.7, "the new incarnation does not shorten it"
    lab.run(5)
    assert len(lab.system.replicas()) == 2, "and joins when the old one is expelled"
    assert lab.lost == set()


def test_writes_go_on_while_a_secondary_is_suspected() -> None:
    lab = group()
    lab.power_cut("m-2")
    for _ in range(20):
        assert lab.write("m-0").type == "ok"
        lab.run(1)
    assert lab.primary == "m-0"


def test_who_is_back_before_it_is_expelled_goes_on_as_who_it_was() -> None:
    lab = group()
    lab.freeze("m-0")
    lab.run(8)
    lab.thaw("m-0")
    assert lab.primary == "m-0"
    assert lab.write("m-0").type == "ok"
    assert not lab.events("Expelled")
    lab.freeze("m-0")
    lab.run(14)
    lab.thaw("m-0")
    lab.run(2)
    assert lab.primary != "m-0"
    assert len(lab.system.replicas()) == 2, "it has learnt that it is out, and joined again"


# -- who hears no majority -----------------------------------------------------------------------------------


def cut_off() -> tuple[Lab, Ask]:
    """Return a group whose primary is cut off, with a write at it."""
    lab = group()
    lab.write("m-0")
    lab.cut("m-0", "m-1")
    lab.cut("m-0", "m-2")
    return lab, lab.write("m-0")


def test_an_expelled_primary_cannot_commit_but_serves_old_reads() -> None:
    lab, waits = cut_off()
    lab.run(20)
    assert waits.type == "", "it waits for a majority, and does not know that it is expelled"
    writer = lab.primary
    assert writer in ("m-1", "m-2")
    assert lab.write(writer).type == "ok"
    assert lab.ask("m-0", "read", 3).result is False, "a stale read"
    assert lab.ask("m-0", "read", 1).result is True
    assert lab.dual_primary_s() == 0
    lab.heal()
    assert (waits.type, waits.error[:10]) == ("fail", "ERROR 3101"), "rolled back"
    lab.run(5)
    assert len(lab.system.replicas()) == 2, "auto-rejoin"
    assert lab.ask("m-0", "read", 3).result
    assert lab.lost == set()


def test_without_a_majority_writes_wait_until_a_person_forces_the_membership() -> None:
    lab = group()
    lab.write("m-0")
    lab.power_cut("m-1")
    lab.power_cut("m-2")
    waits = lab.write("m-0")
    lab.run(600)
    assert waits.type == ""
    assert lab.ask("m-0", "read", 1).result, "reads are answered"
    assert [event.object for event in lab.events("MajorityLost")] == ["Member/m-0"]
    back(lab, "m-1", "m-2")
    lab.run(600)
    assert waits.type == "", "servers that have restarted are no members: nobody can let them in"
    assert lab.system.cannot_promote("m-0") is None
    lab.system.promote("m-0")
    assert waits.type == "ok"
    assert "has a majority" in str(lab.system.cannot_promote("m-0"))
    lab.run(5)
    assert len(lab.system.replicas()) == 2
    assert lab.lost == set()


def test_a_secondary_that_is_forced_to_be_the_group_elects_itself() -> None:
    lab = group()
    lab.write("m-0")
    lab.power_cut("m-0")
    lab.power_cut("m-1")
    lab.run(30)
    assert lab.primary is None
    lab.system.promote("m-2")
    lab.run(1)
    assert lab.primary == "m-2"
    assert lab.lost == set()


def test_forcing_the_wrong_side_makes_two_groups() -> None:
    lab, _ = cut_off()
    lab.run(20)
    others = str(lab.primary)
    lab.system.promote("m-0")
    lab.run(10)
    assert lab.write("m-0").type == "ok"
    assert lab.write(others).type == "ok"
    lab.kill("m-0")
    assert lab.dual_primary_s() == 10
    assert lab.lost == {2, 3}, "what the smaller group acknowledged is in no history that survives"


# -- joining -------------------------------------------------------------------------------------------------


def test_who_returns_gets_the_binary_log_and_who_lacks_too_much_a_clone() -> None:
    lab = group(group_replication_clone_threshold=10)
    lab.stop("m-2")
    lab.run(3)
    for _ in range(5):
        lab.write("m-0")
    back(lab, "m-2")
    lab.run(3)
    assert lab.events("CaughtUp", "Member/m-2")
    assert not lab.events("Cloned")
    lab.stop("m-2")
    lab.run(3)
    for _ in range(20):
        lab.write("m-0")
    back(lab, "m-2")
    lab.run(5)
    assert lab.events("Cloned", "Member/m-2")
    assert lab.ask("m-2", "read", 25).result


def test_who_has_been_cloned_has_no_binary_log_for_others() -> None:
    lab = group(group_replication_clone_threshold=10)
    lab.stop("m-2")
    lab.run(3)
    for _ in range(20):
        lab.write("m-0")
    back(lab, "m-2")
    lab.run(5)
    assert lab.disks.open("pv/m-2").contents.binlog_from == 20


def test_a_joiner_asks_another_donor_when_its_own_dies() -> None:
    lab = group(4, transaction_size="1Mi", transfer_rate="1Mi", group_replication_member_weight={"m-1": 90})
    lab.stop("m-3")
    lab.run(3)
    for _ in range(10):
        lab.write("m-0")
    back(lab, "m-3")
    lab.run(3)
    lab.power_cut("m-0")
    lab.run(40)
    assert lab.primary == "m-1"
    assert "m-3" in [process.pod for process in lab.system.replicas()]


@pytest.mark.parametrize("seed", range(3))
def test_the_uuid_is_drawn_by_the_seed_and_lies_on_the_disk(seed: int) -> None:
    def first(seed: int) -> str | None:
        lab = group(5, seed)
        lab.power_cut("m-0")
        lab.run(15)
        return lab.primary

    assert first(seed) == first(seed)

"""Semi-synchronous commits: what they wait for, for how long, what others see meanwhile, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.systems.mysql_lab import restart, semisync, until_primary_s, writes

if TYPE_CHECKING:
    from tests.systems.harness import Lab


def answered_after_s(lab: Lab, pod: str = "db-0", at_most_s: float = 100) -> float:
    write, began = lab.write(pod), lab.clock.now
    while not write.type and lab.clock.now - began < at_most_s * 1_000_000:
        lab.run(0.01)
    return (lab.clock.now - began) / 1_000_000


def on(lab: Lab) -> bool:
    """Tell whether commits wait, as the trace says."""
    told = [e.event for e in lab.trace.events if e.event in ("SemiSyncOn", "SemiSyncOff")]
    return not told or told[-1] == "SemiSyncOn"


def test_a_commit_is_answered_when_a_replica_has_it() -> None:
    assert answered_after_s(semisync(replication_lag="200ms")) == pytest.approx(0.2, abs=0.011)


def test_a_source_that_dies_loses_nothing_that_was_acknowledged() -> None:
    for how in ("kill", "power_cut"):
        lab = semisync(orchestrator="auto", replica_net_timeout="4s")
        writes(lab, 10)
        getattr(lab, how)("db-0")
        lab.run(15)
        assert lab.primary in ("db-1", "db-2")
        assert len(lab.confirmed) > 900
        assert lab.lost == set()


def test_a_replica_that_is_slow_for_longer_than_the_timeout_makes_it_asynchronous_and_nobody_is_told() -> (
    None
):
    lab = semisync(2, orchestrator="auto", replica_net_timeout="4s")
    lab.freeze("db-1")
    writes(lab, 9)
    assert on(lab)
    assert lab.asked[0].type == "", "it waits"
    writes(lab, 2)
    assert not on(lab)
    assert {ask.type for ask in lab.asked} == {"ok"}, "all are acknowledged, by nobody but the source"
    lab.power_cut("db-0")
    lab.thaw("db-1")
    until_primary_s(lab)
    assert lab.primary == "db-1"
    assert len(lab.lost) > 900, "all that was acknowledged in the window, and what waited"


def test_the_same_with_a_shorter_stall_loses_nothing() -> None:
    lab = semisync(2, orchestrator="auto", replica_net_timeout="4s")
    lab.freeze("db-1")
    writes(lab, 9)
    lab.power_cut("db-0")
    lab.thaw("db-1")
    until_primary_s(lab)
    assert on(lab)
    assert lab.primary == "db-1"
    assert lab.lost == set(), "nothing was acknowledged meanwhile"


def test_one_slow_replica_of_two_does_not_matter() -> None:
    lab = semisync(3)
    lab.freeze("db-1")
    writes(lab, 20)
    assert on(lab)
    assert answered_after_s(lab) < 0.1


def test_it_waits_again_when_a_replica_has_caught_up() -> None:
    lab = semisync(2)
    lab.cut("db-0", "db-1")
    writes(lab, 12)
    assert not on(lab)
    assert answered_after_s(lab) < 0.02
    lab.heal()
    lab.run(1)
    assert on(lab)
    assert answered_after_s(lab) == pytest.approx(0.05, abs=0.011)


def test_a_replica_that_is_never_as_far_as_the_source_leaves_it_asynchronous() -> None:
    lab = semisync(2, replication_lag="11s")
    writes(lab, 60)
    assert not on(lab), "a commit every 10 ms, and each acknowledgement 11 s late"
    lab.run(12)
    assert on(lab), "the writers pause, and it has everything"


def test_a_promoted_source_without_any_replica_waits_once_and_is_asynchronous_then() -> None:
    lab = semisync(2, orchestrator="auto")
    lab.kill("db-0")
    until_primary_s(lab)
    assert answered_after_s(lab, "db-1") == pytest.approx(10, abs=0.02)
    assert answered_after_s(lab, "db-1") < 0.02
    lab.system.rebuild("db-0")
    restart(lab, "db-0")
    lab.run(20)
    assert on(lab), "the old source is a replica now"


def test_after_sync_hides_what_waits_and_after_commit_shows_it() -> None:
    def seen(point: str) -> tuple[object, set[int]]:
        lab = semisync(
            2, rpl_semi_sync_source_wait_point=point, orchestrator="auto", replica_net_timeout="4s"
        )
        lab.cut("db-0", "db-1")
        write = lab.write("db-0")
        lab.run(1)
        assert write.type == "", "its client has no answer either way"
        found = lab.ask("db-0", "read", write.value).result
        lab.power_cut("db-0")
        lab.heal()
        until_primary_s(lab)
        assert lab.ask("db-1", "read", write.value).result is False, "the failover has erased it"
        return found, lab.lost

    assert seen("AFTER_SYNC") == (False, set())
    assert seen("AFTER_COMMIT") == (True, set()), "a row was read that never was"


def test_what_waits_when_the_source_crashes_is_there_when_it_comes_back() -> None:
    lab = semisync(2)
    lab.cut("db-0", "db-1")
    write = lab.write("db-0")
    lab.kill("db-0")
    lab.heal()
    restart(lab, "db-0")
    lab.run(10)
    assert lab.ask("db-0", "read", write.value).result is True, "it is in the binary log"


def test_an_old_source_with_a_commit_that_nobody_had_received_has_errant_transactions() -> None:
    lab = semisync(2, orchestrator="auto")
    lab.cut("db-0", "db-1")
    lab.write("db-0")
    lab.kill("db-0")
    lab.heal()
    until_primary_s(lab)
    lab.system.rebuild("db-0")
    restart(lab, "db-0")
    lab.run(30)
    assert [e.fields["entries"] for e in lab.events("Diverged", "Member/db-0")] == [1]
    assert lab.lost == set()


def test_an_acknowledgement_says_received_and_not_applied() -> None:
    def lost(**parameters: bool) -> int:
        lab = semisync(2, orchestrator="auto", apply_lag="8s", **parameters)
        writes(lab, 20)
        lab.kill("db-0")
        until_primary_s(lab)
        assert on(lab)
        return len(lab.lost)

    assert lost() > 100, "the relay log is thrown away with the promotion"
    assert lost(DelayMasterPromotionIfSQLThreadNotUpToDate=True) == 0


def test_commits_that_wait_at_a_source_which_a_person_replaces_are_nobodys_any_more() -> None:
    lab = semisync(3)
    lab.cut("db-0", "db-1")
    lab.cut("db-0", "db-2")
    write = lab.write("db-0")
    lab.run(1)
    lab.system.promote("db-1")
    lab.run(30)
    lab.heal()
    lab.run(90)
    assert lab.primary == "db-1"
    assert write.type == ""
    assert lab.events("Diverged", "Member/db-0"), "it is in the old source's binary log alone"
    assert answered_after_s(lab, "db-1") < 0.1

"""PostgreSQL that replicates without a manager: what its configuration does, and what only a person does."""

from __future__ import annotations

import pytest

from tests.systems.harness import STEP, STORE, Lab
from tests.systems.replicated import cluster, restart


def role(lab: Lab, pod: str) -> str:
    return str(lab.events("Role", f"Member/{pod}")[-1].fields["role"])


# -- roles by configuration ----------------------------------------------------------------------------


def test_number_0_is_primary_and_the_others_clone_it_whoever_starts_first() -> None:
    lab = Lab("postgres-replication")
    for number in (2, 1, 0):
        lab.start(f"pg-{number}", ordinal=number)
        lab.run(20)
    assert lab.primary == "pg-0"
    assert [e.object for e in lab.events("Cloned")] == ["Member/pg-1", "Member/pg-2"]
    assert lab.write("pg-1").error.startswith("cannot execute INSERT")


def test_without_numbers_every_pod_is_a_primary_of_its_own() -> None:
    lab = Lab("postgres-replication")
    for name in ("pg-a", "pg-b", "pg-c"):
        lab.start(name)
    lab.run(20)
    for name in ("pg-a", "pg-b", "pg-c"):
        assert lab.write(name).type == "ok"
    assert len(lab.events("Initialised")) == 3
    assert len(lab.lost) == 2, "one database survives, the others know nothing of it"


def test_nothing_fails_over_and_the_primary_that_returns_is_primary_again_with_all_it_had() -> None:
    lab = cluster()
    lab.writer(STEP, lab.clock.now + 60_000_000)
    lab.run(10)
    lab.power_cut("pg-0")
    lab.run(3600)
    assert lab.primary is None
    assert lab.ask("pg-1", "read", 1).result is True, "reads go on"
    restart(lab, "pg-0")
    lab.run(10)
    assert lab.primary == "pg-0"
    assert lab.lost == set()
    assert not lab.events("Diverged")
    write = lab.write("pg-0")
    lab.run(10)
    assert lab.ask("pg-2", "read", write.value).result is True, "the standbys have found it again"


def test_a_standby_shows_what_it_has_replayed() -> None:
    lab = cluster(replication_lag="100ms", replay_lag="200ms")
    write = lab.write("pg-0")
    assert write.type == "ok"
    assert lab.ask("pg-0", "read", write.value).result is True
    lab.run(0.25)
    assert lab.ask("pg-1", "read", write.value).result is False
    lab.run(0.1)
    assert lab.ask("pg-1", "read", write.value).result is True


def test_a_healthy_cluster_costs_no_events() -> None:
    lab = cluster()
    before = lab.clock.events
    lab.run(24 * 3600)
    assert lab.clock.events == before


def test_two_servers_on_one_directory_spoil_it() -> None:
    lab = Lab("postgres-replication")
    lab.start("pg-0", "pv/one", ordinal=0)
    lab.run(10)
    lab.start("pg-1", "pv/one", ordinal=1)
    lab.run(10)
    assert lab.events("Corrupted")
    assert not lab.processes["pg-1"].alive


# -- what people do --------------------------------------------------------------------------------------


def test_an_asynchronous_promotion_loses_the_lag_and_the_others_follow() -> None:
    lab = cluster(replication_lag="500ms")
    lab.writer(STEP, lab.clock.now + 5_000_000)
    lab.run(5)
    lab.power_cut("pg-0")
    assert lab.system.cannot_promote("pg-1") is None
    lab.system.promote("pg-1")
    lab.run(10)
    assert lab.primary == "pg-1"
    assert len(lab.lost) == pytest.approx(50, abs=1), "lag x rate"
    write = lab.write("pg-1")
    lab.run(1)
    assert lab.ask("pg-2", "read", write.value).result is True
    assert lab.dual_primary_s() == 0


def test_a_synchronous_promotion_loses_nothing() -> None:
    lab = cluster(replication_lag="5ms", synchronous_standby_names="FIRST 1 (pg-1, pg-2)")
    lab.writer(STEP, lab.clock.now + 5_000_000)
    lab.run(5)
    lab.power_cut("pg-0")
    lab.system.promote("pg-1")
    lab.run(10)
    assert len(lab.confirmed) > 400
    assert lab.lost == set()
    assert lab.write("pg-1").type == ""
    lab.run(1)
    assert lab.asked[-1].type == "ok", "pg-2 confirms the new primary's commits"


def test_the_old_primary_that_returns_unfenced_is_a_second_primary_until_it_is_rebuilt() -> None:
    lab = cluster()
    lab.write("pg-0")
    lab.run(1)
    lab.power_cut("pg-0")
    lab.system.promote("pg-1")
    lab.run(10)
    restart(lab, "pg-0")
    lab.run(10)
    before = lab.dual_primary_s()
    stray, kept = lab.write("pg-0"), lab.write("pg-1")
    assert (stray.type, kept.type) == ("ok", "ok")
    assert lab.lost == {stray.value}
    lab.run(100)
    assert lab.system.rebuild("pg-0") is None
    lab.run(30)
    assert role(lab, "pg-0") == "replica"
    assert 100 <= lab.dual_primary_s() - before <= 115
    assert [e.fields["entries"] for e in lab.events("Diverged")] == [1]
    assert lab.ask("pg-0", "read", kept.value).result is True
    assert lab.ask("pg-0", "read", stray.value).result is False


def test_a_member_that_is_down_is_rebuilt_before_it_serves() -> None:
    lab = cluster(wal_log_hints=True)
    lab.power_cut("pg-0")
    lab.system.promote("pg-2")
    lab.run(10)
    assert lab.system.rivals("pg-2") == ["pg-0"]
    assert lab.system.rebuild("pg-0") is None
    assert lab.system.rivals("pg-2") == [], "it will not lead when it returns"
    restart(lab, "pg-0")
    lab.run(30)
    assert (lab.primary, role(lab, "pg-0")) == ("pg-2", "replica")
    assert lab.events("Rewound", "Member/pg-0")
    assert lab.dual_primary_s() == 0
    lab.kill("pg-0")
    restart(lab, "pg-0")
    lab.run(30)
    assert role(lab, "pg-0") == "replica", "its disk says so from now on"


def test_a_promoted_member_stays_primary_when_it_restarts() -> None:
    lab = cluster(2)
    lab.power_cut("pg-0")
    lab.system.promote("pg-1")
    lab.run(10)
    lab.kill("pg-1")
    restart(lab, "pg-1")
    lab.run(10)
    assert lab.primary == "pg-1"


def test_a_standby_that_is_further_than_the_promoted_one_has_diverged() -> None:
    lab = cluster()
    lab.cut("pg-0", "pg-2")
    lab.write("pg-0")
    lab.run(1)
    lab.power_cut("pg-0")
    assert lab.system.progress("pg-1") > lab.system.progress("pg-2")
    lab.system.promote("pg-2")
    lab.run(10)
    assert [e.object for e in lab.events("Diverged")] == ["Member/pg-1"]
    write = lab.write("pg-2")
    lab.run(30)
    assert lab.ask("pg-1", "read", write.value).result is False
    lab.system.rebuild("pg-1")
    lab.run(30)
    assert lab.ask("pg-1", "read", write.value).result is True


def test_whoever_was_stopped_in_order_has_left_its_machine() -> None:
    lab = cluster()
    assert lab.system.rivals("pg-1") == ["pg-0"]
    lab.stop("pg-0")
    lab.run(5)
    assert lab.system.rivals("pg-1") == []


def test_whom_nobody_can_promote() -> None:
    lab = cluster()
    assert lab.system.cannot_promote("pg-0") == "pg-0 is a primary already"
    assert lab.system.cannot_promote("pg-7") == "no server runs in pg-7"
    lab.cut("pg-1", STORE)
    assert lab.system.cannot_promote("pg-1") == "pg-1 cannot be reached"
    lab.stop("pg-2")
    assert lab.system.cannot_promote("pg-2") == "no server runs in pg-2"
    lab.power_cut("pg-0")
    assert lab.system.rebuild("pg-0") == "there is no primary that it could follow"


def test_a_primary_that_stood_still_meanwhile_goes_on_beside_the_new_one() -> None:
    lab = cluster()
    lab.freeze("pg-0")
    lab.run(10)
    assert lab.primary is None
    lab.system.promote("pg-1")
    lab.run(10)
    lab.thaw("pg-0")
    stray = lab.write("pg-0")
    assert stray.type == "ok"
    assert lab.lost == {stray.value}
    assert lab.system.rivals("pg-1") == ["pg-0"]


def test_a_frozen_standby_streams_again_at_once_when_it_thaws() -> None:
    lab = cluster(2)
    lab.freeze("pg-1")
    lab.run(10)
    write = lab.write("pg-0")
    lab.thaw("pg-1")
    lab.run(0.1)
    assert lab.ask("pg-1", "read", write.value).result is True


def test_full_disks_stop_whoever_has_to_write() -> None:
    lab = cluster()
    lab.disks.fill("pv/pg-1", "test")
    assert not lab.processes["pg-1"].alive
    restart(lab, "pg-1")
    lab.run(5)
    assert not lab.processes["pg-1"].alive, "it does not start either"
    lab.disks.fill("pv/pg-0", "test")
    assert lab.processes["pg-0"].alive
    lab.write("pg-0")
    assert not lab.processes["pg-0"].alive


def test_a_lost_disk_of_number_0_is_an_empty_database_that_the_standbys_do_not_follow() -> None:
    lab = cluster()
    lab.write("pg-0")
    lab.run(1)
    lab.kill("pg-0")
    lab.disks.lose("pv/pg-0")
    restart(lab, "pg-0")
    lab.run(20)
    assert lab.primary == "pg-0"
    assert len(lab.lost) == 1
    assert {e.object for e in lab.events("Diverged")} == {"Member/pg-1", "Member/pg-2"}


def test_a_standby_without_a_commit_does_not_follow_another_database_either() -> None:
    lab = cluster(2, wal_log_hints=True)
    lab.kill("pg-0")
    lab.disks.lose("pv/pg-0")
    restart(lab, "pg-0")
    lab.run(20)
    assert [e.fields["entries"] for e in lab.events("Diverged")] == [0]
    lab.system.rebuild("pg-1")
    lab.run(20)
    assert len(lab.events("Cloned", "Member/pg-1")) == 2, "nothing to rewind to"
    write = lab.write("pg-0")
    lab.run(1)
    assert lab.ask("pg-1", "read", write.value).result is True, "the clone streams"

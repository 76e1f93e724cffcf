"""MySQL's asynchronous replication without a tool: numbers, clones, streams, and what people do."""

from __future__ import annotations

import pytest

from tests.systems.harness import STORE, Lab
from tests.systems.mysql_lab import cluster, restart, role, until_primary_s, writes


def test_number_0_is_the_source_and_each_other_clones_the_one_before_it() -> None:
    lab = Lab("mysql-async")
    for number in (2, 1, 0):
        lab.start(f"db-{number}", ordinal=number)
        lab.run(20)
    assert lab.primary == "db-0"
    cloned = [(e.object, e.fields["source"], e.fields["server_id"]) for e in lab.events("Cloned")]
    assert cloned == [("Member/db-1", "db-0", 101), ("Member/db-2", "db-1", 102)]
    assert lab.events("Initialised")[0].fields["server_id"] == 100
    write = lab.write("db-0")
    lab.run(1)
    assert lab.ask("db-2", "read", write.value).result is True, "it follows the source, not whom it cloned"
    assert "--super-read-only" in lab.write("db-2").error


def test_without_numbers_every_pod_is_a_source_of_its_own_with_the_same_server_id() -> None:
    lab = Lab("mysql-async")
    for name in ("db-a", "db-b", "db-c"):
        lab.start(name)
    lab.run(20)
    assert [lab.write(name).type for name in ("db-a", "db-b", "db-c")] == ["ok"] * 3
    assert {e.fields["server_id"] for e in lab.events("Initialised")} == {100}
    assert len(lab.lost) == 2, "one database survives, the others know nothing of it"


def test_without_a_tool_nothing_fails_over_and_the_source_comes_back_with_all_it_had() -> None:
    lab = cluster()
    writes(lab, 10)
    lab.power_cut("db-0")
    lab.run(3600)
    assert lab.primary is None
    assert lab.ask("db-1", "read", 1).result is True, "reads go on"
    restart(lab, "db-0")
    assert until_primary_s(lab) == pytest.approx(4, abs=0.02), "start and crash recovery"
    assert lab.lost == set()
    write = lab.write("db-0")
    lab.run(70)
    assert lab.ask("db-2", "read", write.value).result is True, "within source_connect_retry"


def test_a_healthy_cluster_costs_no_events() -> None:
    for orchestrator in ("none", "auto"):
        lab = cluster(orchestrator=orchestrator)
        before = lab.clock.events
        lab.run(24 * 3600)
        assert lab.clock.events == before


def test_a_replica_shows_what_its_sql_thread_has_applied() -> None:
    lab = cluster(replication_lag="100ms", apply_lag="200ms")
    write = lab.write("db-0")
    assert write.type == "ok"
    lab.run(0.25)
    assert lab.ask("db-1", "read", write.value).result is False
    lab.run(0.1)
    assert lab.ask("db-1", "read", write.value).result is True


def test_the_sql_thread_goes_on_when_the_source_is_gone() -> None:
    lab = cluster(2, replication_lag="10ms", apply_lag="20s")
    writes(lab, 5)
    lab.power_cut("db-0")
    assert lab.ask("db-1", "read", 1).result is False
    lab.run(16)
    assert lab.ask("db-1", "read", 1).result is True
    assert lab.ask("db-1", "read", 400).result is False
    lab.run(10)
    assert lab.ask("db-1", "read", 400).result is True


# -- what people do --------------------------------------------------------------------------------------


def test_a_person_who_promotes_waits_for_the_relay_log_and_loses_the_lag() -> None:
    lab = cluster(replication_lag="500ms", apply_lag="3s")
    writes(lab, 5)
    lab.power_cut("db-0")
    assert lab.system.cannot_promote("db-1") is None
    lab.system.promote("db-1")
    assert until_primary_s(lab) == pytest.approx(3.5, abs=0.02), "what was received last is applied 3 s later"
    assert len(lab.lost) == pytest.approx(50, abs=1), "lag x rate"
    write = lab.write("db-1")
    lab.run(5)
    assert lab.ask("db-2", "read", write.value).result is True
    assert lab.dual_primary_s() == 0


def test_a_source_that_a_person_can_reach_is_closed_first_and_nothing_is_lost() -> None:
    lab = cluster(replication_lag="500ms")
    writes(lab, 5)
    lab.system.promote("db-1")
    assert "--super-read-only" in lab.write("db-0").error
    lab.run(10)
    assert (lab.primary, role(lab, "db-0")) == ("db-1", "replica")
    assert lab.lost == set()
    assert not lab.events("Diverged")
    write = lab.write("db-1")
    lab.run(1)
    assert lab.ask("db-0", "read", write.value).result is True
    assert lab.dual_primary_s() == 0


def test_the_old_source_comes_back_as_a_second_one_until_it_is_rebuilt() -> None:
    lab = cluster()
    lab.write("db-0")
    lab.run(1)
    lab.power_cut("db-0")
    lab.system.promote("db-1")
    lab.run(10)
    restart(lab, "db-0")
    lab.run(10)
    stray, kept = lab.write("db-0"), lab.write("db-1")
    assert (stray.type, kept.type) == ("ok", "ok")
    assert lab.lost == {stray.value}
    assert lab.system.rebuild("db-0") is None
    lab.run(30)
    assert role(lab, "db-0") == "replica"
    assert [e.fields["entries"] for e in lab.events("Diverged")] == [1]
    assert lab.events("Cloned")[-1].fields["source"] == "db-1", "errant GTIDs: only a new clone helps"
    assert lab.ask("db-0", "read", kept.value).result is True
    assert lab.ask("db-0", "read", stray.value).result is False


def test_an_old_source_without_anything_more_is_repointed_and_not_cloned() -> None:
    lab = cluster()
    lab.write("db-0")
    lab.run(1)
    lab.power_cut("db-0")
    lab.system.promote("db-1")
    lab.run(10)
    assert lab.system.rivals("db-1") == ["db-0"]
    assert lab.system.rebuild("db-0") is None
    restart(lab, "db-0")
    lab.run(30)
    assert (lab.primary, role(lab, "db-0")) == ("db-1", "replica")
    assert not lab.events("Cloned", "Member/db-0")
    assert lab.dual_primary_s() == 0
    lab.kill("db-0")
    restart(lab, "db-0")
    lab.run(30)
    assert role(lab, "db-0") == "replica", "its disk says so from now on"


def test_a_replica_that_has_received_more_than_the_promoted_one_is_broken() -> None:
    lab = cluster()
    lab.cut("db-0", "db-2")
    lab.write("db-0")
    lab.run(1)
    lab.power_cut("db-0")
    assert lab.system.progress("db-1") > lab.system.progress("db-2")
    lab.system.promote("db-2")
    lab.run(10)
    assert [e.object for e in lab.events("Diverged")] == ["Member/db-1"]
    write = lab.write("db-2")
    lab.run(90)
    assert lab.ask("db-1", "read", write.value).result is False
    lab.system.rebuild("db-1")
    lab.run(30)
    assert lab.ask("db-1", "read", write.value).result is True


def test_a_lost_disk_of_number_0_is_an_empty_database_that_nobody_follows() -> None:
    lab = cluster()
    lab.write("db-0")
    lab.run(1)
    lab.kill("db-0")
    lab.disks.lose("pv/db-0")
    restart(lab, "db-0")
    lab.run(90)
    assert lab.primary == "db-0"
    assert len(lab.lost) == 1
    assert {e.object for e in lab.events("Diverged")} == {"Member/db-1", "Member/db-2"}


def test_whom_nobody_can_promote() -> None:
    lab = cluster()
    assert lab.system.cannot_promote("db-0") == "db-0 is a primary already"
    assert lab.system.cannot_promote("db-7") == "no server runs in db-7"
    lab.cut("db-1", STORE)
    assert lab.system.cannot_promote("db-1") == "db-1 cannot be reached"
    lab.power_cut("db-0")
    assert lab.system.rebuild("db-0") == "there is no primary that it could follow"


def test_two_servers_on_one_directory_and_full_disks() -> None:
    lab = Lab("mysql-async")
    lab.start("db-0", "pv/one", ordinal=0)
    lab.run(10)
    lab.start("db-1", "pv/one", ordinal=1)
    lab.run(10)
    assert "ibdata1" in lab.events("Exited", "Process/db-1")[0].fields["why"]
    lab = cluster()
    lab.disks.fill("pv/db-0", "test")
    assert lab.processes["db-0"].alive
    lab.write("db-0")
    assert not lab.processes["db-0"].alive


def test_a_person_who_comes_late_does_not_wait_for_what_is_applied_already() -> None:
    lab = cluster(2, apply_lag="20s")
    writes(lab, 5)
    lab.power_cut("db-0")
    lab.run(15)
    lab.system.promote("db-1")
    assert until_primary_s(lab) == pytest.approx(5.5, abs=0.02)
    assert len(lab.lost) <= 6

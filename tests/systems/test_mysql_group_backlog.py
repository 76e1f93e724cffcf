"""A primary of a MySQL group that has received more than it has applied, and what each level waits for."""

from __future__ import annotations

from tests.systems.harness import Ask, Lab
from tests.systems.mysql_group_lab import fails_over_s, group


def test_eventual_opens_at_once_and_serves_stale_reads() -> None:
    lab = group(apply_lag="30s", group_replication_consistency="EVENTUAL")
    lab.write("m-0")
    lab.run(1)
    lab.write("m-0")
    lab.power_cut("m-0")
    took = fails_over_s(lab)
    assert took is not None
    assert took < 13
    new = lab.primary
    assert lab.ask(new, "read", 2).result is False, "it has received it, and not applied it"
    assert lab.ask(new, "read", 3).result is True, "its own"
    lab.run(20)
    assert all(lab.ask(new, "read", n).result for n in (1, 2, 3))
    assert lab.lost == set()


def counted(lab: Lab, pod: str, n: int) -> Ask:
    ask = Ask("add" if n else "read", n)
    ask.kind = "counter"
    lab.system.submit(lab.processes[pod], ask)
    return ask


def test_the_first_committer_wins_over_what_a_new_primary_has_not_applied() -> None:
    lab = group(apply_lag="30s", group_replication_consistency="EVENTUAL")
    counted(lab, "m-0", 5)
    lab.power_cut("m-0")
    lab.run(14)
    new = lab.primary
    assert counted(lab, new, 0).result == 0
    assert counted(lab, new, 3).error.startswith("ERROR 3101")
    lab.run(20)
    assert counted(lab, new, 3).type == "ok"
    assert counted(lab, new, 0).result == 8


def test_before_on_primary_failover_holds_sessions_until_the_backlog_is_applied() -> None:
    lab = group(apply_lag="30s")
    lab.write("m-0")
    lab.power_cut("m-0")
    lab.run(14)
    new = lab.primary
    read = lab.ask(new, "read", 1)
    write = lab.write(new)
    assert (read.type, write.type) == ("", "")
    lab.run(17)
    assert (read.type, read.result, write.type) == ("ok", True, "ok")


def test_secondaries_read_old_data_unless_they_wait() -> None:
    lab = group(apply_lag="2s")
    lab.write("m-0")
    assert lab.ask("m-1", "read", 1).result is False
    lab = group(apply_lag="2s", group_replication_consistency="BEFORE")
    lab.write("m-0")
    read = lab.ask("m-1", "read", 1)
    lab.run(3)
    assert read.result is True


def test_after_waits_for_all_members_and_so_for_a_silent_one() -> None:
    lab = group(apply_lag="2s", group_replication_consistency="AFTER")
    write = lab.write("m-0")
    assert write.type == ""
    lab.run(2.1)
    assert write.type == "ok"
    assert lab.ask("m-1", "read", 1).result is True
    lab.power_cut("m-2")
    held = lab.write("m-0")
    lab.run(9)
    assert held.type == "", "until it is expelled"
    lab.run(4)
    assert held.type == "ok"

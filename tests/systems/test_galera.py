"""A Galera cluster: components by quorum, stalls, ERROR 1047, state transfers, and who begins again."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.kernel.clock import SECOND
from statesim.systems.catalogue import problems
from tests.systems.harness import Lab

NAMES = ("g-0", "g-1", "g-2")


def galera(members: int = 3, **parameters: Any) -> Lab:
    """Return a healthy cluster, a minute old."""
    lab = Lab("galera", **parameters)
    for number in range(members):
        lab.start(f"g-{number}", ordinal=number)
    lab.run(60)
    assert lab.primary == "g-0"
    assert [process.pod for process in lab.system.replicas()] == [f"g-{n}" for n in range(1, members)]
    return lab


def back(lab: Lab, *pods: str) -> None:
    for pod in pods:
        lab.start(pod, ordinal=int(pod[-1]))


def answered_s(lab: Lab, pod: str) -> float | None:
    """Return how long a write through a pod takes; ``None`` = longer than a minute."""
    since = lab.clock.now
    ask = lab.write(pod)
    while not ask.type and lab.clock.now < since + 60 * SECOND:
        lab.run(0.1)
    return (lab.clock.now - since) / SECOND if ask.type == "ok" else None


def test_every_member_writes_and_all_have_it() -> None:
    lab = galera()
    for pod in NAMES:
        assert lab.write(pod).type == "ok"
    lab.run(1)
    for pod in NAMES:
        assert [lab.ask(pod, "read", n).result for n in (1, 2, 3)] == [True] * 3


def test_kill_of_two_of_three_stops_the_third() -> None:
    lab = galera()
    lab.write("g-0")
    lab.power_cut("g-1")
    lab.power_cut("g-2")
    waits = lab.write("g-0")
    lab.run(4.5)
    assert waits.type == "", "it waits as long as the others are suspected"
    lab.run(1)
    assert (waits.type, waits.error[:10]) == ("fail", "ERROR 1047")
    assert lab.ask("g-0", "read", 1).error.startswith("ERROR 1047"), "reads are refused as well"
    lab.run(600)
    assert lab.write("g-0").type == "fail"
    assert lab.lost == set()


def test_stop_of_two_of_three_leaves_the_last_one_at_work() -> None:
    lab = galera()
    lab.stop("g-1")
    assert lab.write("g-0").type == "ok", "a goodbye stalls nothing"
    lab.stop("g-2")
    assert lab.write("g-0").type == "ok"
    lab.run(10)
    lab.stop("g-0")
    lab.run(10)
    safe = {pod: lab.disks.open(f"pv/{pod}").contents.safe_to_bootstrap for pod in NAMES}
    assert safe == {"g-0": True, "g-1": False, "g-2": False}, "who left last"


def test_a_silent_member_stalls_all_writes_for_the_suspicion() -> None:
    lab = galera()
    lab.power_cut("g-2")
    took = answered_s(lab, "g-1")
    assert took is not None
    assert 5 <= took <= 5.2
    assert answered_s(lab, "g-0") == 0


def test_a_member_whose_connections_are_reset_is_dropped_sooner() -> None:
    lab = galera()
    lab.kill("g-2")
    took = answered_s(lab, "g-1")
    assert took is not None
    assert 1 <= took <= 1.2


def test_who_is_cut_off_refuses_and_catches_up_by_itself() -> None:
    lab = galera()
    lab.cut("g-0", "g-1")
    lab.cut("g-0", "g-2")
    lab.run(6)
    assert lab.write("g-0").type == "fail"
    assert lab.write("g-1").type == "ok"
    assert lab.primary == "g-1"
    assert lab.dual_primary_s() == 0
    lab.heal()
    lab.run(5)
    assert lab.write("g-0").type == "ok"
    assert lab.ask("g-0", "read", 2).result
    assert lab.events("CaughtUp", "Member/g-0")
    assert lab.lost == set()


def test_a_cut_that_a_third_member_bridges_is_not_noticed() -> None:
    lab = galera()
    lab.cut("g-0", "g-1")
    assert lab.write("g-0").type == "ok"


def test_a_frozen_member_is_dropped_and_joins_again() -> None:
    lab = galera()
    lab.freeze("g-0")
    lab.run(6)
    assert lab.write("g-1").type == "ok"
    lab.thaw("g-0")
    lab.run(2)
    assert lab.write("g-0").type == "ok"
    assert len(lab.system.replicas()) == 2
    assert lab.dual_primary_s() == 0


def test_a_short_freeze_only_stalls() -> None:
    lab = galera()
    lab.freeze("g-0")
    took = lab.write("g-1")
    lab.run(3)
    assert took.type == ""
    lab.thaw("g-0")
    assert took.type == "ok"
    assert lab.primary == "g-0"


def test_a_full_power_cut_heals_by_itself_once_all_are_there() -> None:
    lab = galera()
    lab.write("g-0")
    for pod in NAMES:
        lab.power_cut(pod)
    assert not any(lab.disks.open(f"pv/{pod}").contents.safe_to_bootstrap for pod in NAMES)
    back(lab, "g-0", "g-1")
    lab.run(120)
    assert lab.primary is None, "two of three are not all"
    back(lab, "g-2")
    lab.run(5)
    assert lab.primary is not None
    assert lab.write("g-1").type == "ok"
    assert lab.lost == set()


def test_a_full_stop_in_order_waits_for_a_person() -> None:
    lab = galera()
    lab.write("g-0")
    for pod in NAMES:
        lab.stop(pod)
        lab.run(5)
    back(lab, *NAMES)
    lab.run(300)
    assert lab.primary is None
    assert lab.ask("g-1", "read", 1).error.startswith("ERROR 1047")
    assert lab.system.cannot_promote("g-2") is None
    lab.system.promote("g-2")
    lab.run(10)
    assert lab.write("g-0").type == "ok"
    assert "already" in str(lab.system.cannot_promote("g-0"))
    assert lab.lost == set()


def behind(**parameters: Any) -> Lab:
    """Return a cluster whose g-0 lacks twenty writes; power was cut, and g-2 does not come back."""
    lab = galera(**parameters)
    lab.write("g-0")
    lab.power_cut("g-0")
    lab.run(10)
    for _ in range(20):
        assert lab.write("g-1").type == "ok"
    lab.power_cut("g-1")
    lab.power_cut("g-2")
    lab.run(60)
    back(lab, "g-0", "g-1")
    lab.run(60)
    return lab


def test_the_right_member_bootstraps_and_nothing_is_lost() -> None:
    lab = behind()
    assert lab.primary is None
    best = max(("g-0", "g-1"), key=lab.system.progress)
    assert best == "g-1"
    lab.system.promote(best)
    lab.run(10)
    assert lab.write("g-0").type == "ok"
    assert lab.lost == set()


def test_the_wrong_member_bootstraps_and_the_difference_is_lost() -> None:
    lab = behind()
    lab.system.promote("g-0")
    lab.run(1)
    assert lab.processes["g-1"].alive is False, "it is ahead: states have diverged, and it aborts"
    assert lab.events("Diverged", "Member/g-1")[0].fields["entries"] == 20
    assert len(lab.lost) == 20
    for _ in range(30):
        lab.write("g-0")
    back(lab, "g-1")
    lab.run(10)
    assert lab.events("Overwritten", "Member/g-1")[0].fields["count"] == 20, "the cluster has overtaken it"
    assert lab.write("g-1").type == "ok"
    assert len(lab.lost) == 20


def test_number_0_as_the_script_overwrites_newer_data() -> None:
    lab = behind(bootstrap="ordinal-0")
    assert lab.primary == "g-0"
    assert len(lab.lost) == 20


def test_number_0_joins_where_it_meets_a_cluster() -> None:
    lab = galera(bootstrap="ordinal-0")
    lab.write("g-0")
    lab.kill("g-0")
    lab.run(10)
    back(lab, "g-0")
    lab.run(10)
    assert lab.dual_primary_s() == 0
    assert lab.primary == "g-1"
    assert lab.write("g-0").type == "ok"


def test_number_0_as_the_script_makes_two_clusters_when_it_is_cut_off() -> None:
    lab = galera(bootstrap="ordinal-0")
    lab.cut("g-0", "g-1")
    lab.cut("g-0", "g-2")
    lab.run(10)
    lab.kill("g-0")
    back(lab, "g-0")
    lab.run(10)
    assert (lab.write("g-0").type, lab.write("g-1").type) == ("ok", "ok")
    lab.heal()
    lab.run(60)
    assert lab.accepting("g-0")
    lab.kill("g-1")
    assert lab.dual_primary_s() >= 60, "two primary components never merge"
    assert len(lab.lost) == 1


def test_the_furthest_bootstraps_when_all_are_there() -> None:
    lab = behind(bootstrap="highest-seqno")
    assert lab.primary is None, "one is missing: it might be further"
    back(lab, "g-2")
    lab.run(10)
    assert lab.primary in ("g-1", "g-2")
    assert lab.lost == set()


def test_without_numbers_everybody_begins_a_cluster() -> None:
    lab = Lab("galera")
    for pod in ("g-x", "g-y", "g-z"):
        lab.start(pod)
    lab.run(10)
    assert [lab.write(pod).type for pod in ("g-x", "g-y", "g-z")] == ["ok"] * 3
    assert len(lab.lost) == 2


def test_an_empty_disk_gets_a_full_copy_and_its_donor_waits_with_rsync() -> None:
    lab = galera(transfer_rate="10Mi")  # 100 MiB: ten seconds
    lab.write("g-0")
    lab.stop("g-2")
    lab.run(5)
    lab.start("g-2", "pv/new", ordinal=2)
    lab.run(2)
    assert lab.write("g-1").type == "ok"
    took = answered_s(lab, "g-0")
    assert took is not None
    assert 8 <= took <= 10
    lab.run(1)
    assert lab.events("Cloned", "Member/g-2")
    assert lab.ask("g-2", "read", 1).result


def test_a_copy_whose_donor_dies_has_failed() -> None:
    lab = galera(transfer_rate="10Mi")
    lab.stop("g-2")
    lab.run(5)
    lab.start("g-2", "pv/new", ordinal=2)
    lab.run(3)
    lab.power_cut("g-0")
    lab.run(20)
    assert not lab.processes["g-2"].alive
    assert lab.write("g-1").type == "ok", "who aborts says goodbye: the last one goes on"


def test_a_person_wipes_who_has_diverged() -> None:
    lab = behind()
    lab.system.promote("g-0")
    lab.run(1)
    assert lab.system.rebuild("g-1") is None
    back(lab, "g-1")
    lab.run(10)
    assert lab.events("Cloned", "Member/g-1")
    assert lab.write("g-1").type == "ok"
    assert "stop it first" in str(lab.system.rebuild("g-1"))


# -- what each parameter does ----------------------------------------------------------------------------


def stall_s(**parameters: Any) -> float:
    lab = galera(**parameters)
    lab.power_cut("g-2")
    return answered_s(lab, "g-0") or 0


def joins(**parameters: Any) -> tuple[str, float]:
    """Return how g-2 joins after a hundred writes, and after how long."""
    lab = galera(**parameters)
    lab.stop("g-2")
    lab.run(5)
    for _ in range(100):
        lab.write("g-0")
    since = lab.clock.now
    back(lab, "g-2")
    while lab.system.view_of_clients().names() != list(NAMES) or len(lab.system.replicas()) < 2:
        lab.run(0.05)
    means = "SST" if lab.events("Cloned", "Member/g-2")[1:] else "IST"
    return means, (lab.clock.now - since) / SECOND


def test_suspicion_and_reset() -> None:
    assert stall_s(evs_suspect_timeout="2s") < 2.5
    assert stall_s() >= 5
    lab = galera(evs_inactive_check_period="3s")
    lab.kill("g-2")
    assert 3 <= (answered_s(lab, "g-0") or 0) <= 3.2
    assert problems("galera", {"evs_inactive_timeout": "4s"})


@pytest.mark.parametrize(("limit", "least", "most"), [("6s", 5, 7), ("15s", 9, 11)])
def test_the_inactive_timeout_ends_a_wait_that_others_prolong(limit: str, least: float, most: float) -> None:
    lab = galera(7, evs_inactive_timeout=limit)
    lab.power_cut("g-6")
    lab.at(64, lab.power_cut, "g-5")
    took = answered_s(lab, "g-0")
    assert took is not None
    assert least <= took <= most


@pytest.mark.parametrize("recovers", [True, False])
def test_pc_recovery(recovers: bool) -> None:
    lab = galera(pc_recovery=recovers)
    for pod in NAMES:
        lab.power_cut(pod)
    back(lab, *NAMES)
    lab.run(60)
    assert (lab.primary is not None) is recovers


def test_what_a_donor_keeps_and_how_fast_it_gives() -> None:
    assert joins()[0] == "IST"
    assert joins(gcache_size="50Ki")[0] == "SST"
    assert joins(gcache_size="50Ki", write_set_size="512")[0] == "IST"
    assert joins(write_set_size="1Mi", transfer_rate="10Mi")[1] > joins(write_set_size="1Mi")[1] + 5
    slow, quick = joins(gcache_size=0, data_size="1Gi")[1], joins(gcache_size=0)[1]
    assert slow > quick + 8
    assert joins(start_time="4s")[1] >= joins()[1] + 3


def test_mariabackup_does_not_hold_up_its_donor() -> None:
    lab = galera(transfer_rate="10Mi", wsrep_sst_method="mariabackup")
    lab.stop("g-2")
    lab.run(5)
    lab.start("g-2", "pv/new", ordinal=2)
    lab.run(2)
    assert answered_s(lab, "g-0") == 0


def test_reads_are_stale_for_the_lag_unless_they_wait() -> None:
    lab = galera(apply_lag="200ms")
    lab.write("g-0")
    assert lab.ask("g-0", "read", 1).result, "its own member shows it at once"
    assert not lab.ask("g-1", "read", 1).result
    lab.run(0.3)
    assert lab.ask("g-1", "read", 1).result
    lab = galera(apply_lag="200ms", wsrep_sync_wait=True)
    lab.write("g-0")
    waits = lab.ask("g-1", "read", 1)
    assert waits.type == ""
    lab.run(0.3)
    assert waits.result

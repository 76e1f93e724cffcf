"""A Galera cluster: components by quorum, stalls, ERROR 1047, state transfers, and who begins again."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
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


def test_a_member_is_suspected_before_it_counts_as_inactive() -> None:
    assert problems("galera", {"evs_inactive_timeout": "4s"})

"""A MySQL group that has stopped everywhere: who begins it again, and what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.systems.mysql_group_lab import NAMES, back, group

if TYPE_CHECKING:
    from tests.systems.harness import Lab


def behind() -> Lab:
    """Return a group that has stopped everywhere, with m-0 three writes behind the others."""
    lab = group()
    lab.write("m-0")
    lab.stop("m-0")
    lab.run(3)
    for _ in range(3):
        assert lab.write(lab.primary).type == "ok"
    lab.power_cut("m-1")
    lab.power_cut("m-2")
    back(lab, *NAMES)
    lab.run(300)
    assert lab.primary is None, "nobody begins by itself"
    return lab


def test_a_group_that_has_stopped_is_rebooted_from_who_has_most() -> None:
    lab = behind()
    assert "super-read-only" in lab.write("m-1").error
    assert max(NAMES, key=lab.system.progress) == "m-1"
    lab.system.promote("m-1")
    lab.run(5)
    assert lab.primary == "m-1"
    assert len(lab.system.replicas()) == 2
    assert lab.lost == set()


def test_rebooted_from_the_wrong_member_the_others_are_refused_and_the_difference_is_lost() -> None:
    lab = behind()
    lab.system.promote("m-0")
    lab.run(5)
    assert lab.primary == "m-0"
    assert lab.system.replicas() == []
    assert len(lab.events("Diverged")) == 2
    assert lab.lost == {2, 3, 4}
    assert "stop it first" in str(lab.system.rebuild("m-0"))
    assert lab.system.rebuild("m-1") is None
    lab.run(5)
    assert [process.pod for process in lab.system.replicas()] == ["m-1"]


def test_who_is_overtaken_by_the_wrong_history_is_not_found_out() -> None:
    lab = behind()
    lab.kill("m-1")
    lab.kill("m-2")
    lab.system.promote("m-0")
    for _ in range(9):
        lab.write("m-0")
    back(lab, "m-1")
    lab.run(5)
    assert [event.fields["count"] for event in lab.events("Overwritten", "Member/m-1")] == [3]


def test_an_operator_waits_for_all_and_takes_who_has_most() -> None:
    lab = group(bootstrap="most-transactions")
    for _ in range(3):
        lab.write("m-0")
        lab.run(1)
    for pod in NAMES:
        lab.power_cut(pod)
    back(lab, "m-1", "m-2")
    lab.run(300)
    assert lab.primary is None
    back(lab, "m-0")
    lab.run(5)
    assert lab.primary is not None
    assert len(lab.system.replicas()) == 2
    assert lab.lost == set()


def test_number_0_begins_by_script_whatever_it_has() -> None:
    lab = group(bootstrap="ordinal-0")
    lab.write("m-0")
    lab.stop("m-0")
    lab.run(3)
    lab.write(lab.primary)
    lab.power_cut("m-1")
    lab.power_cut("m-2")
    back(lab, *NAMES)
    lab.run(30)
    assert lab.primary == "m-0"
    assert lab.lost == {2}


def test_pods_without_numbers_are_a_group_each() -> None:
    lab = group(1)
    for name in ("x", "y"):
        lab.start(name, f"emptyDir/{name}")
    lab.run(10)
    for pod in ("m-0", "x", "y"):
        assert lab.write(pod).type == "ok"
    lab.run(10)
    lab.kill("y")
    assert lab.dual_primary_s() >= 19
    assert len(lab.lost) == 2

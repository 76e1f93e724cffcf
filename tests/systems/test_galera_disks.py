"""What the members of a Galera cluster have flushed, and what goes with all of them."""

from __future__ import annotations

import pytest

from tests.systems.test_galera import NAMES, back, galera


@pytest.mark.parametrize(
    ("flush", "how", "loses"),
    [(1, "power_cut", 0), (1, "kill", 0), (2, "kill", 0), (2, "power_cut", 99), (0, "kill", 99)],
)
def test_what_no_member_has_flushed_goes_with_all_of_them(flush: int, how: str, loses: int) -> None:
    lab = galera(innodb_flush_log_at_trx_commit=flush)
    for _ in range(150):
        lab.write("g-0")
        lab.run(0.01)
    for pod in NAMES:
        getattr(lab, how)(pod)
    back(lab, *NAMES)
    lab.run(60)
    assert lab.primary is not None
    assert (0 < len(lab.lost) <= 100) if loses else not lab.lost
    assert len(lab.events("TailLost")) == (3 if loses else 0)


def test_what_one_member_has_not_flushed_the_others_still_have() -> None:
    lab = galera(innodb_flush_log_at_trx_commit=0)
    for _ in range(30):
        lab.write("g-0")
        lab.run(0.01)
    lab.power_cut("g-2")
    lab.run(30)
    back(lab, "g-2")
    lab.run(60)
    assert len(lab.events("TailLost")) == 1
    assert lab.lost == set()
    assert lab.ask("g-2", "read", 30).result is True

"""How often a statement is answered: all that it needs must be there at once, the coordinator and its workers.

If each is up for a share of the time, on its own, then the chance of several is the product of theirs.
"""

from __future__ import annotations

from itertools import product
from math import prod
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.systems.citus_lab import Everything, cluster, home, submit
from tests.systems.registers import Put

if TYPE_CHECKING:
    from tests.systems.harness import Lab

COORDINATOR, WORKER = 0.9, 0.7
ONE, ALL = "one key", "all rows"


def answered(lab: Lab) -> dict[str, float]:
    """Return the share of statements that are answered now: of those for one key, and of one for all rows."""
    keys = {home(lab, key): key for key in range(40)}
    single = [submit(lab, Put("read", [key, None]), 0).type == "ok" for key in keys.values()]
    return {ONE: sum(single) / len(single), ALL: submit(lab, Everything("truncate", None), 0).type == "ok"}


def with_up(lab: Lab, up: tuple[bool, ...]) -> dict[str, float]:
    """Return what is answered while only these run, the coordinator first."""
    for number, runs in enumerate(up):
        if not runs:
            lab.kill(f"c-{number}")
    return answered(lab)


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_one_key_needs_the_coordinator_and_one_worker_and_all_rows_every_worker(workers: int) -> None:
    chance = {ONE: 0.0, ALL: 0.0}
    for up in product((True, False), repeat=workers + 1):
        shares = (COORDINATOR, *[WORKER] * workers)
        weight = prod(share if runs else 1 - share for share, runs in zip(shares, up, strict=True))
        for what, share in with_up(cluster(workers), up).items():
            chance[what] += weight * share
    assert chance[ONE] == pytest.approx(COORDINATOR * WORKER)
    assert chance[ALL] == pytest.approx(COORDINATOR * WORKER**workers)


def test_workers_that_come_and_go_at_random_leave_as_much_as_the_products_say() -> None:
    workers, random, rounds = 3, Random(7), 1500
    lab, seen = cluster(workers), {ONE: 0.0, ALL: 0.0}
    for _ in range(rounds):
        for number in range(1, workers + 1):
            up, shall = lab.processes[f"c-{number}"].running, random.random() < WORKER
            if up and not shall:
                lab.kill(f"c-{number}")
            elif shall and not up:
                lab.start(f"c-{number}", ordinal=number)
        for what, share in answered(lab).items():
            seen[what] += share / rounds
    assert seen[ONE] == pytest.approx(WORKER, abs=0.03)
    assert seen[ALL] == pytest.approx(WORKER**workers, abs=0.04)

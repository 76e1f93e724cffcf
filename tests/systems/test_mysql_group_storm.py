"""Storms of faults over MySQL groups: one primary that commits, and nothing acknowledged is lost."""

from __future__ import annotations

from random import Random

import pytest

from tests.systems.harness import Lab
from tests.systems.mysql_group_lab import KIND, NAMES, group
from tests.systems.shaken import calm, storm

LEVELS = ("EVENTUAL", "BEFORE_ON_PRIMARY_FAILOVER", "AFTER")


def writers(lab: Lab) -> int:
    """Return how many groups can commit now."""
    return sum(view.works and not view.primary.held for view in lab.system.views())


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_lost_and_calm_brings_all_back(seed: int) -> None:
    lab = Lab(
        KIND,
        seed,
        bootstrap="most-transactions",
        group_replication_unreachable_majority_timeout="20s" if seed % 2 else 0,
        group_replication_consistency=LEVELS[seed % 3],
        group_replication_exit_state_action="ABORT_SERVER",
        apply_lag="4s" if seed % 5 else "20s",
    )
    for pod in NAMES:
        lab.start(pod, ordinal=int(pod[-1]))
    lab.run(30)
    storm(lab, Random(seed), 60, NAMES, writers)
    calm(lab, NAMES, 8, 330)
    assert lab.lost == set()
    assert lab.primary is not None
    assert len(lab.system.replicas()) == 2
    assert lab.write(lab.primary).type in ("ok", "" if seed % 3 == 2 else "ok")
    assert not lab.events("Overwritten")
    assert not lab.events("Diverged")


@pytest.mark.parametrize("seed", range(20))
def test_a_minority_of_disks_may_be_lost_as_well(seed: int) -> None:
    lab, rng = group(5, seed, group_replication_consistency=LEVELS[seed % 3]), Random(seed)
    for _ in range(8):
        for pod in rng.sample(sorted(lab.processes), 2):
            process = lab.processes[pod]
            (lab.kill, lab.power_cut)[rng.randrange(2)](pod)
            if rng.randrange(2):
                lab.disks.lose(process.data)
        for _ in range(rng.randrange(1, 30)):
            for process in list(lab.processes.values()):
                if process.alive and lab.accepting(process.pod):
                    lab.write(process.pod)
            lab.run(1)
        for pod, process in list(lab.processes.items()):
            if not process.alive:
                lab.start(pod, ordinal=int(pod[-1]))
        lab.run(40)
        assert len(lab.system.replicas()) == 4
        assert lab.lost == set()
    assert len(lab.confirmed) >= 10


@pytest.mark.parametrize("seed", range(5))
def test_the_same_seed_gives_the_same_trace(seed: int) -> None:
    def trace() -> list[tuple[int, str, str]]:
        lab = group(3, seed)
        storm(lab, Random(seed), 30, NAMES, writers)
        return [(event.t_us, event.object, event.event) for event in lab.trace.events]

    assert trace() == trace()


def test_health_costs_nothing() -> None:
    lab = group()
    before = lab.clock.events
    lab.run(24 * 3600)
    assert lab.clock.events == before

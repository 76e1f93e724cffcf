"""Storms of faults over Galera clusters: at most one primary component, and nothing acknowledged is lost."""

from __future__ import annotations

from random import Random

import pytest

from statesim.node.process import State
from tests.systems.harness import Lab

NAMES = ("g-0", "g-1", "g-2")


def primaries(lab: Lab) -> int:
    return sum(view.primary and bool(view.synced()) for view in lab.system.views() if not view.silent)


def storm(lab: Lab, rng: Random, steps: int) -> None:
    """Break and mend members and their network, and write to all of them."""
    for _ in range(steps):
        pod = rng.choice(NAMES)
        process = lab.processes[pod]
        what = rng.randrange(8)
        if not process.alive:
            if what < 5:
                lab.start(pod, ordinal=int(pod[-1]))
        elif process.state is State.RUNNING and what < 4:
            (lab.kill, lab.power_cut, lab.freeze, lab.stop)[what](pod)
        elif process.state is State.FROZEN:
            lab.thaw(pod)
        elif what == 4:
            lab.cut(pod, rng.choice([other for other in NAMES if other != pod]))
        elif what > 4:
            lab.heal()
        for name in NAMES:
            if lab.processes[name].state is State.RUNNING:
                lab.write(name)
        lab.run(rng.choice((0.3, 2, 7, 20)))
        assert primaries(lab) <= 1


@pytest.mark.parametrize("seed", range(40))
def test_one_component_writes_nothing_is_lost_and_calm_brings_all_back(seed: int) -> None:
    lab = Lab("galera", seed, bootstrap="highest-seqno")
    for pod in NAMES:
        lab.start(pod, ordinal=int(pod[-1]))
    lab.run(30)
    storm(lab, Random(seed), 60)
    lab.heal()
    for _ in range(5):  # a kubelet starts again who has ended
        for pod in NAMES:
            lab.thaw(pod)
            if not lab.processes[pod].alive:
                lab.start(pod, ordinal=int(pod[-1]))
        lab.run(30)
    assert len(lab.system.replicas()) == 2, "all are synced"
    assert all(lab.write(pod).type == "ok" for pod in NAMES)
    assert lab.lost == set()
    assert not lab.events("Overwritten")


@pytest.mark.parametrize("seed", range(10))
def test_the_same_seed_gives_the_same_trace(seed: int) -> None:
    def trace() -> list[tuple[int, str, str]]:
        lab = Lab("galera", seed)
        for pod in NAMES:
            lab.start(pod, ordinal=int(pod[-1]))
        lab.run(30)
        storm(lab, Random(seed), 30)
        return [(event.t_us, event.object, event.event) for event in lab.trace.events]

    assert trace() == trace()


def test_health_costs_nothing() -> None:
    lab = Lab("galera")
    for pod in NAMES:
        lab.start(pod, ordinal=int(pod[-1]))
    lab.run(60)
    before = lab.clock.events
    lab.run(24 * 3600)
    assert lab.clock.events == before

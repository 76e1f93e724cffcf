"""Storms of faults over Galera clusters: at most one primary component, and nothing acknowledged is lost."""

from __future__ import annotations

from random import Random

import pytest

from tests.systems.harness import Lab
from tests.systems.shaken import calm, storm

NAMES = ("g-0", "g-1", "g-2")


def primaries(lab: Lab) -> int:
    return sum(view.primary and bool(view.synced()) for view in lab.system.views() if not view.silent)


@pytest.mark.parametrize("seed", range(40))
def test_one_component_writes_nothing_is_lost_and_calm_brings_all_back(seed: int) -> None:
    lab = Lab("galera", seed, bootstrap="highest-seqno")
    for pod in NAMES:
        lab.start(pod, ordinal=int(pod[-1]))
    lab.run(30)
    storm(lab, Random(seed), 60, NAMES, primaries)
    calm(lab, NAMES, 5, 30)
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
        storm(lab, Random(seed), 30, NAMES, primaries)
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

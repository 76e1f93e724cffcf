"""StatefulSets of every version come to rest at the goal, from every state of three slots."""

from __future__ import annotations

from itertools import product

import pytest

from statesim.control.statefulset import StatefulSetController
from statesim.scenario.versions import Features
from tests.control.workbench import TOLERATION
from tests.exhaustive.explorer import Explorer, Judge, Trouble, kubelets
from tests.exhaustive.test_statefulset import SLOTS, STATES, Town, Way


@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
@pytest.mark.parametrize("version", ["1.20", "1.28", "1.30"])
def test_s23_s29_every_version_ends_at_the_goal(version: str, policy: str) -> None:
    """Versions differ in how an ended pod is made again, in batches, and in when a rollout is complete."""
    features = Features.for_version(version)
    for number, states in enumerate(product(STATES, repeat=SLOTS)):
        town = Town(Way(policy), (*states, "old" if number % 2 else "absent"))
        trouble = Trouble(number % 5, "refused") if number % 3 else Trouble()
        town.trouble = trouble
        Explorer(
            town.store,
            lambda store: [StatefulSetController(store, toleration_us=TOLERATION, features=features)],
            kubelets(),
            trouble,
            Judge(),
        ).settle()
        town.check_goal()

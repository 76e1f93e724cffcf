"""What controllers keep from one look to the next is what they would find if they looked at everything."""

from __future__ import annotations

from random import Random

import pytest

from statesim.cluster.objects import Node, Pod, PodDisruptionBudget
from statesim.cluster.store import Change, Store
from statesim.control.disruption import DisruptionController
from statesim.control.node_lifecycle import EXCLUDED_LABEL, NodeLifecycle
from statesim.control.ticks import Ticks
from statesim.kernel.clock import SECOND
from statesim.scenario.specs import (
    DisruptionBudgetSpec,
    IntOrPercent,
    LabelSelector,
    NodeSpec,
    PodSpec,
    Requirement,
)
from tests.control.workbench import new_store


def lifecycle(store: Store) -> NodeLifecycle:
    return NodeLifecycle(
        store,
        heartbeat=lambda _: 0,
        silent=lambda _: False,
        monitor=Ticks(5 * SECOND),
        grace_us=40 * SECOND,
        eviction_interval_us=10 * SECOND,
    )


@pytest.mark.parametrize("seed", range(5))
def test_kept_zones_are_those_of_a_controller_that_counts_all_nodes(seed: int) -> None:
    rng, store = Random(seed), new_store()
    kept = lifecycle(store)
    store.watch((Node,), lambda change: list(kept.keys(change)) and None)
    for step in range(400):
        name = f"n{rng.randrange(12)}"
        node = store.get(Node, name)
        what = rng.choice(["Ready", "NotReady", "Tainted", "Labelled", "gone"])
        if node is None:
            labels = {EXCLUDED_LABEL: ""} if rng.random() < 0.2 else {}
            store.create(Node(name=name, spec=NodeSpec(zone=rng.choice("abc")), labels=labels))
        elif what == "gone":
            store.remove(node)
        elif what == "Tainted":
            times = {"node.kubernetes.io/unreachable:NoExecute": step} if rng.random() < 0.7 else {}
            store.write(node, what, {"taint_times": times})
        elif what == "Labelled":
            store.write(node, what, {"labels": {EXCLUDED_LABEL: ""} if rng.random() < 0.5 else {}})
        else:
            store.write(node, what, {"ready": True if what == "Ready" else None})
        for one in store.all(Node):
            seen, fresh = kept.look(one.key), lifecycle(store).look(one.key)
            assert seen is not None
            assert fresh is not None
            assert (seen.zone, seen.zones) == (fresh.zone, fresh.zones)


@pytest.mark.parametrize("seed", range(5))
def test_budgets_found_by_label_are_those_whose_selector_matches(seed: int) -> None:
    rng, store = Random(seed), new_store()
    controller = DisruptionController(store)
    store.watch((PodDisruptionBudget,), lambda change: list(controller.keys(change)) and None)

    def some_spec() -> DisruptionBudgetSpec:
        labels = {key: rng.choice("xy") for key in rng.sample(["app", "tier", "env"], rng.randrange(3))}
        more = (Requirement("app", "Exists", ()),) if not labels or rng.random() < 0.3 else ()
        return DisruptionBudgetSpec(LabelSelector(labels, more), max_unavailable=IntOrPercent(1))

    hits = 0
    for _ in range(300):
        name = f"b{rng.randrange(8)}"
        budget = store.get(PodDisruptionBudget, name)
        if budget is None:
            store.create(PodDisruptionBudget(name=name, spec=some_spec()))
        elif rng.random() < 0.5:
            store.write(budget, "SpecChanged", {"spec": some_spec()})
        else:
            store.remove(budget)
        labels = {key: rng.choice("xy") for key in ("app", "tier", "env") if rng.random() < 0.7}
        pod = Pod(name="p", spec=PodSpec(containers=()), labels=labels)
        found = list(controller.keys(Change("MODIFIED", "Ready", pod)))
        budgets = store.all(PodDisruptionBudget)
        assert found == [b.key for b in budgets if b.spec.selector.matches(labels)]
        hits += len(found)
    assert hits > 100

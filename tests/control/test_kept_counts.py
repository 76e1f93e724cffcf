"""What controllers keep from one look to the next is what they would find if they looked at everything."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

from statesim.cluster.objects import Node, OwnerRef, Phase, Pod, PodDisruptionBudget
from statesim.cluster.store import Change, Store
from statesim.control.disruption import DisruptionController
from statesim.control.node_lifecycle import EXCLUDED_LABEL, NodeLifecycle
from statesim.control.quota import Ledger, usage_of
from statesim.control.ticks import Ticks
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import (
    Container,
    DisruptionBudgetSpec,
    IntOrPercent,
    LabelSelector,
    NodeSpec,
    PodSpec,
    Requirement,
    Resources,
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


def shuffled(rng: Random, store: Store, step: int) -> None:
    """Do something at random to one of a few pods of a few owners."""
    name = f"p{rng.randrange(8)}"
    pod = store.get(Pod, name)
    labels = {"app": rng.choice("xy")}
    owner = OwnerRef("ReplicaSet", rng.choice("rst"), "1") if rng.random() < 0.8 else None
    what = rng.choice(["Ready", "NotReady", "Failed", "Terminating", "Labelled", "OwnerChanged", "gone"])
    if pod is None:
        container = Container("c", "i", Resources(rng.randrange(1, 500), 1 << 20))
        store.create(Pod(name=name, spec=PodSpec(containers=(container,)), labels=labels, owner=owner))
    elif what == "gone":
        store.remove(pod)
    else:
        changes: dict[str, Any] = {
            "Ready": {"ready": True},
            "NotReady": {"ready": False},
            "Failed": {"phase": Phase.FAILED, "ready": False},
            "Terminating": {"deleted_us": store.clock.now, "grace_us": step % 5 * SECOND},
            "Labelled": {"labels": labels},
            "OwnerChanged": {"owner": owner},
        }[what]
        store.write(pod, what, changes)


@pytest.mark.parametrize("seed", range(5))
def test_kept_pods_of_a_budget_are_those_of_a_controller_that_counts_all(seed: int) -> None:
    rng, store = Random(seed), new_store()
    kept = DisruptionController(store)
    store.watch(kept.watches, lambda change: list(kept.keys(change)) and None)
    for step in range(300):
        shuffled(rng, store, step)
        limits = DisruptionBudgetSpec(LabelSelector({"app": rng.choice("xy")}), IntOrPercent(1))
        budget = store.get(PodDisruptionBudget, "b")
        if budget is None:
            store.create(PodDisruptionBudget(name="b", spec=limits))
        elif rng.random() < 0.05:
            store.write(budget, "Changed", {"spec": limits})
        elif rng.random() < 0.05:
            store.remove(budget)
        if rng.random() < 0.7:
            seen, fresh = (
                kept.look("PodDisruptionBudget/b"),
                DisruptionController(store).look("PodDisruptionBudget/b"),
            )
            assert (seen is None) is (fresh is None)
            if seen is not None and fresh is not None:
                assert len(seen.pods) == len(fresh.pods)
                assert (seen.pods.healthy, seen.pods.owners) == (fresh.pods.healthy, fresh.pods.owners)
                names = [f"p{number}" for number in range(8)]
                assert [seen.pods[name] for name in names] == [fresh.pods[name] for name in names]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_used_of_a_quota_is_what_all_objects_take_now(seed: int) -> None:
    rng, store = Random(seed), new_store()

    def remove_at_once(change: Change) -> None:
        """As a kubelet does: whoever is told later hears of the pod's end after that."""
        if change.event == "Terminating" and not change.object.grace_us:
            store.remove(change.object)

    store.watch((Pod,), remove_at_once)
    kept = Ledger(store)
    for step in range(300):
        store.clock.run(store.clock.now + rng.randrange(2) * SECOND)
        shuffled(rng, store, step)
        used: Counter[str] = Counter()
        for pod in store.all(Pod):
            used.update(usage_of(pod, store.clock.now))
        assert +kept.used() == +used

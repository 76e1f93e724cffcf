from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statesim.cluster.objects import Pod, PriorityClass
from statesim.control.actions import Create
from statesim.control.effects import apply
from statesim.errors import Forbidden
from statesim.scenario.specs import Container, PodSpec, PriorityClassSpec
from tests.control.workbench import new_store

if TYPE_CHECKING:
    from statesim.cluster.store import Store


@pytest.fixture
def store() -> Store:
    return new_store()


def created(store: Store, name: str, **spec: object) -> PodSpec:
    apply(store, Create(Pod(name=name, spec=PodSpec((Container("c", "v1"),), **spec))))  # type: ignore[arg-type]
    pod = store.get(Pod, name)
    assert pod is not None
    return pod.spec


def priority_class(store: Store, name: str, value: int, **kwargs: object) -> PriorityClass:
    return store.create(PriorityClass(name=name, spec=PriorityClassSpec(value, **kwargs)))  # type: ignore[arg-type]


def test_a_pod_gets_the_value_and_the_policy_of_its_class(store: Store) -> None:
    priority_class(store, "polite", 100, preemption_policy="Never")
    spec = created(store, "a", priority_class="polite")
    assert (spec.priority, spec.preemption_policy) == (100, "Never")
    same = created(store, "b", priority_class="polite", priority=100, preemption_policy="Never")
    assert same == spec


@pytest.mark.parametrize("own", [{"priority": 5}, {"preemption_policy": "PreemptLowerPriority"}])
def test_a_pod_that_says_otherwise_than_its_class_is_refused(store: Store, own: dict[str, object]) -> None:
    priority_class(store, "polite", 100, preemption_policy="Never")
    with pytest.raises(Forbidden, match="its class makes"):
        created(store, "a", priority_class="polite", **own)


def test_without_a_class_a_pod_has_no_priority_of_its_own(store: Store) -> None:
    with pytest.raises(Forbidden, match="5 cannot be set"):
        created(store, "a", priority=5)


def test_the_systems_classes_are_always_there(store: Store) -> None:
    assert created(store, "a", priority_class="system-node-critical").priority == 2_000_001_000
    assert created(store, "b", priority_class="system-cluster-critical").priority == 2_000_000_000


def test_without_a_class_the_lowest_default_class_counts_and_else_zero(store: Store) -> None:
    assert created(store, "before").priority == 0
    priority_class(store, "b", 20, global_default=True)
    low = priority_class(store, "a", 10, global_default=True)
    assert created(store, "after").priority_class == "a"
    store.remove(low)
    assert created(store, "later").priority == 20


def test_a_pod_of_an_unknown_class_is_refused(store: Store) -> None:
    with pytest.raises(Forbidden, match="no PriorityClass with name high was found"):
        created(store, "a", priority_class="high")
    assert store.get(Pod, "a") is None


def test_a_class_that_changes_leaves_the_pods_of_before_as_they_are(store: Store) -> None:
    found = priority_class(store, "high", 100)
    spec = created(store, "a", priority_class="high")
    store.write(found, "Changed", {"spec": PriorityClassSpec(5)})
    assert (spec.priority, created(store, "b", priority_class="high").priority) == (100, 5)

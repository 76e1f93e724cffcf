"""The ReplicaSet controller: as many active pods as wanted, from wherever it starts."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from statesim.cluster.objects import Phase, Pod, ReplicaSet
from statesim.cluster.store import Store
from statesim.control.actions import Create, Write
from statesim.control.effects import apply
from statesim.control.replicaset import ReplicaSetController, View, decide
from statesim.control.victims import victims
from statesim.errors import Conflict
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.kernel.streams import Streams
from statesim.kernel.trace import Trace
from statesim.scenario.specs import LabelSelector, Requirement
from tests.control.workbench import (
    TOLERATION,
    Cluster,
    deployment,
    flat,
    names_of,
    pod,
    running,
    selector,
    shown,
    template,
)


def replica_set(replicas: int, **kwargs: Any) -> ReplicaSet:
    return ReplicaSet(
        name="rs", uid="u1", selector=selector(), template=template(), replicas=replicas, hash="h", **kwargs
    )


def view(rs: ReplicaSet, *pods: Pod, now: int = 0, related: tuple[Pod, ...] = ()) -> View:
    names = tuple(f"rs-{i}" for i in range(rs.replicas))
    return View(now, rs, pods, names, TOLERATION, related or pods)


def owned(rs: ReplicaSet, name: str, **kwargs: Any) -> Pod:
    return running(name, owner=rs.ref(), **kwargs)


@pytest.mark.parametrize(
    ("given_up", "kept"),
    [
        pytest.param(pod("a"), pod("b", node="n1"), id="R02 unassigned first"),
        pytest.param(pod("a", node="n1"), running("b", ready=False), id="R02 Pending before Running"),
        pytest.param(running("a", ready=False), running("b"), id="R02 not ready before ready"),
        pytest.param(
            running("a", ready_since_us=9), running("b", ready_since_us=1), id="R02 ready for less time"
        ),
        pytest.param(running("a", restarts=3), running("b", restarts=1), id="R02 more restarts"),
        pytest.param(running("a", created_us=9), running("b", created_us=1), id="R02 younger"),
    ],
)
def test_r02_victims_are_ranked(given_up: Pod, kept: Pod) -> None:
    assert names_of(victims((kept, given_up), (kept, given_up), now=10)) == ["a", "b"]


def test_r02_pods_that_share_a_node_with_siblings_of_any_revision_go_first() -> None:
    alone, crowded = running("alone", node="n1"), running("crowded", node="n2")
    sibling = running("of-another-revision", node="n2")
    assert names_of(victims((alone, crowded), (alone, crowded, sibling))) == ["crowded", "alone"]


def test_a_missing_pod_is_made_from_the_template() -> None:
    rs = replica_set(2)
    decision = decide(view(rs, owned(rs, "a")))
    (create,) = [a for a in flat(decision) if isinstance(a, Create)]
    assert isinstance(create.object, Pod)
    assert create.object.owner == rs.ref()
    assert create.object.revision == "h"
    assert [t.seconds_us for t in create.object.spec.tolerations] == [TOLERATION, TOLERATION]
    assert decision.why == "1 of 2 pods are active"


@pytest.mark.parametrize(
    "gone", [{"deleted_us": 1}, {"phase": Phase.FAILED}, {"phase": Phase.SUCCEEDED}], ids=str
)
def test_r04_a_pod_that_is_to_go_or_has_ended_is_replaced_at_once(gone: dict[str, Any]) -> None:
    rs = replica_set(1)
    left = owned(rs, "a")
    for name, value in gone.items():
        setattr(left, name, value)
    assert shown(decide(view(rs, left))) == [("create", "rs-0")]
    assert shown(decide(view(rs, left, owned(rs, "b")))) == []


def test_r05_a_set_that_is_being_deleted_does_nothing() -> None:
    rs = replica_set(3, deleted_us=1)
    assert shown(decide(view(rs, pod("orphan")))) == []


def test_r06_surplus_orphans_are_adopted_and_then_trimmed() -> None:
    rs = replica_set(1)
    decision = decide(view(rs, owned(rs, "a", restarts=1), running("b"), running("other", app="x")))
    assert shown(decision) == [("OwnerChanged", "b"), ("delete", "a")]


def test_r06_a_selector_of_expressions_alone_adopts_as_well() -> None:
    cluster = Cluster()
    rs = replica_set(1)
    rs.selector = LabelSelector(match_expressions=(Requirement("app", "In", ("db",)),))
    cluster.create(running("orphan"), running("other", app="x"), rs)
    cluster.run(5)
    assert [p.name for p in cluster.store.all(Pod) if p.owner is not None] == ["orphan"]


def test_r07_a_relabelled_pod_is_released_and_replaced() -> None:
    rs = replica_set(1)
    assert shown(decide(view(rs, owned(rs, "a", labels={"app": "debug"})))) == [
        ("OwnerChanged", "a"),
        ("create", "rs-0"),
    ]


def test_availability_comes_with_time() -> None:
    rs = replica_set(1, min_ready_us=5 * SECOND)
    fresh = owned(rs, "a", ready_since_us=SECOND)
    decision = decide(view(rs, fresh, now=2 * SECOND))
    (status,) = [a.fields for a in flat(decision) if isinstance(a, Write)]
    assert (status["readyReplicas"], status["availableReplicas"]) == (1, 0)
    assert decision.wake_at == 6 * SECOND
    (status,) = [a.fields for a in flat(decide(view(rs, fresh, now=6 * SECOND))) if isinstance(a, Write)]
    assert status["availableReplicas"] == 1


def test_r01_the_first_failed_creation_ends_the_pass_and_the_rest_is_made_later() -> None:
    clock = Clock()
    store = Store(clock, Trace(clock))
    rs = store.create(replica_set(4))
    decision = decide(view(rs))
    store.create(running("rs-2", app="somebody else's"))

    def run_pass() -> None:
        for action in flat(decision):
            apply(store, action)

    with pytest.raises(Conflict):
        run_pass()
    assert len(store.by(Pod, "owner", rs.uid)) == 2
    assert rs.status == {}  # never ahead of what is so
    controller = ReplicaSetController(store, Streams(1), toleration_us=TOLERATION)
    seen = controller.look(rs.key)
    assert seen is not None
    assert len(seen.names) == 2


STATES = ("absent", "pending", "ready", "unready", "terminating", "failed", "foreign")


@pytest.mark.parametrize("lost", [None, 0, 1, 2])
def test_converges_from_every_state_with_any_write_lost(lost: int | None) -> None:
    for wanted, states in product((0, 1, 3), product(STATES, repeat=3)):
        clock = Clock()
        store = Store(clock, Trace(clock))
        controller = ReplicaSetController(store, Streams(1), toleration_us=TOLERATION)
        rs = store.create(replica_set(wanted))
        for index, state in enumerate(states):
            _put(store, rs, f"p{index}", state)
        writes = 0
        for _ in range(12):
            decision = controller.decide(controller.look(rs.key) or pytest.fail("nothing to see"))
            for action in flat(decision):
                if writes != lost:
                    apply(store, action, decision.why)
                writes += 1
            _let_a_second_pass(store)
            if not decision.actions:
                break
        active = [p for p in store.by(Pod, "owner", rs.uid) if p.active]
        assert len(active) == wanted, (wanted, states)
        assert rs.status.get("readyReplicas") == wanted, (wanted, states)
        assert [p.owner for p in store.all(Pod) if p.name.startswith("p") and p.owner is None] == []


def _put(store: Store, rs: ReplicaSet, name: str, state: str) -> None:
    if state == "absent":
        return
    made = store.create(pod(name, owner=None if state == "foreign" else rs.ref()))
    if state != "pending":
        changes: dict[str, Any] = {"node": "n1", "phase": Phase.RUNNING}
        if state in ("ready", "terminating", "foreign"):
            changes |= {"ready": True, "ready_since_us": 0}
        if state == "terminating":
            changes["deleted_us"] = 0
        if state == "failed":
            changes["phase"] = Phase.FAILED
        store.write(made, "Put", changes)


def _let_a_second_pass(store: Store) -> None:
    for each in list(store.all(Pod)):
        if each.terminating:
            store.remove(each)
        elif not each.finished and not each.ready:
            changes = {"node": "n1", "phase": Phase.RUNNING, "ready": True, "ready_since_us": 0}
            store.write(each, "Ready", changes)


def test_a_killed_pod_is_replaced_before_it_is_gone() -> None:
    cluster = Cluster()
    cluster.create(deployment(replicas=3))
    cluster.run(5)
    victim = cluster.pods()[0]
    cluster.silent.add(cluster.pod(victim).node or "")
    cluster.delete(victim)
    cluster.run(600)
    assert len(cluster.pods()) == 4  # the old object stays beside its replacement
    assert len(cluster.ready()) == 3


def test_names_do_not_depend_on_other_sets() -> None:
    def names(*apps: str) -> list[str]:
        cluster = Cluster()
        cluster.create(*(deployment(app, replicas=2) for app in apps))
        cluster.run(5)
        return [name for name in cluster.pods() if name.startswith("web")]

    assert names("web") == names("aaa", "web")

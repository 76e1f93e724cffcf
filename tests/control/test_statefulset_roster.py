"""What is kept of a StatefulSet's slots is what a controller finds that judges all of them."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from statesim.cluster.objects import OwnerRef, PersistentVolumeClaim, Phase, Pod, StatefulSet
from statesim.control.actions import Decision, Write
from statesim.control.runtime import apply
from statesim.control.statefulset import StatefulSetController
from statesim.errors import Refused
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import IntOrPercent
from statesim.scenario.versions import Features
from tests.control.workbench import TOLERATION, flat, new_store, settled, stateful

if TYPE_CHECKING:
    from statesim.cluster.store import Store


def said(decision: Decision) -> object:
    """Return all of a decision that does not name an object in memory."""
    rows = [
        (type(one).__name__, one.object.key, one.event if isinstance(one, Write) else "", one.why, _told(one))
        for one in flat(decision)
    ]
    return rows, decision.why, decision.wake_at, decision.retry


def _told(one: Any) -> str:
    return repr(one.changes) if isinstance(one, Write) else ""


def changed(rng: Random, store: Store, db: StatefulSet) -> None:
    """Do something at random to a pod, a claim or the set."""
    name = f"db-{rng.randrange(9)}"
    pod, claim = store.get(Pod, name), store.get(PersistentVolumeClaim, f"data-{name}")
    what = rng.choice(["Ready", "Ready", "NotReady", "Failed", "Terminating", "Labelled", "OwnerChanged"])
    if rng.random() < 0.1:
        replicas, image = rng.randrange(3, 8), rng.choice(["v1", "v2"])
        spec = stateful(
            image=image,
            replicas=replicas,
            claims=bool(db.spec.claim_templates),
            pod_management=db.spec.pod_management,
            min_ready_us=db.spec.min_ready_us,
            partition=rng.choice([0, 0, 2]),
            max_unavailable=IntOrPercent(2),
        ).spec
        store.write(db, "Changed", {"spec": spec})
    elif claim is not None and rng.random() < 0.2:
        if rng.random() < 0.5:
            store.remove(claim)
        else:
            store.write(claim, "Terminating", {"deleted_us": store.clock.now})
    elif pod is None:
        return
    elif rng.random() < 0.2:
        store.remove(pod)
    else:
        ready = {"phase": Phase.RUNNING, "ready": True, "ready_since_us": store.clock.now, "node": "n1"}
        owner = rng.choice([None, db.ref(), OwnerRef("StatefulSet", "other", "1")])
        changes: dict[str, Any] = {
            "Ready": ready,
            "NotReady": {"ready": False, "ready_since_us": None},
            "Failed": {"phase": Phase.FAILED, "ready": False},
            "Terminating": {"deleted_us": store.clock.now, "grace_us": 0},
            "Labelled": {"labels": rng.choice([{}, dict(pod.labels), {"app": "db"}])},
            "OwnerChanged": {"owner": owner},
        }[what]
        store.write(pod, what, changes)


@pytest.mark.parametrize("version", ["1.20", "1.27", "1.32"])
@pytest.mark.parametrize("claims", [False, True], ids=["no claims", "claims"])
@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
@pytest.mark.parametrize("min_ready_s", [0, 10])
@pytest.mark.parametrize("gate", [False, True], ids=["one by one", "several"])
def test_kept_slots_are_those_of_a_controller_that_judges_all(
    version: str, claims: bool, policy: str, min_ready_s: int, gate: bool
) -> None:
    rng, store = Random(f"{version} {claims} {policy} {min_ready_s}"), new_store()
    gates = {"MaxUnavailableStatefulSet": True} if gate and version != "1.20" else {}
    features = Features.for_version(version, gates)
    made = stateful(replicas=5, claims=claims, pod_management=policy, min_ready_us=min_ready_s * SECOND)
    db = store.create(made)
    kept = StatefulSetController(store, toleration_us=TOLERATION, features=features)
    compared = 0
    for _ in range(400):
        changed(rng, store, db)
        if rng.random() < 0.6:
            store.clock.run(store.clock.now + rng.randrange(8) * SECOND)
            fresh = StatefulSetController(store, toleration_us=TOLERATION, features=features)
            seen, anew = kept.look(db.key), fresh.look(db.key)
            assert seen is not None
            assert anew is not None
            decision = kept.decide(seen)
            assert said(decision) == said(fresh.decide(anew))
            compared += bool(decision.actions)
            if rng.random() < 0.7:
                done(store, decision)
    assert compared > 30


def done(store: Store, decision: Decision) -> None:
    for one in flat(decision):
        try:
            apply(store, one, decision.why)
        except Refused:
            return


def test_a_pass_judges_only_the_slots_that_have_changed() -> None:
    cluster, db = settled(replicas=300, pod_management="Parallel")
    controller = cluster.loops[2].controller
    assert not controller.look(db.key).roster.troubled
    cluster.store.write(cluster.pod("db-7"), "NotReady", {"ready": False})
    view = controller.look(db.key)
    assert view.roster.unsure == {7}
    assert controller.decide(view).why == "waiting for db-7 to be Ready"
    assert not view.roster.unsure
    assert list(view.roster.troubled) == [7]


def test_a_restarted_controller_knows_nothing_and_decides_the_same() -> None:
    cluster, db = settled(replicas=3, pod_management="Parallel")
    controller = cluster.loops[2].controller
    cluster.store.remove(cluster.pod("db-1"))
    before = said(controller.decide(controller.look(db.key)))
    controller.restart()
    assert said(controller.decide(controller.look(db.key))) == before

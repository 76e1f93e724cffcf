"""ReplicaSets: from every mixture of a few pods to as many Ready ones as wanted, and never more than that made."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

from statesim.cluster.objects import OwnerRef, Phase, Pod, ReplicaSet
from statesim.control.actions import Create, Delete
from statesim.control.replicaset import ReplicaSetController
from statesim.kernel.streams import Streams
from tests.control.workbench import TOLERATION, new_store, pod, selector, template
from tests.exhaustive.conftest import Tell  # noqa: TC001
from tests.exhaustive.explorer import NONE, Explorer, Judge, Trouble, kubelets, named, ready_at, rotated

MINE = ("pending", "bound", "ready", "unready", "going", "failed")
STATES = (*MINE, "orphan", "foreign", "relabelled")
ACTIVE = ("pending", "bound", "ready", "unready", "orphan")


class Town:
    """A ReplicaSet, and pods that are its own, nobody's, somebody else's, or no longer of its labels."""

    def __init__(self, replicas: int, states: tuple[str, ...]) -> None:
        self.replicas, self.states = replicas, states
        self.store = new_store()
        made = ReplicaSet(
            name="web", selector=selector("web"), template=template(app="web"), replicas=replicas
        )
        self.set = self.store.create(made)
        self.other = OwnerRef("Job", "other", "0123")
        for number, state in enumerate(states):
            self._put(f"web-{number}", state)

    def _put(self, name: str, state: str) -> None:
        owner = {"orphan": None, "foreign": self.other}.get(state, self.set.ref())
        made = self.store.create(pod(name, app="gone" if state == "relabelled" else "web", owner=owner))
        if state == "pending":
            return
        changes: dict[str, Any] = {"node": "n1"}
        if state != "bound":
            changes |= ready_at(0)
        if state == "unready":
            changes["ready"] = False
        if state == "going":
            changes["deleted_us"] = 0
        if state == "failed":
            changes |= {"phase": Phase.FAILED, "ready": False}
        self.store.write(made, "Put", changes)

    @property
    def mine(self) -> list[Pod]:
        return list(self.store.by(Pod, "owner", self.set.uid))

    def before(self, action: Any) -> None:
        """Judge each pod that is made or taken: as many are wanted, and a going one is left alone."""
        if isinstance(action, Create):
            counted = [p for p in self.mine if p.active and p.labels["app"] == "web"]
            assert len(counted) < self.replicas, "one more than wanted is made"
            assert self.store.get(Pod, action.object.name) is None, "the name is taken"
        elif isinstance(action, Delete):
            assert action.object.active, "a pod that is going or has ended is not deleted again"
            ready = [p for p in self.mine if p.active and p.ready]
            unready = [p for p in self.mine if p.active and not p.ready]
            assert not action.object.ready or not unready or len(ready) > self.replicas, "a worse one stays"

    def settle(self, trouble: Trouble = NONE) -> None:
        streams = Streams(1)

        def controllers(store: Any) -> list[Any]:
            return [ReplicaSetController(store, streams, toleration_us=TOLERATION)]

        Explorer(self.store, controllers, kubelets(), trouble, Judge(before=self.before)).settle()

    def check_goal(self) -> None:
        mine = self.mine
        assert sum(p.active and p.ready for p in mine) == self.replicas
        assert not [p for p in mine if p.terminating]
        assert {p.name for p in mine if p.finished} == {
            f"web-{n}" for n, state in enumerate(self.states) if state == "failed"
        }, "pods that have ended stay as records"
        assert self.set.status["readyReplicas"] == self.set.status["availableReplicas"] == self.replicas
        for number, state in enumerate(self.states):
            found = self.store.get(Pod, f"web-{number}")
            if state == "foreign":
                assert found is not None
                assert found.owner == self.other
            if state == "relabelled":
                assert found is not None
                assert found.owner is None, "released"


def test_from_every_mixture_with_any_of_the_first_writes_gone_wrong(tell: Tell) -> None:
    mixtures = [m for size in range(5) for m in combinations_with_replacement(STATES, size)]
    cases = 0
    for states, replicas, trouble in rotated(mixtures, range(5), writes=5, quiet=5):
        town = Town(replicas, states)
        with named(f"{states} of {replicas} {trouble}"):
            town.settle(trouble)
            town.check_goal()
        cases += 1
    tell("ReplicaSet", cases, 5_000)


def test_pods_that_are_ready_are_given_up_last(tell: Tell) -> None:
    cases = 0
    for states in combinations_with_replacement(ACTIVE[:4], 4):
        for replicas in range(5):
            town = Town(replicas, states)
            kept = min(replicas, states.count("ready"))
            town.settle()
            stayed = [
                n for n, state in enumerate(states) if state == "ready" and town.store.get(Pod, f"web-{n}")
            ]
            assert len(stayed) >= kept, (states, replicas)
            cases += 1
    tell("ReplicaSet, victims", cases, 175)

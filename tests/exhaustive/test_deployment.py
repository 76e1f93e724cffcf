"""Deployments: whatever write goes wrong, a rollout keeps its bounds and ends with new pods alone."""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

from statesim.cluster.objects import Deployment, Phase, Pod, ReplicaSet
from statesim.control.deployment import DeploymentController
from statesim.control.replicaset import ReplicaSetController
from statesim.control.rolling import fenceposts
from statesim.kernel.streams import Streams
from statesim.scenario.specs import IntOrPercent
from tests.control.workbench import TOLERATION, deployment, new_store
from tests.exhaustive.conftest import Tell  # noqa: TC001
from tests.exhaustive.explorer import HOWS, NONE, Explorer, Judge, Trouble, kubelets, named

BOUNDS = [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1)]


class Plan(NamedTuple):
    """What becomes of a Deployment that is settled at `replicas` pods of v1."""

    replicas: int
    surge: int = 1
    unavailable: int = 0
    strategy: str = "RollingUpdate"
    controllers: int = 0


class Town:
    """A settled Deployment whose template is then changed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.store = new_store()
        self.streams = Streams(1)
        self.web: Deployment = self.store.create(deployment(**self._spec("v1")))
        self.bounds = False
        self.trouble = NONE
        self.explore()
        assert self.images() == ["v1"] * plan.replicas

    def _spec(self, image: str, replicas: int | None = None) -> dict[str, Any]:
        plan = self.plan
        return {
            "image": image,
            "replicas": plan.replicas if replicas is None else replicas,
            "strategy": plan.strategy,
            "max_surge": IntOrPercent(plan.surge),
            "max_unavailable": IntOrPercent(plan.unavailable),
        }

    def change(self, image: str, replicas: int | None = None) -> None:
        spec = deployment(**self._spec(image, replicas)).spec
        changes = {"spec": spec, "generation": self.web.generation + 1}
        self.store.write(self.web, "Changed", changes)

    def controllers(self, store: Any) -> list[Any]:
        made: list[Any] = [
            DeploymentController(store),
            ReplicaSetController(store, self.streams, toleration_us=TOLERATION),
        ]
        return made[:: -1 if self.plan.controllers else 1]

    def explore(self, trouble: Trouble = NONE, limit: int = 80) -> int:
        self.trouble = trouble
        judge = Judge(after=self.check_bounds)
        return Explorer(self.store, self.controllers, kubelets(), trouble, judge).settle(limit)

    @property
    def pods(self) -> list[Pod]:
        return list(self.store.all(Pod))

    def images(self) -> list[str]:
        return sorted(p.spec.containers[0].image for p in self.pods if not p.terminating)

    def check_bounds(self) -> None:
        """Check what maxSurge and maxUnavailable promise; a Recreate never mixes versions."""
        living = [p for p in self.pods if not p.terminating]
        if self.plan.strategy == "Recreate":
            assert len({p.spec.containers[0].image for p in self.pods}) <= 1, "old and new pods at once"
        elif self.bounds:
            surge, unavailable = fenceposts(self.web.spec)
            most = self.plan.replicas + surge
            assert sum(rs.replicas for rs in self.store.all(ReplicaSet)) <= most, "the surge is exceeded"
            available = sum(p.ready for p in living)
            assert available >= self.plan.replicas - unavailable, "fewer than must be available"
            if self.trouble == NONE:
                assert len(living) <= most, "more pods than the surge allows"

    def check_goal(self, image: str, replicas: int | None = None) -> None:
        wanted = self.plan.replicas if replicas is None else replicas
        assert self.images() == [image] * wanted
        assert len(self.pods) == wanted
        assert all(p.ready and p.phase is Phase.RUNNING for p in self.pods)
        status = self.web.status
        assert status["replicas"] == status["updatedReplicas"] == status["readyReplicas"] == wanted
        sizes = sorted(rs.replicas for rs in self.store.all(ReplicaSet))
        assert sizes[-1] == wanted
        assert not any(sizes[:-1])


PLANS = [
    Plan(replicas, *bounds, "RollingUpdate", order)
    for replicas, bounds, order in product(range(1, 5), BOUNDS, (0, 1))
]
RECREATE = [
    Plan(replicas, strategy="Recreate", controllers=order) for replicas, order in product(range(1, 5), (0, 1))
]
WAYS = [NONE, *(Trouble(write, how) for write in range(8) for how in HOWS)]


def test_a_rollout_keeps_its_bounds_and_ends(tell: Tell) -> None:
    cases = 0
    for plan, trouble in product(PLANS, WAYS):
        town = Town(plan)
        town.bounds = True
        town.change("v2")
        with named(f"{plan} {trouble}"):
            town.explore(trouble)
            town.check_goal("v2")
        cases += 1
    tell("Deployment, rollouts", cases, 1_200)


def test_a_change_of_mind_in_mid_rollout_keeps_the_bounds_and_ends_with_the_last_version(tell: Tell) -> None:
    """Rollover, and the way back: v1 to v2, and to v3 or v1 after any number of writes."""
    cases = 0
    for plan, last, stop in product(PLANS[::2], ("v3", "v1"), range(1, 12)):
        town = Town(plan)
        town.bounds = True
        town.change("v2")
        halfway = Explorer(town.store, town.controllers, kubelets(), judge=Judge(after=town.check_bounds))
        for _ in range(stop):
            halfway.step()
        town.change(last)
        with named(f"{plan} {last} after {stop}"):
            town.explore(Trouble(stop % 5, HOWS[stop % 3]))
            town.check_goal(last)
        cases += 1
    tell("Deployment, rollovers", cases, 500)


def test_a_recreate_never_mixes_versions(tell: Tell) -> None:
    cases = 0
    for plan, trouble, stop in product(RECREATE, WAYS, (0, 2, 4)):
        town = Town(plan)
        town.change("v2")
        halfway = Explorer(town.store, town.controllers, kubelets(), trouble, Judge(after=town.check_bounds))
        for _ in range(stop):
            halfway.step()
        town.change("v3")
        with named(f"{plan} {trouble} after {stop}"):
            town.explore(trouble)
            town.check_goal("v3")
        cases += 1
    tell("Deployment, Recreate", cases, 500)


def test_a_broken_version_takes_no_more_than_may_be_unavailable_and_the_way_back_heals(tell: Tell) -> None:
    cases = 0
    for plan, trouble in product(PLANS, WAYS[::3]):
        town = Town(plan)
        town.bounds = True
        town.change("broken")
        with named(f"{plan} {trouble}"):
            town.explore(trouble)
            assert town.images().count("v1") >= plan.replicas - fenceposts(town.web.spec)[1]
            town.change("v1")
            town.explore(trouble)
            town.check_goal("v1")
        cases += 1
    tell("Deployment, broken versions", cases, 400)


def test_scaling_in_mid_rollout_ends_at_the_new_size(tell: Tell) -> None:
    cases = 0
    for plan, size, stop in product(PLANS[::2], range(5), (1, 3, 5)):
        town = Town(plan)
        town.change("v2")
        halfway = Explorer(town.store, town.controllers, kubelets())
        for _ in range(stop):
            halfway.step()
        town.change("v2", size)
        with named(f"{plan} to {size} after {stop}"):
            town.explore(Trouble(stop, HOWS[size % 3]))
            town.check_goal("v2", size)
        cases += 1
    tell("Deployment, scaling", cases, 300)

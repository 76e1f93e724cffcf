"""What a Deployment says of itself, Progressing and Available: rows D23, D27 and D29 of the list."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import (
    ResourceQuota,
)
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import IntOrPercent
from statesim.scenario.workload_specs import ResourceQuotaSpec
from tests.acceptance.deployment_worlds import images, sizes
from tests.control.workbench import HOUR, rolled_out


def test_d27_a_failed_rollout_says_so_and_is_not_reverted() -> None:
    cluster, web = rolled_out(replicas=3, progress_deadline_us=30 * SECOND)
    cluster.change(web, "broken")
    cluster.run(HOUR)
    assert web.status["progressing"] == "ProgressDeadlineExceeded"
    assert sizes(cluster) == {"v1": 3, "broken": 1}
    assert web.spec.template.spec.containers[0].image == "broken"


@pytest.mark.parametrize(
    ("replicas", "unavailable", "strategy", "ready", "available"),
    [
        (4, 1, "RollingUpdate", 3, True),
        (4, 1, "RollingUpdate", 2, False),
        (4, 0, "Recreate", 3, False),
        (4, 0, "Recreate", 4, True),
    ],
)
def test_d29_available_follows_minimum_availability(
    replicas: int, unavailable: int, strategy: Any, ready: int, available: bool
) -> None:
    cluster, web = rolled_out(replicas=replicas, max_unavailable=IntOrPercent(unavailable), strategy=strategy)
    cluster.unready(*cluster.pods()[ready:])
    cluster.run(1)
    assert web.available is not None
    assert web.available[0] is available


def test_d29_available_comes_after_min_ready_seconds() -> None:
    cluster, web = rolled_out(0.5, replicas=2, min_ready_us=20 * SECOND, max_unavailable=IntOrPercent(0))
    cluster.run(10)
    assert (web.status["readyReplicas"], web.status["availableReplicas"]) == (2, 0)
    assert web.available == (False, web.available[1] if web.available else 0)
    cluster.run(20)
    assert web.status["availableReplicas"] == 2
    assert web.available is not None
    assert web.available[0] is True
    cluster.change(web, min_ready_us=HOUR * SECOND)
    cluster.run(5)  # reaches the ReplicaSet that is there
    assert [rs.min_ready_us for rs in cluster.sets()] == [HOUR * SECOND]
    assert web.status["availableReplicas"] == 0


def test_d27_a_quota_fails_the_rollout_and_the_deployment_mirrors_why() -> None:
    cluster, web = rolled_out(replicas=3)
    quota = ResourceQuota(name="q", spec=ResourceQuotaSpec({"pods": 3}))
    cluster.create(quota)
    cluster.change(web, replicas=5)
    cluster.run(5)
    assert web.status["replicas"] == 3
    said = "is forbidden: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3"
    assert said in web.status["replicaFailure"]
    cluster.store.write(quota, "Changed", {"spec": ResourceQuotaSpec({"pods": 9})})
    cluster.run(60)
    assert web.status["replicas"] == 5
    assert "replicaFailure" not in web.status


def test_d23_a_replica_set_that_cannot_be_made_is_the_reason() -> None:
    cluster, web = rolled_out(replicas=1)
    cluster.create(ResourceQuota(name="q", spec=ResourceQuotaSpec({"count/replicasets.apps": 1})))
    cluster.change(web, "v2")
    cluster.run(5)
    assert web.status["progressing"] == "ReplicaSetCreateError"
    assert any(e.event == "ReplicaSetCreateError" for e in cluster.trace.events)
    assert images(cluster) == ["v1"]


def test_d29_available_condition_with_a_min_ready_seconds_that_is_made_small() -> None:
    """As upstream: an hour to wait keeps the Deployment unavailable until one second is enough."""
    cluster, web = rolled_out(
        0.5, replicas=10, min_ready_us=3600 * SECOND, progress_deadline_us=7200 * SECOND
    )

    def counts() -> list[int]:
        names = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas")
        return [web.status[name] for name in names]

    def available() -> bool:
        assert web.available is not None
        return web.available[0]

    assert (counts(), available()) == ([10, 10, 0, 0, 10], False)
    cluster.run(5)
    assert (counts(), available()) == ([10, 10, 10, 0, 10], False)
    cluster.change(web, min_ready_us=SECOND)
    cluster.run(5)
    assert (counts(), available()) == ([10, 10, 10, 10, 0], True)
    assert web.status["observedGeneration"] == web.generation

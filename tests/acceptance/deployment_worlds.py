"""What the tests of the Deployment rows share: the pods' images, and what the ReplicaSets want."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.cluster.objects import (
    Deployment,
    ReplicaSet,
)
from statesim.control.rolling import fenceposts

if TYPE_CHECKING:
    from tests.control.workbench import Cluster


def images(cluster: Cluster) -> list[str]:
    return sorted(cluster.revisions().values())


def sizes(cluster: Cluster) -> dict[str, int]:
    """Return the wanted sizes of the ReplicaSets, by image."""
    return {rs.template.spec.containers[0].image: rs.replicas for rs in cluster.sets()}


def most_wanted(cluster: Cluster, web: Deployment) -> list[int]:
    """Return, filled in as time passes, by how much the sum of all sizes exceeds replicas + surge."""
    over: list[int] = []

    def look(_: object) -> None:
        surge, _unavailable = fenceposts(web.spec)
        over.append(sum(rs.replicas for rs in cluster.sets()) - web.spec.replicas - surge)

    cluster.store.watch((ReplicaSet,), look)
    return over

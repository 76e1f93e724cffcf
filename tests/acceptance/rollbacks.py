"""What the tests of ``kubectl rollout undo`` share: to the revision before, and to one by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.control.rollback import undo
from tests.control.workbench import TOLERATION

if TYPE_CHECKING:
    from statesim.cluster.objects import Deployment, StatefulSet
    from tests.control.workbench import Cluster


def rolled_to_v3_and_back_to_v1(cluster: Cluster, owner: Deployment | StatefulSet) -> None:
    """Roll two replicas of v1 to v2 and v3; back to v2, as the revision before; and to v1, as revision 1."""
    for image in ("v2", "v3"):
        cluster.change(owner, image)
        cluster.run(20)
    for revision, image in ((0, "v2"), (1, "v1")):
        undo(cluster.store, owner.key, revision, TOLERATION)
        cluster.run(20)
        assert list(cluster.revisions().values()) == [image] * 2

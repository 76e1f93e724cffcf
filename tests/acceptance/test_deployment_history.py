"""Deployments keep old ReplicaSets, take them up again and go back to them: rows D04, D19 and D25 of the list."""

from __future__ import annotations

import pytest

from statesim.cluster.objects import (
    POD_HASH_LABEL,
    Pod,
    ReplicaSet,
)
from statesim.control.rollback import undo
from statesim.errors import ModelError
from tests.acceptance.deployment_worlds import sizes
from tests.acceptance.rollbacks import rolled_to_v3_and_back_to_v1
from tests.acceptance.small import Small, workload
from tests.control.workbench import TOLERATION, rolled_out


def test_d04_a_history_limit_of_zero_leaves_only_the_new_set() -> None:
    cluster, web = rolled_out(replicas=2, revision_history_limit=0)
    for image in ("v2", "v3"):
        cluster.change(web, image)
        cluster.run(20)
        assert sizes(cluster) == {image: 2}


def test_d19_never_the_non_empty_nor_the_deleting_nor_more_than_the_limit_says() -> None:
    cluster, web = rolled_out(replicas=1, revision_history_limit=1)
    held: ReplicaSet | None = None
    for number in range(2, 7):
        cluster.change(web, f"v{number}")
        cluster.run(15)
        if number == 3:
            held = next(rs for rs in cluster.sets() if rs.template.spec.containers[0].image == "v2")
            cluster.store.write(held, "Held", {"finalizers": ("example.com/hold",)})
    assert sizes(cluster) == {"v2": 0, "v5": 0, "v6": 1}
    assert held is not None
    assert held.terminating  # asked to go once, as the oldest beyond the limit, and not again
    asked = [e for e in cluster.trace.events if e.object == held.key and e.event == "Terminating"]
    assert len(asked) == 1


def test_d25_repeated_updates_reuse_the_set_of_a_repeated_template() -> None:
    cluster, web = rolled_out(replicas=2)
    uids: dict[str, str] = {}
    numbers = []
    for image in ("v2", "v1", "v2", "v1"):
        cluster.change(web, image)
        cluster.run(20)
        now = {rs.template.spec.containers[0].image: rs.uid for rs in cluster.sets()}
        assert uids.items() <= now.items()
        uids = now
        numbers.append({rs.template.spec.containers[0].image: rs.revision for rs in cluster.sets()}[image])
    assert len(cluster.sets()) == 2
    assert numbers == [2, 3, 4, 5]
    assert web.revision == 5


def test_d25_rollout_undo_goes_back_one_or_to_a_number() -> None:
    cluster, web = rolled_out(replicas=2)
    rolled_to_v3_and_back_to_v1(cluster, web)
    assert len(cluster.sets()) == 3
    assert POD_HASH_LABEL not in web.spec.template.labels
    with pytest.raises(ModelError, match="unable to find specified revision 9"):
        undo(cluster.store, web.key, 9, TOLERATION)
    cluster.change(web, paused=True)
    with pytest.raises(ModelError, match="cannot rollback a paused"):
        undo(cluster.store, web.key, 0, TOLERATION)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_d25_s32_rollback_is_a_word_of_the_timeline(kind: str) -> None:
    web = workload(kind, replicas=2, container={"env": [{"name": "A", "value": "1"}]})
    small = Small(
        {"at": "20s", "do": "set-image", "on": f"{kind}/a", "image": "app:2"},
        {"at": "60s", "do": "set-image", "on": f"{kind}/a", "image": "app:3"},
        {"at": "100s", "do": "rollback", "on": f"{kind}/a"},
        {"at": "140s", "do": "rollback", "on": f"{kind}/a", "toRevision": 1},
        {"at": "180s", "do": "rollback", "on": f"{kind}/a", "toRevision": 1},
        objects=[web],
        duration="200s",
    )
    for until, image in ((59, "app:2"), (99, "app:3"), (139, "app:2"), (179, "app:1")):
        small.run(until)
        pods = list(small.world.store.all(Pod))
        assert {p.spec.containers[0].image for p in pods} == {image}
        assert len([p for p in pods if p.ready]) == 2
    small.run()
    (skipped,) = small.events("Skipped")
    assert skipped.fields["why"].startswith("unable to find specified revision 1 in history")

"""What is counted over all nodes as they change is what counting them all would say."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from statesim.cluster.objects import ZONE_LABEL, Node, OwnerRef, Pod
from statesim.control.affinity import company
from statesim.control.nodeinfo import Demand
from statesim.control.score import scores
from statesim.control.snapshot import Snapshot
from statesim.scenario.specs import (
    Container,
    LabelSelector,
    NodeSpec,
    PodAffinity,
    PodAffinityTerm,
    PodSpec,
    Resources,
)
from statesim.scenario.versions import Features
from tests.control.workbench import new_store

AWAY = PodAffinity(required=(PodAffinityTerm(LabelSelector({"app": "x"}), ZONE_LABEL),))


@pytest.mark.parametrize("seed", range(4))
def test_kept_counts_are_those_of_all_nodes(seed: int) -> None:
    rng, store = Random(seed), new_store()
    kept, features = Snapshot(store), Features.for_version()
    choosy = 0
    for step in range(300):
        node = store.get(Node, f"n{rng.randrange(6)}")
        pod = store.get(Pod, f"p{rng.randrange(20)}")
        if node is None:
            name, zone = f"n{step % 6}", rng.choice(["a", "b", ""])
            if store.get(Node, name) is None:
                store.create(
                    Node(name=name, spec=NodeSpec(zone=zone), labels={ZONE_LABEL: zone} if zone else {})
                )
                kept.node_changed(name, membership=True)
        elif pod is None:
            container = Container("c", "i", Resources(rng.randrange(1, 500), 1 << 20))
            asked = PodSpec((container,), pod_anti_affinity=AWAY if rng.random() < 0.05 else PodAffinity())
            owner = OwnerRef("ReplicaSet", "r", rng.choice("rst"))
            pod = (
                store.create(Pod(name=f"p{step % 20}", spec=asked, owner=owner, node=node.name))
                if (store.get(Pod, f"p{step % 20}") is None)
                else None
            )
            if pod is not None:
                kept.pod_changed(pod)
        elif rng.random() < 0.3:
            store.write(pod, "Terminating", {"deleted_us": 1})
            kept.pod_changed(pod)
        elif rng.random() < 0.5:
            store.remove(pod)
            kept.pod_changed(pod)
        nodes = kept.nodes()
        counted: dict[str, Counter[str]] = {}
        for info in nodes:
            for owner_uid, count in info.siblings.items():
                counted.setdefault(owner_uid, Counter())[info.labels.get(ZONE_LABEL, "")] += count
        assert nodes.siblings == counted
        assert nodes.choosy == any(info.avoiding or info.wishes for info in nodes)
        choosy += nodes.choosy
        one = Pod(name="new", spec=PodSpec((Container("c", "i"),)), owner=OwnerRef("ReplicaSet", "r", "r"))
        plain, demand = list(nodes), Demand.of(one.spec)
        if plain:
            assert scores(one, plain, nodes, demand=demand) == scores(one, plain, plain, demand=demand)
            assert company(one, nodes, features) == company(one, plain, features)
    assert 0 < choosy < 300

"""What is counted over all nodes as they change is what counting them all would say."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from random import Random
from typing import TYPE_CHECKING

import pytest

from statesim.cluster.objects import ZONE_LABEL, Node, OwnerRef, Pod
from statesim.control.affinity import company
from statesim.control.nodeinfo import Demand, NodeInfo, describe
from statesim.control.score import scores
from statesim.control.snapshot import Snapshot
from statesim.scenario.specs import (
    Container,
    HostPort,
    LabelSelector,
    NodeSpec,
    PodAffinity,
    PodAffinityTerm,
    PodSpec,
    Resources,
)
from statesim.scenario.versions import Features
from tests.control.workbench import new_store

if TYPE_CHECKING:
    from statesim.cluster.store import Store

AWAY = PodAffinity(required=(PodAffinityTerm(LabelSelector({"app": "x"}), ZONE_LABEL),))


def _seen(info: NodeInfo) -> dict[str, object]:
    """Return all that is known of a node and of the pods on it."""
    names = [each.name for each in fields(info) if each.name not in ("tenants", "memo")]
    pods = [(tenant.pod.name, dict(tenant.labels), tenant.sibling_of) for tenant in info.tenants]
    return {**{name: getattr(info, name) for name in names}, "pods": pods, "lowest": info.lowest}


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
            ports = (HostPort(80),) if rng.random() < 0.1 else ()
            container = Container("c", "i", Resources(rng.randrange(1, 500), 1 << 20), host_ports=ports)
            asked = PodSpec(
                (container,),
                pod_anti_affinity=AWAY if rng.random() < 0.05 else PodAffinity(),
                priority=rng.randrange(3),
            )
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
        elif rng.random() < 0.1:
            store.write(pod, "Labelled", {"labels": {"app": rng.choice("xy")}})
            kept.pod_changed(pod)
        elif rng.random() < 0.5:
            store.remove(pod)
            kept.pod_changed(pod)
        if step % 3:  # else it is told of several changes at once
            choosy += _judged(kept, store, features)
    assert 0 < choosy < 200


def _judged(kept: Snapshot, store: Store, features: Features) -> bool:
    """Compare what is kept with what is counted anew; tell whether any pod has wishes."""
    nodes = kept.nodes()
    counted: dict[str, Counter[str]] = {}
    for info in nodes:
        there = store.get(Node, info.name)
        assert there is not None
        assert _seen(info) == _seen(describe(there, store.by(Pod, "node", info.name)))
        for owner_uid, count in info.siblings.items():
            counted.setdefault(owner_uid, Counter())[info.labels.get(ZONE_LABEL, "")] += count
    assert nodes.siblings == counted
    assert nodes.choosy == any(info.avoiding or info.wishes for info in nodes)
    one = Pod(name="new", spec=PodSpec((Container("c", "i"),)), owner=OwnerRef("ReplicaSet", "r", "r"))
    plain, demand = list(nodes), Demand.of(one.spec)
    if plain:
        assert scores(one, plain, nodes, demand=demand) == scores(one, plain, plain, demand=demand)
        assert company(one, nodes, features) == company(one, plain, features)
    return nodes.choosy

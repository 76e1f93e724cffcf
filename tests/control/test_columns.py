"""What is chosen by columns of answers is what asking the nodes one after the other finds."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statesim.cluster.objects import ZONE_LABEL, Node, OwnerRef, Pod
from statesim.control.feasible import Search
from statesim.control.placing import PodView, attempt
from statesim.control.snapshot import Snapshot
from statesim.scenario.specs import (
    Container,
    LabelSelector,
    NodeAffinity,
    NodeSelectorTerm,
    NodeSpec,
    PodAffinity,
    PodAffinityTerm,
    PodSpec,
    Requirement,
    Resources,
    Taint,
    Toleration,
    TopologySpread,
)
from statesim.scenario.versions import Features
from tests.control.workbench import new_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.cluster.store import Store

SSD = NodeSelectorTerm((Requirement("disk", "In", ("ssd",)),))
TAINTS = [(), (), (), (Taint("x", "NoSchedule"),), (Taint("x", "PreferNoSchedule"),)]


def spec(cpu: int, **more: object) -> PodSpec:
    return PodSpec((Container("c", "i", Resources(cpu_milli=cpu, memory_bytes=cpu << 20)),), **more)  # type: ignore[arg-type]


PLAIN = [
    spec(0),
    spec(300),
    spec(1_500),
    spec(300, tolerations=(Toleration("x", "Exists"),)),
    spec(300, node_affinity=NodeAffinity(preferred=((30, SSD), (5, NodeSelectorTerm(SSD.requirements))))),
]
CHOOSY = [
    spec(300, node_selector={"disk": "ssd"}),
    spec(300, node_affinity=NodeAffinity(required=(SSD,))),
]
WISHING = [
    spec(300, topology_spread=(TopologySpread(1, ZONE_LABEL, "ScheduleAnyway", LabelSelector({"a": "b"})),)),
    spec(
        300,
        pod_affinity=PodAffinity(preferred=((1, PodAffinityTerm(LabelSelector({"a": "b"}), ZONE_LABEL)),)),
    ),
]


class Cluster:
    """Nodes and pods that change, and what the scheduler's cache holds of them."""

    def __init__(self, chance: Random, nodes: int, zones: str) -> None:
        self.chance, self.zones = chance, zones
        self.store: Store = new_store()
        self.kept = Snapshot(self.store, many=1)
        self.start = self.made = 0
        for _ in range(nodes):
            self.node_comes()

    def node_comes(self) -> None:
        self.made += 1
        zone, labels = self.chance.choice(self.zones).strip(), {}
        if zone:
            labels[ZONE_LABEL] = zone
        if self.chance.random() < 0.3:
            labels["disk"] = "ssd"
        offer = NodeSpec(self.chance.choice([500, 2_000, 4_000]), zone=zone, pods=self.chance.choice([2, 9]))
        taints = self.chance.choice(TAINTS)
        node = self.store.create(Node(name=f"n{self.made}", spec=offer, labels=labels, taints=taints))
        self.kept.node_changed(node.name, membership=True)

    def node_goes(self) -> None:
        node = self.any(Node)
        if node is not None and not self.store.by(Pod, "node", node.name):
            self.store.remove(node)
            self.kept.node_changed(node.name, membership=True)

    def node_changes(self) -> None:
        node = self.any(Node)
        if node is not None:
            changes = self.chance.choice(
                [
                    {"unschedulable": not node.unschedulable},
                    {"taints": self.chance.choice(TAINTS)},
                    {"labels": {**node.labels, ZONE_LABEL: self.chance.choice("abz")}},
                ]
            )
            self.store.write(node, "Changed", changes)
            self.kept.node_changed(node.name)

    def pod_goes(self) -> None:
        pod = self.any(Pod)
        if pod is not None and not pod.terminating:
            self.store.write(pod, "Terminating", {"deleted_us": 1})
            self.kept.pod_changed(pod)
        elif pod is not None:
            self.store.remove(pod)
            self.kept.pod_changed(pod)

    def any(self, kind: type) -> object:
        there = list(self.store.all(kind))
        return self.chance.choice(there) if there else None

    def pod_comes(self, asked: PodSpec, features: Features) -> bool:
        """Place a pod both ways; tell whether there was room for it and the columns did."""
        self.made += 1
        owner = OwnerRef("ReplicaSet", "r", self.chance.choice("rs")) if self.chance.random() < 0.8 else None
        pod = Pod(name=f"p{self.made}", spec=replace(asked), owner=owner, labels={"a": "b"})
        nodes, draw = self.kept.nodes(), self.chance.random()
        demand = self.kept.demand(pod)
        view = PodView(0, pod, nodes, (), draw=draw, start=self.start, features=features, demand=demand)
        quick, slow = attempt(view), attempt(replace(view, nodes=tuple(nodes)))
        assert quick.decision.why == slow.decision.why
        assert quick.looked_at == slow.looked_at
        self.start += slow.looked_at or 0
        if slow.answer is not None:
            return False
        (bound,) = slow.decision.actions
        self.kept.pod_changed(self.store.create(replace(pod, node=bound.changes["node"])))  # type: ignore[union-attr]
        assert nodes.columns is not None
        what = Search(pod, demand, nodes, (), features, start=view.start, draw=draw)
        return not nodes.choosy and nodes.columns.choose(what) is not None


@pytest.mark.parametrize("version", ["1.19", "1.32"])
@given(st.integers(0, 2**32), st.sampled_from([1, 3, 20, 110, 260]), st.sampled_from(["abc", "a "]))
@settings(max_examples=15, deadline=None)
def test_columns_choose_what_asking_every_node_finds(version: str, seed: int, nodes: int, zones: str) -> None:
    chance = Random(seed)
    cluster, features = Cluster(chance, nodes, zones), Features.for_version(version)
    happens: list[Callable[[], None]] = [cluster.node_goes, cluster.node_comes, cluster.node_changes]
    kinds = PLAIN + CHOOSY + (WISHING if seed % 4 == 0 else [])  # one such pod, and all nodes are asked
    for _ in range(40):
        chance.choice([*happens, *[cluster.pod_goes] * 3])()
        for _ in range(chance.randrange(5)):
            cluster.pod_comes(chance.choice(kinds), features)


@pytest.mark.parametrize(("kinds", "told"), [(PLAIN, True), (WISHING, False)])
def test_columns_answer_pods_that_do_not_wish_for_others(kinds: list[PodSpec], told: bool) -> None:
    cluster, features = Cluster(Random(1), 120, "abc"), Features.for_version("1.32")
    assert {cluster.pod_comes(asked, features) for asked in kinds for _ in range(5)} == {told}

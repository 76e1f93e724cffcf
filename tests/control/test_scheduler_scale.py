"""What makes the scheduler affordable in large clusters changes no decision."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from statesim.cluster.objects import HOSTNAME_LABEL, ZONE_LABEL, Node, OwnerRef, Pod
from statesim.cluster.store import Store
from statesim.control.actions import Decision, Write
from statesim.control.feasible import enough
from statesim.control.nodeinfo import Demands, describe
from statesim.control.placing import PodView, attempt
from statesim.control.runtime import Loop
from statesim.control.scheduler import Scheduler
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.kernel.streams import Streams
from statesim.kernel.trace import Trace
from statesim.scenario.specs import (
    Container,
    LabelSelector,
    NodeSpec,
    PodAffinity,
    PodAffinityTerm,
    PodSpec,
    Resources,
    Taint,
    Toleration,
    TopologySpread,
)


@pytest.mark.parametrize(
    ("nodes", "some"), [(1, 1), (99, 99), (100, 100), (500, 230), (1_000, 420), (5_000, 500), (10_000, 500)]
)
def test_of_many_nodes_some_are_enough(nodes: int, some: int) -> None:
    assert enough(nodes) == some


def made(nodes: int, zones: str = "a", **spec: int) -> Store:
    clock = Clock()
    store = Store(clock, Trace(clock))
    Loop(Scheduler(store, Streams(1)), clock, store, 0)
    for number in range(nodes):
        zone = zones[number * len(zones) // nodes]
        store.create(Node(name=f"n{number:03}", spec=NodeSpec(zone=zone, **spec)))  # type: ignore[arg-type]
    return store


def spec(cpu: int = 100, **kwargs: object) -> PodSpec:
    return PodSpec((Container("c", "v1", Resources(cpu_milli=cpu)),), **kwargs)  # type: ignore[arg-type]


def test_the_search_goes_on_where_it_ended_so_that_every_node_gets_its_turn() -> None:
    store = made(300)
    pods = [store.create(Pod(name=f"p{i}", spec=spec())) for i in range(3)]
    store.clock.run(SECOND)
    assert int(str(pods[0].node)[1:]) < enough(300)
    assert enough(300) <= int(str(pods[1].node)[1:]) < 2 * enough(300)


def test_zones_take_turns_in_the_order_of_the_search() -> None:
    store = made(300, zones="abc")
    pods = [
        store.create(Pod(name=f"p{i}", spec=spec(), owner=OwnerRef("ReplicaSet", "w", "u"))) for i in range(3)
    ]
    store.clock.run(SECOND)
    zones = {node.spec.zone for node in store.all(Node) if node.name in {pod.node for pod in pods}}
    assert zones == {"a", "b", "c"}


def test_pods_that_ask_the_same_are_refused_in_the_same_words_and_the_nodes_are_listed_once() -> None:
    store = made(30, cpu_milli=50)
    shared = spec()
    for number in range(20):
        store.create(Pod(name=f"p{number}", spec=replace(shared)))
    store.clock.run(SECOND)
    failed = [e for e in store.trace.events if e.event == "FailedScheduling"]
    assert len(failed) == 20
    assert len({e.fields["why"] for e in failed}) == 1
    assert [len(names) for names in failed[0].fields["reasons"].values()] == [30]
    assert {e.fields.get("reasons_of") for e in failed[1:]} == {"Pod/p0"}


def test_a_node_that_changes_is_looked_at_anew() -> None:
    store = made(3, cpu_milli=50)
    waiting = store.create(Pod(name="p", spec=spec()))
    store.clock.run(SECOND)
    node = store.get(Node, "n001")
    assert node is not None
    store.write(node, "Changed", {"spec": NodeSpec(cpu_milli=500)})
    store.clock.run(20 * SECOND)
    assert waiting.node == "n001"


def test_specs_that_ask_the_same_have_one_demand() -> None:
    demands = Demands()
    template = spec()
    assert demands.of(replace(template)) is demands.of(replace(template, priority=7))
    assert demands.of(spec()) is demands.of(template)
    assert demands.of(spec(200)) is not demands.of(template)
    assert demands.of(replace(template, tolerations=(Toleration("x", "Exists"),))) is not demands.of(template)
    assert demands.of(replace(template, node_selector={"a": "b"})) is not demands.of(template)


# -- nothing that is remembered may change what is decided ---------------------------------------------------


class Doubted(Scheduler):
    """A scheduler each of whose decisions is made again from nothing."""

    decided = 0

    def __init__(self, store: Store, streams: Streams) -> None:
        super().__init__(store, streams)
        self.store = store

    def decide(self, view: PodView) -> Decision:
        nodes = {node.name: node for node in self.store.all(Node)}
        afresh = tuple(
            describe(nodes[info.name], [tenant.pod for tenant in info.tenants]) for info in view.nodes
        )
        for info in view.nodes:
            bound = {p.name for p in self.store.by(Pod, "node", info.name) if not p.finished}
            assert {tenant.pod.name for tenant in info.tenants} == bound
        expected = attempt(replace(view, nodes=afresh, demand=None, alike=None))
        decision = super().decide(view)
        assert [_shown(action) for action in decision.actions] == [
            _shown(action) for action in expected.decision.actions
        ]
        assert decision.why == expected.decision.why
        Doubted.decided += 1
        return decision


def _shown(action: object) -> tuple[object, ...]:
    if isinstance(action, Write):
        return action.object.key, action.event, dict(action.changes), dict(action.fields)
    return (repr(type(action)),)


TEMPLATES = [
    spec(1_000),
    spec(1_500, priority=5),
    spec(3_000, priority=9),
    spec(500, tolerations=(Toleration("x", "Exists"),)),
    spec(200, node_selector={"disk": "ssd"}),
    spec(
        300,
        pod_anti_affinity=PodAffinity(
            required=(PodAffinityTerm(LabelSelector({"app": "t5"}), HOSTNAME_LABEL),)
        ),
    ),
    spec(
        300,
        topology_spread=(TopologySpread(1, ZONE_LABEL, "DoNotSchedule", LabelSelector({"app": "t6"})),),
        priority=3,
    ),
    spec(
        100,
        pod_affinity=PodAffinity(required=(PodAffinityTerm(LabelSelector({"app": "t7"}), ZONE_LABEL),)),
    ),
    spec(
        0,
        pod_anti_affinity=PodAffinity(
            preferred=((9, PodAffinityTerm(LabelSelector({"app": "t1"}), ZONE_LABEL)),)
        ),
    ),
]


@pytest.mark.parametrize("seed", range(6))
def test_what_is_remembered_of_nodes_and_pods_changes_no_decision(seed: int) -> None:
    rng = random.Random(seed)
    clock = Clock()
    store = Store(clock, Trace(clock))
    Loop(Doubted(store, Streams(seed)), clock, store, 0)
    for number in range(8):
        labels = {"disk": "ssd"} if number % 3 == 0 else {}
        store.create(
            Node(name=f"n{number}", spec=NodeSpec(cpu_milli=4_000, zone="ab"[number % 2], labels=labels))
        )
    before = Doubted.decided
    for step in range(150):
        pods = list(store.all(Pod))
        what = rng.random()
        if what < 0.6 or not pods:
            kind = rng.randrange(len(TEMPLATES))
            made_of = replace(TEMPLATES[kind])
            store.create(
                Pod(
                    name=f"p{step}",
                    labels={"app": f"t{kind}"},
                    spec=made_of,
                    owner=OwnerRef("RS", "w", f"u{kind}"),
                )
            )
        elif what < 0.8:
            store.remove(rng.choice(pods))
        elif what < 0.9:
            node = rng.choice(list(store.all(Node)))
            taints = () if node.taints else (Taint("x", "NoSchedule"),)
            store.write(node, "Tainted", {"taints": taints})
        else:
            victim = rng.choice(pods)
            if victim.terminating and victim.node is not None:
                store.remove(victim)
        clock.run(clock.now + rng.randrange(1, 4) * SECOND)
    assert Doubted.decided - before > 150

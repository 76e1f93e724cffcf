from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from statesim.cluster.objects import (
    HOSTNAME_LABEL,
    ZONE_LABEL,
    Node,
    OwnerRef,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
)
from statesim.control.actions import Write
from statesim.control.fit import ClaimInfo, NodeInfo
from statesim.control.scheduler import PodView, Scheduler, decide, describe
from statesim.control.score import best, scores
from statesim.kernel.spans import SECOND
from statesim.kernel.streams import Streams
from statesim.scenario.specs import (
    ClaimSpec,
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
    Volume,
)
from statesim.scenario.versions import Features
from tests.control.workbench import store_under

if TYPE_CHECKING:
    from statesim.cluster.store import Store

DB = LabelSelector({"app": "db"})
# before the scheduler told of preemption in the same message
PLAIN = Features.for_version("1.23")
OWNER = OwnerRef("StatefulSet", "db", "u1")


def spec(cpu: int = 0, memory: int = 0, **kwargs: object) -> PodSpec:
    return PodSpec((Container("c", "v1", Resources(cpu, memory)),), **kwargs)  # type: ignore[arg-type]


def pod(name: str = "db-9", template: PodSpec | None = None, **kwargs: object) -> Pod:
    made = template if template is not None else spec()
    return Pod(name=name, uid=name, labels={"app": "db"}, spec=made, **kwargs)  # type: ignore[arg-type]


def info(name: str, zone: str = "", *pods: Pod, taints: tuple[Taint, ...] = (), **kwargs: object) -> NodeInfo:
    node = Node(name=name, spec=NodeSpec(zone=zone, **kwargs), taints=taints)  # type: ignore[arg-type]
    return describe(node, pods)


def outcome(asked: Pod, *nodes: NodeInfo, claims: tuple[ClaimInfo, ...] = ()) -> str:
    """Return the node that the pod is bound to, or why it is not."""
    decision = decide(PodView(0, asked, nodes, claims, features=PLAIN))
    (action,) = decision.actions
    assert isinstance(action, Write)
    return str(action.changes["node"]) if action.event == "Scheduled" else decision.why


def none_of_one(reason: str) -> str:
    return f"0/1 nodes are available: 1 {reason}."


ZONE_A = NodeSelectorTerm((Requirement(ZONE_LABEL, "In", ("a",)),))


@pytest.mark.parametrize(
    ("case", "asked", "node", "reason"),
    [
        ("cordon", spec(), replace(info("n"), unschedulable=True), "node(s) were unschedulable"),
        ("name", spec(node_name="m"), info("n"), "node(s) didn't match the requested hostname"),
        (
            "taint",
            spec(),
            info("n", taints=(Taint("k", "NoExecute", "v"),)),
            "node(s) had taint {k: v}, that the pod didn't tolerate",
        ),
        (
            "selector",
            spec(node_selector={"disk": "ssd"}),
            info("n"),
            "node(s) didn't match Pod's node affinity/selector",
        ),
        (
            "affinity",
            spec(node_affinity=NodeAffinity(required=(ZONE_A,))),
            info("n", "b"),
            "node(s) didn't match Pod's node affinity/selector",
        ),
        ("cpu", spec(cpu=8_001), info("n"), "Insufficient cpu"),
        ("memory", spec(memory=2), info("n", memory_bytes=1), "Insufficient memory"),
        ("pods", spec(), info("n", "", pod("x"), pods=1), "Too many pods"),
        ("full", spec(cpu=100), info("n", "", pod("x", spec(cpu=950)), cpu_milli=1_000), "Insufficient cpu"),
    ],
)
def test_filters_say_why_a_node_will_not_do(case: str, asked: PodSpec, node: NodeInfo, reason: str) -> None:
    assert outcome(pod(template=asked), node) == none_of_one(reason), case


@pytest.mark.parametrize(
    ("asked", "node"),
    [
        (spec(tolerations=(Toleration("k", "Exists"),)), info("n", taints=(Taint("k", "NoExecute"),))),
        (spec(), info("n", taints=(Taint("k", "PreferNoSchedule"),))),
        (spec(tolerations=(Toleration(None, "Exists"),)), replace(info("n"), unschedulable=True)),
        (spec(node_selector={"disk": "ssd"}), info("n", labels={"disk": "ssd"})),
        (spec(node_affinity=NodeAffinity(required=(ZONE_A,))), info("n", "a")),
        (spec(cpu=8_000), info("n")),
    ],
)
def test_filters_let_through_what_fits(asked: PodSpec, node: NodeInfo) -> None:
    assert outcome(pod(template=asked), node) == "n"


def test_message_counts_the_nodes_by_reason() -> None:
    nodes = (info("a", cpu_milli=10), info("b", cpu_milli=10), replace(info("c"), unschedulable=True))
    said = outcome(pod(template=spec(cpu=100)), *nodes)
    assert said == "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu."
    assert outcome(pod()) == "no nodes available to schedule pods"


def away(key: str) -> PodSpec:
    return spec(pod_anti_affinity=PodAffinity(required=(PodAffinityTerm(DB, key),)))


def test_anti_affinity_keeps_pods_apart_and_is_symmetric() -> None:
    taken = info("n1", "a", pod("db-0", away(HOSTNAME_LABEL)))
    assert outcome(pod(template=away(HOSTNAME_LABEL)), taken, info("n2", "a")) == "n2"
    refused = none_of_one("node(s) didn't match pod anti-affinity rules")
    assert outcome(pod(template=away(ZONE_LABEL)), info("n1", "a", pod("db-0"))) == refused
    refused = none_of_one("node(s) didn't satisfy existing pods anti-affinity rules")
    assert outcome(pod(), taken) == refused


def test_affinity_wants_company_unless_the_pod_is_the_first_of_its_kind() -> None:
    near = spec(pod_affinity=PodAffinity(required=(PodAffinityTerm(DB, ZONE_LABEL),)))
    nodes = (info("n1", "a"), info("n2", "b", pod("db-0")), info("n3", "b", cpu_milli=16_000))
    assert outcome(pod(template=near), *nodes) in ("n2", "n3")
    assert outcome(pod(template=near), info("n1", "a")) == "n1"
    cache = spec(
        pod_affinity=PodAffinity(required=(PodAffinityTerm(LabelSelector({"app": "cache"}), ZONE_LABEL),))
    )
    refused = none_of_one("node(s) didn't match pod affinity rules")
    assert outcome(pod(template=cache), info("n1", "a")) == refused


def spread(when: str, key: str = HOSTNAME_LABEL, skew: int = 1) -> PodSpec:
    return spec(topology_spread=(TopologySpread(skew, key, when, DB),))  # type: ignore[arg-type]


def test_hard_spread_never_exceeds_its_skew() -> None:
    asked = pod(template=spread("DoNotSchedule"))
    assert outcome(asked, info("n1", "", pod("a")), info("n2")) == "n2"
    full = info("n2", "", pods=0)
    said = outcome(asked, info("n1", "", pod("a")), full)
    assert "1 node(s) didn't match pod topology spread constraints" in said
    no_label = outcome(pod(template=spread("DoNotSchedule", ZONE_LABEL)), info("n1"))
    assert "missing required label" in no_label


def test_soft_spread_prefers_the_emptier_domain_but_takes_any() -> None:
    asked = pod(template=spread("ScheduleAnyway", ZONE_LABEL))
    crowded = info("n1", "a", pod("x"), pod("y"))
    assert outcome(asked, crowded, info("n2", "b", pod("z"))) == "n2"
    assert outcome(asked, crowded) == "n1"


def test_pods_of_one_owner_go_to_different_hosts_and_zones() -> None:
    placed: dict[str, list[Pod]] = {f"n{i}": [] for i in range(6)}
    for number in range(6):
        nodes = tuple(info(name, f"z{int(name[1]) % 3}", *pods) for name, pods in placed.items())
        asked = pod(f"db-{number}", owner=OWNER)
        chosen = best(asked, nodes, nodes, draw=0.5)
        placed[chosen.name].append(asked)
        if number == 2:
            assert len({int(name[1]) % 3 for name, pods in placed.items() if pods}) == 3
    assert [len(pods) for pods in placed.values()] == [1] * 6


def test_scores_prefer_room_affinity_and_untainted_nodes() -> None:
    asked = pod(template=spec(cpu=100))
    roomy, tight = info("n1"), info("n2", "", pod("x", spec(cpu=6_000)))
    first, second = scores(asked, (roomy, tight), (roomy, tight))
    assert first > second
    liking = pod(template=spec(node_affinity=NodeAffinity(preferred=((10, ZONE_A),))))
    assert outcome(liking, info("n1", "b"), info("n2", "a")) == "n2"
    soft = info("n1", taints=(Taint("k", "PreferNoSchedule"),))
    assert outcome(pod(), soft, info("n2")) == "n2"
    shy = spec(pod_anti_affinity=PodAffinity(preferred=((100, PodAffinityTerm(DB, ZONE_LABEL)),)))
    assert outcome(pod(template=shy), info("n1", "a", pod("x")), info("n2", "b")) == "n2"
    fond = spec(pod_affinity=PodAffinity(preferred=((100, PodAffinityTerm(DB, ZONE_LABEL)),)))
    assert outcome(pod(template=fond), info("n1", "a", pod("x")), info("n2", "b")) == "n1"


def test_the_draw_decides_between_equals() -> None:
    nodes = tuple(info(name) for name in "abcd")
    assert [best(pod(), nodes, nodes, draw).name for draw in (0.0, 0.3, 0.6, 0.99)] == list("abcd")


# -- volumes ------------------------------------------------------------------------------------------------


def claim(**kwargs: object) -> PersistentVolumeClaim:
    return PersistentVolumeClaim(name="data", uid="c1", spec=ClaimSpec(), **kwargs)  # type: ignore[arg-type]


def volume(name: str = "v", **kwargs: object) -> PersistentVolume:
    return PersistentVolume(
        name=name,
        access_modes=("ReadWriteOnce",),
        storage_class="standard",
        size_bytes=1,
        reclaim_policy="Delete",
        **kwargs,  # type: ignore[arg-type]
    )


BOUND = {"phase": "Bound", "volume": "v"}


@pytest.mark.parametrize(
    ("bound", "node"),
    [(volume(zone="b"), "n2"), (volume(node="n3"), "n3"), (volume(node="n2", zone="b"), "n2")],
)
def test_bound_volume_pins_its_pod_to_zone_or_node(bound: PersistentVolume, node: str) -> None:
    nodes = (info("n1", "a"), info("n2", "b"), info("n3", "c"))
    assert outcome(pod(), *nodes, claims=(ClaimInfo("data", claim(**BOUND), bound),)) == node


def test_volume_of_a_lost_zone_keeps_the_pod_pending() -> None:
    claims = (ClaimInfo("data", claim(**BOUND), volume(zone="lost")),)
    said = outcome(pod(), info("n1", "a"), info("n2", "b"), claims=claims)
    assert said == "0/2 nodes are available: 2 node(s) had volume node affinity conflict."


@pytest.mark.parametrize(
    ("case", "has", "reason"),
    [
        ("missing", ClaimInfo("data", None), 'persistentvolumeclaim "data" not found'),
        ("going", ClaimInfo("data", claim(deleted_us=1)), 'persistentvolumeclaim "data" is being deleted'),
        ("immediate", ClaimInfo("data", claim()), "pod has unbound immediate PersistentVolumeClaims"),
        (
            "lost",
            ClaimInfo("data", claim(phase="Lost", volume="v")),
            'persistentvolumeclaim "data" bound to non-existent persistentvolume "v"',
        ),
        (
            "local, none left",
            ClaimInfo("data", claim(), delayed=True),
            "node(s) didn't find available persistent volumes to bind",
        ),
        (
            "class of another zone",
            ClaimInfo("data", claim(), delayed=True, zones=("z",)),
            "node(s) didn't find available persistent volumes to bind",
        ),
    ],
)
def test_claims_that_no_node_can_serve(case: str, has: ClaimInfo, reason: str) -> None:
    assert outcome(pod(), info("n1", "a"), claims=(has,)) == none_of_one(reason), case


def test_read_write_once_pod_claim_is_for_one_pod_even_on_one_node() -> None:
    exclusive = PersistentVolumeClaim(
        name="data", spec=ClaimSpec(access_modes=("ReadWriteOncePod",)), phase="Bound", volume="v"
    )
    user = pod("x", spec(volumes=(Volume("d", "claim", "data"),)))
    said = outcome(pod(), info("n1", "", user), claims=(ClaimInfo("data", exclusive, volume()),))
    assert "ReadWriteOncePod" in said


def test_unbound_claims_get_the_node_first_and_the_pod_waits_for_all_of_them() -> None:
    nodes = (info("n1", "a"),)
    waiting = tuple(ClaimInfo(name, claim(), delayed=True, zones=()) for name in ("data", "wal"))
    first = decide(PodView(0, pod(), nodes, waiting))
    assert [a.event for a in first.actions if isinstance(a, Write)] == ["SelectedNode", "SelectedNode"]
    half = (replace(waiting[0], claim=claim(**BOUND), volume=volume()), waiting[1])
    later = decide(PodView(0, pod(), nodes, half, chosen="n1"))
    assert later.actions == ()
    assert later.why == "waiting on n1 for the volumes of wal"
    both = tuple(replace(row, claim=claim(**BOUND), volume=volume()) for row in waiting)
    assert outcome(pod(), *nodes, claims=both) == "n1"


def test_ready_made_volume_is_reserved_and_pins_the_pod() -> None:
    local = volume("disk", node="n2")
    asked = (ClaimInfo("data", claim(), delayed=True, candidates=(local,)),)
    decision = decide(PodView(0, pod(), (info("n1"), info("n2")), asked))
    rows = [(a.event, a.object.name, dict(a.changes)) for a in decision.actions if isinstance(a, Write)]
    assert rows == [
        ("Reserved", "disk", {"claim": "data", "claim_uid": "c1"}),
        ("SelectedNode", "data", {"selected_node": "n2"}),
    ]


# -- the queue ----------------------------------------------------------------------------------------------


@pytest.fixture
def store() -> Store:
    return store_under(lambda store: Scheduler(store, Streams(1)))


def said(store: Store, event: str) -> list[tuple[float, str]]:
    return [(e.t, e.fields["why"]) for e in store.trace.events if e.event == event]


def test_pods_that_arrive_together_do_not_take_more_than_there_is(store: Store) -> None:
    store.create(Node(name="n1", spec=NodeSpec(cpu_milli=1_000)))
    pods = [store.create(pod(f"p{i}", spec(cpu=400))) for i in range(3)]
    store.clock.run(SECOND)
    assert [p.node for p in pods] == ["n1", "n1", None]
    store.remove(pods[0])
    store.clock.run(60 * SECOND)
    assert pods[2].node == "n1"


def taint(store: Store, node: Node, value: str | None) -> None:
    taints = () if value is None else (Taint("x", "NoSchedule", value),)
    store.write(node, "Tainted", {"taints": taints})


def test_failed_pod_backs_off_for_1_2_4_8_10_seconds(store: Store) -> None:
    node = store.create(Node(name="n1", spec=NodeSpec(), taints=(Taint("x", "NoSchedule"),)))
    asked = store.create(pod())
    for tenth in range(1, 400):
        store.clock.run(tenth * SECOND // 10)
        taint(store, node, str(tenth))
    attempts = [t for t, _ in said(store, "FailedScheduling")]
    assert attempts == [0.0, 1.0, 3.0, 7.0, 15.0, 25.0, 35.0]
    taint(store, node, None)
    store.clock.run(60 * SECOND)
    assert asked.scheduled_us == 45 * SECOND


def test_failed_pod_says_the_same_thing_once_and_then_nothing_happens(store: Store) -> None:
    node = store.create(Node(name="n1", spec=NodeSpec(), unschedulable=True))
    store.create(pod())
    for second in range(1, 30):
        store.clock.run(second * SECOND)
        taint(store, node, str(second))
    assert len(said(store, "FailedScheduling")) == 1
    store.clock.run(100 * SECOND)
    before = store.clock.events
    store.clock.run(100_000 * SECOND)
    assert store.clock.events == before


def test_change_that_frees_nothing_wakes_no_pending_pod(store: Store) -> None:
    store.create(Node(name="n1", spec=NodeSpec(cpu_milli=500)))
    tenant = store.create(pod("x", spec(cpu=400)))
    store.create(pod("y", spec(cpu=400)))
    store.clock.run(30 * SECOND)
    before = store.clock.events
    store.write(tenant, "Started", {"running": True})
    store.write(tenant, "Ready", {"ready": True})
    store.clock.run(60 * SECOND)
    assert store.clock.events == before

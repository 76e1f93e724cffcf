"""Budgets, evictions, and what a budget does not protect from (rows P01 to P09)."""

from __future__ import annotations

import pytest

from statesim.cluster.objects import Phase, Pod, PodDisruptionBudget
from statesim.control.disruption import DELETION_TIMEOUT_US, Tally, View, decide
from statesim.control.eviction import decide_eviction, evict
from statesim.kernel.spans import SECOND
from statesim.scenario.specs import DisruptionBudgetSpec, IntOrPercent
from tests.acceptance.small import Small, budget, pod, workload
from tests.control.workbench import Cluster, deployment, running, selector, stateful

HUNDRED = IntOrPercent(100, percent=True)


def status(run: Small, name: str = "a") -> dict[str, int]:
    found: PodDisruptionBudget = run.find(f"PodDisruptionBudget/{name}")
    return dict(found.status)


def answer(run: Small, name: str) -> int:
    return evict(run.world.store, run.pod(name), run.world.ground.features).status


def first(run: Small, *, ready: bool = True) -> str:
    return next(p.name for p in run.world.store.all(Pod) if p.ready is ready)


# -- P01: absolute numbers ------------------------------------------------------------------------------


def test_p01_without_a_budget_an_eviction_is_allowed() -> None:
    run = Small(objects=[workload("StatefulSet", replicas=2)]).run(30)
    assert answer(run, "a-0") == 201


@pytest.mark.parametrize(("replicas", "code"), [(2, 429), (3, 201)])
def test_p01_min_available_two_needs_a_third_pod_before_one_may_go(replicas: int, code: int) -> None:
    run = Small(objects=[workload("StatefulSet", replicas=replicas), budget(minAvailable=2)]).run(30)
    assert answer(run, "a-0") == code
    assert run.pod("a-0").terminating is (code == 201)


# -- P02: percentages count the scale of the controller ------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "unready", "code"),
    [
        ({"minAvailable": "90%"}, 0, 201),
        ({"minAvailable": "90%"}, 1, 429),
        ({"maxUnavailable": "10%"}, 0, 201),
        ({"maxUnavailable": 1}, 1, 429),
    ],
)
def test_p02_a_percentage_is_of_what_the_controller_wants(
    bound: dict[str, object], unready: int, code: int
) -> None:
    run = Small(
        objects=[workload(replicas=10), budget(**bound)], cluster={"zones": 1, "nodesPerZone": 2}
    ).run(60)
    pods = list(run.world.store.all(Pod))
    for one in pods[:unready]:
        run.world.store.write(one, "NotReady", {"ready": False})
    run.run(61)
    assert status(run)["expected_pods"] == 10
    assert answer(run, pods[-1].name) == code


def test_p02_pods_that_could_not_even_be_scheduled_count_as_wanted() -> None:
    small = {"nodes": [{"name": "n1", "capacity": {"pods": 9}}]}
    run = Small(objects=[workload(replicas=10), budget(minAvailable="90%")], cluster=small).run(60)
    assert status(run) == {
        "disruptions_allowed": 0,
        "current_healthy": 9,
        "desired_healthy": 9,
        "expected_pods": 10,
        "observed_generation": 1,
    }
    assert answer(run, first(run)) == 429


def test_p02_pods_that_a_quota_keeps_from_being_made_count_as_wanted() -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q"},
        "spec": {"hard": {"pods": "8"}},
    }
    run = Small(objects=[quota, workload(replicas=10), budget(minAvailable="50%")]).run(60)
    assert len(list(run.world.store.all(Pod))) == 8
    assert (status(run)["expected_pods"], status(run)["desired_healthy"]) == (10, 5)
    assert status(run)["disruptions_allowed"] == 3


# -- P03: the budget's status must have caught up with its spec ----------------------------------------


def test_p03_an_eviction_is_blocked_until_the_budget_is_patched() -> None:
    run = Small(
        {"at": "40s", "do": "evict", "on": "Pod/a-0"},
        {"at": "52s", "do": "patch", "on": "PodDisruptionBudget/a", "patch": {"spec": {"minAvailable": 2}}},
        objects=[workload("StatefulSet", replicas=3), budget(minAvailable=3)],
    ).run(80)
    assert [(e.t, e.fields["status"]) for e in run.events("Refused")] == [
        (40.0, 429),
        (45.0, 429),
        (50.0, 429),
    ]
    assert run.times("Evicted") == [55.0]


def test_p03_a_budget_whose_status_is_behind_its_spec_grants_nothing() -> None:
    run = Small(objects=[workload("StatefulSet", replicas=3), budget(minAvailable=1)]).run(40)
    one: PodDisruptionBudget = run.find("PodDisruptionBudget/a")
    assert (one.generation, status(run)["observed_generation"], one.disruptions_allowed) == (1, 1, 2)
    looser = DisruptionBudgetSpec(one.spec.selector, min_available=IntOrPercent(0))
    run.world.store.write(one, "Changed", {"spec": looser})
    assert one.generation == 2
    assert answer(run, "a-0") == 429  # although the old status still allows two
    assert "still being worked out" in run.events("Refused")[-1].fields["why"]
    run.run(41)
    assert status(run)["observed_generation"] == 2
    assert answer(run, "a-0") == 201


def test_p03_a_budget_that_nobody_has_looked_at_yet_grants_nothing() -> None:
    fresh = PodDisruptionBudget(
        name="a", spec=DisruptionBudgetSpec(selector(), min_available=IntOrPercent(0))
    )
    assert decide_eviction(running("p"), (fresh,)).status == 429


# -- P04, P05, P06: what is counted --------------------------------------------------------------------


def test_p04_max_unavailable_over_a_naked_pod_allows_nothing() -> None:
    run = Small(objects=[pod(), budget(app="p", maxUnavailable=1)]).run(40)
    assert run.pod("p").ready
    assert status(run)["disruptions_allowed"] == 0
    assert answer(run, "p") == 429


def test_p04_max_unavailable_counts_the_unavailable() -> None:
    cluster = Cluster()
    one = PodDisruptionBudget(
        name="pdb", spec=DisruptionBudgetSpec(selector(), max_unavailable=IntOrPercent(2))
    )
    cluster.create(one, stateful(replicas=3))
    cluster.run(20)
    allowed = [one.disruptions_allowed]
    for name in ("db-0", "db-1", "db-2"):
        cluster.unready(name)
        cluster.run(0.5)
        allowed.append(one.disruptions_allowed)
    assert allowed == [2, 1, 0, 0]


@pytest.mark.parametrize(("bound", "scale", "desired"), [(2, 7, 5), (2, 5, 3), ("30%", 7, 4), ("30%", 3, 2)])
def test_p05_scaling_the_controller_moves_what_must_be_healthy(
    bound: int | str, scale: int, desired: int
) -> None:
    run = Small(
        {"at": "40s", "do": "scale", "on": "Deployment/a", "replicas": scale},
        objects=[workload(replicas=10), budget(maxUnavailable=bound)],
    ).run(100)
    assert status(run)["desired_healthy"] == desired
    assert status(run)["disruptions_allowed"] == scale - desired


def test_p06_34_percent_of_a_statefulset_of_three_needs_two() -> None:
    run = Small(objects=[workload("StatefulSet", replicas=3), budget(minAvailable="34%")]).run(40)
    assert status(run)["desired_healthy"] == 2
    assert answer(run, "a-0") == 201
    assert answer(run, "a-1") == 429


def test_p06_the_scales_of_two_controllers_are_summed() -> None:
    both = budget(minAvailable="28%")
    both["spec"]["selector"] = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "b"]}]}
    run = Small(objects=[workload(replicas=4), workload(name="b", replicas=3), both]).run(40)
    assert (status(run)["expected_pods"], status(run)["desired_healthy"]) == (7, 2)


def test_p06_a_pod_under_two_budgets_cannot_be_evicted_at_all() -> None:
    run = Small(
        {"at": "40s", "do": "evict", "on": "Pod/a-0"},
        objects=[workload("StatefulSet"), budget("x", maxUnavailable=3), budget("y", maxUnavailable=3)],
    ).run()
    assert [(e.t, e.fields["status"]) for e in run.events("Refused")] == [(40.0, 500)]
    assert not run.pod("a-0").terminating


# -- P07: evictions that were granted are remembered until they are seen -------------------------------


def one_of_three(**disrupted: int) -> PodDisruptionBudget:
    limits = DisruptionBudgetSpec(selector(), min_available=IntOrPercent(1))
    return PodDisruptionBudget(name="pdb", spec=limits, disrupted=disrupted)


@pytest.mark.parametrize(
    ("now_s", "kept"), [(0, ["p0"]), (119, ["p0"]), (120, [])], ids=["at once", "just before", "after 2 min"]
)
def test_p07_entries_go_with_their_pods_or_after_two_minutes(now_s: int, kept: list[str]) -> None:
    pods = (running("p0"), running("p1"), running("p2", deleted_us=1))
    stale = one_of_three(p0=0, p2=0, vanished=0)
    decision = decide(View(now_s * SECOND, stale, Tally(pods), 3))
    (write,) = decision.actions
    assert list(write.changes["disrupted"]) == kept  # type: ignore[union-attr]
    assert write.fields["current_healthy"] == 2 - len(kept)  # type: ignore[union-attr]
    assert decision.wake_at == (DELETION_TIMEOUT_US if kept else None)


def test_p07_an_eviction_that_was_granted_counts_before_the_pod_is_seen_to_go() -> None:
    run = Small(objects=[workload("StatefulSet"), budget(minAvailable=2)]).run(40)
    assert answer(run, "a-1") == 201
    one: PodDisruptionBudget = run.find("PodDisruptionBudget/a")
    assert (list(one.disrupted), one.disruptions_allowed) == (["a-1"], 0)
    assert answer(run, "a-2") == 429
    run.run(41)
    assert one.disrupted == {}  # it is terminating now, which counts by itself


# -- P08: who is asked, and who is not -----------------------------------------------------------------

ENOUGH = {"current_healthy": 2, "desired_healthy": 2, "observed_generation": 1}
TOO_FEW = {"current_healthy": 1, "desired_healthy": 2, "observed_generation": 1}
NONE_NEEDED = {"current_healthy": 0, "desired_healthy": 0, "observed_generation": 1}


@pytest.mark.parametrize(
    ("one", "counts", "left", "code", "pays"),
    [
        pytest.param(running("a"), ENOUGH, 0, 429, True, id="budget is empty"),
        pytest.param(running("a"), ENOUGH, 1, 201, True, id="budget has one"),
        pytest.param(running("a", ready=False), ENOUGH, 0, 201, False, id="not ready, enough others"),
        pytest.param(running("a", ready=False), TOO_FEW, 0, 429, True, id="not ready, too few others"),
        pytest.param(running("a", ready=False), NONE_NEEDED, 0, 429, True, id="not ready, none needed"),
        pytest.param(running("a", deleted_us=1), TOO_FEW, 0, 201, False, id="terminating"),
    ],
)
def test_p08_429_or_bypass_by_phase_and_readiness(
    one: Pod, counts: dict[str, int], left: int, code: int, pays: bool
) -> None:
    limits = DisruptionBudgetSpec(selector(), min_available=IntOrPercent(2))
    asked = PodDisruptionBudget(name="pdb", spec=limits, status=counts, disruptions_allowed=left)
    verdict = decide_eviction(one, (asked,))
    assert verdict.status == code
    assert (verdict.pays is not None) is pays


@pytest.mark.parametrize("phase", [Phase.PENDING, Phase.SUCCEEDED, Phase.FAILED])
def test_p08_pods_that_do_not_run_need_no_budget(phase: Phase) -> None:
    limits = DisruptionBudgetSpec(selector(), max_unavailable=IntOrPercent(0))
    asked = PodDisruptionBudget(name="pdb", spec=limits, status=TOO_FEW)
    verdict = decide_eviction(running("a", ready=False), (asked,))
    assert verdict.status == 429
    idle = Pod(name="a", spec=running("a").spec, labels={"app": "db"}, phase=phase)
    assert decide_eviction(idle, (asked,)) == (201, None, "no budget protects a pod that does not run")


@pytest.mark.parametrize(
    ("version", "policy", "code"),
    [
        ("1.32", "AlwaysAllow", 201),
        ("1.32", "IfHealthyBudget", 429),
        ("1.27", "AlwaysAllow", 201),
        ("1.26", "AlwaysAllow", 429),
    ],
    ids=["always", "if the budget is healthy", "beta", "alpha: off"],
)
def test_a_crash_looping_app_can_be_drained_only_if_its_budget_lets_broken_pods_go(
    version: str, policy: str, code: int
) -> None:
    images = {"*": {"pull": "0s", "start": "1s", "ready": "never"}}
    objects = [workload("StatefulSet", replicas=1), budget(minAvailable=1, unhealthyPodEvictionPolicy=policy)]
    run = Small(objects=objects, images=images, version=version).run(30)
    assert not run.pod("a-0").ready
    assert answer(run, "a-0") == code


# -- P09: races, and finished pods ---------------------------------------------------------------------


def test_p09_racing_evictions_never_exceed_the_budget() -> None:
    rows = [{"at": "40s", "do": "evict", "on": f"Pod/a-{i}"} for i in range(5)]
    run = Small(*rows, objects=[workload("StatefulSet", replicas=5), budget(minAvailable=3)]).run(300)
    healthy = [e.fields["current_healthy"] for e in run.events("Status", "PodDisruptionBudget/") if e.t > 39]
    assert min(healthy) == 3
    assert len(run.events("Evicted")) == 5
    assert run.times("Evicted")[:2] == [40.0, 40.0]
    assert run.times("Evicted")[2] > 40.0


def test_p09_finished_pods_are_evicted_whatever_the_budget_says() -> None:
    done = pod(restartPolicy="Never")
    images = {"*": {"pull": "0s", "start": "1s", "ready": "0s", "crashAfter": "2s"}}
    run = Small(objects=[done, budget(app="p", minAvailable=1)], images=images).run(30)
    assert run.pod("p").phase is Phase.FAILED
    assert answer(run, "p") == 201
    assert run.find("Pod/p") is None  # grace 0: there is nothing left to stop


# -- what a budget does not protect from ---------------------------------------------------------------


def test_deletions_rollouts_and_taints_ask_no_budget_but_block_the_evictions() -> None:
    taint = {"key": "gone", "effect": "NoExecute"}
    run = Small(
        {"at": "40s", "do": "delete", "on": "Pod/a-0"},
        {"at": "40500ms", "do": "evict", "on": "Pod/a-1"},
        {"at": "80s", "do": "set-image", "on": "StatefulSet/a", "image": "app:2"},
        {"at": "150s", "do": "taint", "on": {"nodeOf": "Pod/a-2"}, "taint": taint},
        objects=[workload("StatefulSet"), budget(maxUnavailable=0)],
    ).run()
    assert run.times("Refused")[0] == 40.5  # the voluntary one waits for ever
    assert run.events("Evicted") == []
    assert run.times("Terminating", "Pod/a-0")[0] == 40.0
    assert len([t for t in run.times("Terminating", "Pod/") if 80 <= t < 150]) == 3
    assert 150.0 in run.times("Terminating", "Pod/")


def test_one_replica_under_min_available_one_can_never_be_evicted() -> None:
    run = Small(
        {"at": "40s", "do": "evict", "on": "Pod/a-0"},
        objects=[workload("StatefulSet", replicas=1), budget(minAvailable=1)],
        duration="1h",
    ).run()
    assert len(run.events("Refused")) == 712
    assert run.events("Evicted") == []


def test_a_percentage_of_all_protects_every_pod() -> None:
    cluster = Cluster()
    one = PodDisruptionBudget(name="pdb", spec=DisruptionBudgetSpec(selector("web"), min_available=HUNDRED))
    cluster.create(one, deployment("web", replicas=3))
    cluster.run(20)
    assert (one.status["desired_healthy"], one.disruptions_allowed) == (3, 0)


@pytest.mark.parametrize(("version", "reason"), [("1.25", ""), ("1.26", "EvictionByEvictionAPI")])
def test_an_evicted_pod_says_why_from_1_26_on(version: str, reason: str) -> None:
    run = Small(objects=[workload("StatefulSet")], version=version).run(40)
    one = run.pod("a-0")
    assert answer(run, "a-0") == 201
    assert one.disruption == reason


@pytest.mark.parametrize(("version", "allowed"), [("1.21", 0), ("1.22", 2)])
def test_a_naked_pod_beside_owned_ones_spoils_the_whole_budget_before_1_22(
    version: str, allowed: int
) -> None:
    bare = pod("bare")
    bare["metadata"]["labels"] = {"app": "a"}
    run = Small(objects=[workload(replicas=2), bare, budget(maxUnavailable=1)], version=version).run(40)
    assert status(run)["disruptions_allowed"] == allowed

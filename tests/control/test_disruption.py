"""Budgets and evictions: how many pods may go voluntarily, and who is asked."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import Phase, Pod, PodDisruptionBudget
from statesim.control.disruption import DELETION_TIMEOUT_US, Tally, View, decide, expected_and_desired
from statesim.control.eviction import decide_eviction, evict
from statesim.scenario.specs import DisruptionBudgetSpec, IntOrPercent, LabelSelector, Requirement
from tests.control.workbench import Cluster, deployment, pod, running, selector, stateful


def spec(least: Any = None, most: Any = None) -> DisruptionBudgetSpec:
    def parsed(value: Any) -> IntOrPercent | None:
        if value is None:
            return None
        return IntOrPercent(int(str(value).rstrip("%")), percent=str(value).endswith("%"))

    return DisruptionBudgetSpec(selector(), min_available=parsed(least), max_unavailable=parsed(most))


def budget(least: Any = None, most: Any = None, **kwargs: Any) -> PodDisruptionBudget:
    return PodDisruptionBudget(name="pdb", spec=spec(least, most), **kwargs)


def ready_pods(ready: int, unready: int = 0) -> tuple[Pod, ...]:
    return tuple(running(f"p{i}", ready=i < ready) for i in range(ready + unready))


def allowed(one: PodDisruptionBudget, pods: tuple[Pod, ...], scale: int | None, now: int = 0) -> int:
    (write,) = decide(View(now, one, Tally(pods), scale)).actions
    return write.fields["disruptions_allowed"]  # type: ignore[union-attr,no-any-return]


@pytest.mark.parametrize(
    ("least", "most", "ready", "unready", "scale", "expected"),
    [
        pytest.param(2, None, 2, 0, 2, 0, id="P01 2 of minAvailable 2"),
        pytest.param(2, None, 3, 0, 3, 1, id="P01 3 of minAvailable 2"),
        pytest.param("90%", None, 10, 0, 10, 1, id="P02 90% of 10, all ready"),
        pytest.param("90%", None, 9, 1, 10, 0, id="P02 90% of 10, one not ready"),
        pytest.param(None, "10%", 10, 0, 10, 1, id="P02 maxUnavailable 10%"),
        pytest.param(None, 1, 9, 1, 10, 0, id="P02 maxUnavailable 1, one not ready"),
        pytest.param(None, 1, 1, 0, None, 0, id="P04 naked pod"),
        pytest.param("50%", None, 2, 0, None, 0, id="P04 naked pod, percent"),
        pytest.param(1, None, 2, 0, None, 1, id="P04 naked pods, absolute"),
        pytest.param(None, 1, 0, 0, 0, 0, id="P04 no pods"),
        pytest.param(None, 0, 3, 0, 3, 0, id="P04 nothing may be unavailable"),
        pytest.param(1, None, 1, 0, 1, 0, id="P04 a single replica can never be drained"),
    ],
)
def test_disruptions_allowed(
    least: Any, most: Any, ready: int, unready: int, scale: int | None, expected: int
) -> None:
    assert allowed(budget(least, most), ready_pods(ready, unready), scale) == expected


@pytest.mark.parametrize(
    ("least", "most", "scale", "desired"),
    [
        pytest.param(None, 2, 7, 5, id="P05 max 2 of 7"),
        pytest.param(None, 2, 5, 3, id="P05 max 2 of 5"),
        pytest.param(None, "30%", 7, 4, id="P05 30% of 7 rounds up"),
        pytest.param(None, "30%", 3, 2, id="P05 30% of 3 rounds up"),
        pytest.param("34%", None, 3, 2, id="P06 34% of 3 needs 2"),
        pytest.param(None, 5, 3, 0, id="P05 never below zero"),
    ],
)
def test_desired_healthy_follows_the_scale(least: Any, most: Any, scale: int, desired: int) -> None:
    assert expected_and_desired(spec(least, most), 0, scale) == (scale, desired)


def test_p06_scales_of_several_controllers_are_summed() -> None:
    both = LabelSelector(match_expressions=(Requirement("app", "In", ("db", "web")),))
    limits = DisruptionBudgetSpec(both, max_unavailable=IntOrPercent(30, percent=True))
    one = PodDisruptionBudget(name="pdb", spec=limits)
    cluster = Cluster()
    cluster.create(one, stateful(replicas=3), deployment("web", replicas=4))
    cluster.run(20)
    assert one.status == {
        "disruptions_allowed": 3,
        "current_healthy": 7,
        "desired_healthy": 4,
        "expected_pods": 7,
        "observed_generation": 1,
    }


def test_p07_a_granted_pod_counts_as_gone_until_it_is_or_for_two_minutes() -> None:
    pods = ready_pods(3)
    one = budget(1, disrupted={"p0": 0, "vanished": 0})
    assert allowed(one, pods, 3) == 1
    (write,) = decide(View(0, one, Tally(pods), 3)).actions
    assert write.changes["disrupted"] == {"p0": 0}  # type: ignore[union-attr]
    assert decide(View(0, one, Tally(pods), 3)).wake_at == DELETION_TIMEOUT_US
    assert allowed(one, pods, 3, now=DELETION_TIMEOUT_US) == 2


STATUS = {"current_healthy": 2, "desired_healthy": 2, "observed_generation": 1}
FULL = {"current_healthy": 1, "desired_healthy": 2, "observed_generation": 1}


@pytest.mark.parametrize(
    ("one", "status", "left", "granted"),
    [
        pytest.param(running("a"), STATUS, 0, False, id="P08 budget is empty"),
        pytest.param(running("a"), STATUS, 1, True, id="P08 budget has one"),
        pytest.param(running("a"), {}, 0, False, id="P03 budget was never worked out"),
        pytest.param(pod("a"), FULL, 0, True, id="P08 pending bypasses"),
        pytest.param(pod("a", phase=Phase.SUCCEEDED), FULL, 0, True, id="P09 succeeded bypasses"),
        pytest.param(pod("a", phase=Phase.FAILED), FULL, 0, True, id="P09 failed bypasses"),
        pytest.param(running("a", deleted_us=1), FULL, 0, True, id="P08 terminating bypasses"),
        pytest.param(running("a", ready=False), STATUS, 0, True, id="P08 not ready, enough others"),
        pytest.param(running("a", ready=False), FULL, 0, False, id="P08 not ready, too few others"),
    ],
)
def test_evictions_ask_the_budget(one: Pod, status: dict[str, int], left: int, granted: bool) -> None:
    verdict = decide_eviction(one, (budget(2, status=status, disruptions_allowed=left),))
    assert verdict.granted is granted
    assert verdict.why


def test_p01_without_a_budget_every_eviction_is_granted() -> None:
    assert decide_eviction(running("a"), ()).granted


def test_p06_two_budgets_over_one_pod_refuse() -> None:
    verdict = decide_eviction(
        running("a"), (budget(1, disruptions_allowed=1), budget(1, disruptions_allowed=1))
    )
    assert verdict.status == 500
    assert "more than one budget" in verdict.why


def test_p09_racing_evictions_never_exceed_the_budget() -> None:
    cluster = Cluster()
    cluster.create(budget(2), stateful(replicas=3))
    cluster.run(10)
    answers = [evict(cluster.store, cluster.pod(name)).status for name in ("db-0", "db-1", "db-2")]
    assert answers == [201, 429, 429]
    refused = [e.fields["pod"] for e in cluster.trace.events if e.event == "Refused"]
    assert refused == ["db-1", "db-2"]
    cluster.run(5)
    assert evict(cluster.store, cluster.pod("db-1")).granted


def test_p03_a_deleted_pod_blocks_evictions_until_it_is_back() -> None:
    cluster = Cluster()
    cluster.create(budget(None, 1), stateful(replicas=3))
    cluster.run(10)
    cluster.delete("db-2")
    cluster.run(0.5)
    assert evict(cluster.store, cluster.pod("db-0")).status == 429
    cluster.run(5)
    assert evict(cluster.store, cluster.pod("db-0")).granted


def test_scaling_the_owner_changes_the_budget() -> None:
    cluster, web = Cluster(), deployment("db", replicas=7)
    cluster.create(budget(None, "30%"), web)
    cluster.run(5)
    one = cluster.store.get(PodDisruptionBudget, "pdb")
    assert one is not None
    assert one.status["desired_healthy"] == 4
    cluster.change(web, replicas=3)
    cluster.run(5)
    assert one.status["desired_healthy"] == 2

"""Machines that reboot, in order or not, and what a kubelet learns when it is back."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.analysis.why import chain
from statesim.cluster.objects import Phase, Pod
from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from tests.acceptance.small import BASE, ONE, TWO, Small, pod, with_claim, workload

# -- reboots ------------------------------------------------------------------------------------------


def rebooted(version: str = "1.31", **row: Any) -> Small:
    return Small(
        {"at": "60s", "do": "node-reboot", "on": {"nodeOf": "Pod/a-0"}, **row},
        objects=[with_claim(workload("StatefulSet", replicas=1))],
        cluster={"kubernetes": version, "zones": 1, "nodesPerZone": 2},
        duration="400s",
    )


def test_a_reboot_within_the_grace_period_keeps_the_pod_with_one_restart_more() -> None:
    run = rebooted(away="20s").run()
    assert run.times("Crashed") == [60.0]
    assert run.times("Recovered") == [80.0]
    assert run.events("NotReady", "Node/") == []
    assert run.events("Tainted") == []
    assert (
        len({e.fields["uid"] for e in run.events("Started", "Pod/") + run.events("Restarted", "Pod/")}) == 1
    )
    assert run.pod("a-0").restarts == 1
    assert run.pod("a-0").ready
    assert [e.fields["how"] for e in run.events("Exited", "Process/a-0")] == ["power-cut"]


def test_a_reboot_longer_than_the_grace_period_but_shorter_than_the_toleration_keeps_it_too() -> None:
    run = rebooted(away="120s").run()
    assert len(run.events("NotReady", "Node/")) == 1
    assert run.times("NotReady", "Pod/a-0") != []
    assert run.events("Terminating", "Pod/") == []
    assert run.pod("a-0").restarts == 1


@pytest.mark.parametrize(
    ("version", "reason"), [("1.21", "Shutdown"), ("1.22", "Terminated"), ("1.32", "Terminated")]
)
def test_a_graceful_shutdown_ends_the_pod_as_failed_and_it_is_replaced_elsewhere(
    version: str, reason: str
) -> None:
    run = rebooted(version, graceful=True, away="60s").run()
    (failed,) = run.events("Failed", "Pod/a-0")
    assert failed.fields["reason"] == reason
    assert failed.t == pytest.approx(61, abs=0.1)  # the program takes a second to stop
    assert [e.fields["how"] for e in run.events("Exited", "Process/a-0")] == ["stopped"]
    # the node said so itself, at once, and its volume was unmounted: nobody waits six minutes
    assert run.events("NotReady", "Node/")[0].t == 60.0
    assert run.events("NotReady", "Node/")[0].fields["status"] == "False"
    created, again = run.events("Scheduled", "Pod/a-0")
    assert created.fields["node"] != again.fields["node"]
    assert [e.fields["forced"] for e in run.events("Detached")] == [False]
    assert run.times("Ready", "Pod/a-0")[1] < 90
    assert run.times("Crashed") == [61.0]
    assert run.times("Recovered") == [121.0]


def test_in_1_20_the_gate_is_off_and_no_shutdown_is_graceful() -> None:
    run = rebooted("1.20", graceful=True, away="20s").run()
    assert run.events("Failed") == []
    assert [e.fields["how"] for e in run.events("Exited", "Process/a-0")] == ["power-cut"]
    gated = Small(
        {"at": "60s", "do": "node-reboot", "on": "Node/n1", "graceful": True},
        objects=[pod()],
        cluster={
            "kubernetes": "1.20",
            "featureGates": {"GracefulNodeShutdown": True},
            "nodes": [{"name": "n1"}],
        },
    ).run()
    assert gated.pod("p").reason == "Shutdown"


def test_ordinary_pods_get_the_first_part_of_the_shutdown_and_critical_ones_the_rest() -> None:
    row = {"at": "60s", "do": "node-reboot", "on": "Node/n1", "graceful": True}
    run = Small(
        {**row, "shutdownGracePeriod": "30s", "shutdownGracePeriodCriticalPods": "10s"},
        objects=[
            pod("slow", terminationGracePeriodSeconds=300),
            pod("brief", terminationGracePeriodSeconds=5),
            pod("vital", priorityClassName="system-cluster-critical", terminationGracePeriodSeconds=8),
        ],
        cluster=ONE,
        images={"*": {**BASE, "stop": "never"}},
    ).run()
    ends = {e.object.removeprefix("Pod/"): round(e.t) for e in run.events("Failed", "Pod/")}
    assert ends == {"brief": 65, "slow": 80, "vital": 88}
    assert run.times("Crashed") == [88.0]


def test_a_pod_that_needs_all_of_the_time_is_killed_but_nobody_can_tell_any_more() -> None:
    """The machine goes the moment the time is over (kubernetes issue 110755): the pod is restarted later."""
    row = {"at": "60s", "do": "node-reboot", "on": "Node/n1", "graceful": True, "away": "10s"}
    slow = pod(terminationGracePeriodSeconds=300)
    run = Small(row, objects=[slow], cluster=ONE, images={"*": {**BASE, "stop": "never"}}).run()
    # the critical group is empty and not waited for: the machine goes after 20 s
    assert run.times("Crashed") == [80.0]
    assert run.events("Failed") == []
    assert (run.pod("p").phase, run.pod("p").restarts) == (Phase.RUNNING, 1)


def test_a_shutdown_waits_no_longer_than_its_pods_need() -> None:
    row = {"at": "60s", "do": "node-reboot", "on": "Node/n1", "graceful": True, "away": "10s"}
    run = Small(row, objects=[pod()], cluster=ONE).run()
    assert run.times("Crashed") == [61.0]
    assert run.times("Recovered") == [71.0]
    assert run.pod("p").phase is Phase.FAILED  # nobody owns it: it stays so


def test_a_node_that_shuts_down_rejects_new_pods() -> None:
    late = pod("late", nodeName="n1")
    run = Small(
        {"at": "60s", "do": "node-reboot", "on": "Node/n1", "graceful": True},
        {"at": "70s", "do": "apply", "manifests": [late]},
        objects=[pod("slow")],
        cluster=ONE,
        images={"*": {**BASE, "stop": "15s"}},
    ).run(100)
    assert (run.pod("late").phase, run.pod("late").reason) == (Phase.FAILED, "NodeShutdown")


def test_the_periods_of_a_reboot_must_fit() -> None:
    row = {
        "at": "1s",
        "do": "node-reboot",
        "on": "Node/n1",
        "shutdownGracePeriod": "5s",
        "shutdownGracePeriodCriticalPods": "6s",
    }
    scenario = {"metadata": {"name": "x"}, "duration": "1m", "cluster": ONE, "timeline": [row]}
    with pytest.raises(Exception, match="a part of shutdownGracePeriod"):
        load(Scenario.model_validate(scenario))


# -- coming back --------------------------------------------------------------------------------------


def back_after(seconds: int, do: str, **row: Any) -> Small:
    return Small(
        {"at": "60s", "do": do, "on": {"nodeOf": "Pod/a-0"}, "for": f"{seconds}s", **row},
        objects=[workload("StatefulSet", replicas=1)],
        cluster=TWO,
        duration="700s",
    ).run()


CUT = {"from": "control-plane"}


@pytest.mark.parametrize(
    ("do", "row", "restarts"), [("network-partition", CUT, 0), ("node-pause", {}, 0), ("node-crash", {}, 1)]
)
def test_a_node_that_is_back_before_the_eviction_has_its_pod_ready_again(
    do: str, row: dict[str, Any], restarts: int
) -> None:
    run = back_after(200, do, **row)
    node_ready = run.times("Ready", "Node/")
    assert node_ready == [260.0]
    ready = run.times("Ready", "Pod/a-0")
    assert len(ready) == 2
    assert ready[1] >= 261.0  # a moment after the node: the kubelet lists its pods first
    assert ready[1] <= 265.0
    assert run.events("Terminating", "Pod/") == []
    assert run.pod("a-0").restarts == restarts


@pytest.mark.parametrize(("do", "row"), [("network-partition", CUT), ("node-pause", {}), ("node-crash", {})])
def test_a_node_that_is_back_after_the_eviction_ends_its_pod_and_the_name_is_free(
    do: str, row: dict[str, Any]
) -> None:
    run = back_after(400, do, **row)
    asked = run.times("Terminating", "Pod/a-0")
    assert len(asked) == 1
    assert 400 <= asked[0] <= 412
    (gone,) = run.times("Deleted", "Pod/a-0")
    assert 460 < gone <= 463  # back at 460 s, learns at 461 s, stops within a second
    assert run.times("Created", "Pod/a-0")[1] >= gone
    assert run.pod("a-0").ready


def test_a_thawed_kubelet_reports_first_and_learns_a_moment_later() -> None:
    run = back_after(400, "node-pause")
    node = run.events("Ready", "Node/")[0]
    learned = run.events("Learned", "Node/")[0]
    stopped = next(e for e in run.events("Exited", "Process/a-0"))
    assert node.t == 460.0
    assert learned.t == 461.0
    assert stopped.t == 462.0


def test_explain_after_a_thaw_names_the_eviction_that_happened_meanwhile() -> None:
    run = back_after(400, "node-pause")
    gone = run.events("Deleted", "Pod/a-0")[0]
    story = [
        (e.object.partition("/")[0], e.event) for e in chain(run.world.trace.events, "Process/a-0", gone.t_us)
    ]
    assert ("Fault", "Started") in story
    assert ("Node", "Tainted") in story
    assert ("Pod", "Terminating") in story
    assert (
        story.index(("Pod", "Terminating"))
        < story.index(("Node", "Learned"))
        < story.index(("Pod", "Deleted"))
    )


def test_a_kubelet_that_is_cut_off_again_before_it_has_listed_its_pods_has_learned_nothing() -> None:
    run = Small(
        {"at": "60s", "do": "network-partition", "on": "Node/n1", "from": "control-plane", "for": "60s"},
        {"at": "80s", "do": "delete", "on": "Pod/p"},
        {"at": "120500ms", "do": "network-partition", "on": "Node/n1", "from": "control-plane", "for": "60s"},
        objects=[pod()],
        cluster=ONE,
        duration="250s",
    ).run()
    assert run.times("Deleted", "Pod/p") == [182.5]


def test_machines_reboot_by_chance_again_and_again() -> None:
    def reboots(seed: int) -> list[tuple[str, float]]:
        row = {"random": {"mtbf": "30m"}, "do": "node-reboot", "on": {"anyNode": {}}, "graceful": True}
        run = Small(row, objects=[workload("StatefulSet")], duration="6h", seed=seed).run()
        return [(e.object, e.t) for e in run.events("Crashed")]

    assert reboots(1) == reboots(1)
    assert reboots(1) != reboots(2)
    assert len(reboots(1)) >= 4


def test_the_control_plane_fails_by_chance_and_comes_back() -> None:
    row = {"random": {"mtbf": "30m", "mttr": "5m"}, "do": "control-plane-outage"}
    run = Small(row, objects=[workload()], duration="6h").run()
    assert len(run.events("Started", "Fault/")) >= 4
    assert len(run.events("Ended", "Fault/")) >= len(run.events("Started", "Fault/")) - 1
    assert len([p for p in run.world.store.all(Pod) if p.ready]) == 3


def test_pods_of_a_node_that_shuts_down_leave_their_services_at_once() -> None:
    row = {"at": "60s", "do": "node-reboot", "on": {"nodeOf": "Pod/a-0"}, "graceful": True}
    slow = {"*": {"pull": "0s", "start": "1s", "ready": "1s", "stop": "15s"}}
    run = Small(row, objects=[workload("StatefulSet", replicas=1)], images=slow).run(70)
    assert run.times("NotReady", "Pod/a-0") == [60.0]
    assert run.pod("a-0").phase is Phase.RUNNING  # while its program still runs
    run.run()
    assert run.times("Failed", "Pod/a-0") == [75.0]

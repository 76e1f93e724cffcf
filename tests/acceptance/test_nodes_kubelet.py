"""What a kubelet does by itself: pressure, images, back-off, hooks, reboots, and what it learns when it is back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from statesim.analysis.why import chain
from statesim.cluster.objects import DISK_PRESSURE, MEMORY_PRESSURE, Node, Phase, Pod
from statesim.node.pressure import Candidate, rank
from statesim.node.probes import restart_delay
from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from tests.acceptance.small import IMAGES, Small, budget, pod, with_claim, workload

GI = 2**30
TWO = {"kubernetes": "1.31", "nodes": [{"name": "n1"}, {"name": "n2"}]}
ONE = {"kubernetes": "1.31", "nodes": [{"name": "n1"}]}
BASE = IMAGES["*"]


def requests(memory: str) -> dict[str, Any]:
    return {"resources": {"requests": {"memory": memory}}}


# -- who goes first -----------------------------------------------------------------------------------


def test_those_above_their_request_go_first_then_low_priority_then_the_greediest() -> None:
    within = Candidate("within", priority=0, requested=4 * GI, used=3 * GI)
    above_vip = Candidate("above, important", priority=1000, requested=1 * GI, used=9 * GI)
    above_a_bit = Candidate("above by 1", priority=0, requested=1 * GI, used=2 * GI)
    above_much = Candidate("above by 3", priority=0, requested=5 * GI, used=8 * GI)
    ranked = [c.uid for c in rank([within, above_vip, above_a_bit, above_much])]
    assert ranked == ["above by 3", "above by 1", "above, important", "within"]


def test_exactly_at_the_request_is_not_above_it() -> None:
    at = Candidate("at", priority=-5, requested=GI, used=GI)
    above = Candidate("above", priority=5, requested=GI, used=GI + 1)
    assert [c.uid for c in rank([at, above])] == ["above", "at"]


# -- memory -------------------------------------------------------------------------------------------


def greedy(**row: Any) -> Small:
    images = {
        "greedy": {**BASE, "memory": "4Gi"},
        "modest": {**BASE, "memory": "1Gi"},
    }
    on_n1 = {"nodeSelector": {"kubernetes.io/hostname": "n1"}}
    return Small(
        {"at": "60s", "do": "memory-pressure", "on": "Node/n1", "for": "60s", **row},
        objects=[
            pod("modest", container={"image": "modest", **requests("2Gi")}, **on_n1),
            workload(name="greedy", replicas=1, container={"image": "greedy", **requests("1Gi")}),
            budget("keep", app="greedy", maxUnavailable=0),
        ],
        cluster={"kubernetes": "1.31", "nodes": [{"name": "n1"}]},
        images=images,
        duration="800s",
    )


def test_memory_pressure_evicts_the_greediest_pod_at_once_and_no_budget_is_asked() -> None:
    run = greedy().run(100)
    (evicted,) = run.events("Evicted", "Pod/")
    assert evicted.object.startswith("Pod/greedy-")
    assert 60 < evicted.t <= 70  # within a monitoring interval
    assert run.events("Refused") == []
    old: Pod = run.find(evicted.object)
    assert (old.phase, old.reason, old.disruption) == (Phase.FAILED, "Evicted", "TerminationByKubelet")
    assert [e.fields["how"] for e in run.events("Exited", "Process/greedy")] == ["killed"]
    assert run.pod("modest").ready


def test_the_evicted_pod_stays_as_failed_and_its_owner_has_made_another() -> None:
    run = greedy().run()
    pods = {p.name: p for p in run.world.store.all(Pod) if p.labels["app"] == "greedy"}
    assert sorted(p.phase for p in pods.values()) == [Phase.FAILED, Phase.RUNNING]
    replacement = next(p for p in pods.values() if p.phase is Phase.RUNNING)
    # the only node refuses pods while it is under pressure, and five minutes longer
    assert replacement.scheduled_us is not None
    assert replacement.scheduled_us / 1e6 > 60 + 300


def test_the_condition_and_its_taint_hold_five_minutes_longer_than_the_pressure() -> None:
    run = greedy().run(75)
    node: Node = run.find("Node/n1")
    assert node.pressure == ("MemoryPressure",)
    assert [(t.key, t.effect) for t in node.taints] == [(MEMORY_PRESSURE, "NoSchedule")]
    run.run()
    began, ended = run.events("MemoryPressure", "Node/")
    assert (began.fields["status"], ended.fields["status"]) == ("True", "False")
    # the eviction gave back enough, so that the next round saw no pressure any more
    assert 300 <= ended.t - began.t <= 320
    assert node.taints == ()
    assert node.ready is True


def test_one_pod_after_the_other_goes_until_there_is_enough() -> None:
    images = {"*": {**BASE, "memory": "2Gi"}}
    run = Small(
        {"at": "60s", "do": "memory-pressure", "on": "Node/n1"},
        objects=[workload("StatefulSet", replicas=3, container=requests("1Gi"))],
        cluster=ONE,
        images=images,
    ).run(75)
    assert len(run.events("Evicted")) == 1  # 2Gi are more than the threshold of 100Mi
    tight = {"*": {**BASE, "memory": "60Mi"}}
    more = Small(
        {"at": "60s", "do": "memory-pressure", "on": "Node/n1"},
        objects=[workload(replicas=3, container=requests("50Mi"))],
        cluster=ONE,
        images=tight,
    ).run(75)
    first, second = more.times("Evicted", "Pod/")
    assert second - first == pytest.approx(1, abs=0.1)  # as soon as the first has been cleaned up


def test_critical_pods_are_not_evicted() -> None:
    images = {"*": {**BASE, "memory": "1Gi"}}
    run = Small(
        {"at": "60s", "do": "memory-pressure", "on": "Node/n1"},
        objects=[pod("vital", priority=2_000_001_000), pod("other")],
        cluster=ONE,
        images=images,
    ).run()
    assert [e.object for e in run.events("Evicted")] == ["Pod/other"]


def test_a_disruption_condition_only_where_the_version_knows_it() -> None:
    run = Small(
        {"at": "60s", "do": "memory-pressure", "on": "Node/n1"},
        objects=[pod()],
        cluster={**ONE, "kubernetes": "1.25"},
        images={"*": {**BASE, "memory": "1Gi"}},
    ).run(100)
    assert run.pod("p").reason == "Evicted"
    assert run.pod("p").disruption == ""


# -- disk ---------------------------------------------------------------------------------------------


def test_a_full_disk_takes_the_empty_dirs_and_leaves_the_claims() -> None:
    made = with_claim(
        workload(
            "StatefulSet",
            replicas=1,
            nodeSelector={"kubernetes.io/hostname": "n1"},
            volumes=[{"name": "scratch", "emptyDir": {}}],
        )
    )
    container = made["spec"]["template"]["spec"]["containers"][0]
    container["volumeMounts"].append({"name": "scratch", "mountPath": "/tmp"})
    run = Small(
        {"at": "60s", "do": "disk-full", "on": "Node/n1", "for": "30s"},
        objects=[made],
        cluster=TWO,
        images={"*": {**BASE, "disk": "20Gi"}},
        duration="900s",
    ).run(75)
    node: Node = run.find("Node/n1")
    assert node.pressure == ("DiskPressure",)
    assert (DISK_PRESSURE, "NoSchedule") in [(t.key, t.effect) for t in node.taints]
    assert len(run.events("Evicted", "Pod/a-0")) == 1
    before = run.find("PersistentVolumeClaim/data-a-0").volume
    # a StatefulSet deletes its failed pod to take the name again; only n1 may have it, which is tainted
    assert run.pod("a-0").phase is Phase.PENDING
    run.run()
    assert run.pod("a-0").ready
    assert run.find("PersistentVolumeClaim/data-a-0").volume == before
    ready_again = run.times("Ready", "Pod/a-0")[1]
    assert ready_again > 60 + 300  # for so long the condition holds, and its taint


def test_under_disk_pressure_images_that_nobody_uses_are_deleted() -> None:
    run = Small(
        {"at": "40s", "do": "delete", "on": "Pod/old"},
        {"at": "60s", "do": "disk-full", "on": "Node/n1"},
        objects=[
            pod("old", container={"image": "old:1"}),
            pod("new", container={"image": "new:1"}, priority=2_000_000_000),
        ],
        cluster=ONE,
    ).run(55)
    machine = run.world.fleet.kubelets["n1"].machine
    assert machine.images == {"old:1", "new:1"}
    run.run(75)
    assert machine.images == {"new:1"}


def test_a_pod_that_slips_through_to_a_node_under_pressure_is_rejected() -> None:
    run = Small(
        {"at": "60s", "do": "disk-full", "on": "Node/n1"},
        {"at": "80s", "do": "apply", "manifests": [pod("late", nodeName="n1")]},
        objects=[pod("early")],
        cluster=ONE,
    ).run(100)
    late = run.pod("late")
    assert (late.phase, late.reason) == (Phase.FAILED, "Evicted")
    assert "DiskPressure" in run.events("Failed", "Pod/late")[0].fields["why"]


def test_a_node_that_is_cut_off_evicts_all_the_same_and_tells_it_later() -> None:
    run = Small(
        {"at": "40s", "do": "network-partition", "on": "Node/n1", "from": "control-plane", "for": "60s"},
        {"at": "50s", "do": "memory-pressure", "on": "Node/n1"},
        objects=[pod()],
        cluster=ONE,
        images={"*": {**BASE, "memory": "1Gi"}},
    ).run(99)
    assert run.events("Exited", "Process/p")[0].t < 61
    assert run.pod("p").phase is Phase.RUNNING
    run.run(110)
    assert (run.pod("p").phase, run.pod("p").reason) == (Phase.FAILED, "Evicted")
    assert run.find("Node/n1").pressure == ("MemoryPressure",)


def test_a_node_whose_pods_ask_for_all_of_its_memory_is_not_under_pressure() -> None:
    run = Small(objects=[workload(replicas=4, container=requests("8Gi"))], cluster=ONE).run(100)
    assert len(run.events("Ready", "Pod/")) == 4
    assert run.events("MemoryPressure") == []


# -- images that are not there ------------------------------------------------------------------------


def test_a_missing_image_is_tried_after_10_20_40_up_to_300_seconds() -> None:
    run = Small(objects=[pod()], cluster=ONE, images={"*": {**BASE, "pull": "never"}}, duration="40m").run()
    tries = [e.t for e in run.events("ErrImagePull")]
    pauses = [round(b - a - 1) for a, b in pairwise(tries)]  # a try takes a second
    assert pauses[:7] == [10, 20, 40, 80, 160, 300, 300]
    assert [e.fields["delay_s"] for e in run.events("ImagePullBackOff")][:3] == [10, 20, 40]
    assert run.pod("p").phase is Phase.PENDING
    assert run.events("Started", "Pod/") == []


def test_the_container_waits_for_err_image_pull_and_then_for_the_back_off() -> None:
    run = Small(objects=[pod()], cluster=ONE, images={"*": {**BASE, "pull": "never"}})
    seen = []
    for second in (1.5, 3, 12.5):
        run.run(second)
        seen.append(run.pod("p").containers[0].waiting)
    assert seen == ["ErrImagePull", "ImagePullBackOff", "ErrImagePull"]


def test_a_rollout_to_an_image_that_is_not_there_stalls_and_the_old_pods_stay() -> None:
    run = Small(
        {"at": "30s", "do": "set-image", "on": "Deployment/a", "image": "missing:2"},
        {"at": "100s", "do": "set-image", "on": "Deployment/a", "image": "app:1"},
        objects=[workload()],
        images={"missing:*": {"pull": "never"}, **IMAGES},
    ).run(90)
    ready = [p for p in run.world.store.all(Pod) if p.ready]
    waiting = [p for p in run.world.store.all(Pod) if not p.ready]
    assert (len(ready), len(waiting)) == (3, 1)
    assert waiting[0].containers[0].waiting in ("ErrImagePull", "ImagePullBackOff")
    run.run()
    assert sorted(p.ready for p in run.world.store.all(Pod)) == [True] * 3


def test_an_image_that_is_on_the_node_needs_no_registry_unless_it_must_be_pulled_always() -> None:
    run = Small(
        objects=[pod("p"), pod("q", container={"imagePullPolicy": "Always"})],
        cluster=ONE,
        images={"*": {**BASE, "pull": "never"}},
    )
    run.world.fleet.kubelets["n1"].machine.images.add("app:1")
    run.run(30)
    assert run.pod("p").ready
    assert run.pod("q").containers[0].waiting == "ImagePullBackOff"


# -- crash loops, phases ------------------------------------------------------------------------------


def test_the_pauses_of_a_crash_loop_count_from_the_exit() -> None:
    run = Small(
        objects=[pod()],
        cluster=ONE,
        images={"*": {**BASE, "start": "0s", "ready": "0s", "crashAfter": "2s"}},
        duration="30m",
    ).run()
    exits = [e.t for e in run.events("Exited")]
    starts = [e.t for e in run.events("Running", "Process/")][1:]
    pauses = [start - end for end, start in zip(exits, starts, strict=False)]
    assert 0 <= pauses[0] <= 1  # at once: when the runtime is listed
    assert [round(p, 3) for p in pauses[1:8]] == [10, 20, 40, 80, 160, 300, 300]


@pytest.mark.parametrize(
    ("runs", "pauses"), [("599s", [10, 20]), ("601s", [])], ids=["just less", "just more"]
)
def test_a_clean_run_of_more_than_ten_minutes_wipes_the_slate(runs: str, pauses: list[int]) -> None:
    run = Small(
        objects=[pod()],
        cluster=ONE,
        images={"*": {**BASE, "start": "0s", "ready": "0s", "crashAfter": runs}},
        duration="40m",
    ).run()
    assert len(run.events("Exited")) == 3
    assert [e.fields["delay_s"] for e in run.events("BackOff")] == pauses


def test_restart_delays_are_capped() -> None:
    assert [restart_delay(n) // 1_000_000 for n in range(8)] == [0, 10, 20, 40, 80, 160, 300, 300]


@pytest.mark.parametrize(
    ("policy", "phase"), [("Never", Phase.FAILED), ("OnFailure", Phase.RUNNING), ("Always", Phase.RUNNING)]
)
def test_a_crash_ends_a_pod_only_if_it_is_never_restarted(policy: str, phase: Phase) -> None:
    run = Small(
        objects=[pod(restartPolicy=policy)], cluster=ONE, images={"*": {**BASE, "crashAfter": "5s"}}
    ).run(60)
    assert run.pod("p").phase is phase


# -- preStop ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grace", "hook", "stop", "gone_after", "how"),
    [
        pytest.param(30, 5, "1s", 6, "stopped", id="hook, then SIGTERM"),
        pytest.param(30, 29, "never", 31, "killed", id="one second is left: it gets two"),
        pytest.param(30, 60, "1s", 31, "stopped", id="a hook that eats all the grace leaves two seconds"),
        pytest.param(30, 60, "never", 32, "killed", id="and no more than two"),
        pytest.param(1, 0, "never", 2, "killed", id="a shorter grace period is two seconds as well"),
        pytest.param(20, 0, "never", 20, "killed", id="no hook"),
    ],
)
def test_a_pre_stop_hook_counts_against_the_grace_period_but_two_seconds_remain(
    grace: int, hook: int, stop: str, gone_after: int, how: str
) -> None:
    container = {"lifecycle": {"preStop": {"sleep": {"seconds": hook}}}} if hook else {}
    run = Small(
        {"at": "30s", "do": "delete", "on": "Pod/p"},
        objects=[pod(terminationGracePeriodSeconds=grace, container=container)],
        cluster=ONE,
        images={"*": {**BASE, "stop": stop}},
    ).run()
    assert run.times("Deleted", "Pod/p") == [30.0 + gone_after]
    assert [e.fields["how"] for e in run.events("Exited")] == [how]


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
            pod("vital", priority=2_000_000_000, terminationGracePeriodSeconds=8),
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
        cluster={"kubernetes": "1.31", "zones": 1, "nodesPerZone": 2},
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

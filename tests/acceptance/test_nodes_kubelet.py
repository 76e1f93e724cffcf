"""What a kubelet does about images that are not there, programs that crash, and hooks before the end."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from statesim.cluster.objects import Phase, Pod
from statesim.node.probes import restart_delay
from tests.acceptance.small import BASE, IMAGES, ONE, Small, pod, workload

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


# -- phases ---------------------------------------------------------------------------------------------

ENDS = {
    "works": {**BASE, "ready": "0s", "completesAfter": "5s"},
    "fails": {**BASE, "ready": "0s", "crashAfter": "5s"},
    "serves": BASE,
}


def two(first: str, second: str, policy: str) -> dict[str, Any]:
    made = pod(restartPolicy=policy)
    made["spec"]["containers"] = [{"name": "a", "image": first}, {"name": "b", "image": second}]
    return made


@pytest.mark.parametrize(
    ("first", "second", "policy", "phase"),
    [
        pytest.param("works", "works", "Never", Phase.SUCCEEDED, id="both done"),
        pytest.param("works", "works", "OnFailure", Phase.SUCCEEDED, id="both done, on failure"),
        pytest.param("works", "fails", "Never", Phase.FAILED, id="one failed last"),
        pytest.param("fails", "works", "Never", Phase.FAILED, id="one failed first"),
        pytest.param("works", "serves", "Never", Phase.RUNNING, id="one goes on"),
        pytest.param("fails", "works", "OnFailure", Phase.RUNNING, id="one is restarted"),
        pytest.param("works", "serves", "Always", Phase.RUNNING, id="always restarted"),
    ],
)
def test_a_pods_phase_follows_from_all_its_containers(
    first: str, second: str, policy: str, phase: Phase
) -> None:
    run = Small(objects=[two(first, second, policy)], cluster=ONE, images=ENDS).run(100)
    assert run.pod("p").phase is phase


def test_a_phase_that_is_final_stays_whatever_happens_to_the_node() -> None:
    run = Small(
        {"at": "30s", "do": "node-crash", "on": "Node/n1", "for": "20s"},
        objects=[pod(restartPolicy="Never")],
        cluster=ONE,
        images={"*": ENDS["works"]},
    ).run(100)
    assert run.pod("p").phase is Phase.SUCCEEDED
    assert len(run.events("Running", "Process/p")) == 1


@pytest.mark.parametrize(("policy", "phase"), [("Never", Phase.FAILED), ("OnFailure", Phase.RUNNING)])
def test_what_a_reboot_does_to_a_pod_depends_on_its_restart_policy(policy: str, phase: Phase) -> None:
    run = Small(
        {"at": "30s", "do": "node-crash", "on": "Node/n1", "for": "20s"},
        objects=[pod(restartPolicy=policy)],
        cluster=ONE,
    ).run(100)
    assert run.pod("p").phase is phase


def test_a_job_that_is_done_while_its_node_is_cut_off_is_reported_later() -> None:
    run = Small(
        {"at": "3s", "do": "network-partition", "on": "Node/n1", "from": "control-plane", "for": "60s"},
        objects=[pod(restartPolicy="Never")],
        cluster=ONE,
        images={"*": ENDS["works"]},
    ).run(60)
    assert run.pod("p").phase is Phase.RUNNING
    run.run(70)
    assert run.pod("p").phase is Phase.SUCCEEDED


# -- liveness -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stop", "waits", "how"), [("3s", 3, "stopped"), ("never", 20, "killed")])
def test_a_container_that_fails_its_liveness_probe_is_stopped_with_grace_and_restarted(
    stop: str, waits: int, how: str
) -> None:
    probe = {"livenessProbe": {"periodSeconds": 10, "failureThreshold": 1, "tcpSocket": {"port": 80}}}
    run = Small(
        objects=[pod(terminationGracePeriodSeconds=20, container=probe)],
        cluster=ONE,
        images={"*": {**BASE, "ready": "never", "stop": stop}},
    ).run(60)
    failed = run.events("Unhealthy", "Pod/p")[0].t
    ended = run.events("Exited", "Process/p")[0]
    assert ended.t == pytest.approx(failed + waits, abs=0.01)
    assert ended.fields["how"] == how
    assert run.pod("p").restarts >= 1
    assert run.events("Terminating") == []

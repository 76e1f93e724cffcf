"""Sidecars: init containers that stay (KEP-753)."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import Phase
from statesim.cluster.wire import Frame, document
from statesim.scenario.manifests import Notes, parse_manifest
from statesim.scenario.specs import PodSpec, Resources
from statesim.views.kubectl.pod_rows import pod_row
from tests.acceptance.small import BASE, Small, pod

IMAGES = {
    "app:1": {**BASE, "start": "2s", "stop": "3s"},
    "setup:1": {**BASE, "start": "1s", "ready": "4s"},
    "mesh:1": {**BASE, "start": "2s", "stop": "1s"},
    "done:1": {**BASE, "completesAfter": "10s"},
    "weak:1": {**BASE, "crashAfter": "20s"},
    "*": BASE,
}
MESH = {"name": "mesh", "image": "mesh:1", "restartPolicy": "Always"}
SETUP = {"name": "setup", "image": "setup:1"}


def world(
    *init: dict[str, Any], at: Any = (), version: str = "1.32", seconds: int = 100, **spec: Any
) -> Small:
    made = pod(initContainers=list(init), **spec)
    return Small(*at, objects=[made], images=IMAGES, version=version, duration=f"{seconds}s")


def status(run: Small, name: str) -> dict[str, Any]:
    shown = document(run.find("Pod/p"), Frame("1.32"))["status"]
    rows = [*shown["containerStatuses"], *shown["initContainerStatuses"]]
    return next(row for row in rows if row["name"] == name)


def ran(run: Small, name: str) -> float:
    found = next(row for row in run.find("Pod/p").containers if row.name == name)
    return found.started_us / 1_000_000


def test_a_sidecar_starts_before_the_init_container_after_it_and_does_not_hold_up_the_pod() -> None:
    run = world(MESH, SETUP).run(30)
    assert ran(run, "c") - ran(run, "mesh") == pytest.approx(5 + 2)
    assert run.find("Pod/p").ready
    assert "running" in status(run, "mesh")["state"]
    assert "terminated" in status(run, "setup")["state"]
    assert pod_row(document(run.find("Pod/p"), Frame("1.32")), 30_000_000)[1:3] == ["2/2", "Running"]


def test_before_the_gate_is_on_it_is_an_init_container_as_any_other() -> None:
    run = world(MESH, version="1.28").run(30)
    assert [row.name for row in run.find("Pod/p").containers] == ["c"]
    assert run.find("Pod/p").ready


def test_a_sidecars_startup_probe_is_waited_for() -> None:
    slow = {**MESH, "startupProbe": {"periodSeconds": 10, "httpGet": {"port": 80}}}
    run = world(slow).run(60)
    assert ran(run, "c") - ran(run, "mesh") == pytest.approx(10 + 2)


def test_a_sidecar_that_is_not_ready_keeps_the_pod_from_being_ready() -> None:
    probed = {**MESH, "image": "never:1", "readinessProbe": {"httpGet": {"port": 80}}}
    made = pod(initContainers=[probed])
    run = Small(
        objects=[made], images={**IMAGES, "never:1": {**BASE, "ready": "never"}}, duration="60s"
    ).run()
    assert run.find("Pod/p").started_us is not None
    assert not run.find("Pod/p").ready


@pytest.mark.parametrize("policy", ["Always", "OnFailure", "Never"])
def test_a_sidecar_is_restarted_whatever_the_pods_policy_says(policy: str) -> None:
    run = world({**MESH, "image": "weak:1"}, restartPolicy=policy).run(40)
    assert status(run, "mesh")["restartCount"] == 1
    assert "running" in status(run, "mesh")["state"]
    assert status(run, "c")["restartCount"] == 0


def test_sidecars_are_stopped_after_the_containers_and_in_reverse_order() -> None:
    second = {**MESH, "name": "logs"}
    run = world(MESH, second, at=[{"at": "60s", "do": "delete", "on": "Pod/p"}])
    run.run(62.9)
    assert {row.name for row in run.find("Pod/p").containers if row.started_us} == {"c", "mesh", "logs"}
    run.run(63.5)
    assert {row.name for row in run.find("Pod/p").containers if row.started_us} == {"mesh", "logs"}
    run.run(64.5)
    assert {row.name for row in run.find("Pod/p").containers if row.started_us} == {"mesh"}
    run.run(70)
    assert run.times("Deleted", "Pod/p") == [65.0]


def test_a_sidecar_whose_turn_does_not_come_is_killed_two_seconds_after_the_grace_period() -> None:
    hung = {**IMAGES, "app:1": {**BASE, "stop": "never"}, "mesh:1": {**BASE, "stop": "never"}}
    made = pod(initContainers=[MESH], terminationGracePeriodSeconds=10)
    row = {"at": "60s", "do": "delete", "on": "Pod/p"}
    run = Small(row, objects=[made], images=hung, duration="100s").run()
    assert run.times("Deleted", "Pod/p") == [72.0]


def test_a_pod_whose_containers_are_done_ends_its_sidecars_and_succeeds() -> None:
    run = world(MESH, restartPolicy="Never", container={"image": "done:1"}).run()
    assert run.find("Pod/p").phase is Phase.SUCCEEDED
    done, gone = ran_until(run, "c"), ran_until(run, "mesh")
    assert done < gone < done + 3
    assert status(run, "mesh")["restartCount"] == 0


def ran_until(run: Small, name: str) -> float:
    found = next(row for row in run.find("Pod/p").containers if row.name == name)
    return found.ended.ended_us / 1_000_000


def test_a_power_cut_starts_everything_anew_in_order() -> None:
    at = [{"at": "40s", "do": "node-crash", "on": {"nodeOf": "Pod/p"}, "for": "20s"}]
    run = world(MESH, SETUP, at=at, seconds=150).run()
    assert run.find("Pod/p").ready
    assert ran(run, "mesh") > 60
    assert ran(run, "c") - ran(run, "mesh") == pytest.approx(5 + 2)


def test_the_scheduler_counts_sidecars_with_the_containers_and_with_later_init_containers() -> None:
    def asking(name: str, cpu: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "image": "x", "resources": {"requests": {"cpu": cpu}}, **more}

    init = [asking("i", "50m"), asking("s", "100m", restartPolicy="Always"), asking("j", "450m")]
    made = pod(initContainers=init, container={"resources": {"requests": {"cpu": "400m"}}})
    read = parse_manifest(made, Notes())
    assert read is not None
    assert isinstance(read.spec, PodSpec)
    assert read.spec.requests == Resources(550, 0)
    init[2]["resources"]["requests"]["cpu"] = "1m"
    again = parse_manifest(made, Notes())
    assert again is not None
    assert isinstance(again.spec, PodSpec)
    assert again.spec.requests == Resources(500, 0)


def test_only_always_is_a_restart_policy_of_an_init_container() -> None:
    notes = Notes()
    assert parse_manifest(pod(initContainers=[{**MESH, "restartPolicy": "Never"}]), notes) is None
    assert "restartPolicy: expected Always" in notes.errors[0].message

"""What a node does with its pods, seen through whole runs of small scenarios."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.scenario.load import load
from statesim.scenario.schema import Scenario
from statesim.world import Run, World


def pod(**spec: Any) -> dict[str, Any]:
    container = {"name": "c", "image": "app", **spec.pop("container", {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "labels": {"app": "p"}},
        "spec": {"containers": [container], **spec},
    }


def run(
    *timeline: dict[str, Any], image: dict[str, Any] | None = None, duration: str = "300s", **spec: Any
) -> Run:
    behaviour = {"pull": "0s", "start": "1s", "ready": "1s", "stop": "1s", **(image or {})}
    scenario = Scenario.model_validate(
        {
            "apiVersion": "statesim/v1",
            "kind": "Scenario",
            "metadata": {"name": "small"},
            "duration": duration,
            "cluster": {"kubernetes": "1.31", "nodes": [{"name": "n1"}]},
            "images": {"*": behaviour},
            "manifests": [pod(**spec)],
            "timeline": list(timeline),
        }
    )
    return World(load(scenario).variants[0]).run()


def story(made: Run, obj: str = "Pod/p") -> list[tuple[str, float]]:
    return [(e.event, round(e.t, 1)) for e in made.events if e.object == obj]


def times(made: Run, event: str) -> list[float]:
    return [t for name, t in story(made) if name == event]


def test_a_pod_is_pulled_started_and_ready() -> None:
    assert [name for name, _ in story(run(duration="30s"))] == [
        "Created",
        "Scheduled",
        "Pulled",
        "Started",
        "Ready",
    ]


def test_an_image_that_never_gets_ready_leaves_the_pod_not_ready() -> None:
    assert times(run(image={"ready": "never"}), "Ready") == []


def test_without_a_probe_a_pod_is_ready_before_its_program_listens() -> None:
    made = run(image={"listen": "5s"}, duration="30s")
    ready = times(made, "Ready")[0]
    listening = next(e.t for e in made.events if e.event == "Listening")
    assert listening - ready == pytest.approx(5, abs=0.1)


def test_with_a_probe_a_pod_is_ready_after_its_program_listens() -> None:
    probe = {"readinessProbe": {"periodSeconds": 2, "tcpSocket": {"port": 80}}}
    made = run(image={"listen": "5s"}, duration="30s", container=probe)
    listening = next(e.t for e in made.events if e.event == "Listening")
    assert 0 <= times(made, "Ready")[0] - listening <= 2


def test_a_crash_loop_backs_off_ever_longer() -> None:
    made = run(image={"ready": "0s", "crashAfter": "2s"}, duration="20m")
    delays = [e.fields["delay_s"] for e in made.events if e.event == "BackOff"]
    assert delays[:6] == [10, 20, 40, 80, 160, 300]
    restarts = [e.fields["restarts"] for e in made.events if e.event == "Restarted"]
    assert restarts == list(range(1, len(restarts) + 1))


def test_a_program_that_ignores_sigterm_is_killed_when_its_grace_ends() -> None:
    made = run(
        {"at": "30s", "do": "pod-kill", "on": "Pod/p"},
        image={"stop": "never"},
        terminationGracePeriodSeconds=20,
    )
    assert times(made, "Deleted") == [50.0]
    assert [e.fields["how"] for e in made.events if e.event == "Exited"] == ["killed"]


def test_a_prestop_pause_counts_against_the_grace_period() -> None:
    container = {"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}
    made = run({"at": "30s", "do": "pod-kill", "on": "Pod/p"}, container=container)
    assert times(made, "Deleted") == [36.0]


def test_a_liveness_probe_restarts_a_program_that_never_listens() -> None:
    probe = {"livenessProbe": {"periodSeconds": 10, "failureThreshold": 3, "tcpSocket": {"port": 80}}}
    made = run(image={"ready": "never"}, container=probe)
    assert len(times(made, "Unhealthy")) >= 2
    assert times(made, "Unhealthy")[0] - times(made, "Started")[0] == pytest.approx(20, abs=0.1)


def test_a_killed_container_is_restarted_in_place() -> None:
    made = run({"at": "30s", "do": "container-kill", "on": "Pod/p"}, duration="60s")
    assert times(made, "Deleted") == []
    assert times(made, "Restarted")[0] == pytest.approx(31.5, abs=0.6)
    assert len(times(made, "Ready")) == 2


def test_a_node_that_is_cut_off_keeps_its_pod_running_and_learns_of_its_deletion_later() -> None:
    made = run(
        {"at": "30s", "do": "network-partition", "on": "Node/n1", "from": "control-plane", "for": "60s"},
        {"at": "40s", "do": "pod-kill", "on": "Pod/p"},
        duration="150s",
    )
    assert times(made, "Terminating") == [40.0]
    exited = [e.t for e in made.events if e.event == "Exited"]
    # back at 90 s; it lists its pods a second later, and the program takes another one to stop
    assert exited == [pytest.approx(92.0, abs=0.1)]
    assert times(made, "Deleted") == [pytest.approx(92.0, abs=0.1)]


def test_a_rebooted_node_restarts_its_pod_under_the_same_uid() -> None:
    made = run({"at": "30s", "do": "node-crash", "on": "Node/n1", "for": "20s"}, duration="90s")
    assert [e.fields["how"] for e in made.events if e.event == "Exited"] == ["power-cut"]
    assert times(made, "Restarted") == [pytest.approx(52.0, abs=0.1)]
    assert len({e.fields["uid"] for e in made.events if e.object == "Pod/p" and "uid" in e.fields}) == 1


def test_a_paused_node_goes_on_where_it_was() -> None:
    made = run({"at": "30s", "do": "node-pause", "on": "Node/n1", "for": "20s"}, duration="90s")
    events = [e.event for e in made.events if e.object == "Process/p"]
    assert events == ["Running", "Listening", "Frozen", "Thawed"]
    assert times(made, "Restarted") == []


def test_a_quiet_hour_costs_what_a_quiet_minute_costs() -> None:
    assert run(duration="1h").cost == run(duration="1m").cost

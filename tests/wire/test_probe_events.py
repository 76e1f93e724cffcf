"""The Events of probes that fail: one for each failure, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import statesim
from statesim.analysis.event_sources import events_at

if TYPE_CHECKING:
    from pathlib import Path

SECOND = 1_000_000
SCENARIO = """
apiVersion: statesim/v1
kind: Scenario
metadata: {{name: probes, title: "Probes"}}
seed: 1
duration: 100s
cluster: {{kubernetes: "1.32", nodesPerZone: 1, zones: 1}}
images:
  "app:1": {{pull: 1s, start: 1s, listen: {listen}, stop: 1s}}
manifests:
  - apiVersion: v1
    kind: Pod
    metadata: {{name: p}}
    spec:
      terminationGracePeriodSeconds: 3
      containers:
        - name: app
          image: app:1
          {probes}
timeline: [{timeline}]
"""


def unhealthy(
    tmp_path: Path, listen: str, probes: str, timeline: str = "", at: int = 99
) -> list[tuple[str, int, str, str]]:
    """Return message, count, first and last second of what is said of a pod's probes."""
    path = tmp_path / "probes.yaml"
    path.write_text(SCENARIO.format(listen=listen, probes=probes, timeline=timeline), encoding="utf-8")
    (variant,) = statesim.run(path).variants.values()
    rows: list[dict[str, Any]] = [
        e for e in events_at(variant.record, at * SECOND) if e["reason"] == "Unhealthy"
    ]
    return [
        (
            e["message"].partition(": ")[0],
            e["count"],
            e["firstTimestamp"][-4:-1],
            e["lastTimestamp"][-4:-1],
        )
        for e in rows
    ]


READINESS = "readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 2}"
LIVENESS = "livenessProbe: {tcpSocket: {port: 80}, periodSeconds: 5, failureThreshold: 2}"


def test_each_readiness_probe_that_fails_before_a_program_answers_is_an_event(tmp_path: Path) -> None:
    # it starts at 2 s and answers at 9 s: asked in vain at 4, 6 and 8 s
    assert unhealthy(tmp_path, "7s", READINESS) == [("Readiness probe failed", 3, ":04", ":08")]


def test_a_program_that_never_answers_is_told_until_today(tmp_path: Path) -> None:
    assert unhealthy(tmp_path, "never", READINESS, at=13) == [("Readiness probe failed", 5, ":04", ":12")]


def test_a_program_that_answers_at_once_is_told_nothing(tmp_path: Path) -> None:
    assert unhealthy(tmp_path, "0s", READINESS) == []


def test_every_liveness_probe_before_a_restart_is_told(tmp_path: Path) -> None:
    # asked at 2 and at 7 s, twice in vain
    assert unhealthy(tmp_path, "never", LIVENESS, at=9) == [("Liveness probe failed", 2, ":02", ":07")]


def test_nobody_hears_of_probes_while_the_node_is_cut_off(tmp_path: Path) -> None:
    cut = "{at: 20s, do: network-partition, on: {nodeOf: Pod/p}, from: control-plane, for: 10s}"
    (told,) = unhealthy(tmp_path, "never", READINESS, timeline=cut, at=39)
    before, after = 8, 5  # at 4, 6, … 18 s and at 30, 32, … 38 s
    assert told[1] == before + after


def killed(tmp_path: Path, listen: str, probes: str, *reasons: str) -> list[tuple[str, int]]:
    """Return what is said when a container is ended for its probes (or of other reasons), and how often."""
    path = tmp_path / "probes.yaml"
    path.write_text(SCENARIO.format(listen=listen, probes=probes, timeline=""), encoding="utf-8")
    (variant,) = statesim.run(path).variants.values()
    events = events_at(variant.record, 99 * SECOND)
    return [(e["message"], e["count"]) for e in events if e["reason"] in (reasons or ("Killing",))]


STARTUP = "startupProbe: {tcpSocket: {port: 80}, periodSeconds: 5, failureThreshold: 4}"
IMPATIENT = "livenessProbe: {tcpSocket: {port: 80}, periodSeconds: 5, failureThreshold: 1}"


def test_a_startup_probe_that_never_succeeds_restarts_the_container_without_any_liveness_probe(
    tmp_path: Path,
) -> None:
    ((message, times),) = killed(tmp_path, "60s", STARTUP)
    assert message == "Container app failed startup probe, will be restarted"
    assert times >= 2, "each run is ended after 20 s"


def test_while_the_startup_probe_has_not_succeeded_liveness_is_not_asked(tmp_path: Path) -> None:
    both = f"{STARTUP}\n          {IMPATIENT}"
    assert killed(tmp_path, "12s", both) == [], "a liveness probe alone would have ended it after 5 s"
    ((message, _),) = killed(tmp_path, "60s", both)
    assert message == "Container app failed startup probe, will be restarted"


def test_what_is_told_of_a_sidecar_is_told_once(tmp_path: Path) -> None:
    mesh = "\n      initContainers: [{name: mesh, image: app:1, restartPolicy: Always}]"
    said = killed(tmp_path, "0s", mesh, "Created", "Started")
    assert [each for each in said if "mesh" in each[0]] == [
        ("Created container: mesh", 1),
        ("Started container mesh", 1),
    ]

"""A change of a field that nothing in the simulator acts on is still a rollout, as in Kubernetes."""

from __future__ import annotations

from pathlib import Path

import pytest

import statesim

SCENARIO = """\
apiVersion: statesim/v1
kind: Scenario
metadata: {{name: env}}
duration: 4m
cluster: {{nodes: [{{name: n1}}]}}
images: {{"app": {{pull: 1s, start: 1s, ready: 1s, stop: 1s}}}}
manifests:
  - apiVersion: apps/v1
    kind: {kind}
    metadata: {{name: p}}
    spec:
      replicas: 1
      {service}
      selector: {{matchLabels: {{app: p}}}}
      template:
        metadata: {{labels: {{app: p}}}}
        spec: {{containers: [{{name: c, image: app, resources: {{requests: {{cpu: 1}}}}}}]}}
timeline:
  - at: 60s
    do: patch
    on: {kind}/p
    patch: {{spec: {{template: {{spec: {{containers: [{{name: c, {change}}}]}}}}}}}}
"""


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
@pytest.mark.parametrize(
    ("change", "revisions"),
    [
        ("env: [{name: DEBUG, value: 'on'}]", 2),
        ("args: [-v]", 2),
        ("resources: {requests: {cpu: 1000m}}", 1),
        ("terminationMessagePath: /dev/termination-log", 1),
    ],
)
def test_a_rollout_follows_from_any_change_of_the_template(
    tmp_path: Path, kind: str, change: str, revisions: int
) -> None:
    path = tmp_path / "env.yaml"
    service = "serviceName: p" if kind == "StatefulSet" else "paused: false"
    path.write_text(SCENARIO.format(kind=kind, change=change, service=service), encoding="utf-8")
    (variant,) = statesim.run(path).variants.values()
    kept = "cr" if kind == "StatefulSet" else "rs"
    assert len(variant.get(kept)) == revisions
    (pod,) = variant.get("pods")
    born = 60 if revisions == 2 else 0
    assert pod["metadata"]["creationTimestamp"] >= f"2026-01-01T00:0{born // 60}:00Z"
    if revisions == 1:
        assert pod["metadata"]["creationTimestamp"] == "2026-01-01T00:00:00Z"
    (container,) = pod["spec"]["containers"]
    assert ("env" in container, "args" in container) == ("env" in change, "args" in change)

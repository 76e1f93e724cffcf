"""The command line in a test: how it is called, and a scenario that is small enough to call it with."""

from __future__ import annotations

import sys

import pytest

from statesim.cli import main

SMALL = """\
apiVersion: statesim/v1
kind: Scenario
metadata: {name: small}
duration: 60s
cluster: {kubernetes: "1.31", nodes: [{name: n1}]}
manifests:
  - apiVersion: v1
    kind: Service
    metadata: {name: p}
    spec: {clusterIP: None, selector: {app: p}}
  - apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: p}
    spec:
      serviceName: p
      selector: {matchLabels: {app: p}}
      template: {metadata: {labels: {app: p}}, spec: {containers: [{name: c, image: app}]}}
timeline:
  - {at: 30s, do: container-kill, on: Pod/p-0}
expect:
  - {metric: workloads.p.restarts, equals: 1}
"""


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["statesim", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)

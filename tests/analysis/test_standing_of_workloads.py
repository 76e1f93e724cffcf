"""What `explain` says of a workload: which of its pods are not Ready, and as what Kubernetes shows them."""

from __future__ import annotations

from typing import Any

import pytest

import statesim
from statesim.analysis.standing import standing

POD = {"containers": [{"name": "c", "image": "app"}]}


def deployment(replicas: int) -> dict[str, Any]:
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": POD},
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


@pytest.mark.parametrize(("replicas", "named", "more"), [(2, 2, ""), (8, 5, "and 3 more that are not Ready")])
def test_a_workload_that_is_not_ready_names_its_pods(replicas: int, named: int, more: str) -> None:
    result = statesim.run(
        {
            "apiVersion": "statesim/v1",
            "kind": "Scenario",
            "metadata": {"name": "x", "title": "x"},
            "duration": "1m",
            "images": {"app": {"pull": "10s", "ready": "5s"}},
            "manifests": [deployment(replicas)],
        }
    )
    events = result.records[0].events
    told = standing(events, "Deployment/web", 5_000_000)
    assert told.count("as starting") == named
    assert more in told
    assert standing(events, "Deployment/web", 60_000_000) == ""
    assert standing(events, "Deployment/other", 5_000_000) == ""

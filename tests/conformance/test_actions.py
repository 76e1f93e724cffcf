"""Every action that a recording can hold is done in the replay: recordings that the simulator made of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from statesim.analysis.conformance.recording import POD_EVENTS, Recording, Seen
from statesim.experiment.conformance.judge import judge
from statesim.experiment.conformance.replay import simulate
from statesim.views.conformance import details

NODES = [{"name": f"n{i}", "zone": f"z{i % 3}"} for i in range(6)]


def template(app: str) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": app}},
        "spec": {"containers": [{"name": "c", "image": "v1"}], "terminationGracePeriodSeconds": 30},
    }


SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "db"},
    "spec": {"clusterIP": "None", "selector": {"app": "db"}, "ports": [{"port": 5432}]},
}
SET = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "db"},
    "spec": {
        "replicas": 3,
        "serviceName": "db",
        "selector": {"matchLabels": {"app": "db"}},
        "template": template("db"),
        "volumeClaimTemplates": [
            {
                "metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            }
        ],
    },
}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {"replicas": 6, "selector": {"matchLabels": {"app": "web"}}, "template": template("web")},
}
BUDGET = {
    "apiVersion": "policy/v1beta1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "db"},
    "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "db"}}},
}


def recorded(*actions: dict[str, Any], until: float = 60) -> Recording:
    """Return a recording that the simulator made of itself."""
    manifests = [SERVICE, SET, DEPLOYMENT, BUDGET]
    applied = [
        {"t": 0.1, "action": "apply", "kind": m["kind"], "name": m["metadata"]["name"]} for m in manifests
    ]
    blank = Recording("made", "v1.20.2", {}, until, NODES, manifests, [*applied, *actions], ())
    return replace(blank, events=tuple(map(told, simulate(blank))))


def told(seen: Seen) -> Seen:
    """Return an event as the recorder tells it: owners by name, attachments by volume."""
    fields = dict(seen.fields)
    if seen.event == "Created" and "owner" in fields:
        fields["owner"] = str(fields["owner"]).rpartition("/")[2]
    return seen._replace(fields=fields)


ACTIONS: dict[str, list[dict[str, Any]]] = {
    "evict": [
        {"t": 20.0, "action": "evict", "kind": "Pod", "name": "db-1", "status": 201},
        {"t": 20.5, "action": "evict", "kind": "Pod", "name": "db-2", "status": 429},
    ],
    "orphans": [
        {"t": 20.0, "action": "delete", "kind": "StatefulSet", "name": "db", "propagationPolicy": "Orphan"}
    ],
    "cascade": [
        {
            "t": 20.0,
            "action": "delete",
            "kind": "Deployment",
            "name": "web",
            "propagationPolicy": "Foreground",
        },
        {"t": 25.0, "action": "apply", "kind": "Deployment", "name": "web"},
    ],
    "cordon": [
        {"t": 20.0, "action": "cordon", "node": "n1"},
        {"t": 21.0, "action": "delete-pod", "name": "db-0", "force": False},
    ],
    "zone": [
        {"t": 20.0, "action": "node-unreachable", "node": "n1", "pods": []},
        {"t": 20.5, "action": "node-unreachable", "node": "n4", "pods": []},
        {"t": 200.0, "action": "node-reachable", "node": "n4", "pods": []},
    ],
    "gone": [
        {"t": 20.0, "action": "node-unreachable", "node": "n2", "pods": []},
        {"t": 80.0, "action": "delete-node", "node": "n2"},
    ],
    "scale": [
        {"t": 20.0, "action": "scale", "kind": "Deployment", "name": "web", "replicas": 9},
        {"t": 24.0, "action": "scale", "kind": "StatefulSet", "name": "db", "replicas": 1},
    ],
}


@pytest.mark.parametrize("name", ACTIONS)
def test_a_recording_of_the_simulator_agrees_with_its_replay(name: str) -> None:
    until = {"zone": 420.0, "gone": 600.0}.get(name, 60.0)
    made = recorded(*ACTIONS[name], until=until)
    verdict = judge(made)
    assert verdict.passed, details(verdict)
    changed = {seen.object for seen in made.events if seen.t > 20}
    assert changed, "the actions did something"


def test_evictions_are_asked_once_and_answered_as_the_budget_says() -> None:
    made = recorded(*ACTIONS["evict"])
    evicted = [seen.object for seen in made.events if seen.event == "Evicted"]
    assert evicted == ["Pod/db-1"]


def test_orphans_stay() -> None:
    made = recorded(*ACTIONS["orphans"])
    assert not [seen for seen in made.events if seen.event == "Terminating" and seen.name.startswith("db-")]


def test_pods_of_a_node_that_was_deleted_are_collected_and_made_again_elsewhere() -> None:
    first = recorded(until=20)
    node = next(s.fields["node"] for s in first.events if s.object == "Pod/db-1" and s.event == "Scheduled")
    lost = {"t": 20.0, "action": "node-unreachable", "node": node, "pods": ["Pod/db-1"]}
    made = recorded(lost, {"t": 80.0, "action": "delete-node", "node": node}, until=600)
    later = [s for s in made.events if s.object == "Pod/db-1" and s.t > 20 and s.event in POD_EVENTS]
    assert [s.event for s in later] == [
        "NotReady",
        "Terminating",
        "Deleted",
        "Created",
        "Scheduled",
        "Started",
        "Ready",
    ]
    assert later[4].fields["node"] != node
    assert later[2].t - 80 == pytest.approx(60, abs=20), "pod gc: 20 s rounds, 40 s of quarantine"
    assert later[5].t - later[2].t > 360, "the volume waits for its six minutes all the same"
    assert judge(made).passed

from __future__ import annotations

from typing import Any

import pytest

from statesim.scenario.load import load
from statesim.scenario.manifests import Notes, parse_manifest
from statesim.scenario.schema import Scenario
from statesim.scenario.specs import HostPort, PodSpec, PriorityClassSpec, Requirement
from statesim.world import World


def read(kind: str, version: str = "v1", **body: Any) -> tuple[Any, list[str]]:
    notes = Notes()
    raw = {"apiVersion": version, "kind": kind, "metadata": body.pop("metadata", {"name": "x"}), **body}
    manifest = parse_manifest(raw, notes)
    said = [*notes.errors, *notes.warnings]
    return (manifest.spec if manifest is not None else None), [finding.message for finding in said]


def pod(**spec: Any) -> tuple[PodSpec, list[str]]:
    found, said = read("Pod", spec={"containers": [{"name": "c", "image": "v1"}], **spec})
    return found, said


def test_a_priority_class_is_read() -> None:
    spec, said = read(
        "PriorityClass",
        "scheduling.k8s.io/v1",
        value=1_000,
        globalDefault=True,
        preemptionPolicy="Never",
        description="for those who wait",
    )
    assert (spec, said) == (PriorityClassSpec(1_000, True, "Never"), [])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "value is missing"),
        ({"value": 1_000_000_001}, "must be at most 1000000000, found 1000000001"),
        (
            {"value": 1, "metadata": {"name": "system-mine"}},
            "names that begin with system- are the system's own",
        ),
        ({"value": 1, "preemptionPolicy": "Sometimes"}, "expected PreemptLowerPriority or Never, found"),
    ],
)
def test_a_wrong_priority_class_is_refused(body: dict[str, Any], message: str) -> None:
    spec, said = read("PriorityClass", "scheduling.k8s.io/v1", **body)
    assert spec is None
    assert any(message in one for one in said), said


def test_ports_of_the_machine_are_read_with_their_defaults() -> None:
    ports = [
        {"containerPort": 80, "hostPort": 8080},
        {"containerPort": 53, "hostPort": 53, "protocol": "UDP", "hostIP": "10.0.0.1"},
        {"containerPort": 90, "name": "inner"},
    ]
    spec, said = pod(containers=[{"name": "c", "image": "v1", "ports": ports}])
    assert said == []
    assert spec.host_ports == (HostPort(8080, "TCP", "0.0.0.0"), HostPort(53, "UDP", "10.0.0.1"))


def test_everything_about_where_a_pod_may_run_is_read_without_a_warning() -> None:
    field = {"key": "metadata.name", "operator": "In", "values": ["n-a"]}
    spread = {
        "maxSkew": 1,
        "topologyKey": "zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "x"}},
        "minDomains": 3,
        "nodeAffinityPolicy": "Ignore",
        "nodeTaintsPolicy": "Honor",
        "matchLabelKeys": ["pod-template-hash"],
    }
    rule = {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchFields": [field]}]}
    }
    spec, said = pod(
        affinity={"nodeAffinity": rule}, topologySpreadConstraints=[spread], schedulingGates=[{"name": "a/b"}]
    )
    assert said == []
    assert spec.node_affinity.required[0].fields == (Requirement("metadata.name", "In", ("n-a",)),)
    (row,) = spec.topology_spread
    assert (row.min_domains, row.affinity_policy, row.taints_policy) == (3, "Ignore", "Honor")
    assert (row.match_keys, spec.scheduling_gates) == (("pod-template-hash",), ("a/b",))


SOFT = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
FIELDS = {"key": "metadata.labels", "operator": "In", "values": ["x"]}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"topologySpreadConstraints": [{**SOFT, "minDomains": 2}]}, "only goes with whenUnsatisfiable"),
        ({"topologySpreadConstraints": [{**SOFT, "matchLabelKeys": ["a"]}]}, "needs a labelSelector"),
        (
            {"schedulingGates": [{"name": "a"}], "nodeName": "n"},
            "cannot be set while the pod has scheduling gates",
        ),
        ({"priority": 5}, "is worked out by the API server from priorityClassName"),
        ({"preemptionPolicy": "Never"}, "is that of the pod's PriorityClass"),
        (
            {
                "affinity": {
                    "nodeAffinity": {
                        "requiredDuringSchedulingIgnoredDuringExecution": {
                            "nodeSelectorTerms": [{"matchFields": [FIELDS]}]
                        }
                    }
                }
            },
            "only metadata.name can be matched",
        ),
    ],
)
def test_what_the_api_server_refuses_is_an_error(spec: dict[str, Any], message: str) -> None:
    found, said = pod(**spec)
    assert found is None
    assert any(message in one for one in said), said


def scenario(*manifests: dict[str, Any]) -> Any:
    return load(
        Scenario.model_validate({"metadata": {"name": "s"}, "duration": "1m", "manifests": list(manifests)})
    )


def test_a_class_that_is_nowhere_is_told_with_the_nearest_name() -> None:
    container = {"name": "c", "image": "v1"}
    asks = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [container], "priorityClassName": "hihg"},
    }
    high = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": "high"},
        "value": 5,
    }
    (warning,) = scenario(high, asks).warnings
    assert (
        warning.message
        == "spec.priorityClassName: there is no PriorityClass hihg: the API server refuses the pods"
    )
    assert warning.hint == "did you mean high?"
    system = {**asks, "spec": {"containers": [container], "priorityClassName": "system-node-critical"}}
    assert list(scenario(system).warnings) == []


def test_a_world_whose_pod_is_refused_says_so() -> None:
    asks = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "image": "v1"}], "priorityClassName": "none"},
    }
    refused = [e for e in World(scenario(asks).variants[0]).trace.events if e.event == "Refused"]
    assert [e.object for e in refused] == ["Pod/p"]
    assert "no PriorityClass with name none was found" in refused[0].fields["why"]

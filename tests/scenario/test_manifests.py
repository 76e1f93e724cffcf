from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from statesim.errors import Finding, ScenarioError
from statesim.scenario.manifests import Notes, parse_manifest, parse_manifests, reparse
from statesim.scenario.manifests import fields as tables
from statesim.scenario.manifests.fields import Fields
from statesim.scenario.positions import read_yaml
from statesim.scenario.specs import (
    ClaimSpec,
    DeploymentSpec,
    DisruptionBudgetSpec,
    IntOrPercent,
    Manifest,
    NodeSpec,
    Probe,
    Resources,
    ServiceSpec,
    StatefulSetSpec,
    StorageClassSpec,
    Taint,
    Toleration,
    Volume,
    VolumeMount,
)
from statesim.scenario.where import Nowhere
from statesim.scenario.words import a

SECOND = 1_000_000
WILD = Path(__file__).parent / "postgres.yaml"


def parse(text: str) -> tuple[list[Manifest], list[str], list[str]]:
    findings: list[Finding] = []
    notes = Notes()
    found = []
    for document in read_yaml(text, "m.yaml", findings):
        found += [placed.manifest for placed in parse_manifests(document.data, notes, document)]
    warnings = sorted(notes.warnings, key=lambda warning: warning.line or 0)
    return found, [str(error) for error in [*findings, *notes.errors]], [str(warning) for warning in warnings]


def test_a_manifest_from_the_wild_is_read_and_what_is_not_simulated_is_named() -> None:
    found, errors, warnings = parse(WILD.read_text())
    assert errors == []
    assert [manifest.key for manifest in found] == [
        "Service/postgres-headless",
        "PodDisruptionBudget/postgres",
        "StatefulSet/postgres",
    ]
    assert warnings == [
        "m.yaml:3:1: kind: ConfigMap is not simulated; what refers to one is taken to find it",
        "m.yaml:12:1: kind: Secret is not simulated; what refers to one is taken to find it",
        "m.yaml:22:1: kind: NetworkPolicy is not simulated",
        "m.yaml:77:7: spec.template.spec.serviceAccountName is not simulated",
        "m.yaml:80:7: spec.template.spec.securityContext is not simulated",
        "m.yaml:99:11: spec.template.spec.initContainers[].command is not simulated",
        "m.yaml:108:11: spec.template.spec.containers[].env is not simulated",
        "m.yaml:137:11: spec.template.spec.containers[].securityContext is not simulated",
        "m.yaml:148:11: spec.template.spec.volumes[1].configMap: a configMap is taken to be "
        "there, whatever it holds",
    ]


def test_a_manifest_from_the_wild_means_what_kubernetes_takes_it_to_mean() -> None:
    found, _, _ = parse(WILD.read_text())
    service, budget, workload = found
    assert service.spec == ServiceSpec(
        {"app": "postgres"}, headless=True, ports=(5432,), publish_not_ready=True
    )
    assert isinstance(budget.spec, DisruptionBudgetSpec)
    assert budget.spec.max_unavailable == IntOrPercent(1)
    spec = workload.spec
    assert isinstance(spec, StatefulSetSpec)
    assert (spec.replicas, spec.service_name, spec.partition) == (3, "postgres-headless", 0)
    claim = spec.claim_templates[0].spec
    assert replace(claim, raw={}) == ClaimSpec(("ReadWriteOnce",), "standard", 20 * 2**30)
    pod = spec.template.spec
    assert pod.grace_us == 60 * SECOND
    assert pod.tolerations == (Toleration("dedicated", value="db", effect="NoSchedule"),)
    assert pod.pod_anti_affinity.required[0].topology_key == "kubernetes.io/hostname"
    assert pod.topology_spread[0].max_skew == 1
    assert pod.volumes == (Volume("shm", "emptyDir"), Volume("config", "other"))
    (postgres,) = pod.containers
    assert postgres.requests == Resources(500, 2**30)
    assert postgres.limits == Resources(0, 2 * 2**30)
    assert postgres.readiness == Probe(5 * SECOND, 5 * SECOND, 3 * SECOND, 1, 3)
    assert postgres.startup == Probe(period_us=5 * SECOND, failure_threshold=30)
    assert postgres.liveness == Probe(failure_threshold=6)
    assert postgres.pre_stop_us == 10 * SECOND
    assert postgres.mounts[0] == VolumeMount("data", "/var/lib/postgresql/data", "pgdata")


WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
"""


def changed(*path: Any, to: Any, base: str = WEB) -> dict[str, Any]:
    raw: dict[str, Any] = copy.deepcopy(yaml.safe_load(base))
    node: Any = raw
    for part in path[:-1]:
        node = node.setdefault(part, {}) if isinstance(node, dict) else node[part]
    if to is None:
        del node[path[-1]]
    else:
        node[path[-1]] = to
    return raw


def test_defaults_are_those_of_the_api_server() -> None:
    ((web,), _, _) = parse(WEB)
    assert isinstance(web.spec, DeploymentSpec)
    assert web.spec == DeploymentSpec(web.spec.selector, web.spec.template)
    assert web.spec.template.spec.containers[0].image_pull_policy == "Always"  # no tag is :latest


SET = WEB.replace("Deployment", "StatefulSet")
POD = ("spec", "template", "spec")
BOX = (*POD, "containers", 0)
REFUSED: list[tuple[dict[str, Any], str]] = [
    (changed("metadata", "name", to=None), "metadata: name is missing"),
    (changed("metadata", "name", to="Web_1"), "metadata.name: 'Web_1' is not a name"),
    (changed("apiVersion", to="extensions/v1beta1"), 'apiVersion: no matches for kind "Deployment"'),
    (changed("spec", to=None), "spec is missing"),
    (changed("spec", "selector", to=None), "spec: selector is missing"),
    (changed("spec", "selector", to={}), "spec.selector: an empty selector"),
    (changed("spec", "template", to=None), "spec: template is missing"),
    (changed("spec", "selector", "matchLabels", to={"app": "x"}), "spec.selector: does not match"),
    (changed("spec", "replicas", to=-1), "spec.replicas: must be at least 0, found -1"),
    (changed("spec", "replicas", to="3"), "spec.replicas: expected a whole number, found '3'"),
    (
        changed("spec", "replcas", to=3),
        "spec.replcas: a Deployment spec has no such field (did you mean replicas?)",
    ),
    (changed("spec", "strategy", to={"type": "Recrate"}), "(did you mean Recreate?)"),
    (
        changed("spec", "strategy", to={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}),
        "maxSurge and maxUnavailable cannot both be 0",
    ),
    (changed(*POD, "restartPolicy", to="Never"), "restarted Always"),
    (changed(*POD, "containers", to=[]), "a pod needs a container"),
    (changed(*BOX, "name", to="Web"), "(did you mean web?)"),
    (changed(*BOX, "image", to=None), "image is missing"),
    (changed(*BOX, "imagePullPolcy", to="Always"), "(did you mean imagePullPolicy?)"),
    (
        changed(*BOX, "volumeMounts", to=[{"name": "d", "mountPath": "/d"}]),
        "there is no volume or claim template d",
    ),
    (changed(*BOX, "readinessProbe", to={"periodSeconds": 0, "exec": {}}), "must be at least 1, found 0"),
    (
        changed(*BOX, "readinessProbe", to={"periodSeconds": 1}),
        "expected one of exec, httpGet, tcpSocket, grpc",
    ),
    (changed(*BOX, "livenessProbe", to={"exec": {}, "successThreshold": 2}), "must be 1 in a livenessProbe"),
    (changed(*BOX, "resources", to={"requests": {"memory": "1Gb"}}), "(did you mean 1Gi?)"),
    (
        changed(*BOX, "resources", to={"requests": {"cpu": 2}, "limits": {"cpu": 1}}),
        "cpu is more than its limit",
    ),
    (changed(*BOX, "ports", to=[{"containerPort": 70000}]), "must be at most 65535"),
    (changed(*POD, "volumes", to=[{"name": "d", "persistentVolumeClaim": {}}]), "claimName is missing"),
    (changed(*POD, "volumes", to=[{"name": "d"}, {"name": "d"}]), "a second volume is called d"),
    (changed(*POD, "tolerations", to=[{"operator": "Equal"}]), "needs operator: Exists"),
    (changed("metadata", "labels", to={"version": 1.5}), 'expected a text, found 1.5 (write "1.5")'),
    (changed("metadata", "labels", to={"on": True}), 'expected a text, found true (write "true")'),
    (changed("kind", to="Deploy"), "Deploy is not a kind of Kubernetes object (did you mean Deployment?)"),
    (
        changed("spec", "volumeClaimTemplates", to=[{"metadata": {"name": "d"}, "spec": {}}], base=SET),
        "spec.volumeClaimTemplates[0].spec: accessModes is missing",
    ),
    (changed("metadata", "name", to="a.b", base=SET), "metadata.name: 'a.b' is not a name"),
]


@pytest.mark.parametrize(("raw", "said"), REFUSED, ids=[said[:40] for _, said in REFUSED])
def test_what_the_api_server_refuses_is_refused(raw: dict[str, Any], said: str) -> None:
    notes = Notes()
    assert parse_manifest(raw, notes, Nowhere()) is None
    assert any(said in str(error) for error in notes.errors), notes.errors


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({}, "found none"),
        ({"minAvailable": 1, "maxUnavailable": 1}, "found both"),
        ({"minAvailable": "50%"}, ""),
    ],
)
def test_a_budget_has_exactly_one_bound(bounds: dict[str, Any], said: str) -> None:
    notes = Notes()
    spec = {"selector": {"matchLabels": {"a": "b"}}, **bounds}
    raw = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": spec}
    found = parse_manifest(raw, notes)
    assert (found is None) == bool(said)
    assert said in str(notes.errors)


@pytest.mark.parametrize(
    ("hook", "us"),
    [
        ({"sleep": {"seconds": 5}}, 5 * SECOND),
        ({"exec": {"command": ["sleep", "7"]}}, 7 * SECOND),
        ({"exec": {"command": ["/bin/sh", "-c", "sleep 15"]}}, 15 * SECOND),
        ({"exec": {"command": ["sh", "-c", "sleep 3 && nginx -s quit"]}}, 3 * SECOND),
        ({"exec": {"command": ["pg_ctl", "stop"]}}, 0),
    ],
)
def test_a_pre_stop_hook_takes_as_long_as_it_sleeps(hook: dict[str, Any], us: int) -> None:
    notes = Notes()
    found = parse_manifest(changed(*BOX, "lifecycle", to={"preStop": hook}), notes)
    assert found is not None
    assert isinstance(found.spec, DeploymentSpec)
    assert found.spec.template.spec.containers[0].pre_stop_us == us
    assert len(notes.warnings) == (us == 0)


def test_what_is_not_simulated_is_said_once_for_all_objects() -> None:
    text = WEB.replace("containers:", "dnsPolicy: Default, containers:")
    _, errors, warnings = parse(f"{text}---\n{text.replace('name: web}', 'name: other}', 1)}")
    assert errors == []
    assert warnings == ["m.yaml:8:12: spec.template.spec.dnsPolicy is not simulated"]


def test_two_namespaces_are_a_warning() -> None:
    one = WEB.replace("{name: web}", "{name: web, namespace: a}", 1)
    _, errors, warnings = parse(f"{one}---\n{one.replace('namespace: a', 'namespace: b')}")
    assert errors == []
    assert warnings == [
        "m.yaml:12:23: metadata.namespace: all objects live in one namespace here; found a, b"
    ]


def test_custom_resources_and_lists_are_understood() -> None:
    items = "".join(f"  - {line}\n" if i == 0 else f"    {line}\n" for i, line in enumerate(WEB.splitlines()))
    found, errors, warnings = parse(
        f"apiVersion: v1\nkind: List\nitems:\n{items}---\napiVersion: acid.zalan.do/v1\nkind: postgresql\n"
    )
    assert [manifest.key for manifest in found] == ["Deployment/web"]
    assert errors == []
    assert warnings == ["m.yaml:14:1: kind: postgresql (acid.zalan.do/v1) is not simulated"]


def test_nodes_and_storage_classes_are_read() -> None:
    text = """\
apiVersion: v1
kind: Node
metadata: {name: big, labels: {topology.kubernetes.io/zone: a}}
spec: {taints: [{key: k, effect: NoExecute}]}
status: {capacity: {cpu: "4", memory: 8Gi, pods: "20", ephemeral-storage: 1Gi}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: ebs.csi.aws.com
allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [a, b]}]}]
"""
    (node, fast), errors, _ = parse(text)
    assert errors == []
    assert isinstance(node.spec, NodeSpec)
    assert (node.spec.cpu_milli, node.spec.memory_bytes, node.spec.pods, node.spec.zone) == (
        4000,
        2**33,
        20,
        "a",
    )
    assert node.spec.taints == (Taint("k", "NoExecute"),)
    assert fast.spec == StorageClassSpec(
        "ebs.csi.aws.com", "Immediate", "Delete", zones=("a", "b"), default=True
    )


def test_a_patched_object_is_read_again_or_refused() -> None:
    good = reparse(changed("spec", "replicas", to=4))
    assert isinstance(good.spec, DeploymentSpec)
    assert good.spec.replicas == 4
    with pytest.raises(ScenarioError, match=r"spec\.replicas: must be at least 0"):
        reparse(changed("spec", "replicas", to=-4))


def test_no_field_stands_in_two_columns() -> None:
    for table in vars(tables).values():
        if isinstance(table, Fields):
            columns = [table.simulated, table.ignored, table.plain]
            assert len(table.known) == sum(map(len, columns)), table.name


def test_a_complaint_has_the_right_article() -> None:
    assert [a(noun) for noun in ("affinity", "Ingress", "Pod", "emptyDir", "StatefulSet")] == [
        "an affinity", "an Ingress", "a Pod", "an emptyDir", "a StatefulSet",
    ]  # fmt: skip


def test_the_policy_recycle_is_said_to_be_valid_but_not_modelled() -> None:
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}
    spec["persistentVolumeReclaimPolicy"] = "Recycle"
    raw = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "v"}, "spec": spec}
    notes = Notes()
    assert parse_manifest(raw, notes) is None
    assert [e.message for e in notes.errors] == [
        "spec.persistentVolumeReclaimPolicy: Recycle is valid in Kubernetes (deprecated), but is not modelled"
    ]

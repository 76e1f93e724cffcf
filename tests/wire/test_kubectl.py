"""`get` and `describe` print what kubectl prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from statesim.errors import StatesimError
from statesim.scenario.units import parse_duration
from statesim.views.kubectl.describe_network import endpoint_slice
from statesim.views.kubectl.get import get, query
from statesim.views.kubectl.pod_rows import pod_row, status_word
from statesim.views.kubectl.resources import NotFoundError, asked_for, kind_of
from statesim.views.kubectl.selecting import parse_selector, selected
from statesim.views.kubectl.snapshot import Snapshot
from statesim.views.kubectl.tabs import Lines
from statesim.views.kubectl.words import human_duration

if TYPE_CHECKING:
    from statesim.api import Result, VariantResult

GOLDEN = Path(__file__).parent / "golden"
SECOND = 1_000_000


def as_it_was(name: str, text: str) -> None:
    """Compare with a golden text; to accept a change, delete the file and run the test twice."""
    path = GOLDEN / f"{name}.txt"
    if not path.is_file():
        path.write_text(text + "\n", encoding="utf-8")
        pytest.fail(f"{path} was written; look at it")
    assert text + "\n" == path.read_text(encoding="utf-8")


@pytest.fixture
def one(crash: Result) -> VariantResult:
    return crash.variants["statefulset"]


def test_get_pods_wide_is_as_it_was(crash: Result) -> None:
    shown = [v.show("pods", at=410, output="wide") for v in crash.variants.values()]
    as_it_was("get-pods-wide", "\n\n".join(shown))


def test_a_pod_that_is_stuck_terminating_is_described_as_it_was(one: VariantResult) -> None:
    as_it_was("describe-pod-terminating", one.describe("pod/pg-0", at=600))


def test_a_node_that_is_silent_is_described_as_it_was(one: VariantResult) -> None:
    as_it_was("describe-node-silent", one.describe("node n-a-1", at=410))


def test_every_kind_is_listed_and_described(everything: Result) -> None:
    (variant,) = everything.variants.values()
    kinds = {doc["kind"] for doc in variant.objects(at=500, events=True)}
    for kind in sorted(kinds):
        header, *rows = variant.show(kind.lower(), at=500, output="wide").splitlines()
        assert "NAME" in header
        assert len(rows) == len(variant.get(kind.lower(), at=500)), kind
        if kind != "Event":
            assert variant.describe(kind.lower(), at=500).startswith("Name:"), kind
            assert "Events:" in variant.describe(kind.lower(), at=500), kind


def test_what_describe_does_not_find_by_name_it_describes_by_its_beginning(everything: Result) -> None:
    (variant,) = everything.variants.values()
    names = [pod["metadata"]["name"] for pod in variant.get("pods", at=500)]
    alike = [name for name in names if name.startswith("web-")]
    assert len(alike) == 3
    told = variant.describe("pods web-", at=500)
    assert told == "".join(variant.describe(f"pod {name}", at=500) + "\n\n" for name in alike)[:-1]
    assert (
        variant.describe(f"pod {alike[0][:-1]}", at=500) == variant.describe(f"pod {alike[0]}", at=500) + "\n"
    )
    nobody = 'Error from server (NotFound): pods "{}" not found'
    assert variant.describe("pods nobody", at=500) == nobody.format("nobody")
    assert variant.describe("pod/web-", at=500) == nobody.format("web-")
    with pytest.raises(NotFoundError, match="web-"):
        variant.get("pods web-", at=500)


def test_an_endpoint_slice_is_described_as_kubectl_does(everything: Result) -> None:
    (variant,) = everything.variants.values()
    (doc,) = [
        doc
        for doc in variant.get("endpointslices", at=500)
        if doc["metadata"]["labels"]["kubernetes.io/service-name"] == "db"
    ]
    name = doc["metadata"]["name"]
    as_it_was("describe-endpoint-slice", variant.describe(f"endpointslice/{name}", at=500))
    lines = Lines()
    endpoint_slice(lines, {**doc, "endpoints": [], "ports": []}, Snapshot([], 0))
    told = lines.lines()
    assert {"Ports: <unset>", "Endpoints: <none>"} <= set(told)
    lines = Lines()
    topology = {"kubernetes.io/hostname": "n1", "topology.kubernetes.io/zone": "a"}
    row = {"addresses": ["10.0.0.1", "10.0.0.2"], "conditions": {}, "topology": topology}
    endpoint_slice(lines, {**doc, "endpoints": [row]}, Snapshot([], 0))
    told = [" ".join(line.split()) for line in lines.lines()]
    assert told[told.index("Endpoints:") + 1 :] == [
        "- Addresses: 10.0.0.1, 10.0.0.2",
        "Conditions:",
        "Ready: <unset>",
        "Hostname: <unset>",
        "Topology: kubernetes.io/hostname=n1",
        "topology.kubernetes.io/zone=a",
        "Events: <none>",
    ]


@pytest.mark.parametrize(
    ("lasted", "shown"),
    [
        ("0s", "0s"),
        ("119s", "119s"),
        ("120s", "2m"),
        ("405s", "6m45s"),
        ("10m", "10m"),
        ("179m", "179m"),
        ("3h5m", "3h5m"),
        ("8h30m", "8h"),
        ("47h", "47h"),
        ("49h", "2d1h"),
        ("9d", "9d"),
        ("800d", "2y70d"),
    ],
)
def test_an_age_has_two_units_at_most(lasted: str, shown: str) -> None:
    assert human_duration(parse_duration(lasted)) == shown
    assert human_duration(-5 * SECOND) == "<invalid>"


def pod(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    rows = [
        {"name": f"c{i}", "ready": "running" in state, "restartCount": 0, "lastState": {}, "state": state}
        for i, state in enumerate(containers)
    ]
    status = {"phase": more.pop("phase", "Running"), "containerStatuses": rows, **more.pop("status", {})}
    meta = {"name": "p", "creationTimestamp": "2026-01-01T00:00:00Z", **more}
    return {"metadata": meta, "spec": {"containers": [{"name": r["name"]} for r in rows]}, "status": status}


RUNNING = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
GOING = {"deletionTimestamp": "2026-01-01T00:00:30Z"}


@pytest.mark.parametrize(
    ("doc", "word"),
    [
        (pod(phase="Pending"), "Pending"),
        (pod({"waiting": {"reason": "ContainerCreating"}}, phase="Pending"), "ContainerCreating"),
        (pod(RUNNING), "Running"),
        (pod({"waiting": {"reason": "CrashLoopBackOff"}}), "CrashLoopBackOff"),
        (pod({"waiting": {"reason": "ImagePullBackOff"}}, phase="Pending"), "ImagePullBackOff"),
        (pod(RUNNING, {"terminated": {"reason": "Error", "exitCode": 1}}), "Error"),
        (pod({"terminated": {"exitCode": 3}}), "ExitCode:3"),
        (pod({"terminated": {"reason": "Completed", "exitCode": 0}}, phase="Succeeded"), "Completed"),
        (pod({"terminated": {"reason": "Completed", "exitCode": 0}}, RUNNING), "NotReady"),
        (pod(RUNNING, **GOING), "Terminating"),
        (pod(RUNNING, status={"reason": "NodeLost"}, **GOING), "Unknown"),
        (pod(phase="Failed", status={"reason": "Evicted"}), "Evicted"),
        (pod(phase="Failed", status={"reason": "Evicted"}, **GOING), "Evicted"),
    ],
)
def test_a_pods_status_is_worked_out_as_kubectl_does(doc: dict[str, Any], word: str) -> None:
    assert status_word(doc) == word


def test_restarts_tell_when_the_last_one_was() -> None:
    doc = pod(RUNNING)
    row = doc["status"]["containerStatuses"][0]
    row["restartCount"] = 2
    row["lastState"] = {"terminated": {"finishedAt": "2026-01-01T00:01:00Z", "exitCode": 1}}
    assert pod_row(doc, 90 * SECOND)[3] == "2 (30s ago)"


def test_types_are_named_as_in_kubectl() -> None:
    assert [kind_of(word) for word in ("po", "STS", "deployments.apps", "pdb", "cr", "no", "sc")] == [
        "Pod",
        "StatefulSet",
        "Deployment",
        "PodDisruptionBudget",
        "ControllerRevision",
        "Node",
        "StorageClass",
    ]
    assert asked_for(["pods,svc"]).several
    assert asked_for(["sts", "pg", "db"]).kinds == (("StatefulSet", ("pg", "db")),)
    assert asked_for(["pod/a", "pod/b", "svc/c"]).kinds == (("Pod", ("a", "b")), ("Service", ("c",)))
    with pytest.raises(StatesimError, match=r'doesn\'t have a resource type "pdos" .did you mean pods'):
        asked_for(["pdos"])
    with pytest.raises(StatesimError, match="no need to specify a resource type"):
        asked_for(["pods", "pod/pg-0"])
    with pytest.raises(StatesimError, match="must have a single resource and name, found 'pods/'"):
        asked_for(["pods/"])
    with pytest.raises(StatesimError, match="may not have more than one slash"):
        asked_for(["pods/pg-0/log"])
    with pytest.raises(StatesimError, match="name cannot be provided when a selector is specified"):
        query(["pod/pg-0"], selector="app=pg")
    with pytest.raises(StatesimError, match=r"formats are: wide, yaml, json, name \(did you mean yaml\?\)$"):
        query(["pods"], output="ymal")
    with pytest.raises(StatesimError, match=r"allowed formats are: wide, yaml, json, name$"):
        query(["pods"], output="jsonpath={.items}")
    with pytest.raises(StatesimError, match=r"a run has no endpoints: .* in its endpointslices$"):
        asked_for(["endpoints"])


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("app=db", True),
        ("app==db,role!=replica", True),
        ("app in (web, db),!canary", True),
        ("role notin (primary)", False),
        ("canary", False),
        ("missing!=x", True),
    ],
)
def test_a_selector_selects_as_kubectls_does(selector: str, matches: bool) -> None:
    doc = {"metadata": {"labels": {"app": "db", "role": "primary"}}}
    assert selected(doc, parse_selector(selector)) is matches


def test_a_selector_that_is_none_is_refused() -> None:
    with pytest.raises(StatesimError, match="unable to parse requirement"):
        parse_selector("app in db")


def test_columns_of_lines_that_follow_each_other_are_aligned() -> None:
    lines = Lines()
    lines.add(0, "Name:\tx")
    lines.add(0, "Longer Name:\ty")
    lines.add(0, "Break:")
    lines.add(1, "Short:\tz")
    assert lines.lines() == ["Name:         x", "Longer Name:  y", "Break:", "  Short:  z"]


def test_objects_in_memory_are_the_callers_own(one: VariantResult) -> None:
    first = one.get("pod/pg-0", at=60)
    first["spec"]["containers"].clear()
    first["metadata"]["labels"]["app"] = "other"
    again = one.get("pod/pg-0", at=60)
    assert again["metadata"]["labels"]["app"] == "pg"
    assert again["spec"]["containers"]
    assert [doc["metadata"]["name"] for doc in one.get("pods", at=60, selector="app=pg")] == ["pg-0"]
    with pytest.raises(StatesimError, match=r'\(NotFound\): statefulsets.apps "x" not found'):
        one.get("sts/x")


def test_a_deletion_timestamp_is_the_request_plus_the_grace_period(one: VariantResult) -> None:
    meta = one.get("pod/pg-0", at=600)["metadata"]
    assert meta["deletionTimestamp"] == "2026-01-01T00:07:15Z"  # asked for at 405 s
    assert meta["deletionGracePeriodSeconds"] == 30


def test_what_the_user_wrote_is_kept_and_completed(everything: Result) -> None:
    (variant,) = everything.variants.values()
    doc = variant.get("pod/db-0", at=80)
    (db, metrics) = doc["spec"]["containers"]
    assert db["env"][0] == {"name": "MODE", "value": "quiet"}
    assert db["env"][1]["valueFrom"]["fieldRef"]["apiVersion"] == "v1"
    assert db["args"] == ["-v"]
    assert db["resources"] == {
        "limits": {"cpu": "1", "memory": "1Gi"},
        "requests": {"cpu": "500m", "memory": "512Mi"},
    }
    assert metrics["imagePullPolicy"] == "IfNotPresent"
    assert (doc["spec"]["hostname"], doc["spec"]["subdomain"]) == ("db-0", "db")
    assert doc["spec"]["priority"] == 1000
    assert doc["status"]["qosClass"] == "Burstable"
    (reference,) = doc["metadata"]["ownerReferences"]
    assert (reference["kind"], reference["controller"], reference["blockOwnerDeletion"]) == (
        "StatefulSet",
        True,
        True,
    )
    claim = variant.get("pvc/data-db-0", at=80)
    assert (claim["spec"]["storageClassName"], claim["status"]["capacity"]) == (
        "standard",
        {"storage": "10Gi"},
    )


def test_a_document_in_yaml_is_the_same_document_and_quotes_as_kubectl_does(one: VariantResult) -> None:
    text = one.show("pod/pg-0", at=60, output="yaml")
    assert yaml.safe_load(text) == one.get("pod/pg-0", at=60)
    assert 'apps.kubernetes.io/pod-index: "0"' in text
    assert 'creationTimestamp: "2026-01-01T00:00:00Z"' in text
    assert json.loads(one.show("pod/pg-0", at=60, output="json")) == one.get("pod/pg-0", at=60)
    listed = yaml.safe_load(one.show("pods", at=60, output="yaml"))
    assert (listed["kind"], len(listed["items"])) == ("List", 1)


@pytest.mark.parametrize("look", ["show", "get", "describe"])
def test_an_instant_is_seconds_or_a_duration(one: VariantResult, look: str) -> None:
    ask = getattr(one, look)
    assert ask("pods", at="6m50s") == ask("pods", at=410) == ask("pods", at="410")
    with pytest.raises(StatesimError, match="the run ends at 20m"):
        ask("pods", at=1201)
    with pytest.raises(StatesimError, match="the run ends at 20m"):
        ask("pods", at="20m1s")
    with pytest.raises(StatesimError, match=r"'6min' is not a duration.*did you mean 6m"):
        ask("pods", at="6min")
    with pytest.raises(StatesimError, match="is negative"):
        ask("pods", at=-1)


def test_why_and_a_picture_are_of_an_instant_within_the_run(one: VariantResult) -> None:
    assert one.why("Pod/pg-0", at="8m20s") == one.why("Pod/pg-0", at=500)
    for look in (lambda at: one.why("Pod/pg-0", at), one.topology):
        with pytest.raises(StatesimError, match="the run ends at 20m"):
            look("21m")


def test_why_takes_the_names_that_get_takes(one: VariantResult) -> None:
    told = one.why("Pod/pg-0", at=500)
    for what in ("pod/pg-0", "po/pg-0", "pods/pg-0", "pods pg-0"):
        assert one.why(what, at=500) == told
    assert one.why("sts/pg") == one.why("StatefulSet/pg")
    assert one.why("pvc/data-pg-0") == one.why("PersistentVolumeClaim/data-pg-0")
    assert one.why("system/pg") == one.why("System/pg")  # a kind of the trace alone
    with pytest.raises(StatesimError, match=r"did you mean pods\?"):
        one.why("pdos/pg-0")
    with pytest.raises(StatesimError, match="say of which object: pods/NAME"):
        one.why("pods")


def test_objects_are_those_of_the_namespace_that_is_asked_for(crash: Result) -> None:
    docs = crash.variants["statefulset"].objects(at=60)

    def shown(*words: str, **more: Any) -> list[str]:
        answer = get(query(words, **more), docs, 60 * SECOND)
        return answer.lines + answer.errors

    assert shown("pods", namespace="default") == shown("pods")
    assert shown("pods", namespace="other") == ["No resources found in other namespace."]
    assert shown("pod/pg-0", namespace="other") == ['Error from server (NotFound): pods "pg-0" not found']
    assert shown("nodes", namespace="other") == shown("nodes")
    header, row = shown("pods", namespace="")
    assert (header.split()[:2], row.split()[:2]) == (["NAMESPACE", "NAME"], ["default", "pg-0"])
    assert shown("nodes", namespace="") == shown("nodes")
    with pytest.raises(StatesimError, match="cannot be retrieved by name across all namespaces"):
        query(["pod/pg-0"], namespace="")


def test_a_table_may_end_with_the_labels(one: VariantResult) -> None:
    header, row = get(query(["svc", "pg"], show_labels=True), one.objects(at=60), 60 * SECOND).lines
    assert (header.split()[-1], row.split()[-1]) == ("LABELS", "<none>")
    header, row = get(query(["pods"], show_labels=True), one.objects(at=60), 60 * SECOND).lines
    assert header.index("LABELS") == row.index("app=pg,apps.kubernetes.io/pod-index=0,")

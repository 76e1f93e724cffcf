"""ResourceQuota: what is counted, what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.cluster.objects import PersistentVolumeClaim, Phase, Pod, ResourceQuota
from statesim.cluster.store import Store
from statesim.control.quota import check, refusal, usage_of
from statesim.errors import Forbidden, ScenarioError
from statesim.kernel.clock import Clock
from statesim.kernel.spans import SECOND
from statesim.kernel.trace import Trace
from statesim.scenario.manifests import Notes, parse_manifest
from statesim.scenario.specs import ClaimSpec, Container, PodSpec, Resources
from statesim.scenario.workload_specs import ResourceQuotaSpec
from tests.acceptance.small import Small, pod, workload

GIB = 1 << 30


def sized(name: str = "p", cpu: int = 500, memory: int = GIB, **kwargs: Any) -> Pod:
    container = Container("c", "i", Resources(cpu, memory), Resources(2 * cpu, memory))
    return Pod(name=name, spec=PodSpec(containers=(container,)), **kwargs)


def test_a_pod_takes_its_requests_and_a_place() -> None:
    assert usage_of(sized(), 0) == {
        "count/pods": 1,
        "pods": 1,
        "cpu": 500,
        "requests.cpu": 500,
        "limits.cpu": 1000,
        "memory": GIB,
        "requests.memory": GIB,
        "limits.memory": GIB,
    }


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ({"phase": Phase.FAILED}, False),
        ({"phase": Phase.SUCCEEDED}, False),
        ({"deleted_us": 0, "grace_us": 30 * SECOND}, False),
        ({"deleted_us": 70 * SECOND, "grace_us": 30 * SECOND}, True),
        ({"phase": Phase.RUNNING}, True),
    ],
    ids=str,
)
def test_a_pod_that_has_ended_or_should_have_is_not_counted(state: dict[str, Any], counts: bool) -> None:
    usage = usage_of(sized(**state), 99 * SECOND)
    assert ("pods" in usage) is counts
    assert usage["count/pods"] == 1


@pytest.mark.parametrize(
    ("hard", "used", "wanted", "why"),
    [
        ({"pods": 3}, {"pods": 2}, {"pods": 1, "requests.cpu": 100}, None),
        (
            {"requests.cpu": 1000, "requests.memory": 2 * GIB},
            {"requests.cpu": 800, "requests.memory": GIB},
            {"requests.cpu": 250, "requests.memory": 2 * GIB},
            "exceeded quota: q, requested: requests.cpu=250m,requests.memory=2Gi, "
            "used: requests.cpu=800m,requests.memory=1Gi, limited: requests.cpu=1,requests.memory=2Gi",
        ),
        ({"limits.cpu": 1000}, {}, {"pods": 1}, "failed quota: q: must specify limits.cpu"),
    ],
)
def test_refusals_are_worded_as_kubernetes_words_them(
    hard: dict[str, int], used: dict[str, int], wanted: dict[str, int], why: str | None
) -> None:
    assert refusal("q", hard, used, wanted, is_pod=True) == why


def test_what_is_there_is_added_up_over_all_kinds() -> None:
    clock = Clock()
    store = Store(clock, Trace(clock))
    hard = {"requests.cpu": 1000, "requests.storage": 10 * GIB, "persistentvolumeclaims": 2}
    store.create(ResourceQuota(name="q", spec=ResourceQuotaSpec(hard)))
    store.create(sized("a"))
    check(store, sized("b"))
    store.create(sized("b"))
    said = r'pods "c" is forbidden: exceeded quota: q, requested: requests.cpu=500m'
    with pytest.raises(Forbidden, match=said):
        check(store, sized("c"))
    claim = PersistentVolumeClaim(name="x", spec=ClaimSpec(size_bytes=8 * GIB))
    check(store, claim)
    store.create(claim)
    with pytest.raises(Forbidden, match=r"requested: requests.storage=8Gi, used: requests.storage=8Gi"):
        check(store, PersistentVolumeClaim(name="y", spec=ClaimSpec(size_bytes=8 * GIB)))


def test_a_manifest_that_is_refused_is_told_and_the_rest_goes_on() -> None:
    limit = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q"},
        "spec": {"hard": {"pods": 1}},
    }
    small = Small(
        {"at": "5s", "do": "apply", "manifests": [pod("late")]},
        objects=[limit, pod("one"), pod("two"), workload("Deployment", replicas=0)],
        duration="20s",
    ).run()
    assert [p.name for p in small.world.store.all(Pod)] == ["one"]
    assert small.find("Deployment/a") is not None
    (told,) = small.events("Refused", "Pod/two")
    assert told.fields["why"].startswith('pods "two" is forbidden: exceeded quota: q')
    (skipped,) = small.events("Skipped")
    assert skipped.fields["why"].startswith('pods "late" is forbidden')


def parsed(hard: Any) -> tuple[Any, Notes]:
    notes = Notes()
    raw = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": hard}}
    return parse_manifest(raw, notes), notes


def test_the_manifest_is_read_with_its_units() -> None:
    manifest, notes = parsed({"pods": "4", "requests.cpu": "1500m", "memory": "2Gi", "count/services": 3})
    assert (notes.errors, notes.warnings) == ([], [])
    assert manifest.spec.hard == {"pods": 4, "requests.cpu": 1500, "memory": 2 * GIB, "count/services": 3}


def test_what_is_not_counted_is_warned_of_and_a_slip_of_the_pen_is_an_error() -> None:
    _, notes = parsed({"pods": 1, "requests.nvidia.com/gpu": 1, "count/jobs.batch": 2})
    assert len(notes.warnings) == 2
    manifest, notes = parsed({"podz": 1})
    assert manifest is None
    assert "did you mean pods?" in str(notes.errors[0])


def test_a_replica_set_needs_a_selector_that_selects_its_template() -> None:
    made = workload("ReplicaSet")
    made["spec"]["template"]["metadata"]["labels"] = {"app": "another"}
    with pytest.raises(ScenarioError, match=r"does not match spec.template.metadata.labels"):
        Small(objects=[made])

"""Which apiVersion of a kind a version of Kubernetes takes, and with which it answers."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.api import VariantResult, run
from statesim.cluster.wire import RESOURCES
from statesim.errors import ScenarioError
from statesim.scenario.load import load
from statesim.scenario.manifests import KINDS
from statesim.scenario.schema import Scenario
from statesim.scenario.served import SERVED, preferred
from statesim.scenario.versions import NEWEST, OLDEST
from tests.acceptance.small import budget, workload


def scenario(made: dict[str, Any], version: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "x"},
        "duration": "1m",
        "cluster": {"kubernetes": version},
        "manifests": [workload("Deployment"), made],
    }


def result(version: str, *made: dict[str, Any]) -> VariantResult:
    raw = {**scenario(made[0], version), "manifests": [workload("Deployment"), *made]}
    return run(Scenario.model_validate(raw)).variants["default"]


def beta(**spec: Any) -> dict[str, Any]:
    return {**budget(**spec), "apiVersion": "policy/v1beta1"}


V1_CAME = "Kubernetes 1.20 serves policy/v1beta1; policy/v1 came with 1.21"
BETA_WENT = "serves policy/v1; policy/v1beta1 went after 1.24"
NO_MATCH = 'apiVersion: no matches for kind "{}" in version "{}" ({})'


@pytest.mark.parametrize(
    ("version", "api_version", "hint"),
    [
        ("1.20", "policy/v1beta1", ""),
        ("1.20", "policy/v1", V1_CAME),
        ("1.21", "policy/v1", ""),
        ("1.24", "policy/v1beta1", ""),
        ("1.25", "policy/v1beta1", f"Kubernetes 1.25 {BETA_WENT}"),
        ("1.33", "policy/v1beta1", f"Kubernetes 1.33 {BETA_WENT}"),
        ("1.33", "policy/v2", "Kubernetes 1.33 serves policy/v1"),
        ("1.22", "policy", "Kubernetes 1.22 serves policy/v1 and policy/v1beta1"),
    ],
)
def test_a_budget_that_the_version_does_not_serve_is_an_error(
    version: str, api_version: str, hint: str
) -> None:
    made = scenario({**budget(minAvailable=1), "apiVersion": api_version}, version)
    if not hint:
        assert load(made).warnings == ()
        return
    with pytest.raises(ScenarioError) as caught:
        load(made)
    assert str(caught.value) == NO_MATCH.format("PodDisruptionBudget", api_version, hint)


def test_a_variant_of_an_older_version_is_told_which_one_does_not_serve_it() -> None:
    made = scenario(budget(minAvailable=1), "1.32")
    made["variants"] = [
        {"name": "old", "patch": {"cluster": {"kubernetes": "1.20"}}},
        {"name": "new", "patch": {}},
    ]
    with pytest.raises(ScenarioError) as caught:
        load(made)
    assert str(caught.value) == NO_MATCH.format("PodDisruptionBudget", "policy/v1", V1_CAME)


def test_kinds_whose_beta_is_long_gone_say_what_is_served() -> None:
    old = {**workload("StatefulSet", "db"), "apiVersion": "apps/v1beta1"}
    with pytest.raises(ScenarioError) as caught:
        load(scenario(old, "1.20"))
    hint = "Kubernetes 1.20 serves apps/v1; apps/v1beta1 went after 1.15"
    assert str(caught.value) == NO_MATCH.format("StatefulSet", "apps/v1beta1", hint)


def test_every_kind_has_its_versions_and_the_newest_is_that_of_the_tables() -> None:
    assert set(SERVED) == set(RESOURCES) >= set(KINDS)
    assert {kind: preferred(kind, NEWEST) for kind in SERVED} == {
        kind: resource.api_version for kind, resource in RESOURCES.items()
    }
    assert all(preferred(kind, OLDEST) for kind in SERVED)


def test_what_is_shown_has_the_api_version_that_the_version_serves() -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a"},
        "spec": {"selector": {"app": "a"}, "clusterIP": "None"},
    }
    for version, group_version in (("1.20", "v1beta1"), ("1.24", "v1"), ("1.32", "v1")):
        made = beta if version < "1.25" else budget
        seen = result(version, service, made(minAvailable=1))
        told = seen.get("pdb/a")
        assert told["apiVersion"] == f"policy/{group_version}"
        (found,) = seen.get("endpointslices")
        assert found["apiVersion"] == f"discovery.k8s.io/{group_version}"
        (endpoint, *_) = found["endpoints"]
        assert ("topology" in endpoint, "nodeName" in endpoint) == (version == "1.20", version != "1.20")


def test_an_empty_selector_of_the_beta_protects_no_pod() -> None:
    made = beta(minAvailable=1)
    made["spec"]["selector"] = {}
    loaded = load(scenario(made, "1.22"))
    said = "spec.selector: in policy/v1beta1 an empty selector protects no pod"
    assert [str(warning) for warning in loaded.warnings] == [said]
    for version, counted, written in (
        ("1.20", 0, {}),
        (
            "1.22",
            0,
            {
                "matchExpressions": [
                    {
                        "key": "pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match",
                        "operator": "Exists",
                    }
                ]
            },
        ),
    ):
        told = result(version, made).get("pdb/a")
        assert (told["status"]["expectedPods"], told["spec"]["selector"]) == (counted, written)
    everything = {**made, "apiVersion": "policy/v1"}
    assert result("1.22", everything).get("pdb/a")["status"]["expectedPods"] > 0

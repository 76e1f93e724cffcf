"""A version of Kubernetes chooses features and timings, and refuses what it does not know."""

from __future__ import annotations

from typing import Any

import pytest

from statesim.errors import ScenarioError
from statesim.scenario.load import load
from statesim.scenario.versions import GATES, NEWEST, OLDEST, Features
from tests.acceptance.small import workload


def scenario(**cluster: Any) -> dict[str, Any]:
    return {
        "apiVersion": "statesim/v1",
        "kind": "Scenario",
        "metadata": {"name": "x"},
        "duration": "1m",
        "cluster": cluster,
    }


@pytest.mark.parametrize(
    ("version", "gate", "on"),
    [
        ("1.20", "StatefulSetStartOrdinal", False),
        ("1.26", "StatefulSetStartOrdinal", False),
        ("1.27", "StatefulSetStartOrdinal", True),
        ("1.34", "MaxUnavailableStatefulSet", False),
        ("1.25", "NodeOutOfServiceVolumeDetach", False),
        ("v1.26.3", "NodeOutOfServiceVolumeDetach", True),
    ],
)
def test_a_feature_is_on_from_the_version_that_made_it_so(version: str, gate: str, on: bool) -> None:
    assert Features.for_version(version).on(gate) is on


def test_every_gate_comes_before_it_is_on_and_is_on_before_it_is_locked() -> None:
    for name, row in GATES.items():
        later = [number for number in (row.on, row.ga) if number is not None]
        assert [row.since, *later] == sorted([row.since, *later]), name
        assert row.meaning, name
        assert row.source, name


def test_more_is_on_in_newer_versions() -> None:
    sizes = [len(Features.for_version(f"1.{n}").enabled) for n in range(OLDEST, NEWEST + 1)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_a_gate_can_be_switched_on_where_the_version_knows_it() -> None:
    loaded = load(scenario(kubernetes="1.30", featureGates={"MaxUnavailableStatefulSet": True}))
    assert loaded.variants[0].features.on("MaxUnavailableStatefulSet")


def test_a_gate_that_nobody_knows_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        Features.for_version("1.30").on("Nonsense")


@pytest.mark.parametrize(
    ("cluster", "told"),
    [
        ({"kubernetes": "1.19"}, "1.20 to 1.34"),
        ({"kubernetes": "1.35"}, "1.20 to 1.34"),
        ({"featureGates": {"MaxUnavailableStatefulset": True}}, "MaxUnavailableStatefulSet"),
        ({"featureGates": {"PodIndexLabel": "yes"}}, "true or false"),
        ({"kubernetes": "1.22", "featureGates": {"PodIndexLabel": True}}, "came with 1.28"),
        ({"kubernetes": "1.32", "featureGates": {"PodIndexLabel": False}}, "since Kubernetes 1.32"),
        ({"clientConnection": {"scheduler": {"qps": 0}}}, "-1 for no limit"),
    ],
)
def test_what_a_version_does_not_take_is_refused(cluster: dict[str, Any], told: str) -> None:
    with pytest.raises(ScenarioError, match=told.replace(".", r"\.")):
        load(scenario(**cluster))


def test_all_gates_that_are_wrong_are_named_at_once() -> None:
    with pytest.raises(ScenarioError) as told:
        load(scenario(featureGates={"PodIndexLabell": True, "PodIndexLabel": "yes", "Nonsense": False}))
    text = str(told.value)
    assert "PodIndexLabell here (did you mean PodIndexLabel?)" in text
    assert "expected true or false, found 'yes'" in text
    assert "no feature gate Nonsense here" in text


@pytest.mark.parametrize(
    ("version", "gates", "ignored"),
    [
        ("1.32", {}, ["maxUnavailable"]),
        ("1.32", {"MaxUnavailableStatefulSet": True}, []),
        ("1.26", {}, ["maxUnavailable", "ordinals", "persistentVolumeClaimRetentionPolicy"]),
    ],
)
def test_fields_that_a_version_ignores_are_warned_of(
    version: str, gates: dict[str, bool], ignored: list[str]
) -> None:
    made = workload("StatefulSet")
    made["spec"] |= {
        "updateStrategy": {"rollingUpdate": {"maxUnavailable": 2}},
        "minReadySeconds": 5,
        "ordinals": {"start": 1},
        "persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"},
    }
    document = scenario(kubernetes=version, featureGates=gates, zones=1, nodesPerZone=1)
    said = [str(warning) for warning in load({**document, "manifests": [made]}).warnings]
    assert sum("ignores it: the feature gate" in text for text in said) == len(ignored)
    for field in ignored:
        assert any(field in text for text in said)

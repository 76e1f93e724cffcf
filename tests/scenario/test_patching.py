from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.scenario.patching import merge_patch, strategic_patch

# RFC 7386, Appendix A
APPENDIX: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(("target", "patch", "result"), APPENDIX)
def test_merge_patch_follows_the_rfc(target: Any, patch: Any, result: Any) -> None:
    assert merge_patch(target, patch) == result


@given(VALUES, VALUES)
def test_merge_patch_changes_neither_side_and_is_idempotent(target: Any, patch: Any) -> None:
    before = copy.deepcopy((target, patch))
    once = merge_patch(target, patch)
    assert (target, patch) == before
    assert merge_patch(once, patch) == once


def pod(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"spec": {"containers": list(containers), **spec}}


def test_containers_are_merged_by_name() -> None:
    target = pod(
        {"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}]}, {"name": "b", "image": "b:1"}
    )
    before = copy.deepcopy(target)
    patch = pod(
        {"name": "a", "image": "a:2", "env": [{"name": "Y", "value": "2"}]}, {"name": "c", "image": "c:1"}
    )
    assert strategic_patch(target, patch) == pod(
        {"name": "a", "image": "a:2", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]},
        {"name": "b", "image": "b:1"},
        {"name": "c", "image": "c:1"},
    )
    assert target == before


def test_tolerations_and_claim_templates_are_replaced() -> None:
    target = {"spec": {"tolerations": [{"key": "a"}], "volumeClaimTemplates": [{"metadata": {"name": "x"}}]}}
    patch = {"spec": {"tolerations": [{"key": "b"}], "volumeClaimTemplates": []}}
    assert strategic_patch(target, patch) == patch


def test_ports_are_merged_by_the_key_they_have() -> None:
    service = {"spec": {"ports": [{"port": 80, "name": "http"}]}}
    assert strategic_patch(service, {"spec": {"ports": [{"port": 443}]}})["spec"]["ports"] == [
        {"port": 80, "name": "http"},
        {"port": 443},
    ]


def test_null_deletes() -> None:
    target = pod({"name": "a", "image": "a", "livenessProbe": {"exec": {}}}, nodeName="n")
    patch = pod({"name": "a", "livenessProbe": None}, nodeName=None)
    assert strategic_patch(target, patch) == pod({"name": "a", "image": "a"})


def test_directives_delete_replace_and_retain() -> None:
    target = pod({"name": "a", "image": "a"}, {"name": "b", "image": "b"})
    assert strategic_patch(target, pod({"name": "a", "$patch": "delete"})) == pod({"name": "b", "image": "b"})
    replaced = strategic_patch(target, pod({"$patch": "replace"}, {"name": "z", "image": "z"}))
    assert replaced == pod({"name": "z", "image": "z"})
    strategy = {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}
    patch = {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}
    assert strategic_patch(strategy, patch) == {"strategy": {"type": "Recreate"}}

"""Every document of several runs is what a client of the real API accepts, and loses nothing of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kubernetes.client import ApiClient

from statesim.analysis.objects import fold
from statesim.api import load
from statesim.cluster.objects import KINDS
from statesim.cluster.wire import RESOURCES, Frame, document
from statesim.cluster.wire.journal import ObjectChange, changes, difference
from statesim.scenario.patching import merge_patch
from statesim.world import World

from .conftest import EVERYTHING

if TYPE_CHECKING:
    from statesim.api import Result
    from statesim.cluster.store import Change

CLIENT = ApiClient()


def through_the_client(doc: dict[str, Any]) -> Any:
    """Return what is left of a document after the official client's typed model, validation on."""
    model = CLIENT.deserialize(json.dumps(doc), f"V1{doc['kind']}", "application/json")
    return with_z(CLIENT.sanitize_for_serialization(model))


def with_z(value: Any) -> Any:
    """Return plain data with UTC as the API writes it."""
    if isinstance(value, dict):
        return {key: with_z(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_z(inner) for inner in value]
    return f"{value[:-6]}Z" if isinstance(value, str) and value.endswith("+00:00") else value


def test_every_document_is_accepted_by_the_official_client_and_loses_nothing(result: Result) -> None:
    count = 0
    for variant in result.variants.values():
        for seen in fold(variant.record.objects):
            assert through_the_client(seen.document) == seen.document
            count += 1
    assert count > 50


def test_the_client_would_refuse_a_document_that_is_not_genuine(everything: Result) -> None:
    (variant,) = everything.variants.values()
    pod = next(s.document for s in fold(variant.record.objects) if s.object == "Pod/db-0")
    without = {**pod, "spec": {key: value for key, value in pod["spec"].items() if key != "containers"}}
    with pytest.raises(ValueError, match="containers"):
        through_the_client(without)
    assert through_the_client({**pod, "madeUp": 1}) != {**pod, "madeUp": 1}


def test_every_kind_has_its_place_in_the_api_and_appears(everything: Result) -> None:
    (variant,) = everything.variants.values()
    appeared = {seen.document["kind"] for seen in fold(variant.record.objects)}
    assert {kind.KIND for kind in KINDS} == appeared
    assert appeared <= set(RESOURCES)


@pytest.mark.parametrize("scenario", ["pg-node-crash", str(EVERYTHING)], ids=["pg-node-crash", "everything"])
def test_what_is_folded_is_at_every_write_what_the_store_holds(scenario: str) -> None:
    variant = load(scenario).variants[-1]
    world = World(variant)
    frame = Frame(variant.scenario.cluster.kubernetes)
    heard: list[tuple[int, str, str, dict[str, Any]]] = []

    def watcher(change: Change) -> None:
        obj = change.object
        heard.append((obj.version, change.verb, obj.key, document(obj, frame)))

    world.store.watch(KINDS, watcher)
    run = world.run()
    told = list(fold(ObjectChange.read(change.line()) for change in changes(run.journal, frame)))
    assert len(told) == len(run.journal)
    assert len(heard) > 40
    for place, verb, key, live in heard:
        seen = told[place - 1]
        assert (seen.verb, seen.object) == (verb, key)
        if verb != "DELETED":
            assert seen.document == live
    left = {key: doc for _, verb, key, doc in map(tuple, (s[:4] for s in told)) if verb != "DELETED"}
    for kind in KINDS:
        for obj in world.store.all(kind):
            assert left[obj.key] == document(obj, frame)


PLAIN = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.sampled_from("abcd"), PLAIN, max_size=4)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(DOCUMENTS, DOCUMENTS)
def test_a_patch_makes_of_one_document_exactly_the_other(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert merge_patch(before, difference(before, after)) == after
    assert difference(before, json.loads(json.dumps(before))) == {}


def test_versions_grow_over_the_cluster_and_name_every_write_once(everything: Result) -> None:
    (variant,) = everything.variants.values()
    told = [s for s in fold(variant.record.objects) if s.verb != "DELETED"]
    numbers = [int(seen.document["metadata"]["resourceVersion"]) for seen in told]
    assert numbers == sorted(set(numbers))

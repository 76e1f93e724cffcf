"""Settings from outside: paths find their place, or are told the nearest right word."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statesim.errors import ScenarioError
from statesim.scenario.patching import merge_patch, patch_between
from statesim.scenario.settings import (
    Misplaced,
    combinations,
    in_order_of,
    once,
    parse_settings,
    parse_values,
    patch_for,
    setting_text,
    several,
)

DOCUMENT = {
    "cluster": {"nodes": [{"name": "n", "count": 3}, {"name": "m.big", "count": 1}]},
    "images": {"registry.example/pg:*": {"start": "1s"}},
    "systems": [{"name": "pg", "kind": "patroni"}],
    "timeline": [{"at": "60s", "do": "node-crash"}],
}
KEYS = st.sampled_from("abc")
# what a scenario's file can hold as it stands
TEXT = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=4)
PLAIN = st.booleans() | st.integers() | TEXT
DATA = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3)
)


def changed(path: str, value: Any) -> Any:
    return merge_patch(DOCUMENT, patch_for(DOCUMENT, path, value))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("cluster.nodes.n.count", lambda d: d["cluster"]["nodes"][0]["count"]),
        ("cluster.nodes.m.big.count", lambda d: d["cluster"]["nodes"][1]["count"]),
        ("cluster.nodes.1.count", lambda d: d["cluster"]["nodes"][1]["count"]),
        ("cluster.timings.attach", lambda d: d["cluster"]["timings"]["attach"]),
        ("images.registry.example/pg:*.start", lambda d: d["images"]["registry.example/pg:*"]["start"]),
        ("systems.pg.parameters.ttl", lambda d: d["systems"][0]["parameters"]["ttl"]),
        ("timeline.0.at", lambda d: d["timeline"][0]["at"]),
    ],
)
def test_a_path_goes_through_keys_names_and_places(path: str, found: Any) -> None:
    assert found(changed(path, "new")) == "new"


def test_what_a_setting_does_not_name_stays_as_it_was() -> None:
    before = repr(DOCUMENT)
    after = changed("systems.pg.parameters.ttl", "20s")
    assert repr(DOCUMENT) == before
    assert after == {**DOCUMENT, "systems": [{"name": "pg", "kind": "patroni", "parameters": {"ttl": "20s"}}]}


def test_null_takes_a_value_away() -> None:
    assert changed("cluster.nodes.n.count", None)["cluster"]["nodes"][0] == {"name": "n"}


@pytest.mark.parametrize(
    ("path", "told", "hint"),
    [
        ("systems.gp.kind", "systems has no gp", "did you mean pg?"),
        ("timeline.4.at", "timeline has no 4", "it has 1 row: 0"),
        ("systems.pg.kind.ttl", "systems.pg.kind is 'patroni': ttl cannot stand in it", None),
        ("seed", "seed is not a setting", "--seed and --seeds change it (seed= and seeds= in Python)"),
    ],
)
def test_a_wrong_path_is_told_the_nearest_right_word(path: str, told: str, hint: str | None) -> None:
    with pytest.raises(Misplaced) as error:
        patch_for(DOCUMENT, path, 1)
    assert (str(error.value), error.value.hint) == (told, hint)


def test_values_are_read_as_yaml() -> None:
    assert parse_values(["a.b=20s", "c=3", "d=true", "e=[1, 2]", "f=on,off"]) == {
        "a.b": "20s",
        "c": 3,
        "d": True,
        "e": [1, 2],
        "f": "on,off",
    }


def test_several_values_stand_between_commas() -> None:
    assert parse_settings(["a=15s, 30s", 'b=[1,2],{x: 3},"4,5"']) == {
        "a": ("15s", "30s"),
        "b": ([1, 2], {"x": 3}, "4,5"),
    }


def test_everything_wrong_with_settings_is_told_at_once() -> None:
    with pytest.raises(ScenarioError) as error:
        parse_settings(["a", "b=", "=3", "c=[", "d=1", "d=2"])
    assert [finding.file for finding in error.value.findings] == [
        "--set a",
        "--set b=",
        "--set =3",
        "--set c=[",
        "--set d=2",
    ]


@given(DATA)
def test_a_setting_is_read_as_what_was_written(value: Any) -> None:
    text = setting_text("a.b", value)
    assert parse_values([text]) == {"a.b": value}
    assert parse_settings([text]) == {"a.b": (value,)}


def test_combinations_are_the_product() -> None:
    found = list(combinations({"a": (1, 2), "b": ("x", "y")}))
    assert found == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]
    assert list(combinations({})) == [{}]


@given(st.dictionaries(KEYS, DATA, max_size=3), st.dictionaries(KEYS, DATA, max_size=3))
def test_the_patch_between_two_documents_makes_the_second_of_the_first(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert merge_patch(before, patch_between(before, after)) == after


@given(
    st.dictionaries(KEYS, st.lists(DATA, min_size=1, max_size=4), max_size=3),
    st.randoms(use_true_random=False),
)
def test_settings_are_put_into_the_order_of_the_same_ones(
    settings: dict[str, list[Any]], chance: Any
) -> None:
    there = once(settings)
    mixed = [(path, chance.sample(values, len(values))) for path, values in there.items()]
    chance.shuffle(mixed)
    found = in_order_of(there, dict(mixed))
    assert found is not None
    assert repr(list(found.items())) == repr(list(there.items()))
    assert in_order_of(there, {**there, "more": [1]}) is None


def test_values_are_the_same_only_if_they_are_written_so() -> None:
    assert repr(once({"a": [1, True, 1.0, "1", 1, [1], [1]]})) == "{'a': [1, True, 1.0, '1', [1]]}"


def test_several_values_are_told_from_one() -> None:
    assert several("30s,60s") == several(["30s", "60s"]) == ("30s", "60s")
    assert several("3, 5") == (3, 5)
    assert [several(value) for value in ("30s", 3, None, ["30s"], "a,{", {"a": 1})] == [()] * 6

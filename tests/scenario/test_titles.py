"""Titles and labels in Chinese: said where a scenario has them, and in English where it has not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import statesim
from statesim.errors import ScenarioError
from statesim.scenario.load import load

ROW = {"at": "10s", "do": "dns-outage", "for": "5s", "label": "names are lost", "label_zh": "名字丢失"}
WORLD = {
    "apiVersion": "statesim/v1",
    "kind": "Scenario",
    "metadata": {"name": "x", "title": "One of many", "title_zh": "其中之一"},
    "duration": "1m",
    "timeline": [ROW],
}


def test_a_variant_is_called_in_chinese_what_its_row_says_and_in_english_without() -> None:
    rows = [
        {"name": "a", "title": "With care", "title_zh": "小心"},
        {"name": "b", "title": "Without"},
        {"name": "c"},
    ]
    loaded = load({**WORLD, "variants": rows})
    assert [each.title_in("zh") for each in loaded.variants] == ["小心", "Without", "c"]
    assert [each.title_in("en") for each in loaded.variants] == ["With care", "Without", "c"]
    assert loaded.base.to_dict()["variants"][0]["title_zh"] == "小心"


def test_a_scenario_without_variants_lends_its_only_one_both_titles() -> None:
    (only,) = load(WORLD).variants
    assert (only.title_in("en"), only.title_in("zh")) == ("One of many", "其中之一")


def test_a_label_in_chinese_needs_the_label_that_it_says() -> None:
    nameless = {key: value for key, value in ROW.items() if key != "label"}
    with pytest.raises(ScenarioError, match=r"timeline\[0\]\.label_zh: .* there is no label"):
        load({**WORLD, "timeline": [nameless]})


def test_what_is_said_in_chinese_lies_beside_the_trace_and_is_no_part_of_it(tmp_path: Path) -> None:
    told, plain = tmp_path / "told", tmp_path / "plain"
    statesim.run(WORLD).save(told, pictures=False)
    silent = {key: value for key, value in ROW.items() if key != "label_zh"}
    untold = {**WORLD, "metadata": {"name": "x", "title": "One of many"}, "timeline": [silent]}
    statesim.run(untold).save(plain, pictures=False)
    assert (told / "trace.jsonl").read_bytes() == (plain / "trace.jsonl").read_bytes()
    assert not (plain / "translations.json").exists()
    (record,) = statesim.read(told).records
    assert (record.title_in("zh"), record.title_in("en")) == ("其中之一", "One of many")
    assert record.said(record.faults[0].label, "zh") == "名字丢失"


SHIPPED = sorted(path.stem for path in (Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
TYPED = re.compile(r"[\w./+ :=-]*")  # a command, a field or a name, which is the same in both languages


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_is_called_in_chinese_throughout(name: str) -> None:
    loaded = statesim.load(name)
    assert loaded.base.metadata.title_zh
    for variant in loaded.variants:
        assert variant.title_in("zh") != variant.title or TYPED.fullmatch(variant.title), variant.title
        for row in variant.scenario.timeline:
            assert row.label_zh or row.label is None or TYPED.fullmatch(row.label), row.label

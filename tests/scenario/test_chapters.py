"""Chapters in a scenario file: in words of their own, and reached by the run."""

from __future__ import annotations

import pytest

from statesim.errors import ScenarioError
from statesim.scenario.load import load

WORLD = {"metadata": {"name": "x"}, "duration": "1m"}


def test_a_chapter_that_the_run_does_not_reach_is_a_warning_and_one_at_its_end_is_not() -> None:
    rows = [{"at": "1m", "title": "the end"}, {"at": "61s", "title": "later"}]
    loaded = load({**WORLD, "chapters": rows})
    assert [str(warning) for warning in loaded.warnings] == [
        "chapters[1].at: is never reached: the scenario ends before"
    ]


def test_every_variant_has_the_chapters_and_they_are_written_back_as_they_were_read() -> None:
    row = {
        "at": "10s",
        "title": "The power is cut",
        "title_zh": "断电",
        "notes": "Ask.",
        "notes_zh": "提问。",
    }
    loaded = load({**WORLD, "chapters": [row], "variants": [{"name": "a"}, {"name": "b"}]})
    for variant in loaded.variants:
        (chapter,) = variant.scenario.chapters
        assert (chapter.at_us, chapter.title_zh, chapter.notes_zh) == (10_000_000, "断电", "提问。")
    assert loaded.base.to_dict()["chapters"] == [row]


def test_a_chapter_that_tells_of_a_variant_that_there_is_not_is_an_error_with_the_nearest_name() -> None:
    variants = [{"name": "patroni"}, {"name": "zonal"}]
    loaded = load(
        {**WORLD, "chapters": [{"at": "1s", "title": "x", "show": ["zonal"]}], "variants": variants}
    )
    assert loaded.variants[0].scenario.chapters[0].show == ["zonal"]
    rows = [{"at": "1s", "title": "x", "show": ["zonal", "patrony"]}]
    with pytest.raises(ScenarioError, match=r"chapters\[0\]\.show\[1\].*no variant patrony.*patroni"):
        load({**WORLD, "chapters": rows, "variants": variants})


def test_a_scenario_whose_variants_were_taken_out_is_warned_of_chapters_that_show_some() -> None:
    loaded = load({**WORLD, "chapters": [{"at": "1s", "title": "x", "show": ["zonal"]}]})
    (warning,) = loaded.warnings
    assert "shows variants, and this scenario has none" in str(warning)

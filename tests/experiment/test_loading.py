"""A variant by itself, as each run of a sweep, a comparison and a search has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from statesim.experiment.loading import Settable, load_with

SHIPPED = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_each_variant_of_a_shipped_scenario_can_be_run_by_itself(path: Path) -> None:
    whole = Settable.of(path)
    for own in whole.loaded.variants:
        alone = whole.variant_with(own.name, {"duration": "1h"})
        assert alone.name == own.name
        assert alone.scenario.clients == own.scenario.clients


def test_a_setting_leaves_chapters_the_variants_that_they_show() -> None:
    (path,) = (path for path in SHIPPED if path.stem == "zone-outage")
    shown = [chapter.show for chapter in load_with(path, {}).variants[0].scenario.chapters]
    changed = load_with(path, {"duration": "1h"}).variants[0].scenario
    assert [chapter.show for chapter in changed.chapters] == shown
    assert any(shown)

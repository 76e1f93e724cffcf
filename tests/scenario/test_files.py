"""Files that a scenario names and that are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statesim.errors import ScenarioError
from statesim.scenario.load import load

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "apiVersion: statesim/v1\nkind: Scenario\nmetadata: {name: x}\nduration: 1m\n"


@pytest.mark.parametrize(
    ("missing", "there", "hint"),
    [
        ("web.yaml", "pg.yaml", ""),  # the suffix makes nothing alike
        ("tba.yaml", "sab.yml", ""),
        ("tba.yaml", "tab.yml", " (did you mean tab.yml?)"),
        ("scenaro.yaml", "other.yaml", ""),  # nor is the scenario itself meant
    ],
)
def test_a_missing_file_of_manifests_is_taken_for_another_only_if_that_is_called_alike(
    missing: str, there: str, hint: str, tmp_path: Path
) -> None:
    (tmp_path / there).write_text("", encoding="utf-8")
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(f"{HEAD}manifests: [{{file: {missing}}}]\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(scenario)
    assert str(caught.value).endswith(f"there is no file {tmp_path / missing}{hint}")

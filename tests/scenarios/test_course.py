"""The questions of a course are all answered: each row names a scenario, its variants, and outcomes that it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from statesim.scenario.load import load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/scenarios.md").read_text()


def rows() -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the table's rows: question, scenario, variants."""
    section = PAGE.partition("## Twenty questions of a course\n")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if "`" in line]
    named = [(row[0], row[1].strip("`"), row[2]) for row in cells if len(row) == 4]
    return [(q, name, tuple(v.strip(" `") for v in said.split(",") if v.strip())) for q, name, said in named]


@pytest.mark.parametrize(("question", "name", "variants"), rows(), ids=lambda value: str(value)[:40])
def test_a_question_has_a_scenario_that_holds_its_outcome(
    question: str, name: str, variants: tuple[str, ...]
) -> None:
    loaded = load(ROOT / "scenarios" / f"{name}.yaml")
    known = {variant.name for variant in loaded.variants}
    assert set(variants) <= known, question
    held = {each.variant for each in loaded.variants[0].scenario.expect}
    assert held
    assert None in held or set(variants) <= held, f"{question}: nothing is expected of some variant"


def test_the_table_is_there() -> None:
    assert len(rows()) >= 30

"""Every kind has a page of its own, and it says what such a page must say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from statesim.library import locate
from statesim.scenario.load import load
from statesim.systems.catalogue import CATALOGUE, ORDERS, SHIPPED

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "systems"
SCENARIOS = {path.stem for path in (ROOT / "scenarios").glob("*.yaml")}
KINDS = [driver.kind for driver in SHIPPED]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_the_picture_the_parameters_the_limits_and_the_sources(kind: str) -> None:
    text = (PAGES / f"{kind}.md").read_text(encoding="utf-8")
    assert f"({kind}-states.png)" in text
    assert (PAGES / f"{kind}-states.png").stat().st_size > 10_000
    for heading in ("## Parameters", "## What a scenario shows", "## Limits", "## Sources"):
        assert f"\n{heading}\n" in text, heading


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_names_scenarios_in_which_its_system_runs(kind: str) -> None:
    text = (PAGES / f"{kind}.md").read_text(encoding="utf-8")
    shown = text[text.index("## What a scenario shows") :]
    section = shown[: shown.index("\n## ", 4)]
    named = SCENARIOS & set(re.findall(r"`([a-z0-9-]+)`", section))
    assert named, "it names none"
    for name in named:
        loaded = load(locate(name))
        kinds = {row.kind for variant in loaded.variants for row in variant.scenario.systems}
        assert kind in kinds | {"stateless"}, f"{name} has {kinds}"


def test_the_index_leads_to_every_page() -> None:
    index = (ROOT / "docs/reference/systems.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"(../systems/{kind}.md)" not in index] == []


def orders_by_kind() -> dict[str, tuple[set[str], set[str]]]:
    """Return what the limits say of each kind: the orders it takes, and those it does not."""
    text = (ROOT / "docs/background/limits.md").read_text(encoding="utf-8")
    section = text[text.index("## What operators can do, by kind") : text.index("## Not modelled yet")]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    words = [[set(re.findall(r"`([^`]+)`", cell)) & ORDERS.keys() for cell in cells] for _, *cells in rows]
    return {kind.strip("`"): (takes, others) for (kind, *_), (takes, others) in zip(rows, words, strict=True)}


@pytest.mark.parametrize("kind", [driver.kind for driver in SHIPPED])
def test_the_limits_say_which_orders_a_kind_takes_and_what_stands_for_the_others(kind: str) -> None:
    takes, others = orders_by_kind()[kind]
    assert takes == {word for word in ORDERS if CATALOGUE.obeys(kind, word)}
    everywhere = {"promote", "rebuild", "restore"}  # what people do to most systems
    assert everywhere <= takes | others, "it says nothing of the others"
    assert not takes & others

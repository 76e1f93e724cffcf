"""Of every system that ships the scenarios show both sides: what a StatefulSet helps with, and what not."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import statesim
from statesim.library import shipped
from statesim.systems.catalogue import SHIPPED
from statesim.systems.driver import Outside

if TYPE_CHECKING:
    from statesim.scenario.schema import Expectation

PAGE = Path(__file__).parents[2] / "docs/reference/scenarios.md"
HEADING = "## What a StatefulSet is good for, system by system"
# kinds whose scenarios are still being written: each leaves this list with them
IN_WORK: set[str] = set()
KINDS = {driver.kind: driver for driver in SHIPPED}


@cache
def scenarios() -> dict[str, set[str]]:
    """Return the shipped scenarios in which a kind is, by kind; a workload without a system is stateless."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in shipped():
        for variant in statesim.load(path).variants:
            bound = {system.workload for system in variant.scenario.systems}
            for system in variant.scenario.systems:
                found[system.kind].add(path.stem)
            if any(m.kind in ("StatefulSet", "Deployment") and m.key not in bound for m in variant.manifests):
                found["stateless"].add(path.stem)
    return found


@cache
def table() -> dict[str, tuple[list[str], list[str]]]:
    """Return each row of the table: the scenarios of either side, by kind."""
    section = PAGE.read_text(encoding="utf-8").partition(HEADING)[2]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
    names = re.compile(r"`([a-z0-9-]+)`")
    return {kind.strip(): (names.findall(helps), names.findall(not_)) for kind, helps, not_ in rows[2:]}


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - IN_WORK))
def test_two_scenarios_or_more_show_a_system(kind: str) -> None:
    assert len(scenarios()[kind]) >= 2, f"{kind} is in {sorted(scenarios()[kind])} only"


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - IN_WORK))
def test_the_table_names_both_sides_of_a_system_by_scenarios_that_show_it(kind: str) -> None:
    assert kind in table(), f"{kind} has no row"
    helps, not_ = table()[kind]
    assert not_, f"no scenario shows where a StatefulSet does not help {kind}"
    assert helps or issubclass(KINDS[kind], Outside), f"no scenario shows where a StatefulSet helps {kind}"
    assert set(helps).isdisjoint(not_)
    assert {*helps, *not_} <= scenarios()[kind], (
        f"{sorted({*helps, *not_} - scenarios()[kind])} without {kind}"
    )


def expected(name: str, kind: str) -> tuple[list[Expectation], set[str]]:
    """Return what a scenario expects, and in which variants a kind runs."""
    variants = statesim.load(next(path for path in shipped() if path.stem == name)).variants
    runs = {v.name for v in variants if kind in {"stateless", *(s.kind for s in v.scenario.systems)}}
    return list(variants[0].scenario.expect), runs


def contrasts(name: str, kind: str) -> set[str]:
    """Return the outcomes of which a scenario expects another value where a kind runs than somewhere else."""
    rows, runs = expected(name, kind)
    bounds: dict[str, dict[str, object]] = defaultdict(dict)
    for row in rows:
        if row.variant is not None:
            bound = row.bound
            bounds[row.metric][row.variant] = (bound, row.model_dump(by_alias=True)[bound])
    return {
        metric
        for metric, by_variant in bounds.items()
        if any(by_variant[a] != by_variant[b] for a in by_variant.keys() & runs for b in by_variant)
    }


@pytest.mark.parametrize("kind", sorted(table()))
def test_what_helps_is_held_by_outcomes_that_differ(kind: str) -> None:
    """Where a StatefulSet helps a scenario holds the outcome with it and without it, and they are not the same."""
    for name in table()[kind][0]:
        assert contrasts(name, kind), f"{name} expects the same of all its variants"


@pytest.mark.parametrize("kind", sorted(table()))
def test_what_does_not_help_is_held_by_an_outcome(kind: str) -> None:
    for name in table()[kind][1]:
        rows, runs = expected(name, kind)
        held = {row.variant for row in rows}
        assert held & {*runs, None}, f"{name} expects nothing where {kind} runs"


def test_the_table_knows_no_other_systems() -> None:
    assert table().keys() <= KINDS.keys()

"""The page about metrics explains each that a scenario may name, and no page names one that is not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from statesim.analysis.metric_names import METRIC_NAMES, misnamed
from tests.docs.pages import DOCS
from tests.docs.snippets import PAGES

if TYPE_CHECKING:
    from pathlib import Path

PAGE = DOCS / "reference" / "metrics.md"
GROUPS = ("clients", "systems", "workloads", "volumes", "nodes", "drift", "events", "findings")
CODE = re.compile(r"`([^`\n]+)`")
# a metric's path: the group, whose it is (in capitals for any), the name; of groups that are nobody's, without whose
PATH = re.compile(
    rf"(?<![\w./-])(?:(?:{'|'.join(GROUPS)})\.[\w@-]+\.[\w-]+|(?:nodes|findings)\.[\w-]+)(?![\w(*/-]|\.\w)"
)
# what is no metric although it begins as one: a setting of a scenario
SETTING = re.compile(r"\.(?:parameters|operations)\b|^events\.KIND\.EVENT$")
# `…` in a row says that there are the same of reads as of writes
LIKE = {
    f"read_{name}"
    for name in (
        "availability",
        "first_outage_s",
        "first_outage_at_s",
        "last_outage_s",
        "out_at_end",
        "starting_s",
    )
}


def sections() -> dict[str, str]:
    """Return the page's sections about groups of metrics, by the group."""
    parts = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = {part.split("\n", 1)[0].removesuffix(".NAME"): part.split("\n", 1)[1] for part in parts}
    return {group: found[group] for group in GROUPS}


def explained(group: str) -> set[str]:
    """Return the names in the first cells of a section's tables, as ``METRIC_NAMES`` has them."""
    rows = [line.split(" | ")[0] for line in sections()[group].splitlines() if line.startswith("| `")]
    return {name.rpartition(".")[2] for row in rows for name in CODE.findall(row)}


def mentioned(group: str) -> set[str]:
    """Return all that stands as code in a section."""
    return {name.rpartition(".")[2] for name in CODE.findall(sections()[group])}


def named(group: str) -> set[str]:
    """Return what a scenario may name of a group."""
    return {name for key, names in METRIC_NAMES.items() if key in (group, f"{group}.*") for name in names}


@pytest.mark.parametrize("group", [group for group in GROUPS if group not in ("events", "findings")])
def test_the_tables_of_a_group_explain_metrics_that_there_are(group: str) -> None:
    assert explained(group)
    assert explained(group) - named(group) == set()


@pytest.mark.parametrize("group", [group for group in GROUPS if group != "events"])
def test_every_metric_of_a_group_is_told_in_its_section(group: str) -> None:
    assert named(group) - mentioned(group) == (LIKE if group == "clients" else set())


def test_the_invariants_that_count_as_findings_are_those_that_are_listed() -> None:
    assert mentioned("findings") == named("findings")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_no_metric_that_there_is_not(page: Path) -> None:
    paths = PATH.findall(page.read_text(encoding="utf-8"))
    wrong = [misnamed(path, {}) for path in paths if not SETTING.search(path)]
    assert [each for each in wrong if each] == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("clients.NAME.bananas_s", True),
        ("clients.shop.lost", False),
        ("nodes.drains", True),
        ("events.Pod.Redy", True),
    ],
)
def test_a_path_in_a_sentence_is_found_and_judged(path: str, wrong: bool) -> None:
    (found,) = PATH.findall(f"It is `{path}`, as is said.")
    assert bool(misnamed(found, {})) is wrong

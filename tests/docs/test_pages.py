"""The pages that are made are as their sources; the acceptance list is held by tests."""

from __future__ import annotations

import pytest

from tests.docs.conformance_page import held_by, rows
from tests.docs.pages import DOCS, PAGES, open_rows

MOST_NOT_MODELLED = 0.1


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_its_sources(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run: python -m tests.docs.pages"


def test_every_row_of_the_acceptance_list_is_held_by_a_test_or_says_why_not() -> None:
    assert len(rows()) == 129
    assert open_rows() == []


def test_few_rows_are_not_modelled_and_none_of_the_core() -> None:
    missing = [entry for entry in rows() if "notModelled" in entry]
    assert len(missing) <= MOST_NOT_MODELLED * len(rows())
    assert not [entry["id"] for entry in missing if entry.get("core")]


def test_no_test_is_named_after_a_row_that_is_not_listed() -> None:
    assert set(held_by()) <= {entry["id"] for entry in rows()}

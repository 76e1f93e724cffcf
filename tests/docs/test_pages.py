"""The pages that are made are as their sources; the acceptance list is held by tests."""

from __future__ import annotations

from pathlib import Path

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


@pytest.mark.parametrize(
    "excuse",
    [
        "@pytest.mark.skip\ndef test_s01_x(): pass",
        "@pytest.mark.skipif(True, reason='')\ndef test_s01_x(): pass",
        "@pytest.mark.xfail(strict=True)\ndef test_s01_x(): pass",
        "pytestmark = [pytest.mark.skip('')]\ndef test_s01_x(): pass",
        "@pytest.mark.xfail\nclass TestIt:\n    def test_s01_x(self): pass",
        "def test_s01_x():\n    pytest.skip('later')",
        "@pytest.mark.parametrize('a', [pytest.param(1, marks=pytest.mark.skip)])\ndef test_s01_x(a): pass",
    ],
)
def test_a_row_is_not_held_by_a_test_that_is_skipped_or_may_fail(excuse: str, tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_excused.py").write_text(f"import pytest\n{excuse}\n", encoding="utf-8")
    assert held_by(tmp_path) == {}
    (tests / "test_good.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('a', [1, pytest.param(2, marks=pytest.mark.skip)])\n"
        "def test_s01_y(a):\n    assert a == 1\n",
        encoding="utf-8",
    )
    assert held_by(tmp_path) == {"S01": ["tests/test_good.py::test_s01_y"]}


def test_a_row_that_no_test_holds_is_open() -> None:
    tests = {name: places for name, places in held_by().items() if name != "S01"}
    assert [row.split()[0] for row in open_rows(tests)] == ["S01"]

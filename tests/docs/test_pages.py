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
        "@pytest.mark.skip\ndef test_s01_x(): assert run()",
        "@pytest.mark.skipif(True, reason='')\ndef test_s01_x(): assert run()",
        "@pytest.mark.xfail(strict=True)\ndef test_s01_x(): assert run()",
        "pytestmark = [pytest.mark.skip('')]\ndef test_s01_x(): assert run()",
        "@pytest.mark.xfail\nclass TestIt:\n    def test_s01_x(self): assert run()",
        "def test_s01_x():\n    pytest.skip('later')\n    assert run()",
        "@pytest.mark.parametrize('a', [pytest.param(1, marks=pytest.mark.skip)])\ndef test_s01_x(a): assert run()",
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


@pytest.mark.parametrize(
    ("lines", "held"),
    [
        ("def test_s01_x(): pass", False),
        ("def test_s01_x():\n    run()", False),
        ("def test_s01_x():\n    assert True", False),
        # a helper that gives something back asserts only that it can
        ("def pod():\n    assert run()\n    return 1\ndef test_s01_x(): pod()", False),
        ("def check():\n    check()\ndef test_s01_x(): check()", False),
        ("def test_s01_x():\n    assert run() == 1", True),
        ("def test_s01_x():\n    with pytest.raises(ValueError): run()", True),
        ("def check():\n    assert run()\ndef more(): check()\ndef test_s01_x(): more()", True),
        (
            "class Town:\n    def check(self):\n        assert self\ndef test_s01_x():\n    Town().check()",
            True,
        ),
        ("from tests.town import check\ndef test_s01_x(): check()", True),
    ],
)
def test_a_row_is_not_held_by_a_test_that_asserts_nothing(lines: str, held: bool, tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "town.py").write_text("def check():\n    assert run()\n", encoding="utf-8")
    (tests / "test_it.py").write_text(f"import pytest\n{lines}\n", encoding="utf-8")
    assert held_by(tmp_path) == ({"S01": ["tests/test_it.py::test_s01_x"]} if held else {})


def test_a_row_that_no_test_holds_is_open() -> None:
    tests = {name: places for name, places in held_by().items() if name != "S01"}
    assert [row.split()[0] for row in open_rows(tests)] == ["S01"]

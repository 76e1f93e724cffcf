"""The replay's page: its own tools check it, and it is driven in a real browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import statesim
from statesim.views.replay.page import page
from tests.frontend.node import FRONTEND, ROOT, left_out, script
from tests.views.long_run import LONG

RICH = ROOT / "tests" / "views" / "rich"
BUILT = ROOT / "statesim" / "views" / "replay" / "stage.js"


def test_style_and_types_of_the_page_hold(npm: str) -> None:
    script(npm, "check")


def test_the_pages_own_tests_pass(npm: str) -> None:
    told = script(npm, "test:unit")
    assert "passed" in told


def test_what_is_shipped_is_what_the_sources_build(npm: str, tmp_path: Path) -> None:
    built = tmp_path / "stage.js"
    script(npm, "build", str(built))
    assert built.read_bytes() == BUILT.read_bytes(), "build it again: npm run build, in frontend/"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Write pages of shipped scenarios, as ``statesim replay`` does."""
    for name in ("deployment-rwo-deadlock", "mysql-failover"):
        result = statesim.run(ROOT / "scenarios" / f"{name}.yaml")
        (tmp_path / f"{name}.html").write_text(page(result.replay_document()), encoding="utf-8")
    return tmp_path


def test_it_plays_in_a_real_browser(npm: str, pages: Path) -> None:
    told = script(npm, "test:e2e", REPLAY_PAGES=str(pages))
    if "skipped" in told and "passed" not in told:
        left_out("no browser: install chromium, or say where it is in CHROMIUM")
    assert "passed" in told


@pytest.mark.parametrize(
    "name", ["deployment-rwo-deadlock", pytest.param("mysql-failover", marks=pytest.mark.thorough)]
)
def test_reports_keep_nobody_out_and_have_the_keyboard(name: str, npm: str, tmp_path: Path) -> None:
    result = statesim.run(ROOT / "scenarios" / f"{name}.yaml")
    result.save(tmp_path / name)
    shutil.copy(tmp_path / name / "report.html", tmp_path / f"{name}.html")
    files = ("test/e2e/access.test.ts", "test/e2e/presenting.test.ts")
    told = script(npm, "test:e2e", *files, "-t", "reports", REPLAY_REPORTS=str(tmp_path))
    if "skipped" in told and "passed" not in told:
        left_out("no browser: install chromium, or say where it is in CHROMIUM")
    assert "3 passed" in told


@pytest.mark.slow
@pytest.mark.thorough  # a page of as many events, made by rule, is scrubbed with the others
def test_pages_of_fifty_thousand_events_are_scrubbed_in_a_real_browser(npm: str, tmp_path: Path) -> None:
    scenario = tmp_path / "long.yaml"
    scenario.write_text(LONG, encoding="utf-8")
    for each in (scenario, RICH / "rollouts.yaml"):
        written = tmp_path / f"{each.stem}.html"
        written.write_text(page(statesim.run(each).replay_document()), encoding="utf-8")
    told = script(npm, "test:e2e", "test/e2e/scrubbing.test.ts", REPLAY_LONG=str(tmp_path))
    if "skipped" in told and "passed" not in told:
        left_out("no browser: install chromium, or say where it is in CHROMIUM")
    assert "4 passed" in told


def test_the_lock_file_names_no_host() -> None:
    text = (FRONTEND / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert '"integrity"' in text


def test_files_of_the_page_are_one_idea_each() -> None:
    sources = [path for folder in ("src", "test", "scripts") for path in (FRONTEND / folder).rglob("*.*")]
    long = {path.name: n for path in sources if (n := path.read_text(encoding="utf-8").count("\n")) > 400}
    assert len(sources) > 40
    assert not long

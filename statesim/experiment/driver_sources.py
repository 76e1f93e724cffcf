"""Whether a driver from outside is still the one it was: a digest of the text that defines it."""

from __future__ import annotations

import hashlib
import inspect
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.systems.driver import System

# of their own changes the program's digest and Python's version tell
_NOT_OURS = frozenset(("statesim", *sys.stdlib_module_names))


def source_digests(systems: Iterable[type[System]]) -> dict[str, str | None]:
    """Return, for each driver by its full name, a digest of its module's source and of its bases' modules.

    ``None`` where one of them has none: a class that was typed at a prompt or into a notebook. What these
    modules import from elsewhere is not looked at.
    """
    return {f"{each.__module__}.{each.__qualname__}": _digest(each) for each in systems}


def _digest(system: type[System]) -> str | None:
    names = dict.fromkeys(base.__module__ for base in system.__mro__)
    sources = [_source(name) for name in names if name.partition(".")[0] not in _NOT_OURS]
    there = [source for source in sources if source is not None]
    if len(there) < len(sources):
        return None
    return hashlib.sha256("\0".join(there).encode()).hexdigest()[:16]


def _source(module: str) -> str | None:
    try:
        return inspect.getsource(sys.modules[module])
    except (KeyError, OSError, TypeError):
        return None

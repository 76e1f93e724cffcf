"""Fewer searches for garbage while a run makes what it keeps.

CPython looks for garbage after every 700 new containers, and through all that lives whenever a quarter has
been added. A run makes rows and events by the hundred thousand and throws next to none away, so that nearly
all of these searches are in vain: a tenth of its time (gc — Garbage Collector interface, `gc.set_threshold`).
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 10_000


@contextmanager
def patient_collector() -> Iterator[None]:
    """Let the collector wait for more; who has turned it off, or made it wait longer, is obeyed."""
    first, *others = gc.get_threshold()
    if 0 < first < PATIENCE:
        gc.set_threshold(PATIENCE, *others)
    try:
        yield
    finally:
        gc.set_threshold(first, *others)

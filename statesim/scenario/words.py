"""The nearest right word, for everything that was misspelt."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, right: Iterable[str]) -> str | None:
    """Return the word of `right` that `word` most resembles, if any does (letter case counts little)."""
    known = list(right)
    folded = {known_word.casefold(): known_word for known_word in reversed(known)}
    cutoff = 0.5 if len(word) <= 3 else 0.6
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=cutoff)
    return folded[found[0]] if found else None


def a(noun: str) -> str:
    """Return a noun with its article: ``a Pod``, ``an affinity``."""
    return f"{'an' if noun[:1].casefold() in set('aeio') else 'a'} {noun}"


def did_you_mean(word: str, right: Iterable[str]) -> str | None:
    """Return the hint that names the nearest right word; else all of them, if they are few."""
    known = sorted(right)
    found = nearest(word, known)
    if found is not None:
        return f"did you mean {found}?"
    return f"known: {', '.join(known)}" if 0 < len(known) <= 12 else None

"""Chapters of the shipped scenarios begin when what their title tells has just happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import statesim
from statesim.library import shipped

if TYPE_CHECKING:
    from pathlib import Path

SCENARIOS = [path for path in shipped() if statesim.load(path).base.chapters]
# words of a title, and the event that they tell of
TELLING = {
    "NotReady": ("Node/", "NotReady"),
    "lease has expired": ("System/", "LeaseExpired"),
    "takes over": ("Member/", "Promoted"),
    "promotes": ("Member/", "Promoted"),
    "may be replaced": ("Pod/", "Terminating"),
    "shall terminate": ("Pod/", "Terminating"),
    "in one directory": ("DataDirectory/", "Corrupted"),
}
BEFORE_S = 3.0


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_what_the_title_of_a_chapter_tells_has_just_happened(path: Path) -> None:
    base = statesim.load(path).base
    told = {
        (chapter.at_us / 1_000_000, chapter.title, name): event
        for chapter in base.chapters
        for words, event in TELLING.items()
        for name in chapter.show or [variant.name for variant in base.variants]
        if words in chapter.title
    }
    assert told
    result = statesim.run(path, variants=sorted({name for _, _, name in told}))
    for (at, title, name), (kind, event) in told.items():
        times = [
            each.t
            for each in result.variants[name].record.events
            if each.object.startswith(kind) and each.event == event
        ]
        assert any(at - BEFORE_S <= t <= at for t in times), f"{title!r} at {at} s ({name}): {times}"

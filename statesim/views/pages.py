"""Pages: a timeline that is too tall for a slide, a few variants at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statesim.views.marks import together
from statesim.views.sizes import PAPER
from statesim.views.timeline_layout import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.views.marks import Panel, TimelineMarks

TALLEST = 12.0  # inches of panels on one page
MOST = 4  # panels on one page
ON_A_SLIDE = 2


def pages(marks: TimelineMarks, *, few: bool = False) -> list[TimelineMarks]:
    """Return the picture in parts, each with its own list of what happened; none if it fits on one page.

    No page is taller than need be for their number.

    Parameters
    ----------
    few
        Pages are slides: two panels each.
    """
    panels = marks.panels
    if few:
        slides = [panels[start : start + ON_A_SLIDE] for start in range(0, len(panels), ON_A_SLIDE)]
        return _numbered(marks, slides) if len(slides) > 1 else []
    if len(_filled(panels, TALLEST)) < 2:
        return []
    layout = Layout()
    heights = [layout.panel(panel) + PAPER.gap for panel in panels]
    spans = (sum(heights[a:b]) for a in range(len(panels)) for b in range(a + 1, len(panels) + 1))
    fewest = len(_filled(panels, TALLEST))
    limit = min(
        (span for span in spans if len(_filled(panels, span)) <= fewest and span >= max(heights)),
        default=TALLEST,
    )
    return _numbered(marks, _filled(panels, limit))


def _numbered(marks: TimelineMarks, parts: Sequence[Sequence[Panel]]) -> list[TimelineMarks]:
    return [
        replace(together(marks.title, part, marks.window), title=f"{marks.title}  ({number} of {len(parts)})")
        for number, part in enumerate(parts, start=1)
    ]


def _filled(panels: Sequence[Panel], limit: float) -> list[list[Panel]]:
    """Share panels out, in order, among pages of at most `limit` inches, or one panel."""
    parts: list[list[Panel]] = [[]]
    left = limit
    for panel in panels:
        needs = Layout().panel(panel) + PAPER.gap
        if parts[-1] and (needs > left + 1e-6 or len(parts[-1]) == MOST):
            parts.append([])
            left = limit
        parts[-1].append(panel)
        left -= needs
    return parts

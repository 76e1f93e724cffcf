"""Pages: a timeline that is too tall for a slide, a few variants at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statesim.views.marks import together
from statesim.views.timeline import GAP, panel_height

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.views.marks import Panel, TimelineMarks

TALLEST = 12.0  # inches of panels on one page
MOST = 4  # panels on one page


def pages(marks: TimelineMarks) -> list[TimelineMarks]:
    """Return the picture in parts, each with its own list of what happened; none if it fits on one page.

    No page is taller than need be for their number.
    """
    panels = marks.panels
    if len(_filled(panels, TALLEST)) < 2:
        return []
    heights = [panel_height(panel) + GAP for panel in panels]
    spans = (sum(heights[a:b]) for a in range(len(panels)) for b in range(a + 1, len(panels) + 1))
    fewest = len(_filled(panels, TALLEST))
    limit = min(
        (span for span in spans if len(_filled(panels, span)) <= fewest and span >= max(heights)),
        default=TALLEST,
    )
    parts = _filled(panels, limit)
    return [
        replace(together(marks.title, part, marks.window), title=f"{marks.title}  ({number} of {len(parts)})")
        for number, part in enumerate(parts, start=1)
    ]


def _filled(panels: Sequence[Panel], limit: float) -> list[list[Panel]]:
    """Share panels out, in order, among pages of at most `limit` inches, or one panel."""
    parts: list[list[Panel]] = [[]]
    left = limit
    for panel in panels:
        needs = panel_height(panel) + GAP
        if parts[-1] and (needs > left + 1e-6 or len(parts[-1]) == MOST):
            parts.append([])
            left = limit
        parts[-1].append(panel)
        left -= needs
    return parts

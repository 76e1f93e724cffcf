"""How the timeline is laid out, in inches: what each part needs, before any canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statesim.views.acts import listed
from statesim.views.legend import entries
from statesim.views.letters import fit, inches, wrapped
from statesim.views.sizes import PAPER, SLIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.views.acts import Vertical
    from statesim.views.lanes import Span
    from statesim.views.legend import Entry
    from statesim.views.marks import Panel, TimelineMarks
    from statesim.views.sizes import Sizes
    from statesim.views.strips import Strip

WIDTH, LEFT, RIGHT = 16.0, 2.35, 0.3
INDENT = 0.1
AROUND = 0.2  # inches left and right of a word on a bar
_SEEN = 0.045  # inches: what is narrower everywhere on a slide is told by nobody, and has no key
_ALIKE = ("waiting-volume",)  # states of a pod that look alike on both bars
_BETWEEN = 0.4  # inches between two entries of what happened


@dataclass(frozen=True, slots=True)
class Layout:
    """How wide everything is, names at the left; `few`: with few words."""

    width: float = WIDTH
    left: float = LEFT
    few: bool = False

    @property
    def sizes(self) -> Sizes:
        """Return how large letters are, and how high what holds them."""
        return SLIDE if self.few else PAPER

    @property
    def inner(self) -> float:
        """Return how wide the axes are."""
        return self.width - self.left - RIGHT

    # -- heights ---------------------------------------------------------------------------------------------

    def total(self, marks: TimelineMarks) -> float:
        """Return how high the whole picture is."""
        return self.above(marks) + self.panels(marks) + self.below(marks)

    def above(self, marks: TimelineMarks) -> float:
        """Return how much stands over the panels."""
        lines = self.fault_lines(marks.verticals, self.beside_title(marks))
        if self.beside_title(marks):
            lines -= 1
        return (self.sizes.head if marks.title else self.sizes.bare) + self.sizes.faults * lines

    def below(self, marks: TimelineMarks) -> float:
        """Return how much stands under the panels: the axis and the legend."""
        legend = self.legend(marks)
        return self.sizes.foot + self.sizes.line_of_key * (legend[-1].line + 1 if legend else 0)

    def panels(self, marks: TimelineMarks) -> float:
        """Return how high all panels are."""
        return sum(self.heights(marks)) + self.sizes.gap * (len(marks.panels) - 1)

    def heights(self, marks: TimelineMarks) -> list[float]:
        """Return how high each panel is."""
        return [self.panel(panel, first=self.badged(marks, n)) for n, panel in enumerate(marks.panels)]

    def badged(self, marks: TimelineMarks, number: int) -> bool:
        """Tell whether a panel needs the numbers of faults: the first, and those where others happened."""
        happened = [[each.number for each in panel.verticals] for panel in marks.panels]
        return number == 0 or happened[number] != happened[0]

    def panel(self, panel: Panel, *, first: bool = True) -> float:
        """Return how high one panel is."""
        rows = self.sizes.lane * len(panel.lanes) + sum(map(self.strip, panel.strips))
        return self.heading_height(panel, first=first) + rows + self.sizes.end

    def strip(self, strip: Strip) -> float:
        """Return how high a curve is, with the line of words above it."""
        return self.sizes.strip + (self.sizes.note if self.noted(strip) else 0)

    def noted(self, strip: Strip) -> bool:
        """Tell whether words stand above a curve: with few words a client's stand in the heading only."""
        return strip.noted and not (self.few and strip.of_client and strip.looks[0] == "curve")

    def heading_height(self, panel: Panel, *, first: bool = True) -> float:
        """Return how high a panel's title is, with its outcome and its own list of what happened."""
        left, lines = self.heading(panel)
        below = len(lines) if left == 2 * INDENT else 0
        listed_ = self.sizes.faults * self.fault_lines(listed(panel.verticals)) if panel.listed else 0.0
        return self.sizes.band + self.sizes.line * below + listed_ + self.badges(panel, first=first)

    def badges(self, panel: Panel, *, first: bool) -> float:
        """Return how much room the numbers of faults have: with few words they stand once over all panels."""
        if self.few and not (panel.verticals and (first or panel.listed)):
            return self.sizes.end
        return self.sizes.badges

    # -- words -----------------------------------------------------------------------------------------------

    def heading(self, panel: Panel) -> tuple[float, list[str]]:
        """Return how far from the left (inches) a variant's outcome begins, and its lines.

        It stands beside the title where there is room for all of it, and else below.
        """
        points = self.sizes.heading_pt
        beside = 2 * INDENT + 0.3 + inches(self.title(panel), points, bold=True)
        if inches(panel.outcome, points, bold=True) <= self._room(beside):
            return beside, [panel.outcome] if panel.outcome else []
        return 2 * INDENT, wrapped(panel.outcome, self._room(2 * INDENT), points, bold=True)

    def title(self, panel: Panel) -> str:
        """Return a panel's title, as much of it as there is room for."""
        return fit(panel.title, self._room(2 * INDENT), self.sizes.heading_pt, bold=True)

    def _room(self, left: float) -> float:
        """Return the width that letters find; those that are drawn may be wider than their outlines."""
        return 0.97 * (self.width - RIGHT - left)

    def beside_title(self, marks: TimelineMarks) -> float:
        """Return how far from the left what happened begins beside the title: with few words; 0 = below."""
        if not (self.few and marks.title and marks.verticals):
            return 0.0
        begins = 2 * INDENT + _BETWEEN + inches(marks.title, self.sizes.picture_pt, bold=True)
        needs = max(0.2 + inches(each.words, self.sizes.lane_pt) for each in listed(marks.verticals)[:1])
        return begins if begins + needs <= self.width - RIGHT else 0.0

    def fault_places(self, verticals: Sequence[Vertical], begin: float = 0.0) -> list[tuple[int, float, str]]:
        """Return line, inches from the left, and words of each entry of what happened, none cut off.

        Parameters
        ----------
        begin
            Where the first line begins, if something stands before it.
        """
        places, line, x = [], 0, max(0.12, begin)
        for vertical in verticals:
            needs = (0.2 if vertical.number else 0.0) + inches(vertical.words, self.sizes.lane_pt)
            if x + needs > self.width - RIGHT and x > 0.12:
                line, x = line + 1, 0.12
            places.append((line, x, vertical.words))
            x += needs + _BETWEEN
        return places

    def fault_lines(self, verticals: Sequence[Vertical], begin: float = 0.0) -> int:
        """Return how many lines the entries of what happened take."""
        places = self.fault_places(verticals, begin)
        return places[-1][0] + 1 if places else 0

    def legend(self, marks: TimelineMarks) -> list[Entry]:
        """Return the legend; with few words only what is not written on a bar, and what is left out."""
        if not self.few:
            return entries(marks.used, self.width - 0.5)
        missing = (marks.used & self._seen(marks)) - self.written(marks)
        return entries(missing, self.width - 0.35, few=True, more=marks.left_out)

    def _seen(self, marks: TimelineMarks) -> set[tuple[str, str]]:
        """Return the looks (table, kind) that are wide enough somewhere for a look to be told."""
        found = {(table, kind) for table, kind in marks.used if table in ("curve", "session", "drift")}
        for panel in marks.panels:
            for span in (each for lane in panel.lanes for each in (*lane.wide, *lane.narrow)):
                if self._wide(span, marks.window) >= _SEEN:
                    found.add((span.table, span.kind))
        return found

    def _wide(self, span: Span, window: tuple[float, float]) -> float:
        """Return how many inches of a bar are in the picture."""
        start, end = window
        return (min(span.end, end) - max(span.start, start)) * self.inner / (end - start)

    def written(self, marks: TimelineMarks) -> set[tuple[str, str]]:
        """Return the looks (table, kind) whose words stand on a bar in each panel with them, or beside."""
        found = {(table, kind) for table, kind in marks.used if table == "curve"} - {("curve", "lost")}
        if not all(self.gap_told(strip, marks) for panel in marks.panels for strip in panel.strips):
            found -= {("curve", "outage")}
        # what has not begun yet looks alike above and below
        keyed = marks.used & self._seen(marks)
        found |= {("truth", kind) for kind in ("pending", "starting") if ("said", kind) in keyed}
        bars: set[tuple[str, str]] = set()
        silent: set[tuple[str, str]] = set()
        for panel in marks.panels:
            spans = [span for lane in panel.lanes for span in lane.wide]
            told = {(span.table, span.kind) for span in spans if self.bears(span, marks.window)}
            seen = {(each.table, each.kind) for each in spans if self._wide(each, marks.window) >= _SEEN}
            bars |= told
            silent |= seen - told
        # nor need what a pod waits for be told twice
        found |= {("said", kind) for table, kind in bars - silent if table == "truth" and kind in _ALIKE}
        return found | (bars - silent)

    def bears(self, span: Span, window: tuple[float, float]) -> bool:
        """Tell whether a bar has room for its word."""
        return bool(span.text) and self._wide(span, window) >= inches(span.text, self.sizes.bar_pt) + AROUND

    def gap_told(self, strip: Strip, marks: TimelineMarks) -> bool:
        """Tell whether an outage has room for what it is; so has one that is not there."""
        gap = strip.longest
        if gap is None:
            return True
        start, end = marks.window
        wide = (min(gap.end, end) - max(gap.start, start)) * self.inner / (end - start)
        return wide >= inches(gap.what, self.sizes.bar_pt, bold=True) + AROUND


def layout_of(marks: TimelineMarks, width: float, *, few: bool) -> Layout:
    """Return the layout of a picture of that width: the names take what they need, and no more than usual."""
    if not few and width >= WIDTH:
        return Layout(width)
    sizes = SLIDE if few else PAPER
    names = [(lane.label, lane.group == "pod") for panel in marks.panels for lane in panel.lanes]
    names += [(strip.label, True) for panel in marks.panels for strip in panel.strips]
    widest = max((inches(name, sizes.lane_pt, bold=bold) for name, bold in names), default=0.5)
    strips = [strip for panel in marks.panels for strip in panel.strips]
    units = [inches(strip.brief if few else strip.told, sizes.told_pt) for strip in strips]
    most = min(LEFT, (0.42 if few else 0.3) * width)
    return Layout(width, min(most, max([widest, *units]) * 1.03 + 3 * INDENT), few)

"""How the timeline is laid out, in inches: what each part needs, before any canvas."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from statesim.views.acts import listed
from statesim.views.legend import LINE, entries
from statesim.views.letters import inches, wrapped
from statesim.views.style import BAR_PT, LANE_PT, TITLE_PT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statesim.views.acts import Vertical
    from statesim.views.legend import Entry
    from statesim.views.marks import Panel, TimelineMarks
    from statesim.views.strips import Strip

WIDTH, LEFT, RIGHT = 16.0, 2.35, 0.3
HEAD, FAULTS, FOOT = 0.55, 0.36, 0.86
TITLE, BAND, LANE, STRIP, GAP = 0.55, 0.38, 0.36, 0.64, 0.24
NOTE = 0.24  # a line of words above a curve
AXIS = 0.42  # ticks and their labels
INDENT = 0.1


@dataclass(frozen=True, slots=True)
class Layout:
    """How wide everything is, names at the left; `few`: with few words."""

    width: float = WIDTH
    left: float = LEFT
    few: bool = False

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
        return (HEAD if marks.title else 0.2) + FAULTS * self.fault_lines(marks.verticals)

    def below(self, marks: TimelineMarks) -> float:
        """Return how much stands under the panels: the axis and the legend."""
        legend = self.legend(marks)
        lines = LINE * (legend[-1].line + 1 if legend else 0)
        return AXIS + lines + 0.08 if self.few else FOOT + lines

    def panels(self, marks: TimelineMarks) -> float:
        """Return how high all panels are."""
        return sum(self.panel(panel) for panel in marks.panels) + GAP * (len(marks.panels) - 1)

    def panel(self, panel: Panel) -> float:
        """Return how high one panel is."""
        return (
            self.heading_height(panel) + LANE * len(panel.lanes) + sum(map(self.strip, panel.strips)) + 0.06
        )

    def strip(self, strip: Strip) -> float:
        """Return how high a curve is, with the line of words above it."""
        return STRIP + (NOTE if self.noted(strip) else 0)

    def noted(self, strip: Strip) -> bool:
        """Tell whether words stand above a curve: with few words a client's stand in the heading only."""
        return strip.noted and not (self.few and strip.of_client and strip.looks[0] == "curve")

    def heading_height(self, panel: Panel) -> float:
        """Return how high a panel's title is, with its outcome and its own list of what happened."""
        left, lines = self.heading(panel)
        below = len(lines) if left == 2 * INDENT else 0
        listed_ = FAULTS * self.fault_lines(listed(panel.verticals)) if panel.listed else 0.0
        return TITLE + LANE * below + listed_

    # -- words -----------------------------------------------------------------------------------------------

    def heading(self, panel: Panel) -> tuple[float, list[str]]:
        """Return how far from the left (inches) a variant's outcome begins, and its lines.

        It stands beside the title where there is room for all of it, and else below.
        """
        beside = 2 * INDENT + 0.3 + inches(panel.title, TITLE_PT, bold=True)
        if inches(panel.outcome, TITLE_PT, bold=True) <= self._room(beside):
            return beside, [panel.outcome] if panel.outcome else []
        return 2 * INDENT, wrapped(panel.outcome, self._room(2 * INDENT), TITLE_PT, bold=True)

    def _room(self, left: float) -> float:
        """Return the width that letters find; those that are drawn may be wider than their outlines."""
        return 0.97 * (self.width - RIGHT - left)

    def fault_places(self, verticals: Sequence[Vertical]) -> list[tuple[int, float, str]]:
        """Return line, inches from the left, and words of each entry of what happened, none cut off."""
        places, line, x = [], 0, 0.12
        for vertical in verticals:
            needs = (0.2 if vertical.number else 0.0) + inches(vertical.words, LANE_PT)
            if x + needs > self.width - RIGHT and x > 0.12:
                line, x = line + 1, 0.12
            places.append((line, x, vertical.words))
            x += needs + 0.4
        return places

    def fault_lines(self, verticals: Sequence[Vertical]) -> int:
        """Return how many lines the entries of what happened take."""
        places = self.fault_places(verticals)
        return places[-1][0] + 1 if places else 0

    def legend(self, marks: TimelineMarks) -> list[Entry]:
        """Return the legend; with few words only what is not written on a bar, and what is left out."""
        if not self.few:
            return entries(marks.used, self.width - 0.5)
        return entries(
            marks.used - self.written(marks), self.width - 0.35, headings=False, more=marks.left_out
        )

    def written(self, marks: TimelineMarks) -> set[tuple[str, str]]:
        """Return the looks (table, kind) whose words stand on a bar, or above the picture."""
        start, end = marks.window
        scale = (end - start) / self.inner
        found = {(table, kind) for table, kind in marks.used if table == "curve"}
        # what has not begun yet looks alike above and below
        found |= {("truth", kind) for kind in ("pending", "starting") if ("said", kind) in marks.used}
        for span in (s for panel in marks.panels for lane in panel.lanes for s in lane.wide):
            wide = (min(span.end, end) - max(span.start, start)) / scale
            if span.text and wide >= inches(span.text, BAR_PT) + 0.2:
                found.add((span.table, span.kind))
        return found


def layout_of(marks: TimelineMarks, width: float, *, few: bool) -> Layout:
    """Return the layout of a picture of that width: the names take what they need, and no more than usual."""
    if not few and width >= WIDTH:
        return Layout(width)
    names = [(lane.label, lane.group == "pod") for panel in marks.panels for lane in panel.lanes]
    names += [(strip.label, True) for panel in marks.panels for strip in panel.strips]
    widest = max((inches(name, LANE_PT, bold=bold) for name, bold in names), default=0.5)
    units = [inches(strip.told, BAR_PT - 1) for panel in marks.panels for strip in panel.strips]
    most = min(LEFT, 0.3 * width)
    return Layout(width, min(most, max([widest, *units]) * 1.03 + 3 * INDENT), few)


# -- few words -----------------------------------------------------------------------------------------------

SMALL = 0.8  # of their size letters may have before a pod is left out
# what is left out first, and what it is called
_FIRST = {"volume": "disk", "drain": "drain", "act": "act", "node": "node"}
_GROUPS = {**_FIRST, "pod": "pod"}


def fitted(marks: TimelineMarks, width: float, height: float) -> TimelineMarks:
    """Return a picture that fits, if leaving out rows can make it fit: the least telling ones first."""
    fewest = marks
    for fewest in _fewer(marks):
        for size in (1.0,) if _has_others(fewest) else (1.0, SMALL):
            wide, high = width / size, height / size
            if layout_of(fewest, wide, few=True).total(fewest) <= high:
                return fewest
    return fewest


def _has_others(marks: TimelineMarks) -> bool:
    """Tell whether there are rows of anything but pods: they go before letters become smaller."""
    return any(lane.group in _FIRST for panel in marks.panels for lane in panel.lanes)


def _fewer(whole: TimelineMarks) -> Iterator[TimelineMarks]:
    """Yield the picture with ever fewer rows; it says what has been left out."""
    marks = whole
    if len(marks.panels) == 1:  # its heading is a title: who shows it says of what it is a variant
        only = marks.panels[0]
        named = only if only.title not in ("", "default", only.variant) else replace(only, title=marks.title)
        marks = replace(marks, title="", panels=(named,))
    yield marks
    for group in _FIRST:
        without = [replace(p, lanes=tuple(x for x in p.lanes if x.group != group)) for p in marks.panels]
        marks = replace(marks, panels=tuple(without))
        yield replace(marks, left_out=_left_out(whole, marks))
    while most := max(_rows(panel) for panel in marks.panels):
        marks = replace(marks, panels=tuple(_one_less(p) if _rows(p) == most else p for p in marks.panels))
        yield replace(marks, left_out=_left_out(whole, marks))


def _rows(panel: Panel) -> int:
    """Return how many rows could be left out: the first curve stays."""
    return len(panel.lanes) + len(panel.strips[1:])


def _one_less(panel: Panel) -> Panel:
    """Leave out the lane to which the least happens; where there are more curves than lanes, the last one."""
    if len(panel.strips) > max(1, len(panel.lanes)):
        return replace(panel, strips=panel.strips[:-1])
    pods = [lane for lane in panel.lanes if lane.group == "pod"]
    dullest = min(reversed(pods or panel.lanes), key=lambda lane: len(lane.wide) + len(lane.narrow))
    return replace(panel, lanes=tuple(lane for lane in panel.lanes if lane is not dullest))


def _left_out(whole: TimelineMarks, marks: TimelineMarks) -> str:
    """Return what is not shown, in words: the most that any panel lacks of each kind of row."""
    pairs = list(zip(whole.panels, marks.panels, strict=True))
    gone = {
        word: max(_count(before, group) - _count(now, group) for before, now in pairs)
        for group, word in _GROUPS.items()
    }
    gone["curve"] = max(len(before.strips) - len(now.strips) for before, now in pairs)
    told = [f"{count} {word}{'s' if count > 1 else ''}" for word, count in gone.items() if count]
    return f"not shown: {', '.join(told)}" if told else ""


def _count(panel: Panel, group: str) -> int:
    return sum(lane.group == group for lane in panel.lanes)

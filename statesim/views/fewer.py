"""What a slide has no room for: rows are left out, the least telling ones first, and named at the foot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from statesim.views.acts import in_all, numbered
from statesim.views.canvas import fitting
from statesim.views.letters import inches
from statesim.views.pages import ON_A_SLIDE
from statesim.views.sizes import SLIDE as SLIDE_SIZES
from statesim.views.speech import say, word
from statesim.views.style import SLIDE, THEMES, TRUTH, WITHOUT_PROGRAM
from statesim.views.timeline_layout import layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statesim.views.lanes import Lane
    from statesim.views.marks import Panel, TimelineMarks

LARGE, SMALL = 0.96, 0.9  # of their size letters may have before a pod is left out; a picture's at least
_SMALLEST = (
    0.86  # of several variants', before a pod is left out that changes: 24 points are 20 then at least
)
# what is left out first, and what several of it are called
_FIRST = {"volume": "disks", "drain": "drains", "act": "acts", "node": "nodes"}
_LAST = ("pods", "curves")
_TAKES_WRITES = ("primary", "serving")
_SETTLED = 0.1  # in this share of the time pods come up, where nothing else happens
_WHERE = ("{name} above", "{name} below")  # what is not shown in one panel, and is in the other


def fitted(marks: TimelineMarks, width: float, height: float) -> TimelineMarks:
    """Return a picture that fits, if leaving out rows can make it fit: the least telling ones first."""
    fewest = whole = _entitled(marks)
    for fewest, size in _fewer(whole):
        told = replace(fewest, left_out=left_out(whole, fewest, width / size))
        if layout_of(told, width / size, few=True).total(told) <= height / size:
            return told
    return replace(fewest, left_out=left_out(whole, fewest, width))


def crowded(marks: TimelineMarks) -> str:
    """Return why a slide of these runs cannot be read from the back row; empty if it can, or has but two."""
    theme = THEMES["slides"]
    height = theme.width * (theme.shape or 1)
    if len(marks.panels) <= ON_A_SLIDE:
        return ""
    told = fitted(marks, theme.width, height)

    def needs(width: float) -> float:
        return layout_of(told, width, few=True).total(told)

    zoom = fitting(theme.width, height, needs)
    points = SLIDE_SIZES.lane_pt * zoom * SLIDE / theme.width
    if zoom >= SMALL and "pod" not in told.left_out:
        return ""
    small = f"their letters have {points:.0f} points" if zoom < SMALL else ""
    why = "; ".join(each for each in (small, told.left_out) if each)
    return f"{len(marks.panels)} variants are too many for one slide: {why}"


def _entitled(marks: TimelineMarks) -> TimelineMarks:
    """Return a picture of one run with one title: who shows it says of what it is a variant."""
    if len(marks.panels) > 1:
        return marks
    only = marks.panels[0]
    named = only if only.title not in ("", "default", only.variant) else replace(only, title=marks.title)
    return replace(marks, title="", panels=(named,))


def _fewer(marks: TimelineMarks) -> Iterator[tuple[TimelineMarks, float]]:
    """Yield the picture with ever fewer rows, and how large its letters shall be at least."""
    yield marks, 1.0
    for group in _FIRST:
        without = [replace(p, lanes=tuple(x for x in p.lanes if x.group != group)) for p in marks.panels]
        marks = replace(marks, panels=tuple(without))
        yield marks, 1.0
    marks = _listed_once(marks)
    yield marks, LARGE
    if marks.verticals:  # what happened says what this is about
        marks = replace(marks, title="")
        yield marks, LARGE
    while (number := _longest(marks, still=True)) is not None:
        panel = marks.panels[number]
        marks = _without(marks, number, [lane for lane in panel.lanes if _still(panel, lane, marks)][-1])
        yield marks, LARGE
    yield marks, SMALL
    least = _SMALLEST if len(marks.panels) > 1 else SMALL
    yield marks, least
    while (number := _longest(marks, still=False)) is not None:
        marks = _one_less(marks, number)
        yield marks, least


def _listed_once(marks: TimelineMarks) -> TimelineMarks:
    """Return a picture that lists what happened once for all panels, with the same number in each."""
    every = {each.same: each for panel in marks.panels if panel.listed for each in panel.verticals}
    numbers = {each.same: each.number for each in numbered([every[same] for same in sorted(every)])}
    if not all(numbers.values()) or not every:
        return marks
    panels = tuple(
        replace(
            panel,
            listed=False,
            verticals=tuple(replace(each, number=numbers[each.same]) for each in panel.verticals),
        )
        for panel in marks.panels
    )
    listed = sorted(in_all([panel.verticals for panel in panels]), key=lambda each: each.number)
    return replace(marks, panels=panels, verticals=tuple(listed))


def _longest(marks: TimelineMarks, *, still: bool) -> int | None:
    """Return the panel with the most rows of those with one to leave out; `still`: one without a change."""
    rows = {
        number: len(panel.lanes) + len(panel.strips)
        for number, panel in enumerate(marks.panels)
        if (
            any(_still(panel, lane, marks) for lane in panel.lanes)
            if still
            else panel.lanes or panel.strips[1:]
        )
    }
    return max(rows, key=lambda number: (rows[number], number), default=None)


def _without(marks: TimelineMarks, number: int, lane: Lane) -> TimelineMarks:
    panel = marks.panels[number]
    less = replace(panel, lanes=tuple(each for each in panel.lanes if each is not lane))
    return replace(marks, panels=(*marks.panels[:number], less, *marks.panels[number + 1 :]))


def _one_less(marks: TimelineMarks, number: int) -> TimelineMarks:
    """Leave out the lane to which the least happens; where there are more curves than lanes, the last one."""
    panel = marks.panels[number]
    if len(panel.strips) > max(1, len(panel.lanes)):
        less = replace(panel, strips=panel.strips[:-1])
        return replace(marks, panels=(*marks.panels[:number], less, *marks.panels[number + 1 :]))
    pods = [lane for lane in panel.lanes if lane.group == "pod"]
    since, end = _since(panel, marks), marks.window[1]
    dullest = min(reversed(pods or panel.lanes), key=lambda lane: telling(lane, (since, end)))
    return _without(marks, number, dullest)


def telling(lane: Lane, window: tuple[float, float]) -> tuple[bool, int, int]:
    """Return how much a row tells: whether it comes to take writes; its real changes; those that are said."""
    start, end = window
    wide, narrow = ([span for span in row if start < span.start < end] for row in (lane.wide, lane.narrow))
    return any(span.kind in _TAKES_WRITES for span in wide), len(wide), len(narrow)


def _since(panel: Panel, marks: TimelineMarks) -> float:
    """Return when it begins (s) what the picture is about: what happened first, or pods that have come up."""
    start, end = marks.window
    return min((each.start for each in panel.verticals), default=start + (end - start) * _SETTLED)


def _still(panel: Panel, lane: Lane, marks: TimelineMarks) -> str:
    return all_along(lane, marks.window, since=_since(panel, marks))


def all_along(lane: Lane, window: tuple[float, float], *, since: float) -> str:
    """Return what a pod was from then (s) to the end of the window; empty if anything about it changed."""
    if lane.group != "pod":
        return ""
    end = window[1]
    last = [
        next((span for span in reversed(row) if span.start < end), None) for row in (lane.wide, lane.narrow)
    ]
    if any(span is None or span.start > since or span.end < end for span in last):
        return ""
    true, said = last
    known = (
        true is not None and said is not None and said.kind == "ready" and true.kind not in WITHOUT_PROGRAM
    )
    return TRUTH[true.kind].word if true is not None and known else ""


# -- what is not shown, in words -----------------------------------------------------------------------------


def left_out(whole: TimelineMarks, marks: TimelineMarks, width: float) -> str:
    """Return what is not shown: by name where that has room in a line, and else how many of a kind."""
    gone = _gone(whole, marks)
    if not any(gone.values()):
        return ""
    counted: set[str] = set()
    for group in (*_FIRST.values(), *_LAST):
        text = _words(gone, counted)
        if inches(text, layout_of(marks, width, few=True).sizes.legend_pt) <= width - 0.4:
            return text
        counted.add(group)
    return _words(gone, counted)


def _gone(whole: TimelineMarks, marks: TimelineMarks) -> dict[str, list[str]]:
    """Return the names of what is not shown, by kind, each once; pods with what they were all along."""
    gone: dict[str, list[str]] = {group: [] for group in (*_LAST, *_FIRST.values())}
    states: dict[str, set[str]] = {}  # of the pods of each name: what is said has to be so for all of them
    differ = _differing(whole)
    for number, (before, now) in enumerate(zip(whole.panels, marks.panels, strict=True)):
        shown = differ | {lane.label for each in marks.panels if each is not now for lane in each.lanes}
        for lane in (lane for lane in before.lanes if lane not in now.lanes):
            name = say(_WHERE[number > 0], name=lane.label) if lane.label in shown else lane.label
            gone[_FIRST.get(lane.group, "pods")].append(name)
            states.setdefault(name, set()).add(_still(before, lane, whole))
        curves = {strip.label for each in marks.panels if each is not now for strip in each.strips}
        for strip in before.strips[len(now.strips) :]:
            name = say(_WHERE[number > 0], name=strip.label) if strip.label in curves else strip.label
            gone["curves"].append(name)
    once = {group: list(dict.fromkeys(names)) for group, names in gone.items()}
    alike = {name: state for name, (state, *others) in states.items() if not others}
    return once | {"pods": _by_state(once["pods"], alike)}


def _differing(marks: TimelineMarks) -> set[str]:
    """Return the names of pods that are one thing all along in one panel, and not in another."""
    states: dict[str, set[str]] = {}
    for panel in marks.panels:
        for lane in panel.lanes:
            states.setdefault(lane.label, set()).add(_still(panel, lane, marks))
    return {name for name, found in states.items() if len(found) > 1}


def _by_state(names: Sequence[str], states: Mapping[str, str]) -> list[str]:
    """Return pods with what they were all along, said once for all that were the same.

    Those of which nothing is said come last: what stands in brackets is said of all names before it.
    """
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(states.get(name, ""), []).append(name)
    return [
        say("{names} ({state} all along)", names=say(", ").join(each), state=word(state))
        if state
        else say(", ").join(each)
        for state, each in sorted(alike.items(), key=lambda found: not found[0])
    ]


def _words(gone: dict[str, list[str]], counted: set[str]) -> str:
    told, comma = [], say(", ")
    for group, names in gone.items():
        kind, count = group.removesuffix("s"), sum(len(name.split(comma)) for name in names)
        if group in counted and count:
            told.append(say(f"{{count}} {kind}{{s}}", count=count))
        elif len(names) > 1 and group in _FIRST.values():
            prefix = say(f"{kind} {{name}}", name="")
            alone = comma.join(name.removeprefix(prefix) for name in names)
            told.append(say(f"{group} {{names}}", names=alone))
        else:
            told += names
    return say("not shown: {names}", names=comma.join(told))

"""A space-time diagram: a line for each machine, pod, system, Service, client; arrows from cause to effect.

After Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System" (Communications of the ACM
21:7, 1978): what matters is which event can have led to which, and not how much time lies between. So events
stand in their order, as far from each other as their words need, and the axis says when each was.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND
from statesim.views.lamport_words import AT_ONCE, BACK, told_events
from statesim.views.marks import title_of, window_of
from statesim.views.speech import say, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statesim.analysis.intervals import Interval
    from statesim.analysis.reading import Reading
    from statesim.views.lamport_words import Told

MOST, ON_A_SLIDE = 30, 12  # marks in one picture
_KINDS = ("fault", "node", "pod", "disk", "system", "service", "client")  # lines, from top to bottom
_ALONG = ("system", "node")  # lines along which arrows lead: a lease that expires leads to an election
_ENDS_US = SECOND  # so near, two ends are one where room is short
_TOGETHER_US = 15 * SECOND  # what a cause does again and again within that is one mark: ten sessions broken


@dataclass(frozen=True, slots=True)
class Mark:
    """One event, or several that are told as one.

    Attributes
    ----------
    line
        Its line, by number.
    words
        A few.
    level
        3: a fault, a takeover, an outage; 2: what follows at once; 1: what else there is.
    bad
        Something stops, ends or is lost.
    """

    t_us: int
    line: int
    words: str
    level: int
    bad: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its name, its kind, and what it was through time (a pod's role, a machine's state)."""

    name: str
    kind: str
    states: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class LamportMarks:
    """The picture: `arrows` lead from one mark to another, by number.

    Those that are called ``connects`` are sessions, and lead to a line: -1 is the first, -2 the second.
    Where not all has room, `follows` is the window (s) that has the rest.
    """

    title: str
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    arrows: tuple[tuple[int, int, str], ...]
    end: float
    note: str
    follows: tuple[int, int] | None = None


def lamport_marks(
    reading: Reading, window: tuple[float, float] | None = None, *, most: int = MOST
) -> LamportMarks:
    """Return what the space-time diagram of a run consists of.

    Parameters
    ----------
    window
        From and to (s); ``None`` = from the first fault on, or all if there is none.
    most
        How many marks there is room for.

    Raises
    ------
    ValueError
        If nothing in the window can be told.
    """
    return next(_marks_of(reading, window, (most,)))


def fewer(reading: Reading, window: tuple[float, float] | None = None) -> Iterator[LamportMarks]:
    """Yield what a space-time diagram consists of with ever less in it; see `lamport_marks`."""
    return _marks_of(reading, window, range(ON_A_SLIDE, 0, -1))


def _marks_of(
    reading: Reading, window: tuple[float, float] | None, mosts: Iterable[int]
) -> Iterator[LamportMarks]:
    shown = window_of([reading], window)
    faults = reading.record.faults
    begin = faults[0].start_us if faults and window is None else round(shown[0] * SECOND)
    found = [one for one in told_events(reading) if begin <= one.t_us <= round(shown[1] * SECOND)]
    if not found:
        raise ValueError(f"nothing that could be told happens from {shown[0]:g} s to {shown[1]:g} s")
    for most in mosts:
        yield _placed(reading, *_most_telling(found, reading, most))


# -- what is told as one -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Group:
    """Events that are one mark."""

    told: list[Told]
    cause: int | None  # the id of the shown event that led to the first of them

    @property
    def first(self) -> Told:
        return self.told[0]

    @property
    def words(self) -> str:
        best = max(self.told, key=lambda one: one.rank)
        if best.several and sum(one.alike for one in self.told) > 1:
            return say(best.several, count=sum(one.alike for one in self.told))
        return say(", ").join(dict.fromkeys(one.words for one in self.told if one.rank == best.rank))


def _grouped(found: Sequence[Told], reading: Reading, *, ends: bool = False) -> list[_Group]:
    """Put together what one cause does again on one line soon after, and what follows at once on one line.

    `ends`: outages that began as one mark and are over within a second end as one, too.
    """
    shown = {one.id for one in found}
    events = reading.record.events
    groups: list[_Group] = []
    of: dict[int, _Group] = {}
    latest: dict[tuple[str, str, str, int | None], _Group] = {}
    for one in found:
        cause = events[one.id].cause
        while cause is not None and cause not in shown:
            cause = events[cause].cause
        led = of.get(cause) if cause is not None else None
        alike_key = (*one.line, one.kind, None if one.kind.startswith(AT_ONCE) else cause)
        if ends and one.kind == BACK and led is not None:
            alike_key = (*one.line, one.kind, led.first.id)
        alike = latest.get(alike_key)
        if led is not None and led.first.line == one.line and led.told[-1].t_us == one.t_us:
            group = led
        elif alike is not None and one.kind and one.t_us - alike.told[-1].t_us <= _together_us(one):
            group = alike
        else:
            group = _Group([], cause)
            groups.append(group)
        group.told.append(one)
        of[one.id] = latest[alike_key] = group
    return groups


def _together_us(one: Told) -> int:
    """Return how long after others like it something is told as one with them."""
    if one.kind == BACK:
        return _ENDS_US
    return 0 if one.kind.startswith(AT_ONCE) else _TOGETHER_US


def _one_each(groups: Sequence[_Group]) -> list[_Group]:
    """Leave out what tells a line only what it was told before."""
    last: dict[tuple[str, str], str] = {}
    kept = []
    for group in groups:
        line, words = group.first.line, group.words
        if last.get(line) != words or group.first.level == 3:
            kept.append(group)
        last[line] = words
    return kept


def _most_telling(
    found: Sequence[Told], reading: Reading, most: int
) -> tuple[list[_Group], str, tuple[int, int] | None]:
    """Return what has room, what is said of the rest, and when the rest is: what matters least goes first."""
    everything = _one_each(_grouped(found, reading))
    chosen = everything
    for least in (2, 3):
        if len(chosen) > most:
            chosen = _one_each(_grouped([one for one in found if one.level >= least], reading, ends=True))
    less = len(everything) - len(chosen)
    note = say("{count} lesser events are not shown.", count=less) if less else ""
    follows = None
    if len(chosen) > most:
        end = ceil(reading.record.duration_us / SECOND)
        when = min(chosen[most].first.t_us // SECOND, end - 1)  # a window that begins at the end has nothing
        note, follows = say("The first {most} of {count} events.", most=most, count=len(chosen)), (when, end)
    return chosen[:most], note, follows


# -- lines and arrows ----------------------------------------------------------------------------------------


def _placed(
    reading: Reading, groups: Sequence[_Group], note: str, follows: tuple[int, int] | None
) -> LamportMarks:
    keys = dict.fromkeys(group.first.line for group in groups)
    for group in groups:  # whom a client connects with has a line, too
        keys |= {("pod", one.to): None for one in group.told if one.to}
    ordered = sorted(keys, key=lambda key: (_KINDS.index(key[0]), *_natural(key[1])))
    number = {key: index for index, key in enumerate(ordered)}
    marks: list[Mark] = []
    arrows: list[tuple[int, int, str]] = []
    place: dict[int, int] = {}  # id of an event -> number of its mark
    for group in groups:
        index = len(marks)
        line = number[group.first.line]
        level = max(one.level for one in group.told)
        bad = any(one.bad for one in group.told)
        marks.append(Mark(group.first.t_us, line, group.words, level, bad))
        for one in group.told:
            place[one.id] = index
        cause = place.get(group.cause) if group.cause is not None else None
        if cause is not None and (
            marks[cause].line != line
            or (ordered[line][0] in _ALONG and all(m.line != line for m in marks[cause + 1 : index]))
        ):
            arrows.append((cause, index, "cause"))
    for index, group in enumerate(groups):
        pods = dict.fromkeys(one.to for one in group.told if one.to)
        arrows += [(index, -1 - number["pod", pod], "connects") for pod in pods]
    lines = tuple(_line(reading, kind, name) for kind, name in ordered)
    end = reading.record.duration_s
    title = reading.record.title
    titled = title not in ("", "default")
    title = reading.record.title_in(spoken()) if titled else title_of([reading])
    return LamportMarks(title, lines, tuple(marks), tuple(arrows), end, note, follows)


def _natural(name: str) -> tuple[str, int]:
    """Return a key by which pg-10 stands after pg-9."""
    base, _, ordinal = name.rpartition("-")
    return (base, int(ordinal)) if ordinal.isdecimal() else (name, -1)


def _line(reading: Reading, kind: str, name: str) -> Line:
    tracks = reading.tracks
    if kind == "pod" and name in tracks.pods:
        return Line(name, kind, tracks.pods[name].truth)
    if kind == "node" and name in tracks.nodes:
        return Line(say("node {name}", name=name), kind, tracks.nodes[name].truth)
    said = {
        "system": "lease of {name}",
        "service": "Service {name}",
        "disk": "disk {name}",
        "fault": "what is done",
    }
    if kind == "system" and not any(e.event == "LeaseExpired" for e in reading.record.events):
        return Line(say("system {name}", name=name), kind)
    return Line(say(said[kind], name=name) if kind in said else name, kind)

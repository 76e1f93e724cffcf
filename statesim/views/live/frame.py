"""What is on the screen at an instant of a run: worked out of its record, and of nothing else.

A row of a pod has two halves that must not be mixed up: kubectl's words, from the objects that the API server
held at that instant, and what is really so, folded from the trace.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from statesim.analysis.instants import instant
from statesim.analysis.intervals import ABSENT
from statesim.analysis.objects import apply
from statesim.analysis.sentences import sentence
from statesim.analysis.states import ClusterFold
from statesim.analysis.why import causes
from statesim.views.kubectl.pod_rows import pod_row
from statesim.views.kubectl.words import NONE
from statesim.views.live.strip import Strip, shown, strips
from statesim.views.replay.levels import FAULT, NOTABLE, level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statesim.analysis.reading import Reading
    from statesim.analysis.record import FaultSpan
    from statesim.analysis.states import PodState
    from statesim.cluster.wire.journal import ObjectChange
    from statesim.kernel.trace import TraceEvent
    from statesim.views.live.strip import Shown

T = TypeVar("T", "TraceEvent", "ObjectChange")

_GLYPHS = {
    "starting": "◌",
    "recovering": "◌",
    "stopped": "✗",
    "dead": "✗",
    "broken": "!",
    "frozen": "‖",
    "twice": "‼",
    ABSENT: " ",
}
_MACHINES = {"crashed": "machine down", "paused": "machine paused", "cut-off": "cut off"}
_OF_PODS = ("Pod", "Container", "Process", "Member")


class PodLine(NamedTuple):
    """One row of the table.

    Attributes
    ----------
    cells
        NAME, READY, STATUS, RESTARTS, AGE, NODE, as kubectl prints them.
    really
        A glyph and words: what the program is.
    wrong
        Whether kubectl's row looks well and the program is not, or there is no row for what runs.
    settled
        Whether there is nothing to see: it is ready, and is so.
    """

    cells: tuple[str, ...]
    really: str
    wrong: bool
    settled: bool


class News(NamedTuple):
    """A notable event as a line; `fault` marks faults, and what clients feel."""

    t_us: int
    text: str
    fault: bool


class Frame(NamedTuple):
    """Everything that is shown of a variant at an instant.

    Attributes
    ----------
    going
        Labels of the faults that have struck and are not over.
    news
        The newest notable events, the newest last.
    why
        How it came to the newest of them; empty if it has no cause.
    struck
        When faults have struck up to now (µs): marks of the bar below.
    """

    title: str
    t_us: int
    duration_us: int
    pods: tuple[PodLine, ...]
    strips: tuple[Shown, ...]
    going: tuple[str, ...]
    news: tuple[News, ...]
    why: str
    struck: tuple[int, ...]


class _Ahead(Generic[T]):
    """What comes in order of time, read once: a long run keeps it packed, and looking a row up is dear."""

    def __init__(self, rows: Iterable[T]) -> None:
        self._rows: Iterator[T] = iter(rows)
        self._next: T | None = next(self._rows, None)

    def until(self, t_us: int) -> Iterator[T]:
        """Yield what has not been read yet and happened up to an instant."""
        while self._next is not None and self._next.t_us <= t_us:
            row, self._next = self._next, next(self._rows, None)
            yield row


class Scene:
    """One variant, ready to be shown at any instant; forwards it is cheap.

    Frames depend on the instant alone, not on what was asked for before.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        record = reading.record
        self.title = record.title or record.variant
        self.duration_us = record.duration_us
        self.events = record.events
        self.notable = [event for event in record.events if level(event) >= NOTABLE]
        self._notable_us = [event.t_us for event in self.notable]
        self._by_id = {event.id: event for event in record.events}
        self._strips: list[Strip] = strips(reading)
        self._rewind()

    def _rewind(self) -> None:
        self._cluster = ClusterFold()
        self._documents: dict[str, Any] = {}
        self._events, self._changes = _Ahead(self.events), _Ahead(self.reading.record.objects)
        self._pods_ever: set[str] = set()  # that Kubernetes has had: others are none of its business
        self._t_us = -1

    def advance(self, t_us: int) -> set[str]:
        """Be at an instant; return the pods that something has happened to on the way there."""
        if t_us < self._t_us:
            self._rewind()
        self._t_us = t_us
        touched: set[str] = set()
        for event in self._events.until(t_us):
            self._cluster.take(event)
            touched |= self._touched(event)
        for change in self._changes.until(t_us):
            apply(self._documents, change)
            if change.object.startswith("Pod/"):
                touched.add(change.object[4:])
                self._pods_ever.add(change.object[4:])
        return touched

    def _touched(self, event: TraceEvent) -> set[str]:
        kind, _, name = event.object.partition("/")
        if kind in _OF_PODS:
            return {name}
        if kind == "Node":
            pods = self._cluster.objects.pods.values()
            return {pod.name for pod in pods if name in (pod.nodes.label, *pod.places.values())}
        return set()

    def pod_lines(self, names: Iterable[str] | None = None) -> dict[str, PodLine]:
        """Return the rows of pods, or of some, at the instant where this is; by pod, or pod and program."""
        wanted = self._cluster.objects.pods if names is None else sorted(names)
        return {key: self._line(state) for name in wanted for key, state in self._cluster.pods(name).items()}

    def _line(self, state: PodState) -> PodLine:
        document = None if state.api == ABSENT else self._documents.get(f"Pod/{state.name}")
        cells: tuple[str, ...]
        if document is None:
            cells = (state.name, "-", "-", "-", "-", state.node or NONE)
        else:
            row = pod_row(document, self._t_us)
            cells = (*row[:5], row[6])
        node = self._cluster.objects.nodes.get(state.node)
        machine = "" if node is None else _MACHINES.get(node.truth.state, "")
        works = state.truth not in _GLYPHS
        unseen = works and state.api == ABSENT and state.name in self._pods_ever
        said = _says_ready(cells)
        words = _really(state, machine, unseen=unseen)
        return PodLine(cells, words, (said and not works) or unseen, said and works and not machine)

    def news_until(self, t_us: int, most: int) -> tuple[News, ...]:
        """Return the newest notable events up to an instant, the newest last."""
        end = bisect_right(self._notable_us, t_us)
        return tuple(news(event) for event in self.notable[max(0, end - most) : end])

    def why(self, t_us: int) -> str:
        """Return how it came to the newest notable event: the root cause, and what came last before it."""
        end = bisect_right(self._notable_us, t_us)
        if not end:
            return ""
        *before, _ = causes(self._by_id, self.notable[end - 1])
        if not before:
            return ""
        between = len(before) - 2
        told = [_at(before[0])]
        if between > 0:
            told.append(f"{between} steps" if between > 1 else "1 step")
        if before[1:]:
            told.append(_at(before[-1]))
        return " → ".join(told)

    def frame(self, t_us: int, *, most_news: int = 12, strip_width: int = 60) -> Frame:
        """Return what is shown at an instant."""
        self.advance(t_us)
        struck = [fault for fault in self.reading.faults if fault.start_us <= t_us]
        return Frame(
            self.title,
            t_us,
            self.duration_us,
            tuple(self.pod_lines().values()),
            tuple(shown(strip, t_us, strip_width) for strip in self._strips),
            tuple(fault.label for fault in struck if _goes_on(fault, t_us)),
            self.news_until(t_us, most_news),
            self.why(t_us),
            tuple(fault.start_us for fault in struck),
        )


def news(event: TraceEvent) -> News:
    """Return an event as a line."""
    return News(event.t_us, sentence(event), level(event) >= FAULT)


def _at(event: TraceEvent) -> str:
    bare = event._replace(fields={k: v for k, v in event.fields.items() if k != "why"})
    return f"{instant(event.t_us)} {sentence(bare)}"


def _goes_on(fault: FaultSpan, t_us: int) -> bool:
    return fault.end_us is not None and t_us < fault.end_us


def _says_ready(cells: tuple[str, ...]) -> bool:
    """Tell whether whoever reads kubectl's row takes the pod for one that works."""
    ready, _, of = cells[1].partition("/")
    return ready == of and cells[2] == "Running"


def _really(state: PodState, machine: str, *, unseen: bool) -> str:
    """Return what a program is, in words behind a glyph."""
    glyph, words = _GLYPHS.get(state.truth, "●"), state.truth
    if state.truth == ABSENT:
        words = "no program yet"
    elif state.truth == "twice":
        words = "two programs run"
    elif state.truth == "frozen":
        words = f"frozen {state.program.role}".rstrip()
    elif state.truth == "dead" and state.program.how and not machine:
        words = f"dead ({state.program.how})"
    if machine == _MACHINES["cut-off"] and glyph == "●":
        glyph = "⊘"
    return f"{glyph} {', '.join(each for each in (words, machine, 'no pod' if unseen else '') if each)}"

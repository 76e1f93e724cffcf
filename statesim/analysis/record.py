"""The record of one run: what every function of analysis and every view is computed from.

A live run hands over its own lists; a directory is read when somebody first looks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, overload

from statesim.analysis.act_words import act_words
from statesim.analysis.chapters import read_chapters
from statesim.analysis.drift import read_drift
from statesim.analysis.objects import read_objects
from statesim.analysis.translations import read_translations
from statesim.errors import StatesimError
from statesim.kernel.spans import SECOND
from statesim.kernel.trace import TraceEvent
from statesim.kernel.trace import read as read_trace
from statesim.scenario.units import UnitError, format_duration, parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from statesim.analysis.chapters import Chapter
    from statesim.analysis.drift import Moved
    from statesim.cluster.wire.journal import ObjectChange

T = TypeVar("T")
FINAL = "final"
# how the error of an operation begins that was served, though what it asked for does not hold
NOT_DONE = "not done: "
# and of one that a server has rolled back, as another transaction was in its way: PostgreSQL's 40001 and
# 40P01, MySQL's 1213 (3101 is also what those are told whose server leaves its group, and so a failure)
ABORTED = ("could not serialize access", "deadlock detected", "ERROR 1213")
# fields of a run's first event that every view may want
CARRIED = ("kubernetes", "scenario_title", "description", "look_for")


class Operation(NamedTuple):
    """One row of the history: an operation that begins or ends.

    A live run gives plain tuples of the same shape, so that hot loops take rows apart by position.

    Attributes
    ----------
    t_us
        When, in microseconds.
    process
        The session's number; ``final`` for the judge.
    client
        Whose session it is.
    type
        ``invoke``, ``ok`` (it happened), ``fail`` (it surely did not) or ``info`` (nobody knows).
    f
        ``write``, ``read``, ``request`` or ``final``.
    value
        The element; ``[element, there]`` for an answered read; all elements for ``final``.
    error
        Why, on ``fail`` and ``info``; else empty.
    """

    t_us: int
    process: int | str
    client: str
    type: str
    f: str
    value: Any
    error: str = ""


class FaultSpan(NamedTuple):
    """One fault or operator action: when it struck and when it ended (``None`` = at once, or never).

    `away_from`: from whom a network partition without a label cuts off.
    """

    name: str
    do: str
    label: str
    targets: tuple[str, ...]
    start_us: int
    end_us: int | None
    away_from: str = ""


class Lazy(Sequence[T]):
    """A sequence that is read from its file when somebody first looks at it."""

    __slots__ = ("_load", "_rows")

    def __init__(self, load: Callable[[], Sequence[T]]) -> None:
        self._load = load
        self._rows: Sequence[T] | None = None

    @property
    def rows(self) -> Sequence[T]:
        """Return what was read."""
        if self._rows is None:
            self._rows = self._load()
        return self._rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self.rows[index]

    def __iter__(self) -> Any:
        return iter(self.rows)


@dataclass(frozen=True, eq=False)
class RunRecord:
    """One variant of a scenario, run once.

    Attributes
    ----------
    variant, title
        The variant's name and how a person calls it.
    scenario
        The scenario's name.
    seed
        Which chance it was.
    duration_us
        How long it ran, in microseconds of simulated time.
    events
        The trace, in order; an event's id is its position.
    history
        The clients' operations, in order of time; empty where nothing was recorded one by one.
    metadata
        Anything else that should stand in a report (the scenario's title, the Kubernetes version).
    objects
        Every API write, in order, as documents and their changes.
    drift
        What each container had that its image has not, whenever that had changed.
    chapters
        How the scenario divides the story of the run; the same in all its variants.
    translations
        For each other language (``zh``) what the scenario's titles and labels are called in it, by those.
    """

    variant: str
    title: str
    scenario: str
    seed: int
    duration_us: int
    events: Sequence[TraceEvent]
    history: Sequence[Operation] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    objects: Sequence[ObjectChange] = ()
    drift: Sequence[Moved] = ()
    chapters: Sequence[Chapter] = ()
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def said(self, text: str, language: str) -> str:
        """Return a title or a label of the scenario in a language; itself where it is not told in that."""
        return self.translations.get(language, {}).get(text, text)

    def title_in(self, language: str) -> str:
        """Return the variant's title in a language, in English where it is not told in that."""
        return self.said(self.title, language)

    @property
    def duration_s(self) -> float:
        """Return how long it ran, in seconds."""
        return self.duration_us / SECOND

    def instant(self, at: float | str | None) -> int:
        """Return an instant of the run in microseconds; its end if none is given.

        Parameters
        ----------
        at
            Seconds since the start, or a duration: ``84``, ``"84s"``, ``"6m45s"``.

        Raises
        ------
        StatesimError
            If it is no duration, or the run is over by then.
        """
        if at is None:
            return self.duration_us
        try:
            at_us = parse_duration(float(at) if isinstance(at, Real) else at)
        except UnitError as error:
            raise StatesimError(f"{error}{f' ({error.hint})' if error.hint else ''}") from error
        if at_us > self.duration_us:
            end = format_duration(self.duration_us)
            raise StatesimError(f"{self.title or self.variant}: the run ends at {end}")
        return at_us

    @property
    def faults(self) -> tuple[FaultSpan, ...]:
        """Return the faults and operator actions that took place, in order of their starts."""
        return fault_spans(self.events)

    def label_in(self, fault: FaultSpan, language: str) -> str:
        """Return what a fault is called in a language: its label there, or what was done and to whom."""
        said = self.said(fault.label, language)
        if language == "en" or said != fault.label:
            return said
        if fault.label == described(fault.do, fault.targets, None, away_from=fault.away_from):
            return described(fault.do, fault.targets, None, language, away_from=fault.away_from)
        return f"{act_words(fault.do, '', language)} {fault.label}"

    @property
    def refused(self) -> tuple[FaultSpan, ...]:
        """Return the actions that the API server refused, or that had no target."""
        return skipped_spans(self.events)

    @classmethod
    def read(cls, directory: Path) -> RunRecord:
        """Read the run that lies in `directory`; its events and its history when they are first used.

        Raises
        ------
        StatesimError
            If there is no trace in it, or the trace does not begin with ``Run/… Started``.
        """
        path = directory / "trace.jsonl"
        if not path.is_file():
            raise StatesimError(f"{directory}: no trace.jsonl here; was it written by `statesim run --out`?")
        with path.open("rb") as file:
            first = file.readline()
            file.seek(max(0, path.stat().st_size - 4096))
            last = file.read().splitlines()[-1:]
        start = json.loads(first) if first else {}
        if not str(start.get("object", "")).startswith("Run/") or start.get("event") != "Started":
            raise StatesimError(f"{path}:1: a trace begins with Run/<variant> Started")
        variant = str(start["object"])[4:]
        duration = round(float(start["duration_s"]) * SECOND)
        if last and b'"event": "Ended"' in last[0] and b'"object": "Run/' in last[0]:
            duration = round(json.loads(last[0])["t"] * SECOND)
        extra = CARRIED
        return cls(
            variant=variant,
            title=str(start.get("title", variant)),
            scenario=str(start["scenario"]),
            seed=int(start["seed"]),
            duration_us=duration,
            events=Lazy(lambda: read_trace(path)),
            history=Lazy(lambda: read_history(directory / "history.jsonl")),
            metadata={name: start[name] for name in extra if name in start},
            objects=Lazy(lambda: read_objects(directory / "objects.jsonl")),
            drift=Lazy(lambda: read_drift(directory / "drift.jsonl")),
            chapters=Lazy(lambda: read_chapters(directory / "chapters.jsonl")),
            translations=read_translations(directory / "translations.json"),
        )


def read_history(path: Path) -> list[Operation]:
    """Read a ``history.jsonl`` back; an absent file is an empty history."""
    if not path.is_file():
        return []
    rows = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            rows.append(
                Operation(
                    round(row["t"] * SECOND),
                    row["process"],
                    row["client"],
                    row["type"],
                    row["f"],
                    row["value"],
                    row.get("error", ""),
                )
            )
    return rows


def fault_spans(events: Sequence[TraceEvent]) -> tuple[FaultSpan, ...]:
    """Return the faults that took place, in order of their starts; those that were skipped did not."""
    found: dict[str, FaultSpan] = {}
    for event in events:
        if not event.object.startswith("Fault/"):
            continue
        name = event.object[6:]
        if event.event == "Started":
            fields = event.fields
            do = str(fields.get("do", name.partition("-")[2] or name))
            targets = tuple(str(target) for target in fields.get("targets") or ())
            away = str(fields.get("from", ""))
            label = str(fields.get("label") or described(do, targets, fields.get("on"), away_from=away))
            found[name] = FaultSpan(name, do, label, targets, event.t_us, None, away)
        elif event.event == "Ended" and name in found:
            found[name] = found[name]._replace(end_us=event.t_us)
        elif event.event == "Skipped":
            found.pop(name, None)
    return tuple(found.values())


def skipped_spans(events: Sequence[TraceEvent]) -> tuple[FaultSpan, ...]:
    """Return the faults and actions that could not be done, as `fault_spans` does those that were."""
    skipped = {event.object for event in events if event.event == "Skipped"}
    return tuple(
        span._replace(label=f"{span.label}: refused")
        for span in fault_spans([e for e in events if e.object in skipped and e.event == "Started"])
    )


def described(
    do: str, targets: tuple[str, ...], on: object, language: str = "en", *, away_from: str = ""
) -> str:
    """Return what a fault or an action is called that has no label: what was done, and to whom."""
    where = ", ".join(target.partition("/")[2] for target in targets[:2]) or ("" if on is None else str(on))
    others = f" 等 {len(targets)} 个" if language == "zh" else f" and {len(targets) - 2} more"
    whom = f"{where}{others if len(targets) > 2 else ''}"
    return act_words(do, whom, language, away_from=away_from)

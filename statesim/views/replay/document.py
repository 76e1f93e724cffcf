"""A run with its variants as one document: what happened, reduced to what a page must know to play it.

The format is described in ``docs/reference/replay.md``. The page knows nothing of what events mean: that is
in the changes, the sentences and the levels, all worked out here by the functions that every picture uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.change_volumes import made_with
from statesim.analysis.changes import changes
from statesim.analysis.outcome import outcome, severity
from statesim.analysis.sentences import Told, told
from statesim.errors import StatesimError
from statesim.scenario.words import did_you_mean
from statesim.views.replay.chapters import chapters
from statesim.views.replay.levels import level
from statesim.views.replay.pack import Strings, deltas
from statesim.views.replay.steps import drift, traffic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.analysis.changes import Actor, Changes
    from statesim.analysis.reading import Reading
    from statesim.kernel.trace import TraceEvent

FORMAT = "statesim-replay/2"
CHINESE = "zh"
_SEVERITY = {"good": "good", "hurt": "warn", "bad": "bad"}
_OF_CLIENTS = (
    *("operation", "acked", "failed", "unknown", "lost"),
    *("unavailable_s", "longest_outage_s", "availability", "sessions_broken"),
)
_OF_SYSTEMS = ("failovers", "rto_s", "rpo_s", "no_primary_s", "dual_primary_s", "primaries_max")


def document(
    readings: Sequence[Reading], metrics: Mapping[str, Any], variants: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the document of a run.

    Parameters
    ----------
    readings
        The variants, in order.
    metrics
        The document of ``metrics.json`` for them.
    variants
        Names of those that shall be in it; all if empty.

    Raises
    ------
    StatesimError
        If one of these is not there.
    """
    known = [reading.record.variant for reading in readings]
    for name in (name for name in variants if name not in known):
        hint = did_you_mean(name, known)
        raise StatesimError(f"there is no variant {name!r}{f'; {hint}' if hint else ''}")
    chosen = [reading for reading in readings if not variants or reading.record.variant in variants]
    first = chosen[0].record
    about = first.metadata
    title = str(about.get("scenario_title", first.scenario))
    return {
        "format": FORMAT,
        "scenario": {
            "name": first.scenario,
            "title": title,
            "title_zh": _other(title, first.said(title, CHINESE)),
            "description": str(about.get("description", "")),
            "look_for": [str(line) for line in about.get("look_for", ())],
            "seed": first.seed,
            "duration_us": max(reading.record.duration_us for reading in chosen),
            "kubernetes": str(about.get("kubernetes", "")),
            "version": str(metrics["version"]),
        },
        "chapters": chapters(chosen),
        "variants": [variant(each, metrics["variants"][each.record.variant]) for each in chosen],
    }


def variant(reading: Reading, measured: Mapping[str, Any]) -> dict[str, Any]:
    """Return one variant's part of the document."""
    record, strings, sentences = reading.record, Strings(), _Sentences(reading.record.translations)
    found = changes(record.events, made_with(record))
    places = {key: place for place, key in enumerate(found.actors)}
    parts = {
        "events": _events(record.events, strings, sentences),
        "about": {
            str(strings.place(part)): places[key] for part, key in found.about.items() if key in places
        },
        "objects": [_actor(actor) for actor in found.actors.values()],
        "changes": _changes(found, places, strings),
    }
    return {
        "name": record.variant,
        "title": record.title or record.variant,
        "title_zh": _other(record.title, record.title_in(CHINESE)),
        "duration_us": record.duration_us,
        "headline": outcome(measured),
        "headline_zh": outcome(measured, CHINESE),
        "severity": _SEVERITY[severity(measured)],
        "strings": list(strings),
        "templates": {"en": list(sentences.english), CHINESE: sentences.chinese},
        "words": {CHINESE: sentences.words},
        **parts,
        "traffic": traffic(reading),
        "drift": drift(reading),
        "outages": _outages(reading),
        "faults": _faults(reading),
        "metrics": _few(measured),
    }


class _Sentences:
    """Templates of sentences in both languages, and the Chinese for what stands in them and is no name."""

    def __init__(self, translations: Mapping[str, Mapping[str, str]]) -> None:
        self._labels = translations.get(CHINESE, {})
        self._said: set[tuple[str, ...]] = set()
        self.english = Strings()
        self.chinese = [""]
        self.words: dict[str, dict[str, str]] = {}

    def place(self, event: TraceEvent, found: Told, strings: Strings) -> tuple[int, list[int], int]:
        """Return the places of an event's template, of its fields, and of its reason."""
        place = self.english.place(found.template)
        fields = [strings.place(said) for said in found.fields.values()]
        why = strings.place(found.why)
        known = (found.template, *found.fields.values(), found.why)
        if known not in self._said:
            self._said.add(known)
            chinese = told(event, CHINESE, self._labels)
            if place == len(self.chinese):
                self.chinese.append(chinese.template)
            where = {**dict(zip(found.fields, fields, strict=True)), "why": why}
            for name, said in ({**chinese.fields, "why": chinese.why}).items():
                if said != (found.why if name == "why" else found.fields[name]):
                    self.words.setdefault(name, {})[str(where[name])] = said
        return place, fields, why


def _events(events: Sequence[TraceEvent], strings: Strings, sentences: _Sentences) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {
        name: [] for name in ("object", "event", "cause", "template", "fields", "why", "level")
    }
    for event in events:
        columns["object"].append(strings.place(event.object))
        columns["event"].append(strings.place(event.event))
        columns["cause"].append(0 if event.cause is None else event.id - event.cause)
        template, fields, why = sentences.place(event, told(event), strings)
        columns["template"].append(template)
        columns["fields"] += fields
        columns["why"].append(why)
        columns["level"].append(level(event))
    return {"t_us": deltas(event.t_us for event in events), **columns}


def _other(english: str, said: str) -> str | None:
    """Return what something is called in another language, ``None`` if it has no other name there."""
    return None if said == english else said


def _actor(actor: Actor) -> dict[str, Any]:
    return {
        "key": actor.key,
        "kind": actor.kind,
        "name": actor.name,
        "parent": actor.parent or None,
        **actor.more,
    }


def _changes(found: Changes, places: Mapping[str, int], strings: Strings) -> dict[str, list[int]]:
    """Return the changes; when each was is the time of its event."""
    rows = found.rows
    return {
        "event": deltas(row.event for row in rows),
        "object": [places[row.object] for row in rows],
        "attribute": [strings.place(row.attribute) for row in rows],
        "value": [strings.place(row.value) for row in rows],
    }


def _outages(reading: Reading) -> list[dict[str, Any]]:
    kinds = {
        name: dict.fromkeys([*client.kinds, *reading.traffic.get(name, ())])
        for name, client in reading.clients.items()
    }
    return [
        {"client": name, "f": f, "start_us": each.start_us, "end_us": each.end_us, "open": each.open}
        for name, client_kinds in kinds.items()
        for f in client_kinds
        for each in reading.outages(name, f)
    ]


def _faults(reading: Reading) -> list[dict[str, Any]]:
    began = {
        event.object[6:]: event.id
        for event in reading.record.events
        if event.event == "Started" and event.object.startswith("Fault/")
    }
    return [
        {
            "start_us": fault.start_us,
            "end_us": fault.end_us,
            "label": fault.label,
            "label_zh": _other(fault.label, reading.record.label_in(fault, CHINESE)),
            "do": fault.do,
            "targets": list(fault.targets),
            "event": began[fault.name],
        }
        for fault in reading.faults
    ]


def _few(measured: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metrics that stand beside a replay, by the names that expectations give them."""
    wanted = {"clients": _OF_CLIENTS, "systems": _OF_SYSTEMS}
    return {
        f"{group}.{name}.{metric}": values[metric]
        for group, metrics in wanted.items()
        for name, values in measured[group].items()
        for metric in metrics
        if metric in values
    }

"""A run with its variants as one document: what happened, reduced to what a page must know to play it.

The format is described in ``docs/reference/replay.md``. The page knows nothing of what events mean: that is
in the changes, the sentences and the levels, all worked out here by the functions that every picture uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.change_volumes import made_with
from statesim.analysis.changes import changes
from statesim.analysis.outcome import outcome, severity
from statesim.analysis.sentences import told
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
    return {
        "format": FORMAT,
        "scenario": {
            "name": first.scenario,
            "title": str(about.get("scenario_title", first.scenario)),
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
    record, strings, templates = reading.record, Strings(), Strings()
    found = changes(record.events, made_with(record))
    places = {key: place for place, key in enumerate(found.actors)}
    parts = {
        "events": _events(record.events, strings, templates),
        "about": {
            str(strings.place(part)): places[key] for part, key in found.about.items() if key in places
        },
        "objects": [_actor(actor) for actor in found.actors.values()],
        "changes": _changes(found, places, strings),
    }
    return {
        "name": record.variant,
        "title": record.title or record.variant,
        "duration_us": record.duration_us,
        "headline": outcome(measured),
        "severity": _SEVERITY[severity(measured)],
        "strings": list(strings),
        "templates": {"en": list(templates)},
        **parts,
        "traffic": traffic(reading),
        "drift": drift(reading),
        "outages": _outages(reading),
        "faults": _faults(reading),
        "metrics": _few(measured),
    }


def _events(events: Sequence[TraceEvent], strings: Strings, templates: Strings) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {
        name: [] for name in ("object", "event", "cause", "template", "fields", "why", "level")
    }
    for event in events:
        template, fields, why = told(event)
        columns["object"].append(strings.place(event.object))
        columns["event"].append(strings.place(event.event))
        columns["cause"].append(0 if event.cause is None else event.id - event.cause)
        columns["template"].append(templates.place(template))
        columns["fields"] += [strings.place(said) for said in fields.values()]
        columns["why"].append(strings.place(why))
        columns["level"].append(level(event))
    return {"t_us": deltas(event.t_us for event in events), **columns}


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

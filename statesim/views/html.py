"""The report: one HTML file that needs no network, reads in light and dark, and prints."""

from __future__ import annotations

import re
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from statesim.analysis.as_written import as_written, left_out
from statesim.analysis.look_for import applicable
from statesim.analysis.outcome import outcome, severity
from statesim.analysis.reading import Reading
from statesim.analysis.sentences import sentence
from statesim.views.axis import time_label
from statesim.views.letters import NO_BREAK, glued
from statesim.views.replay.document import document
from statesim.views.replay.pack import base64
from statesim.views.replay.page import LANG, inline
from statesim.views.speech import duration, say, speaking, spoken, word
from statesim.views.tables import (
    COLUMNS,
    LEGEND,
    expectation_lines,
    expected_of_another,
    finding_lines,
    has_outages,
    look_for_heading,
    summary_rows,
)
from statesim.views.telling import is_telling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statesim.analysis.record import RunRecord
    from statesim.kernel.trace import TraceEvent

MOST_HIGHLIGHTS = 60
# more events than these make a page slow to open, and its run slow to write
MOST_EVENTS = 100_000
# characters that the replay and the timeline may have together, so that the report can be sent by mail
ROOM = 1_350_000
_ONE_LOST = (
    "{writes:,} write was acknowledged to {client} at {first:.3f} s, and is not in the data that survived"
)
_SOME_LOST = (
    "{writes:,} writes were acknowledged to {client} between {first:.3f} s and {last:.3f} s, "
    "and are not in the data that survived"
)
_STYLE = """
:root { color-scheme: light dark; --ink: #16191c; --paper: #ffffff; --band: #f1f4f7; --line: #c9ced4;
  --good: #00714f; --hurt: #8a5a00; --bad: #b34700; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f2f4; --paper: #15181b; --band: #20252a;
  --line: #4a5158; --good: #4fd6ab; --hurt: #f0c060; --bad: #ff9a5c; } }
body { font: 17px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 78rem; padding: 0 1.2rem; }
h1 { font-size: 1.9rem; margin-bottom: .2rem; } h2 { margin-top: 2.2rem; font-size: 1.35rem; }
.table { overflow-x: auto; font-size: .92rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .4rem; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, th:last-child, td:last-child { text-align: left; }
thead th { background: var(--band); }
:lang(zh) th, :lang(zh) td:not(:last-child) { word-break: keep-all; }
.good { color: var(--good); } .hurt { color: var(--hurt); } .bad { color: var(--bad); }
.good, .hurt, .bad { font-weight: 600; }
.picture { background: #ffffff; border-radius: .4rem; padding: .4rem; overflow-x: auto; }
code { font-size: .9em; background: var(--band); padding: 0 .2em; overflow-wrap: anywhere; }
.picture svg, .picture img { width: 100%; height: auto; min-width: 46rem; }
ol.events { list-style: none; padding: 0; } ol.events li { display: flex; gap: 1rem; padding: .1rem 0; }
ol.events time { min-width: 5.5rem; text-align: right; font-variant-numeric: tabular-nums; opacity: .75; }
ol.events li.fault { font-weight: 700; } footer { margin-top: 3rem; opacity: .7; font-size: .9rem; }
#statesim-stage[data-inline] { height: min(92vh, 54rem); }
@media print { .replay { display: none; }
  body { max-width: none; margin: 0; font-size: 11pt; } .picture { break-inside: avoid; }
  h2 { break-after: avoid; } details { display: block; } }
"""


def report(
    records: Sequence[RunRecord | Reading],
    metrics: Mapping[str, Any],
    svg: str,
    *,
    png: Callable[[], bytes] | None = None,
    title: str = "",
    most_events: int = MOST_EVENTS,
    language: str = "en",
) -> str:
    """Return the report as one HTML document.

    Parameters
    ----------
    records
        The variants, in order.
    metrics
        The document of ``metrics.json`` for them.
    svg
        The timeline's SVG, to stand inline; empty = without a picture.
    png
        Makes the same picture in pixels, for a report that would be too large with the SVG.
    title
        How a person calls the scenario; else its name stands there.
    most_events
        Of a run with more of them there is no replay in it.
    language
        ``en`` or ``zh``: of all words but names, and of the replay when it opens.
    """
    readings = [run if isinstance(run, Reading) else Reading(run) for run in records]
    with speaking(language):
        return _report(readings, metrics, svg, png, title, most_events)


def _report(
    readings: Sequence[Reading],
    metrics: Mapping[str, Any],
    svg: str,
    png: Callable[[], bytes] | None,
    title: str,
    most_events: int,
) -> str:
    """Return the report in the language that is spoken."""
    first = readings[0].record
    name = title or str(first.metadata.get("scenario_title", first.scenario))
    name = first.said(name, spoken())
    titles = {reading.record.variant: reading.record.title_in(spoken()) for reading in readings}
    replay = _replay(readings, metrics, most_events)
    parts = [
        f'<!doctype html>\n<html lang="{LANG[spoken()]}">\n<head><meta charset="utf-8">'
        f"<title>{escape(name)}</title>",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{_STYLE}</style></head>\n<body><main>",
        f"<h1>{escape(name)}</h1><p>{_which(first)}</p>",
        _description(first),
        # on a narrow screen it is scrolled, also by whoever has but a keyboard
        f'<div class="table" tabindex="0" role="group" aria-label="{word("Summary")}">'
        f"{summary_table(metrics, titles)}</div>",
        replay,
        _picture(svg, png, len(replay)),
        _look_for(first, metrics),
        _expectations(metrics),
        *(_variant(reading, metrics["variants"][reading.record.variant]) for reading in readings),
        f"<footer>statesim {escape(str(metrics['version']))}</footer>\n</main></body>\n</html>\n",
    ]
    return "\n".join(part for part in parts if part)


class Summary:
    """The table of a run as a notebook shows it, in one language.

    Parameters
    ----------
    metrics
        The document of ``metrics.json``.
    records
        The runs, which know how variants are called in that language.
    language
        ``en`` or ``zh``.
    """

    def __init__(self, metrics: Mapping[str, Any], records: Sequence[RunRecord], language: str) -> None:
        with speaking(language):
            titles = {each.variant: each.title_in(language) for each in records}
            self._html = summary_table(metrics, titles, inline=True)
            rows = summary_rows(metrics, titles)
        self._text = "\n".join(f"{title}: {cells[-1]}" for title, _, cells in rows)

    def _repr_html_(self) -> str:
        return self._html

    def __repr__(self) -> str:
        return self._text


def _which(first: RunRecord) -> str:
    """Return which run it is."""
    return say(
        "Scenario {scenario}, seed {seed}, {time} of simulated time.",
        scenario=f"<code>{escape(first.scenario)}</code>",
        seed=first.seed,
        time=duration(first.duration_s),
    )


def summary_table(
    metrics: Mapping[str, Any], titles: Mapping[str, str] = MappingProxyType({}), *, inline: bool = False
) -> str:
    """Return one row for each variant; with `inline`, colours that need no style sheet.

    Parameters
    ----------
    titles
        How variants are called, by name, where that is not as the metrics say.
    """
    colours = {"good": "#00805c", "hurt": "#9a6700", "bad": "#c04d00"}
    head = "".join(f"<th>{escape(word(column))}</th>" for column in ("variant", *COLUMNS))
    rows = []
    for title, level, cells in summary_rows(metrics, titles):
        *numbers, happened = (escape(glued(cell, NO_BREAK)) for cell in cells)
        how = f'style="color:{colours[level]};font-weight:600"' if inline else f'class="{level}"'
        body = "".join(f"<td>{number}</td>" for number in numbers)
        rows.append(f"<tr><td>{escape(title)}</td>{body}<td {how}>{happened}</td></tr>")
    legend = f"<p><small>{escape(word(LEGEND))}</small></p>" if has_outages(metrics) else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{legend}"


def _prose(text: str) -> str:
    """Return a sentence of a scenario's author as HTML: what stands between backticks is typed or printed."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _description(record: RunRecord) -> str:
    told = record.said(str(record.metadata.get("description", "")), spoken())
    paragraphs = told.split("\n\n")
    return "".join(f"<p>{_prose(told)}</p>" for told in paragraphs if told.strip())


def _look_for(record: RunRecord, metrics: Mapping[str, Any]) -> str:
    told = map(str, record.metadata.get("look_for", ()))
    there = applicable(told, metrics["variants"], left_out(metrics))
    lines = "".join(f"<li>{_prose(record.said(told, spoken()))}</li>" for told in there)
    return f"<h2>{escape(look_for_heading(metrics))}</h2><ul>{lines}</ul>" if lines else ""


def _replay(readings: Sequence[Reading], metrics: Mapping[str, Any], most: int) -> str:
    """Return the replay, in a box of its own; how to get one where a page would be slow with it."""
    count = sum(len(reading.record.events) for reading in readings)
    if count > most:
        how = "<code>statesim replay</code>"
        told = say("{count:,} events: {command} makes a page that plays them.", count=count, command=how)
        return f"<p>{told}</p>"
    opens = None if spoken() == "en" else spoken()
    stage = inline(document(readings, metrics), opens)
    return f'<section class="replay"><h2>{word("Replay")}</h2>{stage}</section>'


def _picture(svg: str, png: Callable[[], bytes] | None, others: int) -> str:
    """Return the timeline: as lines if `others` characters leave room for them, else as pixels."""
    if not svg:
        return ""
    if png is not None and len(svg) + others > ROOM:
        alt = word("The timeline: what happened to each pod, node and volume, and what clients were answered")
        image = f'<img alt="{alt}" src="data:image/png;base64,{base64(png())}">'
    else:
        image = _inline(svg)
    return f'<div class="picture">{image}</div>'


def _inline(svg: str) -> str:
    """Return an SVG without what may only stand at the head of a file of its own."""
    start = svg.find("<svg")
    return svg[start:] if start >= 0 else svg


def _expectations(metrics: Mapping[str, Any]) -> str:
    failed = "bad" if as_written(metrics) else "hurt"
    lines = [
        f'<li class="{"good" if passed else failed}">{mark} {escape(line)}</li>'
        for mark, line, passed in expectation_lines(metrics)
    ]
    lines += [f'<li class="bad">{escape(line)}</li>' for line in finding_lines(metrics)]
    if not lines:
        return ""
    why = f"<p>{escape(told)}</p>" if (told := expected_of_another(metrics)) else ""
    return f"<h2>{word('Expectations and findings')}</h2>{why}<ul>{''.join(lines)}</ul>"


def _variant(reading: Reading, measured: Mapping[str, Any]) -> str:
    record, language = reading.record, spoken()
    labels = record.translations.get(language)
    told, more = highlights(record.events), _left_out(record.events)
    events = "".join(
        f"<li{_kind(event)}><time>{_clock(event, record.duration_s)}</time>"
        f"<span>{escape(sentence(event, language, labels))}</span></li>"
        for event in told
    )
    if more:
        events += f"<li><time></time><span>{say('and {more:,} more up to the end', more=more)}</span></li>"
    words = [*lost_text(reading), *(drain.told(language) for drain in reading.drains)]
    lost = "".join(f"<p>{escape(text)}</p>" for text in words)
    return (
        f"<section><h2>{escape(record.title_in(language))}</h2>"
        f'<p class="{severity(measured)}">{escape(glued(outcome(measured, language), NO_BREAK))}</p>{lost}'
        f"<details open><summary>{word('What happened')}</summary>"
        f'<ol class="events">{events}</ol></details></section>'
    )


def _kind(event: TraceEvent) -> str:
    return ' class="fault"' if event.object.startswith("Fault/") else ""


def _clock(event: TraceEvent, duration: float) -> str:
    if duration > 7200:
        return time_label(event.t, duration)
    whole = int(event.t)
    return f"{whole // 60}:{whole % 60:02d}{event.t - whole:.3f}".replace("0.", ".", 1)


def _left_out(events: Sequence[TraceEvent]) -> int:
    """Return how many events worth telling find no place."""
    return max(0, len(_telling(events)) - MOST_HIGHLIGHTS)


def highlights(events: Sequence[TraceEvent]) -> list[TraceEvent]:
    """Return the events worth telling: from the first fault on, the telling kinds, at most sixty of them.

    Refusals that are alike are one, with their number and the time of the last.
    """
    return _telling(events)[:MOST_HIGHLIGHTS]


def _telling(events: Sequence[TraceEvent]) -> list[TraceEvent]:
    start = next((event.t_us for event in events if event.object.startswith("Fault/")), 0)
    told = [event for event in events if event.t_us >= start and is_telling(event)]
    return _once(told)


def _once(events: Sequence[TraceEvent]) -> list[TraceEvent]:
    """Tell refusals that are alike once, where the first of them was."""
    alike: dict[tuple[str, str, str], list[TraceEvent]] = {}
    for event in events:
        if event.event == "Refused":
            key = (event.object, str(event.fields.get("pod", "")), str(event.fields.get("why", "")))
            alike.setdefault(key, []).append(event)
    merged: dict[int, TraceEvent] = {}
    for first, *more in alike.values():
        counted = {"times": f"{len(more) + 1:,}", "until_s": more[-1].t} if more else {}
        merged[first.id] = first._replace(fields={**first.fields, **counted})
    return [merged.get(event.id, event) for event in events if event.event != "Refused" or event.id in merged]


def lost_text(reading: Reading) -> list[str]:
    """Return for each client what it lost and when those writes had been acknowledged."""
    told = []
    for name, client in reading.clients.items():
        times = reading.lost_at(name)
        if not times:
            continue
        fields = {"writes": len(times), "client": name, "first": times[0] / 1e6, "last": times[-1] / 1e6}
        what = say(_ONE_LOST if len(times) == 1 else _SOME_LOST, **fields)
        which = say(": {elements}", elements=_some(client.lost)) if client.lost else ""
        told.append(f"{what}{which}{word('.')}")
    return told


def _some(elements: Sequence[Any]) -> str:
    shown = word(", ").join(str(element) for element in elements[:8])
    return say("elements {shown} and others" if len(elements) > 8 else "elements {shown}", shown=shown)

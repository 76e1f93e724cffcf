"""Chapters of a replay: those of the scenario, else made of what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.analysis.outcome import VERBS, duration_text
from statesim.analysis.phrases import LANGUAGES
from statesim.analysis.words_zh import FILLED
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.reading import Reading

MOST_FAULTS = 24
MOST_RECOVERIES = 12


def chapters(readings: Sequence[Reading]) -> list[dict[str, Any]]:
    """Return the chapters of a run with its variants, in order of time."""
    told = readings[0].record.chapters
    if told:
        return [chapter._asdict() for chapter in told]
    found = [_chapter(0, "Before anything happens", "开始")]
    struck = {
        (fault.start_us, fault.label): reading.record.label_in(fault, "zh")
        for reading in readings
        for fault in reading.faults
    }
    found += [_chapter(t_us, label, zh) for (t_us, label), zh in sorted(struck.items())[:MOST_FAULTS]]
    found += _noticed(readings)
    end = max(reading.record.duration_us for reading in readings)
    found.append(_chapter(end, "The end", "结束"))
    return sorted(found, key=lambda chapter: chapter["t_us"])


def _noticed(readings: Sequence[Reading]) -> list[dict[str, Any]]:
    """Return when clients first noticed something, in any variant, and when each of them was served again."""
    noticed = [
        (event.t_us, event.object[7:], str(event.fields.get("f")))
        for reading in readings
        for event in reading.record.events
        if event.event == "Outage" and event.object.startswith("Client/")
    ]
    found = []
    if noticed:
        t_us, client, f = min(noticed)
        english = f"Clients notice: no {VERBS.get(f, 'operations')} any more ({client})"
        found.append(_chapter(t_us, english, f"客户端察觉：{FILLED.get(f, '操作')}中断（{client}）"))
    over = [
        (outages[0].end_us, outages[0].length_us, client, reading.record.title, reading.record.title_in("zh"))
        for reading in readings
        for client in reading.clients
        if (outages := reading.main_outages(client)) and not outages[0].open
    ]
    for t_us, length_us, client, title, title_zh in sorted(over)[:MOST_RECOVERIES]:
        length, length_zh = (duration_text(length_us / SECOND, language) for language in LANGUAGES)
        where, where_zh = (f" ({title})", f"（{title_zh}）") if len(readings) > 1 else ("", "")
        english = f"Served again after {length}: {client}{where}"
        found.append(_chapter(t_us, english, f"中断 {length_zh}后恢复服务：{client}{where_zh}"))
    return found


def _chapter(t_us: int, title: str, title_zh: str | None) -> dict[str, Any]:
    return {"t_us": t_us, "title": title, "title_zh": title_zh, "notes": "", "notes_zh": None}

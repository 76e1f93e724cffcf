"""Chapters of a replay: those of the scenario, else made of what happens."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from statesim.analysis.outcome import VERBS, duration_text
from statesim.analysis.phrases import LANGUAGES
from statesim.analysis.words_zh import FILLED
from statesim.kernel.spans import SECOND
from statesim.views.replay.spread import Moment, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.reading import Reading

MOST_FAULTS = 24
MOST_RECOVERIES = 12


def chapters(readings: Sequence[Reading]) -> list[dict[str, Any]]:
    """Return the chapters of a run with its variants, in order of time.

    Who goes to a chapter of the scenario is shown the variants that it tells of (`show`). One that is made of
    what happens is there while one of the variants is shown in which it does (`of`); empty: in all. Whose it
    is the page tells by their letters.
    """
    told = readings[0].record.chapters
    if told:
        return [{**chapter._asdict(), "show": list(chapter.show), "of": []} for chapter in told]
    end = max(reading.record.duration_us for reading in readings)
    found = [_chapter(0, "Before anything happens", "开始")]
    found += _first_noticed(readings)
    for moments, most in ((_struck(readings), MOST_FAULTS), (_recovered(readings), MOST_RECOVERIES)):
        found += [
            _chapter(each.t_us, each.title, each.title_zh, each.of) for each in spread(moments, end, most)
        ]
    found.append(_chapter(end, "The end", "结束"))
    return sorted(found, key=lambda chapter: chapter["t_us"])


def _struck(readings: Sequence[Reading]) -> list[Moment]:
    """Return all variants' faults: as grave as the longest outage under way before the next one."""
    gravity: dict[tuple[int, str], int] = {}
    zh: dict[tuple[int, str], str] = {}
    where: dict[tuple[int, str], list[Reading]] = {}
    for reading in readings:
        outages = [each for client in reading.clients for each in reading.main_outages(client)]
        starts = sorted({fault.start_us for fault in reading.faults})
        until = dict(pairwise([*starts, reading.record.duration_us + 1]))
        for fault in reading.faults:
            key = (fault.start_us, fault.label)
            after = (
                each.length_us
                for each in outages
                if each.start_us < until[fault.start_us] and each.end_us >= fault.start_us
            )
            gravity[key] = max(gravity.get(key, 0), *after, 0)
            zh[key] = reading.record.label_in(fault, "zh")
            if reading not in where.setdefault(key, []):
                where[key].append(reading)
    return [Moment(key[0], gravity[key], key[1], zh[key], _names(where[key], readings)) for key in where]


def _names(some: Sequence[Reading], readings: Sequence[Reading]) -> tuple[str, ...]:
    """Return the names of the variants that something happens in; none where it is all of them."""
    return () if len(some) == len(readings) else tuple(reading.record.variant for reading in some)


def _first_noticed(readings: Sequence[Reading]) -> list[dict[str, Any]]:
    """Return when clients first noticed something, in any variant."""
    noticed = [
        (event.t_us, event.object[7:], str(event.fields.get("f")), at)
        for at, reading in enumerate(readings)
        for event in reading.record.events
        if event.event == "Outage" and event.object.startswith("Client/")
    ]
    if not noticed:
        return []
    first = t_us, client, f = min(noticed)[:3]
    of = _names([reading for at, reading in enumerate(readings) if (*first, at) in noticed], readings)
    english = f"Clients notice: no {VERBS.get(f, 'operations')} of {client} any more"
    return [_chapter(t_us, english, f"客户端察觉：{client} 的{FILLED.get(f, '操作')}中断", of)]


def _recovered(readings: Sequence[Reading]) -> list[Moment]:
    """Return when clients were served again, in each variant: as grave as the outage that was over then."""
    found = []
    for reading in readings:
        names = _names([reading], readings)
        for client in reading.clients:
            for outage in reading.main_outages(client):
                if outage.open:
                    continue
                length, length_zh = (duration_text(outage.length_us / SECOND, each) for each in LANGUAGES)
                english = f"Served again after {length}: {client}"
                chinese = f"中断 {length_zh}后恢复服务：{client}"
                found.append(Moment(outage.end_us, outage.length_us, english, chinese, names))
    return found


def _chapter(t_us: int, title: str, title_zh: str | None, of: Sequence[str] = ()) -> dict[str, Any]:
    told = {"t_us": t_us, "title": title, "title_zh": title_zh, "notes": "", "notes_zh": None}
    return {**told, "show": [], "of": list(of)}

"""A frame as lines of text for a terminal: words and glyphs tell everything, colour only helps."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from statesim.analysis.instants import instant
from statesim.analysis.outcome import duration_text
from statesim.kernel.spans import SECOND
from statesim.views.axis import time_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statesim.views.live.frame import Frame, News, PodLine
    from statesim.views.live.strip import Shown

WIDE = 140  # from here on clients stand beside the pods
ONE = 80  # so wide is a variant at least where several stand side by side
_HEADS = ("NAME", "READY", "STATUS", "RESTARTS", "AGE", "NODE")
_LEAST = (8, 5, 9, 8, 5, 5)
_REALLY = "REALLY"
_INDENT = 13  # of what goes on in the next line: below the sentence, not below its time
_LEGEND = "≠ not as Kubernetes says  ✗ dead  ‖ stands still  ⊘ cut off  ◌ starts  ● works"


def strip_width(width: int) -> int:
    """Return how many characters of a strip fit."""
    return (width - _left_width(width) - 3 if width >= WIDE else width) - 10


def _left_width(width: int) -> int:
    return max(78, width // 2)


def drawn(frame: Frame, width: int, height: int) -> list[Text]:
    """Return the lines of one variant, exactly `height` of them."""
    head, foot = [_head(frame, width), Text()], _foot(frame, width)
    room = height - len(head) - len(foot)
    if width >= WIDE:
        left_width = _left_width(width)
        right = _clients(frame.strips, width - left_width - 3)[: max(1, room * 2 // 3)]
        pods = _pods(frame.pods, left_width, max(3, min(room * 2 // 3, room - 5)))
        top = _beside(pods, right, left_width)
    else:
        clients = _clients(frame.strips, width)[: max(4, room // 3)]
        pods = _pods(frame.pods, width, max(3, room - len(clients) - 6))
        top = [*pods, Text(), *clients]
    news = [Text(), *_news(frame, width, max(1, room - len(top) - 1))]
    body = [*top, *news][:room]
    lines = [*head, *body, *(Text() for _ in range(room - len(body))), *foot][:height]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines


def abreast(blocks: Sequence[Sequence[Text]], width: int) -> list[Text]:
    """Return the lines of several variants side by side, each in its share of the width."""
    joined = list(blocks[0])
    each = width // len(blocks)
    for place, block in enumerate(blocks[1:], 1):
        joined = _beside(joined, block, place * each - 3)
    return joined


def _beside(left: Sequence[Text], right: Sequence[Text], width: int) -> list[Text]:
    lines = []
    for place in range(max(len(left), len(right))):
        line = left[place].copy() if place < len(left) else Text()
        line.truncate(width, overflow="ellipsis", pad=True)
        line.append(" │ ", "dim")
        lines.append(line + right[place] if place < len(right) else line)
    return lines


def _head(frame: Frame, width: int) -> Text:
    end = frame.duration_us
    clock = f"{time_label(_whole(frame), end / SECOND)} of {time_label(end / SECOND, end / SECOND)}"
    title = Text(frame.title, "bold")
    title.truncate(max(1, width - len(clock) - 2), overflow="ellipsis", pad=True)
    return title + Text(f"  {clock}", "bold")


def _whole(frame: Frame) -> float:
    """Return the time as it is shown: in whole seconds while there is no long run of days."""
    return float(frame.t_us // SECOND) if frame.t_us < frame.duration_us else frame.duration_us / SECOND


def _pods(pods: Sequence[PodLine], width: int, room: int) -> list[Text]:
    """Return the table: of too many pods those of which there is something to see."""
    shown = _chosen(pods, room - 2) if len(pods) > room - 1 else list(pods)
    rows = [_plain(pod.cells) for pod in shown]
    widths = [
        max(cell_len(head), least, *(cell_len(row[column]) for row in rows))
        for column, (head, least) in enumerate(zip(_HEADS, _LEAST, strict=True))
    ] if rows else list(map(max, _LEAST, map(len, _HEADS)))  # fmt: skip
    _narrow(widths, width)
    lines = [Text(f"{_joined(_HEADS, widths)}   {_REALLY}", "bold dim")]
    for pod, row in zip(shown, rows, strict=True):
        mark = "≠" if pod.wrong else " "
        line = Text(_joined(row, widths))
        line.append(
            f" {mark} {pod.really}", "bold red" if pod.wrong else "green" if pod.settled else "yellow"
        )
        lines.append(line)
    if len(shown) < len(pods):
        others = [pod for pod in pods if pod not in shown]
        quiet = "ready" if all(pod.settled for pod in others) else "some of them not ready"
        lines.append(Text(f"… and {len(others)} more pods, {quiet}", "dim"))
    if not pods:
        lines.append(Text("no pods yet", "dim"))
    return lines


def _chosen(pods: Sequence[PodLine], room: int) -> list[PodLine]:
    ranked = sorted(range(len(pods)), key=lambda place: (not pods[place].wrong, pods[place].settled, place))
    return [pods[place] for place in sorted(ranked[: max(1, room)])]


def _plain(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a row without how long ago the last restart was: the news say that."""
    name, ready, status, restarts, *others = cells
    return (name, ready, status, restarts.partition(" ")[0], *others)


def _narrow(widths: list[int], width: int) -> None:
    """Make names shorter, and then states, until something is left for what is really so."""
    spare = width - sum(widths) - len(widths) - 27
    for column, least in ((0, 12), (2, 11)):
        if spare < 0:
            cut = min(-spare, max(0, widths[column] - least))
            widths[column] -= cut
            spare += cut


def _joined(cells: Iterable[str], widths: Sequence[int]) -> str:
    return " ".join(
        _cell(cell, width, 0 if place else 6)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )


def _cell(cell: str, width: int, end: int) -> str:
    """Return a cell in its width; a name keeps so much of its end, which tells it from the others."""
    if cell_len(cell) > width:
        cell = f"{cell[: width - end - 1]}…{cell[len(cell) - end :]}"
    return cell + " " * (width - cell_len(cell))


def _clients(strips: Sequence[Shown], width: int) -> list[Text]:
    lines: list[Text] = []
    for strip in strips:
        a_step = "/s" if strip.step_us == SECOND else f" in {duration_text(strip.step_us / SECOND)}"
        told = Text(f"{strip.client}  ", "bold")
        if strip.out:
            told.append(_out(strip.out), "bold red")
        else:
            told.append("● served" if strip.rate else "· asks for nothing", "green" if strip.rate else "dim")
        counted = f"  {strip.rate} {strip.unit}{a_step} answered, {strip.failing} failed"
        told.append(counted, "none")
        lines.append(told)
        lines.append(Text("answered  ").append(strip.answered, "green"))
        lines.append(Text("failed    ").append(strip.failed, "bold red"))
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines


def _short(us: int) -> str:
    whole = us // SECOND
    return f"{whole} s" if whole < 60 else duration_text(whole)


def _out(kinds: Sequence[tuple[str, int]]) -> str:
    """Return what does not succeed, in words: colour is not enough."""
    return "✗ OUTAGE: " + ", ".join(f"no {f} for {_short(for_us)}" for f, for_us in kinds)


def _news(frame: Frame, width: int, room: int) -> list[Text]:
    """Return the newest of what happened, below it why the last of it did."""
    if not frame.news:
        return []
    *before, last = (_news_line(each, frame.t_us) for each in frame.news)
    newest = _lines_of(last, _INDENT, width, room)
    why = Text(f"why: {frame.why}" if frame.why else "", "italic")
    reason = _lines_of(why, 5, width, room - len(newest)) if why else []
    left = room - len(newest) - len(reason)
    return [*(before[-left:] if left else []), *newest, *reason]


def _lines_of(text: Text, indent: int, width: int, room: int) -> list[Text]:
    """Return a text in as many lines as there is room for, from its beginning on."""
    folded = _folded(text.plain, indent, width)
    return [Text(line, text.style) for line in folded] if len(folded) <= room else [text][:room]


def _folded(text: str, indent: int, width: int) -> list[str]:
    """Return a text in two lines where one is too short."""
    if cell_len(text) <= width:
        return [text]
    return wrap(text, width, subsequent_indent=" " * indent, max_lines=2, placeholder=" …")


def _news_line(each: News, now_us: int) -> Text:
    style = "bold" if each.fault else "none"
    mark = "▼" if each.fault else " "
    fresh = now_us - each.t_us < 2 * SECOND
    return Text(
        f"{mark} {instant(each.t_us, SECOND // 10):>9}  {each.text}", style if fresh else f"{style} dim"
    )


def _foot(frame: Frame, width: int) -> list[Text]:
    bar = ["─"] * (width - 2)
    place = _place(frame.t_us, frame, len(bar))
    bar[: place + 1] = ["━"] * (place + 1)
    bar[place] = "●"
    for t_us in frame.struck:
        bar[_place(t_us, frame, len(bar))] = "▼"
    going = f"goes on: {', '.join(frame.going)}" if frame.going else ""
    return [
        Text(going or _LEGEND, "bold red" if going else "dim"),
        Text("├" + "".join(bar) + "┤", "cyan"),
    ]


def _place(t_us: int, frame: Frame, width: int) -> int:
    return min(width - 1, t_us * width // max(1, frame.duration_us))

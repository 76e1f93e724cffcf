"""What a run leaves in a directory: traces, histories, metrics, pictures, the report; whole or not at all.

Each file is written under another name first and renamed when it is complete.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from statesim.analysis.chapters import chapter_lines
from statesim.analysis.drift import drift_lines
from statesim.analysis.record import RunRecord
from statesim.analysis.translations import translations_text
from statesim.errors import StatesimError
from statesim.kernel.trace import lines
from statesim.scenario.units import format_duration
from statesim.views.marks import timeline_marks
from statesim.views.pages import pages
from statesim.views.speech import spoken
from statesim.views.style import PICTURES, figure_of, save, theme_named
from statesim.views.timeline import draw

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from statesim.analysis.reading import Reading
    from statesim.analysis.record import Operation

FEW = 6
_encode = json.JSONEncoder(separators=(", ", ": "), ensure_ascii=False).encode


def writable(directory: Path) -> Path:
    """Return a directory if it is one, or can become one.

    Raises
    ------
    StatesimError
        If it, or what it would lie in, is a file.
    """
    for place in (directory, *directory.parents):
        if place.exists():
            if not place.is_dir():
                raise StatesimError(f"{place} is a file; what a run leaves needs a directory")
            break
    return directory


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a name beside `path` to write to; it becomes `path` if nothing goes wrong."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def history_lines(history: Iterable[Operation]) -> Iterator[str]:
    """Yield each operation's line of ``history.jsonl``, line end included."""
    frames: dict[tuple[Any, ...], tuple[str, str]] = {}
    for t_us, process, client, type_, f, value, error in history:
        key = (process, client, type_, f, error)
        frame = frames.get(key)
        if frame is None:
            told = {"process": process, "client": client, "type": type_, "f": f, "value": None}
            tail = f', "error": {_encode(error)}}}\n' if error else "}\n"
            frame = frames[key] = (_encode(told).removesuffix("null}"), tail)
        shown = value if value.__class__ is int else _encode(value)
        yield f'{frame[0]}{shown}, "t": {t_us / 1_000_000!r}{frame[1]}'


def write_run(directory: Path, record: RunRecord) -> None:
    """Write a run's ``trace.jsonl``, and what there is of its other files."""
    write_text(directory / "trace.jsonl", "".join(lines(record.events)))
    _write_some(directory / "objects.jsonl", (change.line() + "\n" for change in record.objects))
    _write_some(directory / "history.jsonl", history_lines(record.history))
    _write_some(directory / "drift.jsonl", drift_lines(record.drift))
    _write_some(directory / "chapters.jsonl", chapter_lines(record.chapters))
    told = record.translations
    _write_some(directory / "translations.json", [translations_text(told)] if told else [])


def _write_some(path: Path, rows: Iterable[str]) -> None:
    """Write rows one after the other; no file if there are none."""
    rest = iter(rows)
    first = next(rest, None)
    if first is None:
        path.unlink(missing_ok=True)
        return
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(first)
        file.writelines(rest)


def write_metrics(directory: Path, metrics: dict[str, Any]) -> None:
    """Write ``metrics.json``."""
    write_text(directory / "metrics.json", json.dumps(metrics, indent=2, ensure_ascii=False) + "\n")


def write_picture(picture: Axes | Figure, path: Path) -> Path:
    """Write a figure, or that of axes, as the path's ending says, whole or not at all.

    Raises
    ------
    StatesimError
        If the ending is none of `PICTURES`.
    """
    if path.suffix.lower() not in PICTURES:
        raise StatesimError(f"{path}: a picture's name ends in {', '.join(PICTURES)}")
    with whole_file(path) as part:
        save(figure_of(picture), part)
    return path


def named_for(stem: str, theme: str) -> str:
    """Return the name of a picture: one for slides, or in Chinese, has a name beside that of the usual one.

    Examples
    --------
    >>> named_for("nines-shop", "paper"), named_for("nines-shop", "slides")
    ('nines-shop', 'nines-shop-slides')
    """
    language = "zh" if spoken() == "zh" else ""
    return "-".join(filter(None, (stem, "" if theme == "paper" else theme, language)))


def write_pictures(
    directory: Path,
    records: Sequence[RunRecord | Reading],
    *,
    window: tuple[float, float] | None = None,
    theme: str = "paper",
) -> list[Path]:
    """Write ``timeline.svg`` and ``timeline.png``, and the latter's pages if it is too tall for a slide."""
    marks = timeline_marks(records, window)
    whole = draw(marks, theme=theme)
    parts = pages(marks, few=theme_named(theme).few)
    drawn = [("timeline.svg", whole), ("timeline.png", whole)]
    drawn += [(f"timeline-{n}.png", draw(page, theme=theme)) for n, page in enumerate(parts, start=1)]
    for name, figure in drawn:
        with whole_file(directory / name) as part:
            save(figure, part)
    return [directory / name for name, _ in drawn]


def read_runs(directory: Path) -> list[RunRecord]:
    """Read back the runs that lie in a directory, in the scenario's order of variants.

    Where ``metrics.json`` says which variants there are, what an earlier run left beside them is not read.

    Raises
    ------
    StatesimError
        If there is none, or there are several that are not the variants of one run.
    """
    titles = _titles(directory)
    if len(titles) < 2 and (directory / "trace.jsonl").is_file():
        return [_titled(RunRecord.read(directory), titles)]
    there = sorted(path.parent for path in directory.glob("*/trace.jsonl"))
    if not titles and (apart := _apart(directory, there)):
        raise StatesimError(apart)
    found = [path for path in there if not titles or path.name in titles]
    if not found:
        raise StatesimError(f"{directory}: no run lies here (no trace.jsonl in it or one level below)")
    order = {name: index for index, name in enumerate(titles)}
    records = [_titled(RunRecord.read(path), titles) for path in found]
    return sorted(records, key=lambda record: (order.get(record.variant, len(order)), record.variant))


def _apart(directory: Path, there: Sequence[Path]) -> str | None:
    """Return why what lies below a directory is not one run's variants, ``None`` if it may be.

    A run keeps ``metrics.json`` beside its variants: a directory that has one of its own is a run of its own.
    """
    own = sorted(path.parent for path in directory.glob("*/metrics.json"))
    places = sorted({*there, *own})
    if not own or places == there[:1]:
        records = [RunRecord.read(path) for path in there]
        runs = {(record.scenario, record.seed, record.duration_us) for record in records}
        if len(runs) < 2 and len({record.variant for record in records}) == len(records):
            return None
    told = [f"{path} ({_shown(path)})" for path in places[:FEW]]
    more = f" and {len(places) - FEW} more" if len(places) > FEW else ""
    return (
        f"{directory}: what lies here is not one run with its variants: say which of {', '.join(told)}{more}"
    )


def _shown(path: Path) -> str:
    """Return what a run is, in a few words."""
    if (path / "trace.jsonl").is_file():
        run = RunRecord.read(path)
        return f"{run.scenario}, {run.variant}, seed {run.seed}, {format_duration(run.duration_us)}"
    told = json.loads((path / "metrics.json").read_text(encoding="utf-8"))
    return f"{told['scenario']}, {len(told['variants'])} variants, seed {told['seed']}"


def _titles(directory: Path) -> dict[str, str]:
    """Return the variants' titles as ``metrics.json`` has them, in the scenario's order."""
    path = directory / "metrics.json"
    if not path.is_file():
        return {}
    variants = json.loads(path.read_text(encoding="utf-8"))["variants"]
    return {name: variant.get("title", name) for name, variant in variants.items()}


def _titled(record: RunRecord, titles: dict[str, str]) -> RunRecord:
    if record.title != record.variant or record.variant not in titles:
        return record
    return replace(record, title=titles[record.variant])

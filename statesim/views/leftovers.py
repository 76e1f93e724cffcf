"""What an earlier run left in a directory and a new one does not write: it would be taken for the new one's.

A file counts only if its name is one that this program gives by itself, under a variant that the earlier
run's ``metrics.json`` names. Whatever else lies there belongs to somebody else and stays.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from statesim.scenario.units import UnitError, parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

RUN_FILES = (
    "trace.jsonl",
    "objects.jsonl",
    "history.jsonl",
    "drift.jsonl",
    "chapters.jsonl",
    "translations.json",
)
REPORT = "report.html"
REPLAY = "replay.html"
PICTURES = ("timeline.svg", "timeline.png", REPORT, REPLAY)
_COURSES = ("timeline", "roles", "sessions", "drift", "lamport")  # pictures with a time axis
_THEMES = ("slides", "slides-dark", "dark")


def earlier(directory: Path) -> list[Path]:
    """Return the files of the run that lies in a directory, pictures that were drawn of it later included."""
    variants = _variants(directory / "metrics.json")
    if variants is None:
        return []
    found = [directory / name for name in (*RUN_FILES, *PICTURES)]
    plain = [name for name in variants if name not in ("", ".", "..") and not {"/", "\\"} & set(name)]
    folders = [directory / name for name in plain]
    found += [folder / name for folder in folders if not folder.is_symlink() for name in RUN_FILES]
    found += [path for path in directory.glob("*.png") if _drawn(path.stem, plain)]
    return sorted(path for path in set(found) if path.is_file() and not path.is_symlink())


def _variants(path: Path) -> list[str] | None:
    """Return the variants of a ``metrics.json``; ``None`` if there is none, or it is another program's."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        ours = {"scenario", "seed", "version"} <= document.keys()
        return [str(name) for name in document["variants"]] if ours else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _drawn(stem: str, variants: Iterable[str]) -> bool:
    """Tell whether a picture may be called so: ``timeline-2``, ``roles-A-1m-2m-dark-zh``, ``topology-9s``."""
    kind, _, rest = stem.partition("-")
    for word in ("zh", *_THEMES, "drift"):
        rest = "" if rest == word else rest.removesuffix(f"-{word}")
    if kind in _COURSES and not rest:
        return True
    rests = list(_after(rest, tuple(variants)))
    if kind == "topology":
        return "end" in rests or any(_duration(part) for part in rests)
    stretches = (part.split("-", 1) for part in rests if "-" in part)
    return kind in _COURSES and (
        rest.isdecimal() or "" in rests or any(all(map(_duration, part)) for part in stretches)
    )


def _after(rest: str, variants: tuple[str, ...]) -> Iterator[str]:
    """Yield what may follow the variants that a name begins with."""
    yield rest
    for name in variants:
        if rest == name or rest.startswith(f"{name}-"):
            yield from _after(rest[len(name) + 1 :], variants)


def _duration(text: str) -> bool:
    try:
        return bool(text) and parse_duration(text) >= 0
    except UnitError:
        return False


def remove(paths: Iterable[Path]) -> None:
    """Remove files, and the folders that are empty without them."""
    for path in paths:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in paths}:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

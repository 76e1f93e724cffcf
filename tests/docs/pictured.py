"""What a picture of the documentation carries with it, so that a test can tell whether it is still true.

Two digests stand in the PNG: one of the runs that it shows, and one of its drawing: its options, what is handed to
the canvas (spans, words, curves, cells) and how that looks. Pixels are not compared: they differ from machine to
machine.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.views.style import LOOKS, THEMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure

    from statesim.analysis.record import RunRecord

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DPI = 75  # of the gallery; those of a page of their own are sharper
SHARP = 110
_TRACE, _DRAWING = "statesim trace", "statesim drawing"


class Carried(NamedTuple):
    """The digests of what is shown, and of how it is drawn."""

    trace: str
    drawing: str


def digest_of_traces(records: Iterable[RunRecord]) -> str:
    """Return a digest over the traces of runs."""
    found = blake2b(digest_size=16)
    for record in records:
        for event in record.events:
            found.update(event.line().encode())
    return found.hexdigest()


def digest(*things: Any) -> str:
    """Return a digest over plain values and what is made of them."""
    written = json.dumps([plain(each) for each in things], ensure_ascii=False)
    return blake2b(written.encode(), digest_size=16).hexdigest()


def looks(marks: Any) -> list[Any]:
    """Return how what is drawn looks: the paper's letters and colours, and those of the states that are shown."""
    used = sorted(getattr(marks, "used", ()))
    return [THEMES["paper"], *(LOOKS[table][kind] for table, kind in used)]


def plain(value: Any) -> Any:
    """Return a value as JSON has it; numbers have six digits, which are the same on every machine.

    Raises
    ------
    TypeError
        If it is of a kind that nobody has thought of.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(f"{value:.6g}") if abs(value) < float("inf") else str(value)
    if isinstance(value, Enum):
        return value.name
    if is_dataclass(value):
        return [type(value).__name__, *(plain(getattr(value, each.name)) for each in fields(value))]
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return [[plain(key), plain(each)] for key, each in value.items()]
    if hasattr(value, "item"):  # a number of numpy's
        return plain(value.item())
    raise TypeError(f"a {type(value).__name__} has no digest")


def carried(path: Path) -> Carried | None:
    """Return what a picture carries; none if it is not there, or says nothing."""
    from PIL import Image

    if not path.exists():
        return None
    with Image.open(path) as image:
        said = [image.info.get(key) for key in Carried(_TRACE, _DRAWING)]
    return Carried(*said) if all(said) else None


def write(figure: Figure, path: Path, what: Carried, dpi: float) -> Path:
    """Write a picture with what it carries: flat colours and grey letters, of which a palette has a third of the bytes.

    The palette covers what colours there are; by how many dots have them, the yellow of a short bar would be lost.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi)
    said = PngInfo()
    for key, each in zip((_TRACE, _DRAWING), what, strict=True):
        said.add_text(key, each)
    fewer = (
        Image.open(drawn).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    )
    fewer.save(path, optimize=True, pnginfo=said)
    return path

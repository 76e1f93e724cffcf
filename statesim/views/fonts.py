"""Letters: DejaVu Sans, and behind it whatever font for Chinese this machine has.

matplotlib looks for a glyph in the families of ``font.family`` from the first to the last ("Font fallback",
since 3.6). A family that is not installed is left out: naming it would be answered with a warning.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LATIN = "DejaVu Sans"
# simplified Chinese first, as people have it: Linux, macOS, Windows; last those that hold all of Unicode
CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Noto Sans CJK JP",  # the name that matplotlib reads of a collection: its first face
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Source Han Sans",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "PingFang HK",
    "Hiragino Sans GB",
    "Heiti TC",
    "STHeiti",
    "Songti SC",
    "Microsoft YaHei",
    "SimHei",
    "SimSun",
    "Droid Sans Fallback",
    "AR PL UMing CN",
    "Arial Unicode MS",
)
# how their files' names begin
_FILES = (
    "notosanscjk", "notosanssc", "sourcehansans", "wqy-", "pingfang", "hiragino", "stheiti", "songti", "msyh",
    "simhei", "simsun", "droidsansfallback", "uming", "arialuni",
)  # fmt: skip
MISSING = r"Glyph \d+ .* missing from"  # how matplotlib begins to say that no family has a letter


@cache
def families() -> tuple[str, ...]:
    """Return the families to draw with, in the order in which a letter is looked for."""
    from matplotlib.font_manager import findSystemFonts, fontManager  # noqa: PLC0415 - 0.3 s, only to draw

    found = chosen({font.name for font in fontManager.ttflist})
    if not found:  # matplotlib keeps a list, and does not look again when a font has been installed since
        for path in likely(findSystemFonts()):
            try:
                fontManager.addfont(path)
            except (OSError, RuntimeError):  # no font after all, or one that FreeType cannot read
                continue
        found = chosen({font.name for font in fontManager.ttflist})
    return LATIN, *found


def likely(paths: Iterable[str]) -> list[str]:
    """Return the files whose names are those of fonts for Chinese, in order."""
    return sorted(path for path in paths if Path(path).name.casefold().startswith(_FILES))


def chosen(installed: set[str]) -> tuple[str, ...]:
    """Return the one family for Chinese that is used, of those that are installed; none if there is none."""
    return tuple(name for name in CHINESE if name in installed)[:1]

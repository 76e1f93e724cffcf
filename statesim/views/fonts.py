"""Letters: DejaVu Sans, and behind it whatever font for Chinese this machine has.

matplotlib looks for a glyph in the families of ``font.family`` from the first to the last ("Font fallback",
since 3.6). A family that is not installed is left out: naming it would be answered with a warning.
"""

from __future__ import annotations

from functools import cache

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
MISSING = r"Glyph \d+ .* missing from"  # how matplotlib begins to say that no family has a letter


@cache
def families() -> tuple[str, ...]:
    """Return the families to draw with, in the order in which a letter is looked for."""
    from matplotlib.font_manager import fontManager  # noqa: PLC0415 - 0.3 s, and only needed to draw

    return LATIN, *chosen({font.name for font in fontManager.ttflist})


def chosen(installed: set[str]) -> tuple[str, ...]:
    """Return the one family for Chinese that is used, of those that are installed; none if there is none."""
    return tuple(name for name in CHINESE if name in installed)[:1]

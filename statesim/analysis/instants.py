"""Instants of a run in words: seconds in the first day, then as a duration, which ``--at`` takes."""

from __future__ import annotations

from statesim.kernel.spans import SECOND
from statesim.scenario.units import format_duration

_DAY_US = 86_400 * SECOND
_MS_US = SECOND // 1000
_INSTANT = {"en": "{} s", "zh": "第 {} 秒"}
_SECONDS = {"en": " s", "zh": " 秒"}


def instant(t_us: float, step_us: int = _MS_US, language: str = "en") -> str:
    """Return an instant as it stands in a sentence, rounded to a millisecond or another step.

    Examples
    --------
    >>> instant(84_000_000), instant(62_900_000), instant(18_167_482_424_000)
    ('84 s', '62.9 s', '210d6h31m22.424s')
    >>> instant(84_000_000, language="zh")
    '第 84 秒'
    """
    t_us = round(t_us / step_us) * step_us
    if t_us >= _DAY_US:
        return format_duration(t_us)
    return _INSTANT[language].format(f"{t_us / SECOND:.3f}".rstrip("0").rstrip("."))


def listed(t_us: int, language: str = "en") -> str:
    """Return an instant as it stands in a list below others: with milliseconds in the first day."""
    return instant(t_us) if t_us >= _DAY_US else f"{t_us / SECOND:.3f}{_SECONDS[language]}"

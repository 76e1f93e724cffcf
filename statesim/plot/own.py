"""What pictures of one's own need to look like those that are made here."""

from __future__ import annotations


def font_families() -> list[str]:
    """Return the families that pictures are drawn with: one for most letters, and behind it one for Chinese.

    It is what ``font.family`` of matplotlib takes. Where no font with Chinese letters is installed it is the
    first alone.

    Examples
    --------
    >>> import statesim
    >>> statesim.plot.font_families()[0]
    'DejaVu Sans'
    """
    from statesim.views.fonts import families  # noqa: PLC0415 - matplotlib is heavy: when it is used

    return list(families())

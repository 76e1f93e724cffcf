"""Pictures as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def save(picture: Axes | Figure, path: str | Path) -> Path:
    """Write a picture as SVG, PNG or PDF, as the path's ending says; the same picture gives the same bytes.

    Raises
    ------
    StatesimError
        If the ending is none of these.

    Examples
    --------
    >>> import statesim, tempfile
    >>> axes = statesim.plot.timeline(statesim.run("sts-ordered-scale"), theme="slides")
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     statesim.plot.save(axes, f"{directory}/slide.pdf").name
    'slide.pdf'
    """
    from statesim.views.outputs import write_picture  # noqa: PLC0415 - as above

    return write_picture(picture, Path(path))

"""A figure that says in words what it shows.

JupyterLab shows a picture as HTML where there is some, and reads the `alt` of nothing else: its renderer of
`image/png` has none. So a picture brings HTML of its own; the plain PNG stays beside it for whoever makes
paper of a notebook.
"""

from __future__ import annotations

from base64 import b64encode
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes


class Picture(Figure):
    """A figure with words for whoever does not see it.

    Attributes
    ----------
    alt
        What it shows: its title, and what its parts come to; empty until it is drawn.
    """

    alt: str = ""

    def _repr_html_(self) -> str | None:
        if not self.alt:
            return None
        drawn = BytesIO()
        self.savefig(drawn, format="png")
        png = b64encode(drawn.getvalue()).decode("ascii")
        return f'<img alt="{escape(self.alt)}" style="max-width: 100%" src="data:image/png;base64,{png}">'


def describe(drawn: Axes | Figure, title: str, parts: Iterable[str] = ()) -> None:
    """Say in words what a picture shows.

    Axes that somebody has given stand in a figure of theirs, which may show more: that stays as it is.
    """
    figure = drawn.get_figure(root=True)
    if isinstance(figure, Picture):
        figure.alt = "\n".join(line for line in (title, *parts) if line)


def written(ax: Axes) -> str:
    """Return the words that stand in axes, each once, in the order of drawing; single letters are marks."""
    each = dict.fromkeys(" ".join(text.get_text().split()) for text in ax.texts)
    return ", ".join(words for words in each if len(words) > 1)

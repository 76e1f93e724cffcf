"""The replay in a notebook: a widget where anywidget is installed, else the page in a frame."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from statesim.analysis.phrases import known_language
from statesim.views.replay.pack import deflated
from statesim.views.replay.page import module, page

if TYPE_CHECKING:
    from collections.abc import Mapping

HEIGHT_PX = 720


class Frame:
    """A page in a frame, for notebooks without anywidget.

    The page stands in the frame itself (``srcdoc``): a notebook that is saved with its outputs keeps it. It
    may run its script, and reach nothing of the notebook around it.
    """

    def __init__(self, html: str, title: str, height_px: int) -> None:
        self.html = html
        self._title = title
        self._height_px = height_px

    def _repr_html_(self) -> str:
        return (
            f'<iframe title="{escape(self._title)}" sandbox="allow-scripts" allow="fullscreen" '
            f'style="width: 100%; height: {self._height_px}px; border: 0" '
            f'srcdoc="{escape(self.html)}"></iframe>'
        )


def shown(document: Mapping[str, Any], height_px: int = HEIGHT_PX, language: str | None = None) -> Any:
    """Return what a notebook shows as a document's replay; it opens in the browser's language by default."""
    settings = {"language": known_language(language)} if language else {}
    try:
        import anywidget  # noqa: F401, PLC0415 - an extra, and heavy
    except ImportError:
        scenario = document["scenario"]
        title = f"Replay of {scenario['title'] or scenario['name']}"
        return Frame(page(document, language), title, height_px)
    # the layout says it too: Jupyter takes away whatever height an element has of its own
    layout = {"height": f"{height_px}px"}
    return _widget()(document=deflated(document), height=height_px, settings=settings, layout=layout)


@cache
def _widget() -> Any:
    """Return the class of the widget, made when one is first shown."""
    import anywidget  # noqa: PLC0415 - as above
    import traitlets  # noqa: PLC0415 - comes with anywidget

    class Replay(anywidget.AnyWidget):
        """Plays a document: the module is the one of the page, and finds the document in `document`."""

        _esm = module()
        document = traitlets.Bytes(help="The document as JSON in raw deflate.").tag(sync=True)
        height = traitlets.Int(HEIGHT_PX, help="How high it is, in pixels.").tag(sync=True)
        settings = traitlets.Dict(help="How it opens, where that is not as the browser has it.").tag(
            sync=True
        )

    return Replay

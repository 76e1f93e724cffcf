"""How things look: colours that survive colour blindness, hatches beside them, letters for the back row.

The colours are Okabe and Ito's ("Color Universal Design"). No state is told by colour alone: each has a hatch
or a word as well. Nothing here changes matplotlib's global settings.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

from statesim.scenario.words import did_you_mean
from statesim.views.fonts import MISSING, families
from statesim.views.speech import word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
WHITE, PALE, GREY, DARK = "#FFFFFF", "#D9DEE4", "#8A929B", "#3A3F45"

PICTURES = (".svg", ".png", ".pdf")  # what a picture's name may end in
TITLE_PT, LANE_PT, BAR_PT, AXIS_PT, LEGEND_PT = 16, 12.5, 11.5, 13, 11.5


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is drawn: fill, hatch and its colour, colour of letters, word, outline, a shorter word."""

    fill: str
    word: str
    hatch: str = ""
    line: str = WHITE
    ink: str = WHITE
    outlined: bool = False
    brief: str = ""

    def said(self, *, few: bool) -> str:
        """Return its word in a legend, with room for few words or for more."""
        return word(self.brief if few and self.brief else self.word)


@dataclass(frozen=True, slots=True)
class Theme:
    """What a picture is made for: colours of paper and ink, and how much room its letters have.

    Attributes
    ----------
    width
        Inches of a picture of its own. All sizes of letters are for that: the narrower a picture is, the
        larger its letters are when it fills a slide or a page.
    shape
        Height of a picture as a share of its width; ``None``: as high as need be.
    dpi
        Dots per inch, where a picture is made of dots.
    few
        Few words: what has no room is left out, and what stands on a bar is not said in a legend again.
    """

    paper: str
    ink: str
    faint: str
    band: str
    width: float = 16.0
    shape: float | None = None
    dpi: float = 110
    few: bool = False

    @property
    def dark(self) -> bool:
        """Tell whether letters are lighter than the paper."""
        return self.ink > self.paper


SLIDE = 13.333  # inches that a 16:9 slide is wide
THEMES = {
    "paper": Theme(paper=WHITE, ink="#16191C", faint="#C9CED4", band="#F4F6F8"),
    "dark": Theme(paper="#14171A", ink="#F2F4F6", faint="#4A5158", band="#1E2328"),
    # letters of 12.5 pt on 7 inches are 24 pt on a slide
    "slides": Theme(
        paper=WHITE, ink="#16191C", faint="#C9CED4", band="#F4F6F8",
        width=7.0, shape=9 / 16, dpi=1920 / 7, few=True,
    ),
    "slides-dark": Theme(
        paper="#14171A", ink="#F2F4F6", faint="#4A5158", band="#1E2328",
        width=7.0, shape=9 / 16, dpi=1920 / 7, few=True,
    ),
}  # fmt: skip


def theme_named(name: str) -> Theme:
    """Return a theme by its name.

    Raises
    ------
    ValueError
        If there is none of that name; it says which is meant, or which there are.
    """
    if name not in THEMES:
        hint = did_you_mean(name, THEMES)
        raise ValueError(f"there is no theme {name!r}; {hint}")
    return THEMES[name]


# what really runs or is: the wide bar
TRUTH = {
    "primary": Look(BLUE, "primary"),
    "replica": Look(SKY, "replica", "//", WHITE, BLACK),
    "serving": Look(GREEN, "serving"),
    "read-only": Look(SKY, "read-only", "--", BLUE, BLACK),
    "proxy": Look("#DDEFE8", "holds no data", "..", GREEN, BLACK),
    "worker": Look("#A9D8C8", "worker", "\\\\", WHITE, BLACK),
    "starting": Look(YELLOW, "starting", "..", DARK, BLACK),
    "recovering": Look(YELLOW, "recovering", "xx", DARK, BLACK),
    "broken": Look("#FBE9E0", "broken replica", "//", VERMILLION, "#7A2F00"),
    "pending": Look(WHITE, "pending", "..", GREY, DARK, outlined=True),
    "waiting-volume": Look("#FBE3B0", "waits for its volume", "\\\\", ORANGE, BLACK),
    "no-image": Look("#FBE9E0", "cannot pull its image", "..", VERMILLION, "#7A2F00"),
    "frozen": Look(PURPLE, "frozen", "||", WHITE, BLACK),
    "dead": Look("#FBE9E0", "dead", "xx", VERMILLION, "#7A2F00"),
    "twice": Look(VERMILLION, "two at once", "||", WHITE),
    "stopped": Look(PALE, "stopped", "..", GREY, DARK),
}
# what a pod is while no program has run in it yet
WITHOUT_PROGRAM = ("pending", "waiting-volume", "no-image", "starting")
# what Kubernetes says: the narrow bar
SAID = {
    "ready": Look(GREEN, "Ready"),
    "not-ready": Look(ORANGE, "not Ready", "////", WHITE, BLACK),
    "ready-cordoned": Look(GREEN, "Ready,SchedulingDisabled", "////", WHITE, WHITE),
    "not-ready-cordoned": Look(ORANGE, "not Ready,SchedulingDisabled", "xxxx", WHITE, BLACK),
    "starting": Look(YELLOW, "starting", "...", DARK, BLACK),
    "pending": Look(WHITE, "Pending", "...", GREY, DARK, outlined=True),
    "waiting-volume": Look("#FBE3B0", "waits for a volume", "\\\\\\\\", ORANGE, BLACK),
    "no-image": Look(VERMILLION, "ErrImagePull, ImagePullBackOff", "....", WHITE, WHITE),
    "back-off": Look(VERMILLION, "CrashLoopBackOff", "xxxx", WHITE, WHITE),
    "terminating": Look(DARK, "Terminating", "\\\\\\\\", WHITE, WHITE),
    "failed": Look(VERMILLION, "Failed", "", WHITE, WHITE),
    "succeeded": Look(PALE, "Completed", "", WHITE, DARK),
}
MACHINE = {
    "up": Look(PALE, "machine runs", "", WHITE, DARK),
    "crashed": Look(DARK, "no power", "xx", GREY, WHITE),
    "paused": Look(PURPLE, "paused", "++", WHITE, BLACK),
    "cut-off": Look("#FBE3B0", "cut off", "--", ORANGE, BLACK),
}
# what a person does to a node
ACT = {
    "drain": Look("#DCE9F2", "drain under way", "//", BLUE, BLACK),
    "drain-failed": Look("#FBE9E0", "drain that fails", "++", VERMILLION, "#7A2F00"),
    "spell": Look("#F3DDEA", "as long as it lasts", "", PURPLE, BLACK),
}
VOLUME = {
    "attached": Look("#B9A5D6", "volume attached", "", WHITE, BLACK),
    "attaching": Look("#E5DCF0", "attaching, detaching", "//", PURPLE, BLACK),
    "lost": Look(BLACK, "volume lost", "xx", VERMILLION, WHITE),
}
# what clients were answered, a second
CURVE = {
    "answered": Look("#7C8896", "answered"),
    "origin": Look("#E69F00", "what caches had to ask the origin for"),
    "logged-out": Look(VERMILLION, "users logged out against their will", "////"),
    "outage": Look("#FAE0D0", "outage: asked in vain", "..", "#E58F55", BLACK, brief="outage"),
    "lost": Look(
        VERMILLION, "acknowledged, and lost later (mark above: when)", brief="acknowledged, lost later"
    ),
}
# who takes writes
WRITES = {
    "one": Look(BLUE, "one takes writes"),
    "nobody": Look(WHITE, "nobody takes writes", "..", GREY, DARK, outlined=True),
    "several": Look(VERMILLION, "several take writes at once", "||", WHITE),
}
SESSION = {
    "open": Look("#7C8896", "open"),
    "dangling": Look("#FAE0D0", "open for the client only: its server is gone", "xx", VERMILLION, BLACK),
}
DRIFT = {
    "kept": Look("#56B4E9", "on a volume: the next one finds it", brief="on a volume"),
    "left": Look(
        "#CFE6F5",
        "on a volume, and nobody there: its container is gone",
        "//",
        BLUE,
        BLACK,
        brief="on a volume, container gone",
    ),
    "at-risk": Look(
        "#E69F00",
        "on its layer or in memory: goes with it; an emptyDir: with its pod",
        "////",
        BLACK,
        BLACK,
        brief="goes with it; an emptyDir: with its pod",
    ),
    "kind": Look("#8E9AA6", "identity, sessions, roles"),
}
LOOKS = {
    "truth": TRUTH,
    "said": SAID,
    "machine": MACHINE,
    "act": ACT,
    "volume": VOLUME,
    "curve": CURVE,
    "drift": DRIFT,
    "writes": WRITES,
    "session": SESSION,
}
SEVERITY = {"good": GREEN, "hurt": "#B87800", "bad": VERMILLION}
_ON_DARK = {"good": "#4FD6AB", "hurt": "#F0C060", "bad": "#FF9A5C"}


def severity_ink(level: str, theme: Theme) -> str:
    """Return the colour of words about something good or bad; that of all other words if it is neither."""
    return (_ON_DARK if theme.dark else SEVERITY).get(level, theme.ink)


_RC: dict[str, Any] = {
    "svg.hashsalt": "statesim",
    "svg.fonttype": "path",
    "hatch.linewidth": 0.9,
    "axes.unicode_minus": False,
}


@contextmanager
def settings() -> Iterator[None]:
    """Draw and save with the same settings everywhere, whatever the user's own are; they come back after."""
    import matplotlib as mpl  # noqa: PLC0415 - heavy, and only needed to draw

    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", MISSING)
        mpl.rcdefaults()
        parameters: Any = mpl.rcParams
        parameters.update(_RC)
        parameters["font.family"] = list(families())
        yield


def figure_of(ax: Axes | Figure) -> Figure:
    """Return the figure that axes belong to; of a figure itself.

    Raises
    ------
    TypeError
        If they belong to none.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - heavy, and only needed to draw

    root = ax.get_figure(root=True)
    if not isinstance(root, Figure):
        raise TypeError("the axes belong to no figure")
    return root


def svg_text(figure: Figure) -> str:
    """Return a figure as the text of an SVG."""
    text = StringIO()
    with settings():
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def save(figure: Figure, path: Path, *, dpi: float | None = None) -> None:
    """Write a figure to a file; the same figure gives the same bytes.

    Parameters
    ----------
    path
        The ending decides the format: ``.svg``, ``.png`` or ``.pdf``.
    dpi
        Dots per inch, for PNG; default: the figure's own, if that is more than most have.
    """
    kind = path.suffix.lstrip(".").lower()
    undated: dict[str, Any] = {"png": {"Software": None}, "pdf": {"CreationDate": None}}
    metadata = undated.get(kind, {"Date": None})
    with settings():
        chosen = max(THEMES["paper"].dpi, figure.dpi) if dpi is None else dpi
        figure.savefig(path, format=kind, dpi=chosen, metadata=metadata)


def png_bytes(figure: Figure) -> bytes:
    """Return a figure as a PNG with a palette of 256 colours, half as large: flat colours need no more.

    The palette covers what colours there are; one by how many dots have them (median cut) loses the yellow of
    a short bar.
    """
    from PIL import Image  # noqa: PLC0415 - comes with matplotlib; only needed here

    whole, small = BytesIO(), BytesIO()
    with settings():
        figure.savefig(whole, format="png", dpi=THEMES["paper"].dpi, metadata={"Software": None})
    with Image.open(whole) as image:
        fewer = image.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        fewer.save(small, "PNG", optimize=True)
    return small.getvalue()

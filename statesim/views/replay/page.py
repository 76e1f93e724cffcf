"""The replay as HTML: one file that holds the document and the module that plays it, and needs no network."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from statesim.views.replay.pack import base64, deflated
from statesim.views.speech import speaking, word

if TYPE_CHECKING:
    from collections.abc import Mapping

MODULE = "stage.js"
LANG = {"en": "en", "zh": "zh-CN"}  # as BCP 47 writes them
# shown where scripts do not run
_WITHOUT = "This page plays a run of a simulation; it needs JavaScript, and no network."


def page(document: Mapping[str, Any], language: str | None = None) -> str:
    """Return a page of the replay alone.

    Parameters
    ----------
    document
        What is played.
    language
        In which it opens, ``en`` or ``zh``; if none is named, in that of the browser. The page has a switch.
    """
    scenario = document["scenario"]
    told = (language == "zh" and scenario.get("title_zh")) or scenario["title"] or scenario["name"]
    spoken = f' lang="{LANG[language]}"' if language else ""
    return (
        f'<!doctype html>\n<html lang="{LANG[language or "en"]}">\n<head><meta charset="utf-8">'
        f"<title>{escape(told)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<style>html, body { margin: 0; height: 100%; } #statesim-stage { height: 100%; }</style></head>\n"
        f'<body>\n<div id="statesim-stage"{spoken}></div>\n'
        f"{parts(deflated(document), language)}</body>\n</html>\n"
    )


def inline(document: Mapping[str, Any], language: str | None = None) -> str:
    """Return the replay as a part of a longer page, whose style gives the stage its height."""
    spoken = f' lang="{LANG[language]}"' if language else ""
    packed = deflated(document)
    return f'<div id="statesim-stage" data-inline{spoken}></div>\n{parts(packed, language)}'


def parts(packed: bytes, language: str | None = None) -> str:
    """Return what a page holds beside the place for the stage: the document, and the module that plays it."""
    with speaking(language or "en"):
        without = word(_WITHOUT)
    return (
        f"<noscript><p>{without}</p></noscript>\n"
        f'<script type="application/octet-stream" id="statesim-replay">{base64(packed)}</script>\n'
        f'<script type="module">{_inline(module())}</script>\n'
    )


@cache
def module() -> str:
    """Return the source of the module that plays a document (see ``frontend/``)."""
    return files("statesim.views.replay").joinpath(MODULE).read_text(encoding="utf-8")


def _inline(source: str) -> str:
    """Return a script that may stand in HTML: nothing in it ends the element."""
    return source.replace("</script", "<\\/script").replace("<!--", "<\\!--")

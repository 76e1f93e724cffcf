"""In which language pictures speak: English, or Chinese by the table of `words_zh`.

Whoever makes a picture says in which language (`speaking`); whatever makes its words asks here. The language
holds until that picture is made: nothing is left set.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from statesim.analysis.outcome import duration_text
from statesim.analysis.phrases import known_language
from statesim.views.fonts import families
from statesim.views.words_zh import CHINESE

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_FONT = (
    "there is no font with Chinese letters on this machine: the picture is in English. Install one, such as "
    "Noto Sans CJK SC (apt install fonts-noto-cjk) or WenQuanYi Micro Hei (apt install fonts-wqy-microhei)"
)
_SPOKEN: ContextVar[str] = ContextVar("language", default="en")


def spoken() -> str:
    """Return the language that is spoken now."""
    return _SPOKEN.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language: what is said within is said in that.

    Raises
    ------
    StatesimError
        If it is none that anything is told in.

    Examples
    --------
    >>> with speaking("zh"):
    ...     say("node {name}", name="n-a-1")
    '节点 n-a-1'
    >>> say("node {name}", name="n-a-1")
    'node n-a-1'
    """
    token = _SPOKEN.set(known_language(language))
    try:
        yield
    finally:
        _SPOKEN.reset(token)


@contextmanager
def drawn_in(language: str | None, fonts: tuple[str, ...] | None = None) -> Iterator[None]:
    """Speak a language in a picture: English where no font has its letters, with a warning.

    Parameters
    ----------
    language
        ``en`` or ``zh``; ``None``: the one that is spoken already.
    fonts
        What is drawn with; default: what this machine has.
    """
    if language is None:
        yield
        return
    with speaking(language):
        if language == "en" or drawable(families() if fonts is None else fonts):
            yield
            return
    warnings.warn(NO_FONT, stacklevel=3)
    with speaking("en"):
        yield


def drawable(fonts: tuple[str, ...]) -> bool:
    """Tell whether Chinese can be drawn with these fonts: one for it stands behind the first."""
    return len(fonts) > 1


def say(english: str, **fields: Any) -> str:
    """Return a phrase in the language that is spoken, with its fields filled in.

    Parameters
    ----------
    english
        The phrase as `words_zh` has it; ``{s}`` is the ending of a plural, of which `count` decides.
    """
    template = CHINESE[english] if spoken() == "zh" else english
    return template.format(s="" if fields.get("count") == 1 else "s", **fields)


def word(english: str) -> str:
    """Return a word in the language that is spoken; a name, which is in no table, is itself."""
    return CHINESE.get(english, english) if spoken() == "zh" else english


def duration(seconds: float) -> str:
    """Return a duration as it is said aloud in the language that is spoken."""
    return duration_text(seconds, spoken())

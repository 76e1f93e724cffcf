"""Phrases in two languages: tables in which each stands twice, and how one of them is filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.errors import StatesimError
from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "zh")
# in English and in Chinese, with the same fields; {s} = the ending of a plural, which Chinese has not
Phrases = dict[str, tuple[str, str]]


def known_language(language: str) -> str:
    """Return a language as it is given.

    Raises
    ------
    StatesimError
        If it is none that anything is told in.
    """
    if language not in LANGUAGES:
        hint = did_you_mean(language, LANGUAGES)
        raise StatesimError(f"nothing is told in the language {language!r}; {hint}")
    return language


class Say:
    """Says the phrases of a table in one language.

    Parameters
    ----------
    phrases
        The table.
    language
        One of `LANGUAGES`.

    Examples
    --------
    >>> table = {"lost": ("{count} write{s} lost", "丢失 {count} 次写入")}
    >>> Say(table)("lost", count=2), Say(table, "zh")("lost", count=1)
    ('2 writes lost', '丢失 1 次写入')
    """

    def __init__(self, phrases: Mapping[str, tuple[str, str]], language: str = "en") -> None:
        self.language = known_language(language)
        self._phrases = phrases
        self._column = LANGUAGES.index(language)

    def __call__(self, key: str, **fields: Any) -> str:
        """Return a phrase with its fields filled in; `count` says whether ``{s}`` is an ending."""
        plural = "" if fields.get("count") == 1 else "s"
        return self._phrases[key][self._column].format(s=plural, **fields)

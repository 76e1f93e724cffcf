"""What a learner is shown: whether an answer holds, with a hint; and guesses beside what was found."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Judged:
    """What a check found, before it is put into words.

    Attributes
    ----------
    hint
        The name of what is said, among the lesson's hints.
    facts
        The numbers in it, by name.
    """

    passed: bool
    hint: str
    facts: Mapping[str, Any]

    @classmethod
    def good(cls, hint: str, **facts: Any) -> Judged:
        """Return that the answer holds."""
        return cls(True, hint, facts)

    @classmethod
    def not_yet(cls, hint: str, **facts: Any) -> Judged:
        """Return that it does not hold yet, and what might help."""
        return cls(False, hint, facts)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer holds, in words.

    Attributes
    ----------
    word
        Well done, or not yet.
    hint
        Why, or what might help.
    """

    passed: bool
    word: str
    hint: str

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return f"{'✔' if self.passed else '…'} {self.word} {self.hint}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        mark, edge = ("✔", "solid") if self.passed else ("…", "dashed")
        return (
            f'<div style="border-left: .4em {edge} currentColor; padding: .4em .8em; font-size: 1.1em">'
            f"<b>{mark} {html.escape(self.word)}</b> {html.escape(self.hint)}</div>"
        )


@dataclass(frozen=True, slots=True)
class Beside:
    """Guesses beside what was found."""

    guessed: Mapping[str, Any]
    found: Mapping[str, Any]
    heads: tuple[str, str, str]

    def rows(self) -> list[tuple[str, str, str]]:
        """Return what was asked, what was guessed and what was found."""
        return [
            (what, shown(self.guessed.get(what, ...)), shown(value)) for what, value in self.found.items()
        ]

    def __str__(self) -> str:
        table = [self.heads, *self.rows()]
        widths = [max(len(row[at]) for row in table) for at in range(3)]
        padded = [[text.ljust(width) for text, width in zip(row, widths, strict=True)] for row in table]
        return "\n".join("  ".join(row).rstrip() for row in padded)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(text)}</th>" for text in self.heads)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>" for row in self.rows()
        )
        return f'<table style="font-size: 1.1em"><tr>{head}</tr>{body}</table>'


def shown(value: Any) -> str:
    """Return a value as learners read it; what is open as dots."""
    if value is ...:
        return "…"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)

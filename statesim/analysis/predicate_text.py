"""Reads a predicate from text: ``clients.shop.lost > 0 and systems.pg.failovers <= 1``.

Metrics are named as in ``expect:``. Comparisons are ``<``, ``<=``, ``>``, ``>=``, ``==`` and ``!=``, or the
words of ``expect:``, ``equals``, ``atMost``, ``atLeast`` and ``between [20, 36]``. ``and`` binds closer than
``or``; brackets change that. Nothing of it is Python's.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from statesim.analysis.predicate import (
    COMPARED,
    Both,
    Comparison,
    Constant,
    Either,
    Metric,
    Operand,
    Predicate,
)
from statesim.errors import Finding, ScenarioError
from statesim.scenario.words import nearest

LIKE = "write a metric, a comparison and a number, like clients.shop.lost > 0"
_WORDS = {"equals": "==", "atMost": "<=", "atLeast": ">="}
_VALUES: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_KNOWN = (*_WORDS, "between", "and", "or", *_VALUES)
_SLIPS = {
    "=": "two signs mean equal: ==",
    "=>": "did you mean >=?",
    "=<": "did you mean <=?",
    "<>": "did you mean !=?",
    "&&": "did you mean and?",
    "&": "did you mean and?",
    "||": "did you mean or?",
    "|": "did you mean or?",
    "!": "turn the comparison round instead: <= for not >",
    "not": "turn the comparison round instead: <= for not >",
}
_TOKEN = re.compile(
    r"\s*(?:(?P<unit>-?\d+(?:\.\d+)?(?:us|ms|s|m|h|d)\b)"
    r"|(?P<number>-?(?:\d+(?:\.\d+)?|\.\d+)(?:e-?\d+)?)(?![\w.])"
    r"|(?P<metric>[a-z_]+(?:\.[A-Za-z0-9_-]+)+)"
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign>[<>=!&|]+)"
    r"|(?P<mark>[()\[\],])"
    r"|(?P<other>\S))"
)


class Token(NamedTuple):
    """A piece of the text: of which kind, and at which column it begins, from 1."""

    kind: str
    text: str
    column: int


def parse(text: str) -> Predicate:
    """Return the predicate that a text says.

    Raises
    ------
    ScenarioError
        If it is none: what was expected, where, and the nearest right word.
    """
    reader = _Reader(text)
    found = reader.either()
    if reader.next.kind != "end":
        reader.wrong("expected and, or, or the end")
    if not any(True for _ in found.paths()):
        raise ScenarioError([Finding(f"{text!r} names no metric", hint=LIKE)])
    return found


class _Reader:
    """Reads one predicate by recursive descent: a method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._text = text
        found = (match for match in _TOKEN.finditer(text) if match.lastgroup)
        self._tokens = [
            Token(m.lastgroup or "", m[m.lastgroup or 0], m.start(m.lastgroup or 0) + 1) for m in found
        ]
        self._tokens.append(Token("end", "the end", len(text.rstrip()) + 1))
        self._at = 0

    @property
    def next(self) -> Token:
        """Return the token that is to be read."""
        return self._tokens[self._at]

    def wrong(self, expected: str, hint: str | None = None) -> NoReturn:
        """Complain about the token that is to be read."""
        token = self.next
        if hint is None:
            hint = _SLIPS.get(token.text)
        if hint is None and token.kind in ("word", "metric"):
            near = nearest(token.text, _KNOWN)
            hint = f"did you mean {near}?" if near is not None and near != token.text else LIKE
        shown = token.text if token.kind == "end" else repr(token.text)
        message = f"{self._text!r}, column {token.column}: {expected}, found {shown}"
        raise ScenarioError([Finding(message, hint=hint or LIKE)])

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip(self, text: str) -> bool:
        """Read over a token if it is this one."""
        there = self.next.text == text
        self._at += there
        return there

    def _must(self, text: str) -> None:
        if not self._skip(text):
            self.wrong(f"expected {text}")

    def either(self) -> Predicate:
        """Read parts between ``or``."""
        parts = [self._both()]
        while self._skip("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Predicate:
        parts = [self._part()]
        while self._skip("and"):
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _part(self) -> Predicate:
        if self._skip("("):
            inner = self.either()
            self._must(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Predicate:
        """Read operands with comparisons between them: ``20 <= clients.shop.unavailable_s <= 36``."""
        left = self._operand()
        if self._skip("between"):
            return self._between(left)
        found = []
        while (sign := self._sign()) is not None:
            right = self._operand()
            if sign not in ("==", "!=") and any(_plain(each) for each in (left, right)):
                raise ScenarioError(
                    [
                        Finding(
                            f"{left} {sign} {right}: true, false and null have no order", hint="use == or !="
                        )
                    ]
                )
            found.append(Comparison(left, sign, right))
            left = right
        if not found:
            self.wrong("expected a comparison: <, <=, >, >=, ==, !=")
        return found[0] if len(found) == 1 else Both(tuple(found))

    def _sign(self) -> str | None:
        token = self.next
        sign = _WORDS.get(token.text, token.text)
        if sign not in COMPARED:
            if token.kind in ("sign", "word") and token.text not in ("and", "or"):
                self.wrong("expected a comparison: <, <=, >, >=, ==, !=")
            return None
        self._at += 1
        return sign

    def _between(self, left: Operand) -> Predicate:
        if self.next.text != "[":
            self.wrong("expected two numbers in brackets", "like between [20, 36]")
        self._must("[")
        low = self._operand()
        self._must(",")
        high = self._operand()
        self._must("]")
        return Both((Comparison(left, ">=", low), Comparison(left, "<=", high)))

    def _operand(self) -> Operand:
        token = self.next
        if token.kind == "number":
            number = float(self._take().text)
            return Constant(int(number) if number == int(number) else number)
        if token.kind == "metric":
            return Metric(self._take().text)
        if token.text in _VALUES:
            return Constant(_VALUES[self._take().text])
        if token.kind == "unit":
            self.wrong("expected a bare number", "a metric's name ends with its unit: unavailable_s > 30")
        dotted = token.kind == "word" and token.text not in (*_KNOWN, *_SLIPS)
        hint = "metrics have dotted names: clients.shop.lost" if dotted else None
        return self.wrong("expected a metric or a number", hint)


def _plain(operand: Operand) -> bool:
    return isinstance(operand, Constant) and (operand.what is None or isinstance(operand.what, bool))

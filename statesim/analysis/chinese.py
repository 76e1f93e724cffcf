"""How a reason that somebody gave in English is said in Chinese: by its form, in parts if it has several."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.analysis.act_words import act_words
from statesim.analysis.reasons_zh import DATABASES, EXPECTED, KUBERNETES, QUOTED
from statesim.analysis.words_zh import FILLED

if TYPE_CHECKING:
    from collections.abc import Mapping

# fields that hold a word of ours, and those that hold a reason
_WORDS = frozenset(["how", "f", "role", "by", "cache", "candidate", "primary", "sentence", "probe", "mode"])
_REASONS = frozenset(["why", "reason", "waits_for"])
_FIELD = re.compile(r"\{(\w+)\}")
_QUOTED = re.compile("|".join(QUOTED), re.DOTALL)


class _Form(NamedTuple):
    begin: str
    pattern: re.Pattern[str]
    chinese: str
    literal: int


def reason(text: str) -> str:
    """Return a reason in Chinese; what nobody has foreseen, and what others print, is quoted.

    Examples
    --------
    >>> reason("no heartbeat has been seen for 50 s; NoExecute follows with a later round")
    '已有 50 秒没有心跳；NoExecute 污点在之后的一轮加上'
    >>> reason("PANIC: could not write to the log: No space left on device")
    '“PANIC: could not write to the log: No space left on device”'
    """
    return _said(text) or f"“{text}”"


def in_chinese(fields: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """Return an event's fields for a sentence in Chinese: words are translated, names and numbers stay.

    Parameters
    ----------
    labels
        What the scenario's labels are called in Chinese, by those in English.
    """
    told = dict(fields)
    for name in _WORDS & told.keys():
        told[name] = FILLED.get(told[name], told[name])
    for name in _REASONS & told.keys():
        text = str(told[name])
        # one word is the name that Kubernetes gives to a reason
        told[name] = reason(text) if " " in text else text
    if "label" in told:
        label = str(told["label"])
        told["label"] = labels.get(label) or act_words(label, "", "zh")
    return told


def is_quoted(text: str) -> bool:
    """Tell whether a text is what a program prints, word by word."""
    return _QUOTED.fullmatch(text) is not None


@cache
def _said(text: str) -> str | None:
    """Return a reason in Chinese, ``None`` if it has no form that is known."""
    if is_quoted(text):
        return f"“{text}”"
    for form in _forms():
        found = form.pattern.fullmatch(text) if text.startswith(form.begin) else None
        fields = None if found is None else _fields(found)
        if fields is not None:
            return form.chinese.format(**fields)
    first, semicolon, rest = text.partition("; ")
    if not semicolon:
        return None
    parts = [_said(first), _said(rest)]
    return "；".join(part for part in parts if part) if all(parts) else None


def _fields(found: re.Match[str]) -> dict[str, str] | None:
    """Return what stands in a form's fields, in Chinese where that is a word; ``None`` if it does not fit."""
    fields: dict[str, str] = {}
    for name, text in found.groupdict().items():
        said = FILLED.get(text) if name == "how" else _said(text) if name == "why" else named(text)
        if said is None:
            return None
        fields[name] = said
    return fields


def named(text: str) -> str:
    """Return names in a row as they stand in Chinese: `` and 2 more`` and how many of them are words."""
    text = re.sub(r" and (\d+) more$", r" 等另外 \1 个", text)
    text = re.sub(r"^(\d+|any \d+) of (.+)$", r"\2 中的 \1 个", text).replace("any ", "任意 ")
    return re.sub(r" for more than (\d+) s$", r" 超过 \1 秒", text)


@cache
def _forms() -> tuple[_Form, ...]:
    """Return all forms, those with the most words of their own first."""
    forms = []
    for english, chinese in {**KUBERNETES, **DATABASES, **EXPECTED}.items():
        parts = _FIELD.split(english)
        literal = "".join(parts[::2])
        pattern = "".join(
            f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
        )
        # a name or a number has no semicolon: that is where one reason ends and another begins
        pattern = pattern.replace("(?P<why>.+?)", "(?P<why>.+)")
        pattern = re.sub(r"\(\?P<([a-d]|how)>\.\+\?\)", r"(?P<\1>[^;]+?)", pattern)
        forms.append(_Form(parts[0], re.compile(pattern), chinese, len(literal)))
    return tuple(sorted(forms, key=lambda form: -form.literal))

"""Label selectors as `-l` takes them: ``app=db``, ``tier!=web``, ``role in (a,b)``, ``canary``, ``!old``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.errors import StatesimError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KEY = r"[A-Za-z0-9][A-Za-z0-9_./-]*"
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_EQUAL = re.compile(rf"({_KEY})\s*(==|=|!=)\s*([A-Za-z0-9_.-]*)")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")


class Requirement(NamedTuple):
    """One part of a selector: the label's values that it allows, or forbids; none for mere existence."""

    key: str
    allows: bool
    values: frozenset[str] | None

    def met(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels meet it (apimachinery pkg/labels/selector.go: Matches)."""
        if self.values is None:
            return (self.key in labels) is self.allows
        return (labels.get(self.key) in self.values) is self.allows


def parse_selector(text: str) -> tuple[Requirement, ...]:
    """Return the requirements of a selector.

    Raises
    ------
    StatesimError
        If it is none.
    """
    found = []
    for part in re.split(r",(?![^(]*\))", text):
        said = part.strip()
        if match := _SET.fullmatch(said):
            values = frozenset(value.strip() for value in match[3].split(","))
            found.append(Requirement(match[1], match[2] == "in", values))
        elif match := _EQUAL.fullmatch(said):
            found.append(Requirement(match[1], match[2] != "!=", frozenset({match[3]})))
        elif match := _EXISTS.fullmatch(said):
            found.append(Requirement(match[2], not match[1], None))
        else:
            raise StatesimError(f"unable to parse requirement {said!r}: expected one like app=db")
    return tuple(found)


def selected(doc: Mapping[str, Any], requirements: Sequence[Requirement]) -> bool:
    """Tell whether an object's labels meet every requirement."""
    labels = doc["metadata"].get("labels", {})
    return all(requirement.met(labels) for requirement in requirements)

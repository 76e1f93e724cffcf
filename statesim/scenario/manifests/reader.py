"""Reads one mapping of a manifest field by field, and notes what does not belong there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from statesim.kernel.spans import SECOND
from statesim.scenario.specs import IntOrPercent
from statesim.scenario.units import UnitError, shown
from statesim.scenario.words import a, did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from statesim.scenario.manifests.fields import Fields
    from statesim.scenario.manifests.notes import Notes
    from statesim.scenario.where import Path

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_DNS_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL_KEY = re.compile(r"([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")


class Reader:
    """One mapping: `data` at `path`, whose fields are those of `fields`.

    Unknown fields are errors, fields that are not simulated are warnings, both noted at once; an unknown one
    is read as the nearest one that exists. A value of the wrong type is noted when it is
    read, and the default is returned in its place.
    """

    __slots__ = ("data", "notes", "path")

    def __init__(self, data: Any, path: Path, fields: Fields, notes: Notes) -> None:
        self.notes = notes
        self.path = path
        if not isinstance(data, dict):
            if data is not None:
                notes.error(path, f"expected a mapping, found {shown(data)}", last=True)
            data = {}
        self.data: dict[str, Any] = data
        for key, value in data.items():
            if key in fields.simulated or key in fields.plain:
                continue
            if key in fields.ignored:
                notes.not_simulated((*path, key))
            else:
                meant = nearest(str(key), sorted(fields.known))
                hint = f"did you mean {meant}?" if meant else None
                notes.error((*path, key), f"{a(fields.name)} has no such field", hint, key=True)
                if meant is not None and meant not in self.data:
                    self.data = {**self.data, meant: value}
                    notes.taken_for((*path, meant), key)

    def error(self, key: str, message: str, hint: str | None = None) -> None:
        """Note that the value of `key` is wrong."""
        self.notes.error((*self.path, key), message, hint)

    def missing(self, key: str) -> None:
        """Note that `key` should be there."""
        self.notes.error(self.path, f"{key} is missing")

    def has(self, key: str) -> bool:
        """Tell whether `key` is there and not null."""
        return self.data.get(key) is not None

    def inner(self, key: str, fields: Fields) -> Reader:
        """Return a reader of the mapping at `key`; of an empty one if there is none."""
        return Reader(self.data.get(key), (*self.path, key), fields, self.notes)

    def rows(self, key: str) -> list[Any]:
        """Return the list at `key`; an empty one if there is none."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.error(key, f"expected a list, found {shown(value)}")
            return []
        return list(value)

    def each(self, key: str, fields: Fields) -> Iterator[Reader]:
        """Return a reader for each mapping of the list at `key`."""
        for index, row in enumerate(self.rows(key)):
            yield Reader({} if row is None else row, (*self.path, key, index), fields, self.notes)

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """Return the text at `key`."""
        value = self.data.get(key)
        if value is None or value == "":
            if required:
                self.missing(key)
            return default if value is None else ""
        if not isinstance(value, str):
            self.error(
                key, f"expected a text, found {shown(value)}", self.notes.quoted((*self.path, key), value)
            )
            return default
        return value

    def word(self, key: str, allowed: Sequence[str], default: str) -> str:
        """Return the word at `key`, one of `allowed`."""
        value = self.data.get(key)
        if value is None:
            return default
        if value not in allowed:
            hint = did_you_mean(str(value), allowed)
            self.error(key, f"expected {' or '.join(allowed)}, found {shown(value)}", hint)
            return default
        return str(value)

    def flag(self, key: str) -> bool:
        """Return whether `key` is true."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, bool):
            self.error(key, f"expected true or false, found {shown(value)}")
        return value is True

    def count(self, key: str, default: int, *, least: int = 0) -> int:
        """Return the whole number at `key`, at least `least`."""
        value = self.data.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            self.error(key, f"expected a whole number, found {shown(value)}")
            return default
        if value < least:
            self.error(key, f"must be at least {least}, found {value}")
            return default
        return value

    def whole(self, key: str, default: int) -> int:
        """Return the quantity at `key` of what has no parts: a count, that may be written as a text."""
        value = self.data.get(key)
        if isinstance(value, str) and value.isdigit():
            return int(value)
        return self.count(key, default)

    def seconds(self, key: str, default_s: int, *, least: int = 0) -> int:
        """Return the seconds at `key` as microseconds."""
        return self.count(key, default_s, least=least) * SECOND

    def count_or_percent(self, key: str) -> IntOrPercent | None:
        """Return the count or percentage at `key`."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch(r"\d+%", value):
            return IntOrPercent(int(value[:-1]), percent=True)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            hint = f"did you mean {value}%?" if isinstance(value, str) and value.isdigit() else None
            self.error(key, f"expected a count or a percentage, like 1 or 25%, found {shown(value)}", hint)
            return None
        return IntOrPercent(value)

    def quantity(self, key: str, parse: Callable[[Any], int]) -> int:
        """Return the quantity at `key`, 0 if there is none."""
        value = self.data.get(key)
        if value is None:
            return 0
        try:
            return parse(value)
        except UnitError as error:
            self.error(key, str(error), error.hint)
            return 0

    def labels(self, key: str) -> dict[str, str]:
        """Return the labels at `key`, in the characters that the API takes."""
        found = self.texts(key)
        for name, value in found.items():
            if not _LABEL_KEY.fullmatch(name):
                self.notes.error((*self.path, key, name), f"{name!r} is not the name of a label", key=True)
            if not _LABEL_VALUE.fullmatch(value):
                self.notes.error((*self.path, key, name), f"{value!r} is not the value of a label")
        return found

    def texts(self, key: str) -> dict[str, str]:
        """Return a mapping from texts to texts, as annotations are."""
        value = self.data.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.error(key, f"expected a mapping, found {shown(value)}")
            return {}
        found = {}
        for name, text in value.items():
            if isinstance(text, str):
                found[str(name)] = text
            else:
                path = (*self.path, key, name)
                hint = self.notes.quoted(path, text)
                self.notes.error(path, f"expected a text, found {shown(text)}", hint)
        return found

    def dns_name(self, key: str, *, label: bool = False) -> str:
        """Return the name at `key`: a DNS label (63 characters, no dots), or a subdomain of 253."""
        name = self.text(key, required=True)
        pattern, longest = (_DNS_LABEL, 63) if label else (_DNS_SUBDOMAIN, 253)
        if name and (not pattern.fullmatch(name) or len(name) > longest):
            signs = "small letters, digits and dashes" if label else "small letters, digits, dashes and dots"
            meant = re.sub(r"[^a-z0-9.]+" if not label else r"[^a-z0-9]+", "-", name.lower()).strip("-.")[
                :longest
            ]
            self.error(
                key, f"{name!r} is not a name: {signs}, at most {longest}", meant and f"did you mean {meant}?"
            )
        return name

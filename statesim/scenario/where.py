"""Where a value stands in the files that a scenario is read from, and what is found about it there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from statesim.errors import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str | int, ...]


class Spot(NamedTuple):
    """A place in a file; line and column count from 1. All ``None``: nowhere (built in Python)."""

    file: str | None = None
    line: int | None = None
    column: int | None = None


class Where(Protocol):
    """Tells where a value stands, and how it is written there."""

    def spot(self, path: Path, *, key: bool = False) -> Spot:
        """Return the place of the value at `path` (of its key if `key`), or of what encloses it."""

    def written(self, path: Path) -> str | None:
        """Return the text of the number at `path`, if Python writes it otherwise: ``1.30``, ``0644``."""


class Nowhere:
    """For data that was not read from a file."""

    def spot(self, path: Path, *, key: bool = False) -> Spot:  # noqa: ARG002 - part of the protocol
        """Return no place."""
        return Spot()

    def written(self, path: Path) -> str | None:  # noqa: ARG002 - part of the protocol
        """Return nothing: there is no text."""
        return None


class _Elsewhere(ABC):
    """Data whose values stand in another document, under other paths."""

    __slots__ = ()

    @abstractmethod
    def _there(self, path: Path) -> tuple[Where, Path]:
        """Return the document that holds the value at `path`, and the value's path in it."""

    def spot(self, path: Path, *, key: bool = False) -> Spot:
        """Return the place of the value in the other document."""
        where, there = self._there(path)
        return where.spot(there, key=key)

    def written(self, path: Path) -> str | None:
        """Return its text in the other document."""
        where, there = self._there(path)
        return where.written(there)


class Within(_Elsewhere):
    """Places below `prefix` of an enclosing document."""

    __slots__ = ("_prefix", "_where")

    def __init__(self, where: Where, prefix: Path) -> None:
        self._where = where
        self._prefix = prefix

    def _there(self, path: Path) -> tuple[Where, Path]:
        return self._where, self._prefix + path


class Renamed(_Elsewhere):
    """Places in a document some of whose keys were put right: `names` holds what was written, by path."""

    __slots__ = ("_names", "_where")

    def __init__(self, where: Where, names: Mapping[Path, str]) -> None:
        self._where = where
        self._names = names

    def _there(self, path: Path) -> tuple[Where, Path]:
        written = (self._names.get(path[: depth + 1], part) for depth, part in enumerate(path))
        return self._where, tuple(written)


class Patched(_Elsewhere):
    """Places in a document that a merge patch was laid over: what the patch holds stands where that does."""

    __slots__ = ("_of_patch", "_patch", "_where")

    def __init__(self, where: Where, patch: Mapping[str, Any], of_patch: Where) -> None:
        self._where = where
        self._patch = patch
        self._of_patch = of_patch

    def _there(self, path: Path) -> tuple[Where, Path]:
        node: Any = self._patch
        for part in path:
            if isinstance(node, dict):
                if part not in node:
                    return self._where, path
                node = node[part]
            elif not isinstance(node, list) or not (isinstance(part, int) and part < len(node)):
                break
            else:
                node = node[part]
        return self._of_patch, path


def quoted(value: Any, where: Where, path: Path) -> str | None:
    """Return the hint to put the number or truth value at `path` in quotes, as it was written."""
    if not isinstance(value, bool | int | float):
        return None
    plain = str(value).lower() if isinstance(value, bool) else str(value)
    return f'write "{where.written(path) or plain}"'


def dotted(path: Path) -> str:
    """Return a path as people write it: ``timeline[2].on``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def finding(where: Where, path: Path, message: str, hint: str | None = None, *, key: bool = False) -> Finding:
    """Return a finding about the value at `path` (about its key if `key`)."""
    name = dotted(path)
    return Finding(f"{name}: {message}" if name else message, *where.spot(path, key=key), hint)

"""What is found while manifests are read: errors, and warnings that each say a thing once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from statesim.errors import Finding
from statesim.scenario.where import Nowhere, Renamed, dotted, finding, quoted

if TYPE_CHECKING:
    from statesim.scenario.where import Path, Where


class Notes:
    """Collects findings about one object after the other.

    Parameters
    ----------
    minor
        The version that shall take the objects, the 32 of 1.32; ``None`` = any that is simulated.

    Attributes
    ----------
    broken
        Documents of objects that could not be read; an empty one may be any object.
    """

    def __init__(self, minor: int | None = None) -> None:
        self.minor = minor
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self.broken: list[Any] = []
        self.where = Nowhere()
        self._said: set[str] = set()
        self._namespaces: dict[str, None] = {}

    @property
    def where(self) -> Where:
        """Return where the object stands that is being read."""
        return self._where

    @where.setter
    def where(self, where: Where) -> None:
        self._misspelt: dict[Path, str] = {}
        self._wrong: set[Path] = set()
        self._settled: set[Path] = set()
        self._where = Renamed(where, self._misspelt)

    def taken_for(self, path: Path, written: str) -> None:
        """Note that a misspelt field is read as the one at `path`."""
        self._misspelt[path] = written
        self._settled.add(path)

    def error(
        self, path: Path, message: str, hint: str | None = None, *, key: bool = False, last: bool = False
    ) -> None:
        """Note that the value at `path` (its key if `key`) is wrong; the `last` word on it ends that."""
        if path not in self._settled:
            self.errors.append(finding(self.where, path, message, hint, key=key))
            self._wrong.add(path)
        if last:
            self._settled.add(path)

    def sound(self, *paths: Path) -> bool:
        """Tell whether nothing is wrong with the values at these paths."""
        return not any(
            wrong[: len(path)] == path or path[: len(wrong)] == wrong
            for wrong in self._wrong
            for path in paths
        )

    def warn(self, path: Path, message: str, hint: str | None = None, *, once: str | None = None) -> None:
        """Note something doubtful at `path`; a second time with the same `once` is not noted."""
        if once is not None:
            if once in self._said:
                return
            self._said.add(once)
        self.warnings.append(finding(self.where, path, message, hint, key=True))

    def not_simulated(self, path: Path) -> None:
        """Warn, once for all objects, that a valid field has no effect here."""
        general = re.sub(r"\[\d+\]", "[]", dotted(path))
        spot = self.where.spot(path, key=True)
        if general not in self._said:
            self._said.add(general)
            self.warnings.append(Finding(f"{general} is not simulated", *spot))

    def quoted(self, path: Path, value: Any) -> str | None:
        """Return the hint to write the number or truth value at `path` as a text."""
        return quoted(value, self.where, path)

    def namespace(self, path: Path, name: str) -> None:
        """Note an object's namespace; warn of the second one."""
        self._namespaces.setdefault(name)
        if len(self._namespaces) > 1:
            both = ", ".join(self._namespaces)
            self.warn(path, f"all objects live in one namespace here; found {both}", once="namespaces")

"""What is found while manifests are read: errors, and warnings that each say a thing once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from statesim.errors import Finding
from statesim.scenario.positions import Nowhere, dotted

if TYPE_CHECKING:
    from statesim.scenario.positions import Path, Where


class Notes:
    """Collects findings about one object after the other.

    Attributes
    ----------
    where
        Where the object stands that is being read.
    kind, name
        What it is, for findings that have no place in a file.
    """

    def __init__(self) -> None:
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self.where: Where = Nowhere()
        self._said: set[str] = set()
        self._namespaces: dict[str, None] = {}

    def error(self, path: Path, message: str, hint: str | None = None, *, key: bool = False) -> None:
        """Note that the value at `path` (its key if `key`) is wrong."""
        self.errors.append(self._finding(path, message, hint, key=key))

    def warn(self, path: Path, message: str, hint: str | None = None, *, once: str | None = None) -> None:
        """Note something doubtful at `path`; a second time with the same `once` is not noted."""
        if once is not None:
            if once in self._said:
                return
            self._said.add(once)
        self.warnings.append(self._finding(path, message, hint, key=True))

    def not_simulated(self, path: Path) -> None:
        """Warn, once for all objects, that a valid field has no effect here."""
        general = re.sub(r"\[\d+\]", "[]", dotted(path))
        spot = self.where.spot(path, key=True)
        if general not in self._said:
            self._said.add(general)
            self.warnings.append(Finding(f"{general} is not simulated", *spot))

    def namespace(self, path: Path, name: str) -> None:
        """Note an object's namespace; warn of the second one."""
        self._namespaces.setdefault(name)
        if len(self._namespaces) > 1:
            both = ", ".join(self._namespaces)
            self.warn(path, f"all objects live in one namespace here; found {both}", once="namespaces")

    def _finding(self, path: Path, message: str, hint: str | None, *, key: bool) -> Finding:
        name = dotted(path)
        return Finding(f"{name}: {message}" if name else message, *self.where.spot(path, key=key), hint)

"""How images behave: the scenario's `images:`, found by glob pattern."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statesim.scenario.schema import ImageBehaviour


class Images:
    """Looks up the behaviour of an image; the first pattern of the scenario that matches wins."""

    def __init__(self, patterns: Mapping[str, ImageBehaviour], default: ImageBehaviour) -> None:
        self._patterns = dict(patterns)
        self._default = default
        self._known: dict[str, ImageBehaviour] = {}

    def of(self, image: str) -> ImageBehaviour:
        """Return how `image` behaves (an exact name goes before a pattern)."""
        known = self._known.get(image)
        if known is None:
            known = self._patterns.get(image) or next(
                (found for pattern, found in self._patterns.items() if fnmatchcase(image, pattern)),
                self._default,
            )
            self._known[image] = known
        return known

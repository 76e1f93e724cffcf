"""The storage system behind the volumes: what it does not do at present, whatever the API server believes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class StorageSystem:
    """Which disks cannot be detached, each with the faults that hold it.

    Attributes
    ----------
    on_change
        Called with a volume's name when it can be detached again.
    """

    def __init__(self) -> None:
        self._stuck: dict[str, set[str]] = {}
        self.on_change: list[Callable[[str], None]] = []

    def hold(self, volume: str, fault: str) -> None:
        """Let no detaching of a volume end."""
        self._stuck.setdefault(volume, set()).add(fault)

    def let_go(self, volume: str, fault: str) -> None:
        """End a fault's hold; the volume can be detached when no other fault holds it."""
        held = self._stuck.get(volume, set())
        held.discard(fault)
        if not held:
            self._stuck.pop(volume, None)
            for listener in self.on_change:
                listener(volume)

    def detaches(self, volume: str) -> bool:
        """Tell whether a volume can be detached now."""
        return volume not in self._stuck

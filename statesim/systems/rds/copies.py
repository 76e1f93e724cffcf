"""A managed database's volumes: one in each zone that has a copy.

Source: Amazon RDS User Guide, "Configuring and managing a Multi-AZ deployment".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statesim.kernel.clock import Timer
    from statesim.node.process import Process
    from statesim.systems.data import Directory
    from statesim.systems.wal import Timeline


class Copy:
    """A volume in a zone, and the program that has it open.

    Attributes
    ----------
    upto
        How much of the history it has; ``None`` = all, as it is written to with every commit.
    due
        When its program comes back, if that is settled.
    """

    __slots__ = ("directory", "due", "process", "upto", "zone")

    def __init__(self, zone: str, directory: Directory, log: Timeline) -> None:
        self.zone = zone
        self.directory = directory
        directory.contents = log
        self.process: Process | None = None
        self.upto: int | None = None
        self.due: Timer | None = None

    @property
    def length(self) -> int:
        """Return how much it has."""
        log: Timeline = self.directory.contents
        return log.length if self.upto is None else self.upto

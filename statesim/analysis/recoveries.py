"""How long a session of a client was in trouble: from the call that first failed to the next that did not.

What servers need to serve again (``systems.NAME.rto_s``) and what their clients need to notice it are two
times; here is the second. A call has failed when it was answered ``fail`` or ``info``, and so has one that
took longer than a second: its caller could not know better.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Recoveries:
    """The troubles of all sessions of a client, of one kind of operation.

    Attributes
    ----------
    since
        Sessions in trouble now, and since when (µs).
    longest
        How long each session's longest trouble was (µs), of those that had any.
    """

    since: dict[Any, int] = field(default_factory=dict)
    longest: dict[Any, int] = field(default_factory=dict)

    def fail(self, process: Any, begun: int) -> None:
        """Note a call that did not succeed, or not soon."""
        self.since.setdefault(process, begun)

    def succeed(self, process: Any, t: int) -> None:
        """Note an answer: the session works again."""
        begun = self.since.pop(process, None)
        if begun is not None:
            self.longest[process] = max(self.longest.get(process, 0), t - begun)

    def close(self, end: int) -> None:
        """End the run: who is in trouble still has been so until now."""
        for process in list(self.since):
            self.succeed(process, end)

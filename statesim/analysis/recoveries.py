"""How long a session of a client was in trouble: from the call that first failed to the next that did not.

What servers need to serve again (``systems.NAME.rto_s``) and what their clients need to notice it are two
times; here is the second. A call has failed when it was answered ``fail`` or ``info``, and so has one that
took longer than a second: its caller could not know better. A transaction that the server has aborted, as
another one was in its way, is an answer. What comes before a session was ever served is its start, and no
recovery.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from statesim.kernel.spans import SECOND


@dataclass(slots=True)
class Recoveries:
    """The troubles of all sessions of a client, of one kind of operation.

    Attributes
    ----------
    since
        Sessions in trouble now, and since when (µs).
    longest
        How long each session's longest trouble was (µs), of those that had any and were served again.
    never
        The sessions whose longest trouble the end of the run found unended.
    served
        The sessions that were served at least once.
    """

    since: dict[Any, int] = field(default_factory=dict)
    longest: dict[Any, int] = field(default_factory=dict)
    never: set[Any] = field(default_factory=set)
    served: set[Any] = field(default_factory=set)

    def fail(self, process: Any, begun: int) -> None:
        """Note a call that did not succeed, or not soon."""
        self.since.setdefault(process, begun)

    def succeed(self, process: Any, t: int) -> None:
        """Note an answer: the session works again."""
        begun = self.since.pop(process, None)
        if process not in self.served:
            self.served.add(process)
        elif begun is not None:
            self.longest[process] = max(self.longest.get(process, 0), t - begun)

    def close(self, end: int) -> None:
        """End the run: who is in trouble still, and for longer than ever before, was never served again.

        What failed in the last second, or has lasted less than earlier troubles, says nothing yet.
        """
        for process, begun in self.since.items():
            if end - begun > max(SECOND, self.longest.get(process, 0)):
                self.never.add(process)
                self.longest.pop(process, None)

"""When a client has an outage: no operation of a kind succeeds, though some are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.clock import Deadline
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from statesim.clients.client import Client

SHORTEST_US = SECOND
INTERVALS = 5


class Watch:
    """The success of one kind of operation of a client, over all its sessions.

    There is an outage when nothing has succeeded for a second, or for five times the mean time between two
    calls of that kind if that is longer, and somebody has tried in vain since: has failed, or has waited
    for a quarter of a second. It lasts from the last success to the next. A success costs one integer
    store: the deadline is lazy.

    Parameters
    ----------
    stuck
        Tells whether an operation of that kind has been under way for a quarter of a second.
    """

    __slots__ = (
        "_client",
        "_deadline",
        "_failed_us",
        "_outage",
        "_paused",
        "_stuck",
        "f",
        "last_ok_us",
        "threshold_us",
    )

    def __init__(
        self, client: Client, f: str, mean_us: float | None, stuck: Callable[[str, int], bool]
    ) -> None:
        self._client = client
        self._stuck = stuck
        self._deadline: Deadline | None = None
        self._failed_us = -1
        self._paused = False
        self._outage: int | None = None
        self.f = f
        self.last_ok_us: int | None = None
        self.threshold_us = SHORTEST_US
        self.expect(mean_us)

    def expect(self, mean_us: float | None) -> None:
        """Take a new mean time between calls; ``None`` = there are none, which is no outage."""
        if mean_us is not None:
            self.threshold_us = max(SHORTEST_US, round(INTERVALS * mean_us))

    def begin(self) -> None:
        """Watch from now on: the client has begun to work."""
        if self._deadline is None and self._outage is None:
            self._arm(self._client.clock.now + self.threshold_us)

    def succeed(self, now: int) -> None:
        """Note a success."""
        deadline = self._deadline
        if self._paused:
            return
        if deadline is None:
            self._recover(now)
        else:
            deadline.due = max(deadline.due, now + self.threshold_us)
        self.last_ok_us = now

    def fail(self, now: int) -> None:
        """Note an operation that did not succeed."""
        self._failed_us = now

    @property
    def out(self) -> bool:
        """Tell whether there is an outage now."""
        return self._outage is not None

    def pause(self) -> None:
        """Stop watching for a while in which everything succeeds."""
        self.close()
        self._paused = True

    def resume(self, now: int) -> None:
        """Watch again: until now everything has succeeded."""
        self._paused = False
        self.last_ok_us = now
        self._arm(now + self.threshold_us)

    def close(self) -> None:
        """Stop watching: the run is over."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _arm(self, due: int) -> None:
        self._deadline = Deadline(self._client.clock, due, self._expire)

    def _expire(self) -> None:
        now = self._client.clock.now
        since = self.last_ok_us or 0
        if self._failed_us < since and not self._stuck(self.f, now):
            self._arm(now + self.threshold_us // 4)
            return
        self._deadline = None
        client = self._client
        client.tell()
        client.clock.cause = client.blame(self.f, since)
        last = None if self.last_ok_us is None else self.last_ok_us / SECOND
        self._outage = client.record("Outage", f=self.f, target=client.targets[self.f], last_ok_s=last)

    def _recover(self, now: int) -> None:
        client = self._client
        if self._outage is not None:
            since = self.last_ok_us if self.last_ok_us is not None else client.opened_us
            client.tell()
            client.clock.cause = self._outage
            client.record("Recovered", f=self.f, outage_s=(now - since) / SECOND)
            client.clock.cause = None
            self._outage = None
        self._arm(now + self.threshold_us)

"""How fast one client of the API server may write: a token bucket, without an event for any token.

Source: client-go util/flowcontrol/throttle.go; kube-controller-manager ``--kube-api-qps`` 20 and
``--kube-api-burst`` 30. Each controller has a client, and so a bucket, of its own
(cmd/kube-controller-manager: ClientOrDie). That is why five hundred pods take 24 s and not one.
"""

from __future__ import annotations

from dataclasses import dataclass

SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Limit:
    """`qps` requests a second once `burst` are spent."""

    qps: float = 20.0
    burst: int = 30


CONTROLLER_MANAGER = Limit()
SCHEDULER = Limit(50.0, 100)
# client-go tools/record/events_cache.go: EventSourceObjectSpamFilter; what goes beyond is dropped
EVENTS_OF_ONE_OBJECT = Limit(1 / 300, 25)
# recorded: a StatefulSet of sixty, whose burst is not spent yet, makes a pod every 16 ms
ANSWER_US = 16_000


class ClientRate:
    """A bucket that tells each request when it may go out.

    It keeps one number: when the bucket would be full again, had all requests so far been paid for.
    """

    __slots__ = ("_full_us", "_interval", "_slack")

    def __init__(self, limit: Limit | None) -> None:
        self._interval = 0 if limit is None else round(SECOND / limit.qps)
        self._slack = 0 if limit is None else (limit.burst - 1) * self._interval
        self._full_us = 0

    def reserve(self, now: int) -> int:
        """Take the next token; return when it is there (microseconds, `now` at the earliest)."""
        if not self._interval:
            return now
        when = max(now, self._full_us - self._slack)
        self._full_us = max(when, self._full_us) + self._interval
        return when

    def free(self, now: int) -> bool:
        """Tell whether a token is there now."""
        return now >= self._full_us - self._slack


class Client:
    """A controller's client: requests, and the Events that tell of them, out of one bucket.

    Events go one after the other, each once the one before is through, so that they never keep more than one
    request waiting (client-go tools/record/event.go: StartEventWatcher, recordToSink). They need no timer:
    what has gone out before a request is worked out when that comes.
    """

    __slots__ = ("_about", "_rate", "_untold", "_via_us")

    def __init__(self, limit: Limit | None) -> None:
        self._rate = ClientRate(limit)
        self._about: dict[str, ClientRate] | None = None if limit is None else {}
        self._untold = 0
        self._via_us = 0

    def request(self, now: int, sent_us: int) -> int:
        """Return when a request may go out; those of its pass before it really take until `sent_us`."""
        while self._untold and self._via_us < sent_us:
            self._untold -= 1
            self._via_us = self._rate.reserve(self._via_us) + ANSWER_US
        return self._rate.reserve(now)

    def tell(self, now: int, about: str) -> None:
        """Send an Event about an object (SuccessfulCreate, …), if it is not one too many.

        It comes about when the API server has answered the request that it tells of.
        """
        if self._about is None:
            return
        told = self._about.get(about)
        if told is None:
            told = self._about[about] = ClientRate(EVENTS_OF_ONE_OBJECT)
        if not told.free(now):
            return
        told.reserve(now)
        if not self._untold:
            self._via_us = max(self._via_us, now + ANSWER_US)
        self._untold += 1

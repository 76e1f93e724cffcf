"""What clients ask: the kinds of operations, after Jepsen's workloads (jepsen-io/jepsen, ``checker.clj``).

A caller's wish is one number from 0 to 1, drawn with its arrival: what is asked does not depend on how much
was asked before, so that all variants of a scenario see the same wishes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from statesim.systems.statements import Copy

RECENT = 100


class Caller(Protocol):
    """Who calls over one session: what is asked next, and what is made of the answers."""

    def begin(self, choice: float) -> tuple[str, Any]:
        """Return `f` and value of a new operation; `choice` picks one, from 0 to 1."""

    def succeed(self, f: str, value: Any, result: Any) -> Any:
        """Note that an operation was answered ``ok``; return the value to be recorded."""

    def fail(self, f: str, value: Any, error: str) -> str:
        """Note that one was not; return the client's event that tells of it, if any shall."""


class Workload(Protocol):
    """What a client's operations are about; one for all sessions of a client.

    Attributes
    ----------
    kind
        Which statements its operations are (`systems.statements`).
    shares
        Which share of the operations each `f` has; those that change something first.
    """

    kind: str
    shares: dict[str, float]

    def of(self, process: int) -> Caller:
        """Return who calls over a session."""

    def last_read(self, copy: Copy) -> Any:
        """Return what is left of this client's writes in the surviving data; ``None`` = it keeps nothing."""


class Alike:
    """What workloads share whose sessions are all alike: a failure changes nothing of what is asked."""

    __slots__ = ()

    def of(self, process: int) -> Self:  # noqa: ARG002 - part of the protocol
        """See `Workload.of`: one caller for all."""
        return self

    def fail(self, f: str, value: Any, error: str) -> str:  # noqa: ARG002 - part of the protocol
        """See `Caller.fail`."""
        return ""


class SetWorkload(Alike):
    """Writers add integers to a set, each once; readers ask whether one that was acknowledged is there.

    This is Jepsen's ``set`` workload with the final read asked for element by element meanwhile, as
    ``set-full`` does: a read that misses an acknowledged element was stale, or the element is lost.

    Parameters
    ----------
    write_share
        Share of operations that write.
    every
        Whether reads ask for any element that was acknowledged, not only for one of the last hundred.
    first, step
        This client's elements are ``first``, ``first + step``, …: clients of one system do not share any.

    Attributes
    ----------
    acknowledged
        Elements whose write was answered ``ok``, in that order.
    """

    __slots__ = ("_every", "_next", "_read_scale", "_write_share", "acknowledged", "first", "shares", "step")
    kind = "set"

    def __init__(self, write_share: float, first: int = 0, step: int = 1, *, every: bool = False) -> None:
        self._every = every
        self._write_share = write_share
        self._read_scale = 1 / (1 - write_share) if write_share < 1 else 0.0
        self._next = first
        self.first = first
        self.step = step
        self.shares = {f: x for f, x in (("write", write_share), ("read", 1 - write_share)) if x > 0}
        self.acknowledged: list[int] = []

    def begin(self, choice: float) -> tuple[str, Any]:
        """Return a write of a new element, or a read of an acknowledged one."""
        if choice < self._write_share:
            value = self._next
            self._next = value + self.step
            return "write", value
        acknowledged = self.acknowledged
        if not acknowledged:
            return "read", self.first
        recent = len(acknowledged) if self._every else min(len(acknowledged), RECENT)
        back = int((choice - self._write_share) * self._read_scale * recent)
        return "read", acknowledged[-1 - min(back, recent - 1)]

    def succeed(self, f: str, value: Any, result: Any) -> Any:
        """Remember an acknowledged element; return ``[element, there]`` for a read."""
        if f == "write":
            self.acknowledged.append(value)
            return value
        return [value, result] if isinstance(result, bool) else result

    def last_read(self, copy: Copy) -> list[int]:
        """See `Workload.last_read`: every element of this client that is there, in order."""
        there = filter(self.mine, set(copy.keys()))
        return sorted(element for element in there if copy.get(element) is not None)

    def mine(self, element: Any) -> bool:
        """Tell whether an element is one that this client may have written."""
        return isinstance(element, int) and (element - self.first) % self.step == 0


class WebWorkload(Alike):
    """Requests that change nothing."""

    __slots__ = ("shares",)
    kind = "web"

    def __init__(self) -> None:
        self.shares = {"request": 1.0}

    def begin(self, choice: float) -> tuple[str, Any]:  # noqa: ARG002 - part of the protocol
        """Return a request."""
        return "request", None

    def succeed(self, f: str, value: Any, result: Any) -> Any:  # noqa: ARG002 - part of the protocol
        """Return what the server sent."""
        return result

    def last_read(self, copy: Copy) -> None:
        """See `Workload.last_read`."""

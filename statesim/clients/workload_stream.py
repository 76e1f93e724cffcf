"""Viewers of a live stream: each session is one, and gets a piece of the programme now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.clients.workload import Alike
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from statesim.systems.statements import Copy


class StreamWorkload(Alike):
    """Viewers, who see nothing of an interruption that is shorter than what their players hold.

    Parameters
    ----------
    buffer_us
        How much a player has in advance; the history carries it, in seconds, for who measures.
    """

    __slots__ = ("_buffer_s", "shares")
    kind = "stream"

    def __init__(self, buffer_us: int) -> None:
        self._buffer_s = buffer_us / SECOND
        self.shares = {"segment": 1.0}

    def begin(self, choice: float) -> tuple[str, Any]:  # noqa: ARG002 - part of the protocol
        """Return a request for the next piece."""
        return "segment", self._buffer_s

    def succeed(self, f: str, value: Any, result: Any) -> Any:  # noqa: ARG002 - part of the protocol
        """Return how much the player holds."""
        return value

    def last_read(self, copy: Copy) -> None:
        """See `Workload.last_read`: nothing is kept."""

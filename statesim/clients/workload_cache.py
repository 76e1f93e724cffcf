"""Requests for objects, some of which are asked for much more often than others.

One operation may stand for several requests (`times`), so that the load of a large site does not take a large
history: the answer is about one object, and says how many of the others went to the origin too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statesim.clients.workload import Alike
from statesim.systems.zipf import zipf

if TYPE_CHECKING:
    from statesim.systems.statements import Copy


class CacheWorkload(Alike):
    """Visitors who ask for objects by Zipf's law.

    Parameters
    ----------
    objects, exponent
        How many there are, and how unequal.
    times
        How many requests one operation stands for.
    """

    __slots__ = ("_exponent", "_objects", "_times", "shares")
    kind = "cache"

    def __init__(self, objects: int, exponent: float, times: int = 1) -> None:
        self._objects = objects
        self._exponent = exponent
        self._times = times
        self.shares = {"request": 1.0}

    def begin(self, choice: float) -> tuple[str, Any]:
        """Return a request for one object."""
        item = zipf(self._objects, self._exponent).draw(choice)
        return "request", {
            "object": item,
            "objects": self._objects,
            "zipf": self._exponent,
            "times": self._times,
        }

    def succeed(self, f: str, value: Any, result: Any) -> Any:  # noqa: ARG002 - part of the protocol
        """Return what the server said: ``[object, "hit" or "miss", requests, of these to the origin]``."""
        return result

    def last_read(self, copy: Copy) -> None:
        """See `Workload.last_read`: copies are not looked for at the end."""

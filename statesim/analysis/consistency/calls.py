"""A history as intervals: each call from its invocation to its end, as checkers want it.

Jepsen's reading of the three ends (jepsen-io/jepsen, ``history.clj``; knossos, ``op.clj``): ``ok``
happened between its invocation and its end; ``fail`` never happened; ``info`` may happen at any time after
its invocation, or never, and so may a call that had not ended when the history did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

End = Literal["ok", "fail", "info"]

NEVER = 1 << 62  # later than any run: when a call ends that may still happen


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One operation of one process; it is equal to itself alone.

    Attributes
    ----------
    index
        Its place among all calls, by invocation.
    process
        Who called; a process has one call at a time.
    f, value
        What was asked: ``value`` as it was invoked.
    invoked_us, ended_us
        Its interval (µs); ``ended_us`` is `NEVER` unless it ended ``ok`` or ``fail``.
    end
        How it ended.
    result
        The value at its end: for a read, what was read.
    error
        What the caller was told where it did not end ``ok``.
    """

    index: int
    process: int | str
    f: str
    value: Any
    invoked_us: int
    ended_us: int
    end: End
    result: Any = None
    error: str = ""

    def precedes(self, other: Call) -> bool:
        """Tell whether it had ended before the other one began: real time orders them."""
        return self.ended_us < other.invoked_us

    def __str__(self) -> str:
        shown = self.result if self.end == "ok" and self.result is not None else self.value
        until = "…" if self.ended_us == NEVER else f"{self.ended_us / 1e6:.6f} s"
        what = f"{self.f} {shown}" if shown is not None else self.f
        return f"process {self.process}: {what} ({self.end}, {self.invoked_us / 1e6:.6f} s to {until})"


def pair(rows: Iterable[tuple[Any, ...]], client: str | None = None) -> list[Call]:
    """Return the calls of a history, by invocation.

    Parameters
    ----------
    rows
        (t_us, process, client, type, f, value, …) in order of time, as a run records them.
    client
        Whose calls; everybody's if not given.
    """
    begun: dict[tuple[Any, Any], tuple[int, int, str, Any]] = {}
    found: list[Call | None] = []
    for t, process, who, type_, f, value, *error in rows:
        if client is not None and who != client:
            continue
        key = (who, process)
        if type_ == "invoke":
            begun[key] = (len(found), t, f, value)
            found.append(None)
        elif key in begun:
            index, since, asked, argument = begun.pop(key)
            until = NEVER if type_ == "info" else t
            found[index] = Call(index, process, asked, argument, since, until, type_, value, *map(str, error))
    for (_, process), (index, since, asked, argument) in begun.items():
        found[index] = Call(index, process, asked, argument, since, NEVER, "info")
    return [call for call in found if call is not None]

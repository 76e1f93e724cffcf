"""What clients that keep no history have counted: the `Traffic` events of a trace, added up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.analysis.outages import MAIN
from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statesim.kernel.trace import TraceEvent


class Stretch(NamedTuple):
    """How many calls of one kind were answered ``ok`` between two instants (µs)."""

    start_us: int
    end_us: int
    ok: int


@dataclass(slots=True)
class Counted:
    """The calls of one kind of one client.

    Attributes
    ----------
    since_us
        From when on they were counted.
    first_ok_us
        When the first success was; ``None`` = there was none.
    """

    since_us: int
    ok: int = 0
    failed: int = 0
    unknown: int = 0
    aborted: int = 0
    first_ok_us: int | None = None
    stretches: list[Stretch] = field(default_factory=list)

    def add(self, t_us: int, fields: dict[str, Any]) -> None:
        """Add what one event tells."""
        for outcome in ("ok", "failed", "unknown", "aborted"):
            setattr(self, outcome, getattr(self, outcome) + int(fields.get(outcome, 0)))
        if self.first_ok_us is None and "first_ok_s" in fields:
            self.first_ok_us = round(fields["first_ok_s"] * SECOND)
        self.stretches.append(Stretch(_since(fields), t_us, int(fields.get("ok", 0))))


@dataclass(frozen=True, slots=True)
class Loss:
    """How many acknowledged writes are lost, and when the first and the last was acknowledged (µs)."""

    count: int
    first_us: int | None = None
    last_us: int | None = None


def losses(events: Iterable[TraceEvent]) -> dict[str, Loss]:
    """Return what each client says at the end to have lost."""
    found: dict[str, Loss] = {}
    for event in events:
        if event.event == "Lost" and event.object.startswith("Client/") and "count" in event.fields:
            fields = event.fields
            times = (round(fields[key] * SECOND) if key in fields else None for key in ("first_s", "last_s"))
            found[event.object[7:]] = Loss(int(fields["count"]), *times)
    return found


def traffic(events: Iterable[TraceEvent]) -> dict[str, dict[str, Counted]]:
    """Return what each client without a history has counted, by kind of operation, the main one first."""
    found: dict[str, dict[str, Counted]] = {}
    for event in events:
        if event.event == "Traffic":
            of_client = found.setdefault(event.object.partition("/")[2], {})
            f = event.fields["f"]
            if f not in of_client:
                of_client[f] = Counted(_since(event.fields))
            of_client[f].add(event.t_us, event.fields)
    return {name: dict(sorted(each.items(), key=_rank)) for name, each in found.items()}


def _since(fields: dict[str, Any]) -> int:
    return round(float(fields["since_s"]) * SECOND)


def _rank(row: tuple[str, Counted]) -> int:
    return MAIN.index(row[0]) if row[0] in MAIN else len(MAIN)

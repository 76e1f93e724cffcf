"""How long a client could not work, out of the time in which it wanted to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.kernel.spans import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statesim.analysis.outages import Outage


def seconds(us: float) -> float:
    """Return microseconds as seconds, rounded to six decimals."""
    return round(us / SECOND, 6)


def availability(
    found: Sequence[Outage], begun_us: int | None, first_ok_us: int | None, end_us: int
) -> dict[str, float | int | bool | None]:
    """Return the metrics of the outages of one kind of operation.

    Parameters
    ----------
    found
        The outages, in order.
    begun_us
        When the first operation was begun; ``None`` = there was none.
    first_ok_us
        When the first one succeeded.
    end_us
        The end of the run.
    """
    unavailable = sum(outage.length_us for outage in found)
    start = begun_us
    if first_ok_us is not None:
        start = min(first_ok_us, found[0].start_us) if found else first_ok_us
    starts = bool(found) and first_ok_us is not None and found[0].end_us == first_ok_us
    asked = start is not None and end_us > start
    return {
        "unavailable_s": seconds(unavailable),
        "outages": len(found),
        "longest_outage_s": seconds(max((outage.length_us for outage in found), default=0)),
        "first_outage_s": seconds(found[0].length_us) if found else 0.0,
        "last_outage_s": seconds(found[-1].length_us) if found else 0.0,
        "first_outage_at_s": seconds(found[0].start_us) if found else None,
        "out_at_end": bool(found) and found[-1].open,
        "starting_s": seconds(found[0].length_us) if starts else 0.0,
        "availability": round(1 - unavailable / (end_us - (start or 0)), 9) if asked else None,
    }

"""What a client was answered, as a strip of block characters: what is answered, below it what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from statesim.views.replay.steps import traffic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statesim.analysis.outages import Outage
    from statesim.analysis.reading import Reading

BLOCKS = "▁▂▃▄▅▆▇█"
OUT = "✗"
NOTHING = "·"


class Strip(NamedTuple):
    """What one client was told, for the whole run.

    Attributes
    ----------
    unit
        What it asks for: ``writes``.
    step_us
        How much time one character stands for.
    answered, failed
        How many in each step; `failed` counts those too of which nobody knows.
    outages
        By kind of operation.
    """

    client: str
    f: str
    unit: str
    step_us: int
    answered: Sequence[int]
    failed: Sequence[int]
    outages: Mapping[str, Sequence[Outage]]


class Shown(NamedTuple):
    """The end of a strip at an instant.

    Attributes
    ----------
    out
        Kinds of operation that do not succeed, each with the time (µs) since the last one that did.
    answered, failed
        A character a step, the newest last.
    rate
        How many were answered in the last whole step.
    """

    client: str
    unit: str
    step_us: int
    out: tuple[tuple[str, int], ...]
    answered: str
    failed: str
    rate: int
    failing: int


def strips(reading: Reading) -> list[Strip]:
    """Return the strips of all clients of a run."""
    return [_strip(reading, client, row) for client, row in traffic(reading).items()]


def _strip(reading: Reading, client: str, row: Mapping[str, Any]) -> Strip:
    failed = [a + b for a, b in zip(row["failed"], row["unknown"], strict=True)]
    kinds = [row["f"], *(each["f"] for each in row.get("also", ()))]
    outages = {f: reading.outages(client, f) for f in kinds}
    return Strip(client, row["f"], row["unit"], row["step_us"], row["acked"], failed, outages)


def shown(strip: Strip, t_us: int, width: int) -> Shown:
    """Return the last `width` whole steps of a strip before an instant."""
    end = min(t_us // strip.step_us, len(strip.answered))
    begin = max(0, end - width)
    most = max([*strip.answered, *strip.failed, 1])
    main = strip.outages.get(strip.f, ())
    cells = []
    for place in range(begin, end):
        middle_us = place * strip.step_us + strip.step_us // 2
        out = any(each.start_us <= middle_us < each.end_us for each in main)
        cells.append(_block(strip.answered[place], most) or (OUT if out else NOTHING))
    out_now = tuple(
        (f, t_us - each.start_us)
        for f, found in strip.outages.items()
        for each in found
        if each.start_us <= t_us and (t_us < each.end_us or (each.open and t_us == each.end_us))
    )
    return Shown(
        strip.client,
        strip.unit,
        strip.step_us,
        out_now,
        "".join(cells),
        "".join(_block(strip.failed[place], most) or " " for place in range(begin, end)),
        strip.answered[end - 1] if end else 0,
        strip.failed[end - 1] if end else 0,
    )


def _block(count: int, most: int) -> str:
    """Return a block as high as a count, the lowest for the smallest; "" for none."""
    return BLOCKS[(count * len(BLOCKS) - 1) // most] if count else ""

"""Tidy tables of many runs: a row for each run, and what its columns say.

The columns are ``scenario``, ``variant``, ``seed``, the settings that were swept
(``systems.pg.parameters.ttl``), and metrics by their dotted paths (``clients.shop.unavailable_s``).
"""

from __future__ import annotations

from math import inf, isnan
from typing import TYPE_CHECKING, NamedTuple

from statesim.scenario.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

OUTAGES = (
    "unavailable_s",
    "longest_outage_s",
    "last_outage_s",
)  # what is cut off where a run ends within one
DURATION = "duration_s"


class Group(NamedTuple):
    """Runs that have a variant, or settings, in common.

    Attributes
    ----------
    name
        ``patroni-async``, ``ttl 15s``, ``patroni-async, ttl 15s``.
    values
        One for each run that has one; infinite for what had not come, or was not over, when the run ended.
    measured
        The same, but what was not over counts as long as it was seen.
    runs
        How many runs there were, those without a value among them.
    """

    name: str
    values: list[float]
    measured: list[float]
    runs: int


def groups(frame: pd.DataFrame, metric: str, by: Sequence[str] | None = None) -> list[Group]:
    """Return the values of a metric, for the runs of each variant or setting; groups in the table's order.

    Parameters
    ----------
    by
        The columns that make the groups; default: ``scenario`` and ``variant``, where they vary. None of
        them: all runs are one group, which has the name of the variant.

    Raises
    ------
    ValueError
        If the table has no such column, or no rows.
    """
    known(frame, [metric, *(by or ())])
    if frame.empty:
        raise ValueError("there are no runs in this table")
    varied = [name for name in ("scenario", "variant") if name in frame and frame[name].nunique() > 1]
    asked = varied if by is None else by
    whole = frame[list(asked)].copy()
    whole[_VALUE], whole[_MEASURED] = values_of(frame, metric), measured_of(frame, metric)
    parts = [(_alone(frame), whole)] if not asked else _parted(whole, list(asked))
    return [
        Group(
            name,
            [float(value) for value in part[_VALUE] if not isnan(value)],
            [float(value) for value in part[_MEASURED] if not isnan(value)],
            len(part),
        )
        for name, part in parts
    ]


def _alone(frame: pd.DataFrame) -> str:
    """Return the name of all runs together."""
    names = set(frame["variant"]) if "variant" in frame else set()
    return str(names.pop()) if len(names) == 1 and names != {"default"} else "all runs"


_VALUE, _MEASURED = "__value__", "__measured__"


def _parted(frame: pd.DataFrame, by: list[str]) -> list[tuple[str, pd.DataFrame]]:
    found = frame.groupby(by, sort=False, dropna=False)
    return [
        (", ".join(_named(by, key)), part)
        for key, part in ((key if isinstance(key, tuple) else (key,), part) for key, part in found)
    ]


def _named(by: list[str], key: tuple[object, ...]) -> list[str]:
    """Return the parts of a group's name; a variant without a place for a setting leaves that out."""
    told = [shown_setting(name, value) for name, value in zip(by, key, strict=True) if value == value]  # noqa: PLR0124
    return told or ["without these settings"]


def shown_setting(name: str, value: object) -> str:
    """Return a variant's name as it is, and a setting with the last part of its path: ``ttl 15s``."""
    return str(value) if name in {"scenario", "variant"} else f"{name.rpartition('.')[2]} {value}"


def values_of(frame: pd.DataFrame, metric: str) -> pd.Series[float]:
    """Return a metric of each run: NaN for none, infinite for what did not come or was not over at the end.

    A time until something that did not come is infinite in the table; of outages ``out_at_end`` tells.
    """
    found = measured_of(frame, metric)
    whose, _, name = metric.rpartition(".")
    reads = "read_" if name.startswith("read_") else ""
    if name.removeprefix("read_") in OUTAGES:
        open_ = _true(frame, f"{whose}.{reads}out_at_end")
        return found.mask(open_, inf)
    return found


def measured_of(frame: pd.DataFrame, metric: str) -> pd.Series[float]:
    """Return a metric of each run as it was measured; NaN for none."""
    import pandas as pd  # noqa: PLC0415 - 0.4 s, and only tables need it

    known(frame, [metric])
    found: pd.Series[float] = pd.to_numeric(frame[metric], errors="coerce").astype(float)
    return found


def _true(frame: pd.DataFrame, name: str) -> pd.Series[bool]:
    import pandas as pd  # noqa: PLC0415 - as above

    if name not in frame:
        return pd.Series(False, index=frame.index)
    return pd.to_numeric(frame[name], errors="coerce").fillna(0) > 0


def known(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise `ValueError` if a table has no column of one of these names."""
    columns = [str(name) for name in frame.columns]
    for name in names:
        if name not in columns:
            ends = [column for column in columns if column.endswith(f".{name}")]
            hint = f"did you mean {' or '.join(ends[:3])}?" if ends else did_you_mean(name, columns)
            raise ValueError(f"there is no column {name!r} in this table" + (f"; {hint}" if hint else ""))

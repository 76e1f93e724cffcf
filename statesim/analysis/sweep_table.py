"""The runs of a sweep as one tidy table: a row for each run, the same bytes in whatever order they came."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from statesim.analysis.sweep_record import Outline, Row

FIRST = ("scenario", "variant", "seed")
# counts that a run does not mention if they are 0
_COUNTED = ("events.", "findings.")


def table(outline: Outline, rows: Iterable[Row]) -> pd.DataFrame:
    """Return a row for each run, sorted by case and seed.

    Its columns are `FIRST`, the settings by path (empty where a variant has no place for one), and the
    numeric metrics by dotted path, sorted. Whole numbers stay whole, also where some runs have none.
    """
    import pandas as pd  # noqa: PLC0415 - 0.4 s, and only tables need it

    ordered = sorted(rows, key=lambda row: row.key)
    columns: dict[str, Any] = {
        "scenario": [outline.scenario] * len(ordered),
        "variant": [outline.cases[row.case].variant for row in ordered],
        "seed": pd.array([row.seed for row in ordered], dtype="int64"),
    }
    for path, values in outline.settings.items():
        chosen = [outline.cases[row.case].settings.get(path) for row in ordered]
        columns[path] = _setting(values, chosen)
    names = sorted({name for row in ordered for name in row.numbers})
    for name in names:
        missing = 0 if name.startswith(_COUNTED) else None
        columns[name] = _numbers([row.numbers.get(name, missing) for row in ordered])
    return pd.DataFrame(columns)


def _setting(asked: Sequence[Any], chosen: list[Any]) -> Any:
    """Return a column of numbers if all values that were asked for are, else of texts."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in asked):
        return _numbers(chosen)
    return [None if value is None else setting_value(value) for value in chosen]


def setting_value(value: Any) -> str:
    """Return a setting's value as it stands in a table's cell."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _numbers(values: list[Any]) -> Any:
    import pandas as pd  # noqa: PLC0415 - as above

    there = [value for value in values if value is not None]
    if not all(isinstance(value, int) for value in there):
        return pd.array(
            [float("nan") if value is None else float(value) for value in values], dtype="float64"
        )
    return pd.array(values, dtype="int64" if len(there) == len(values) else "Int64")

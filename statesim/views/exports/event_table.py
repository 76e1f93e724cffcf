"""The trace as a table with columns that are always the same: CSV, or Parquet with types."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING, Any

from statesim.analysis.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from statesim.analysis.reading import Reading

COLUMNS = ("variant", "id", "t_us", "t_s", "kind", "name", "event", "cause", "text", "fields")


def rows(readings: Sequence[Reading]) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each event: `text` is a sentence, `fields` a JSON object of whatever else it says."""
    for reading in readings:
        variant = reading.record.variant
        for event in reading.record.events:
            kind, _, name = event.object.partition("/")
            told = json.dumps(event.fields, ensure_ascii=False)
            yield (
                variant, event.id, event.t_us, event.t, kind, name, event.event, event.cause, sentence(event),
                told,
            )  # fmt: skip


def csv_text(readings: Sequence[Reading]) -> str:
    """Return the table as CSV (RFC 4180, but with plain line ends), its first line the columns."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows(readings))
    return text.getvalue()


def write_parquet(readings: Sequence[Reading], path: Path) -> None:
    """Write the table as Parquet; `cause` is null where an event has none."""
    import pyarrow as pa  # type: ignore[import-untyped] # noqa: PLC0415 - an extra
    from pyarrow import parquet  # noqa: PLC0415 - as above

    types = (
        pa.string(),
        pa.int64(),
        pa.int64(),
        pa.float64(),
        *[pa.string()] * 3,
        pa.int64(),
        pa.string(),
        pa.string(),
    )
    schema = pa.schema(list(zip(COLUMNS, types, strict=True)))
    columns = [list(column) for column in zip(*rows(readings), strict=True)] or [[] for _ in COLUMNS]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), path)

"""What a sweep leaves in a directory beside its journal: the table of its runs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from statesim.views.outputs import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

CSV = "runs.csv"
PARQUET = "runs.parquet"
HINT = f"{PARQUET} needs pyarrow: pip install 'statesim[parquet]'"


def parquet() -> bool:
    """Tell whether tables can be written as Parquet."""
    return find_spec("pyarrow") is not None


def write_table(directory: Path, runs: pd.DataFrame) -> list[Path]:
    """Write ``runs.csv``, and ``runs.parquet`` where that can be written; one of an earlier time goes."""
    paths = [directory / CSV]
    with whole_file(paths[0]) as part:
        runs.to_csv(part, index=False, lineterminator="\n", encoding="utf-8")
    (directory / PARQUET).unlink(missing_ok=True)
    if parquet():
        paths.append(directory / PARQUET)
        with whole_file(paths[1]) as part:
            runs.to_parquet(part, engine="pyarrow", index=False)
    return paths

"""The documentation's pictures of many runs, each from a table of them that lies in `runs/`.

python -m tests.docs.many NAME ...   runs all that these show again, which takes minutes, and draws them

`python -m tests.docs.gallery` draws them from their tables. A test runs some rows again, and asks whether the
pictures are of these tables.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

import statesim
from statesim.analysis.over_seeds import typical_seed
from statesim.views import compare_figure, ecdf, heatmap
from tests.docs.pictured import DPI, IMAGES, SHARP, Carried, digest, looks, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

RUNS = Path(__file__).parent / "runs"
TTL, LOOP = "systems.pg.parameters.ttl", "systems.pg.parameters.loop_wait"
BASELINE = "patroni-async"
OUT, LOST, OPEN = (f"clients.shop.{each}" for each in ("unavailable_s", "lost", "out_at_end"))


class Many(NamedTuple):
    """A picture of many runs: its name and kind, what is run, and the columns of its table.

    `again`: the seeds that a test runs again.
    """

    name: str
    kind: str
    scenario: str
    variants: tuple[str, ...]
    seeds: int
    columns: tuple[str, ...]
    again: tuple[int, ...]
    settings: tuple[tuple[str, tuple[str, ...]], ...] = ()
    dpi: int = SHARP

    @property
    def path(self) -> Path:
        """Return where it lies."""
        return IMAGES / f"{self.name}.png"

    @property
    def table(self) -> Path:
        """Return where its runs lie."""
        return RUNS / f"{self.name}.csv"


PICTURES = (
    Many("sweep-ecdf", "ecdf", "pg-node-crash", ("patroni-async",), 1000, (OUT, LOST, OPEN), (7, 229, 242)),
    Many(
        "sweep-heatmap", "heatmap", "pg-node-crash", ("patroni-async", "patroni-sync"), 100, (OUT, OPEN), (100,),
        ((TTL, ("30s", "45s", "60s")), (LOOP, ("5s", "10s")), ("duration", ("5m",))),
    ),
    Many(
        "compare-pg-node-crash", "compare", "pg-node-crash", ("deployment-emptydir", "patroni-async", "patroni-sync"),
        200, (OUT, LOST, OPEN, "systems.pg.dual_primary_s"), (200,), dpi=DPI,
    ),
)  # fmt: skip


def simulated(each: Many, seeds: Sequence[int], jobs: int | None = 1) -> pd.DataFrame:
    """Return the rows of a picture's table with these seeds, run now."""
    settings = {path: list(values) for path, values in each.settings}
    swept = statesim.sweep(
        each.scenario, seeds=seeds, variants=each.variants, settings=settings or None, jobs=jobs
    )
    frame: pd.DataFrame = swept.runs[["variant", "seed", *dict(each.settings), *each.columns]]
    return frame


@cache
def kept(each: Many) -> pd.DataFrame:
    """Return the table that lies there."""
    return pd.read_csv(each.table)


def marks_of(each: Many) -> Any:
    """Return what is handed to the canvas."""
    frame = kept(each)
    if each.kind == "ecdf":
        return ecdf.ecdf_marks(frame, OUT, ["variant"])
    if each.kind == "heatmap":
        return heatmap.heat_marks(frame, OUT, TTL, LOOP)
    runs: dict[str, dict[int, dict[str, Any]]] = {}
    for row in frame.to_dict("records"):
        numbers = {name: None if pd.isna(row[name]) else row[name] for name in each.columns}
        runs.setdefault(row["variant"], {})[row["seed"]] = numbers
    shown = statesim.run(each.scenario, seed=typical_seed(runs), variants=each.variants)
    return compare_figure.compare_marks(shown.readings, runs, baseline=BASELINE)


def drawn(each: Many, marks: Any) -> Figure:
    """Draw what is handed to the canvas."""
    room = {"ecdf": ecdf, "heatmap": heatmap, "compare": compare_figure}[each.kind]
    figure: Figure = room.draw(marks)
    return figure


def shows(each: Many, marks: Any = None) -> Carried:
    """Return what a picture of its table would carry."""
    marks = marks_of(each) if marks is None else marks
    options = (each.kind, each.scenario, each.variants, each.seeds, each.settings, BASELINE, each.dpi)
    styled = looks(getattr(marks, "timeline", marks))
    return Carried(digest(each.table.read_text(encoding="utf-8")), digest(options, marks, styled))


def draw(each: Many) -> Path:
    """Draw a picture of its table."""
    marks = marks_of(each)
    return write(drawn(each, marks), each.path, shows(each, marks), each.dpi)


def main(names: list[str]) -> None:
    """Run again what is asked for, and draw it."""
    for each in PICTURES:
        if each.name in names:
            rows = simulated(each, range(1, each.seeds + 1), jobs=None)
            rows.to_csv(each.table, index=False, lineterminator="\n", encoding="utf-8")
            kept.cache_clear()
            print(draw(each))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
